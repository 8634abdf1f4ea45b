/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target of the GraphML reader: any bytes as a file, with and without keys for all values. */
#include <string.h>

#include "models/ip/graph_file.h"
#include "tests/fuzz/fuzz.h"

static void try_names(const uint8_t *data, size_t size, const struct ip_graph_names *names)
{
    struct ip_graph g;
    struct ip_graph_file f;
    struct sim_error e = {0};
    ip_graph_init(&g);
    int rc = ip_graph_graphml_text(&g, "fuzz.graphml", (const char *)data, size, names, &f, &e);
    SIM_CHECK(rc == SIM_OK || (rc == SIM_ESCENARIO && strncmp(e.text, "fuzz.graphml:", 13) == 0),
              "code %d: %s", rc, e.text);
    if (rc == SIM_OK) {
        SIM_CHECK(f.n_nodes == g.n_nodes && f.n_links == g.n_links && g.n_links > 0, "%u links",
                  (unsigned)g.n_links);
        for (uint32_t i = 0; i < f.n_nodes; i++)
            SIM_CHECK(f.name[i] && f.name[i][0] && !strpbrk(f.name[i], " ,\t\r\n"), "node %u",
                      (unsigned)i);
        for (uint32_t i = 0; i < f.n_links; i++)
            SIM_CHECK(g.link[i].cost > 0 && f.rate_bps[i] >= -1 && f.delay_ns[i] >= -1, "link %u",
                      (unsigned)i);
        ip_graph_seal(&g);
    } else {
        SIM_CHECK(g.n_nodes == 0 && g.n_links == 0, "a refused file left something");
    }
    ip_graph_file_free(&f);
    ip_graph_free(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ip_graph_names names = {.rate_unit_bps = 1, .delay_unit_ns = 1000000, .default_cost = 1};
    if (size > 1 << 20)
        return 0;
    try_names(data, size, &names);
    names.node_name = "label";
    names.cost = "weight";
    names.rate = "LinkSpeedRaw";
    names.delay = "delay";
    names.parallel = size % 2 ? IP_PARALLEL_ALL : IP_PARALLEL_FIRST;
    try_names(data, size, &names);
    return 0;
}
