/* SPDX-License-Identifier: GPL-2.0-only
 * All captures of a run. */
#include "tools/run_capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/ip/plan.h"
#include "sim/mem.h"

enum { NAME_SIZE = 120 };

static int open_radio(struct run_capture *c, const char *dir, const struct world *w,
                      struct sim_error *e)
{
    size_t n = world_n_gateways(w);
    struct capture_gateway *g = mem_alloc(n, sizeof *g);
    char(*names)[96] = mem_alloc(n, sizeof *names);
    for (size_t i = 0; i < n; i++)
        g[i] = (struct capture_gateway){world_gateway(w, i, names[i], sizeof names[i]), names[i]};
    int rc = capture_open(&c->radio, dir, world_cfg(w)->run.start_gps_ns, g, n, e);
    free(names);
    free(g);
    return rc;
}

/* Names of a node's interfaces, as "2 lan": n texts in a row, and the list of them. */
struct names {
    char (*text)[NAME_SIZE];
    const char **list;
};

static struct names name_ifaces(const struct ip_plan *p, uint32_t node)
{
    uint32_t n = p->graph.n_ifaces[node];
    struct names names = {mem_alloc(n, NAME_SIZE), mem_alloc(n, sizeof(char *))};
    for (uint32_t i = 0; i < n; i++) {
        char link[96];
        ip_plan_link_name(p, ip_graph_link_of(&p->graph, node, i), link, sizeof link);
        snprintf(names.text[i], NAME_SIZE, "%" PRIu32 " %s", i + 1, link);
        names.list[i] = names.text[i];
    }
    return names;
}

static struct packet_capture_file link_file(const struct ip_plan *p, uint32_t link,
                                            struct names *names)
{
    char name[96];
    *names = (struct names){mem_alloc(1, NAME_SIZE), mem_alloc(1, sizeof(char *))};
    ip_plan_link_name(p, link, name, sizeof name);
    snprintf(names->text[0], NAME_SIZE, "link-%s", name);
    names->list[0] = names->text[0];
    return (struct packet_capture_file){.is_link = true,
                                        .id = ip_plan_link_id(p, link),
                                        .name = names->text[0],
                                        .ifaces = names->list,
                                        .n_ifaces = 1};
}

static int open_packet(struct run_capture *c, const char *dir, const struct world *w,
                       struct sim_error *e)
{
    const struct ip_plan *p = world_ip_plan(w);
    uint32_t max = p->graph.n_nodes + p->graph.n_links;
    struct packet_capture_file *f = mem_alloc(max, sizeof *f);
    struct names *names = mem_alloc(max, sizeof *names);
    size_t n = 0;
    for (uint32_t i = 0; i < p->graph.n_nodes; i++) {
        if (!ip_plan_group_of(p, i)->capture)
            continue;
        names[n] = name_ifaces(p, i);
        f[n] = (struct packet_capture_file){.id = ip_plan_node_id(p, i),
                                            .name = p->node_name[i],
                                            .ifaces = names[n].list,
                                            .n_ifaces = p->graph.n_ifaces[i]};
        n++;
    }
    for (uint32_t i = 0; i < p->graph.n_links; i++)
        if (ip_plan_links_of(p, i)->capture) {
            f[n] = link_file(p, i, &names[n]);
            n++;
        }
    int rc = packet_capture_open(&c->packet, dir, world_cfg(w)->run.start_gps_ns, f, n, e);
    for (size_t i = 0; i < n; i++) {
        free(names[i].text);
        free(names[i].list);
    }
    free(names);
    free(f);
    return rc;
}

int run_capture_open(struct run_capture *c, const char *dir, const struct world *w,
                     struct sim_error *e)
{
    int rc = world_n_gateways(w) > 0 ? open_radio(c, dir, w, e) : SIM_OK;
    if (!rc && world_n_ip_nodes(w) > 0)
        rc = open_packet(c, dir, w, e);
    return rc;
}

void run_capture_listen(const struct run_capture *c, struct trace *t)
{
    if (c->radio)
        capture_listen(c->radio, t);
    if (c->packet)
        packet_capture_listen(c->packet, t);
}

int run_capture_close(struct run_capture *c, struct sim_error *e)
{
    struct sim_error second;
    int rc = capture_close(c->radio, e);
    int other = packet_capture_close(c->packet, rc ? &second : e);
    *c = (struct run_capture){0};
    return rc ? rc : other;
}
