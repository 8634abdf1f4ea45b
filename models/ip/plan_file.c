/* SPDX-License-Identifier: GPL-2.0-only
 * Topologies out of files: names of nodes, and what links have of their own. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/ip/graph_file.h"
#include "models/ip/plan_internal.h"
#include "sim/mem.h"

int64_t ip_plan_rate_bps(const struct ip_plan *p, uint32_t link)
{
    if (link < p->n_speeds && p->speeds[link].rate_bps >= 0)
        return p->speeds[link].rate_bps;
    return ip_plan_links_of(p, link)->medium->rate_bps;
}

int64_t ip_plan_delay_ns(const struct ip_plan *p, uint32_t link)
{
    if (link < p->n_speeds && p->speeds[link].delay_ns >= 0)
        return p->speeds[link].delay_ns;
    return ip_plan_links_of(p, link)->medium->delay_ns;
}

static void take_speeds(struct ip_plan *p, uint32_t first, const struct ip_graph_file *f)
{
    p->speeds = mem_grow(p->speeds, first + f->n_links, sizeof *p->speeds);
    for (; p->n_speeds < first; p->n_speeds++)
        p->speeds[p->n_speeds] = (struct ip_plan_speed){-1, -1};
    for (uint32_t i = 0; i < f->n_links; i++)
        p->speeds[p->n_speeds++] = (struct ip_plan_speed){f->rate_bps[i], f->delay_ns[i]};
}

static void take_names(struct ip_plan *p, const char *group, uint32_t first,
                       const struct ip_graph_file *f)
{
    char buf[300];
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        snprintf(buf, sizeof buf, "%s/%.200s", group, f->name[i]);
        p->node_name[first + i] = plan_keep(p, mem_text(buf));
    }
}

int plan_read_file(struct ip_plan *p, const struct ip_topology_cfg *c, uint32_t group,
                   struct sim_error *e)
{
    const struct ip_edges_cfg *d = &c->edges;
    struct ip_graph_names names = {.node_name = d->node_name,
                                   .cost = d->cost,
                                   .rate = d->rate,
                                   .delay = d->delay,
                                   .rate_unit_bps = d->rate_unit_bps,
                                   .delay_unit_ns = d->delay_unit_ns,
                                   .parallel = (enum ip_parallel)d->parallel,
                                   .default_cost = (uint32_t)c->medium.cost};
    struct ip_graph_file f;
    uint32_t first_link = p->graph.n_links;
    int rc = c->kind == IP_TOPOLOGY_EDGES ? ip_graph_csv(&p->graph, d->file, &names, &f, e)
                                          : ip_graph_graphml(&p->graph, d->file, &names, &f, e);
    if (!rc) {
        plan_name_nodes(p, group);
        take_names(p, c->name, p->node_groups[group].first, &f);
        take_speeds(p, first_link, &f);
    }
    ip_graph_file_free(&f);
    return rc;
}
