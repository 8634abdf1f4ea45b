/* SPDX-License-Identifier: GPL-2.0-only
 * From keys to a graph of nodes and links. */
#include "models/ip/plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/graph_make.h"
#include "models/ip/plan_internal.h"
#include "models/ip/proxy.h"
#include "models/ip/switch.h"
#include "sim/mem.h"

enum { MAX_NODES = 1000000, MAX_HOSTS = 10000000 };

static const struct ip_node_group_cfg *node_cfg(const struct ip_plan *p, size_t i)
{
    return &((const struct ip_node_group_cfg *)p->cfg->nodes.items)[i];
}

static const struct ip_topology_cfg *topology_cfg(const struct ip_plan *p, size_t i)
{
    return &((const struct ip_topology_cfg *)p->cfg->topologies.items)[i];
}

static const struct ip_link_cfg *link_cfg(const struct ip_plan *p, size_t i)
{
    return &((const struct ip_link_cfg *)p->cfg->links.items)[i];
}

bool ip_plan_speaks(const struct ip_plan *p, uint8_t family)
{
    return p->cfg->families == IP_BOTH || (p->cfg->families == IP_ONLY_V4) == (family == IP_V4);
}

void *plan_keep(struct ip_plan *p, void *memory)
{
    p->kept = mem_grow(p->kept, p->n_kept + 1, sizeof(void *));
    p->kept[p->n_kept++] = memory;
    return memory;
}

void plan_name_nodes(struct ip_plan *p, uint32_t group)
{
    const struct ip_plan_group *g = &p->node_groups[group];
    uint32_t n = p->graph.n_nodes;
    p->node_name = mem_grow(p->node_name, n, sizeof(char *));
    p->node_group = mem_grow(p->node_group, n, sizeof *p->node_group);
    size_t size = strlen(g->name) + sizeof "/4294967295";
    char *text = plan_keep(p, mem_alloc(n - g->first, size));
    for (uint32_t i = g->first; i < n; i++) {
        p->node_name[i] = text;
        p->node_group[i] = group;
        text += snprintf(text, size, "%s/%" PRIu32, g->name, i - g->first) + 1;
    }
}

static uint32_t add_node_group(struct ip_plan *p, struct ip_plan_group g)
{
    uint32_t i = p->n_node_groups++;
    p->node_groups = mem_grow(p->node_groups, p->n_node_groups, sizeof *p->node_groups);
    p->node_groups[i] = g;
    return i;
}

static void add_link_group(struct ip_plan *p, struct ip_plan_group g)
{
    uint32_t i = p->n_link_groups++, n = p->graph.n_links;
    p->link_groups = mem_grow(p->link_groups, p->n_link_groups, sizeof *p->link_groups);
    p->link_groups[i] = g;
    p->link_group = mem_grow(p->link_group, n, sizeof *p->link_group);
    for (uint32_t l = g.first; l < n; l++)
        p->link_group[l] = i;
}

static void add_nodes(struct ip_plan *p, const struct ip_node_group_cfg *c)
{
    struct ip_plan_group g = {.name = c->name,
                              .first = ip_graph_nodes(&p->graph, (uint32_t)c->count),
                              .n = (uint32_t)c->count,
                              .kind = (uint8_t)c->kind,
                              .routing = (uint8_t)c->routing,
                              .snooping = &c->snooping,
                              .nodes = c,
                              .field = &c->name,
                              .capture = c->capture};
    plan_name_nodes(p, add_node_group(p, g));
}

static uint32_t generate(struct ip_plan *p, const struct ip_topology_cfg *c)
{
    struct ip_graph *g = &p->graph;
    struct rng_key key = rng_key_make(p->seed, p->run, RNG_IP_TOPOLOGY);
    uint32_t n = (uint32_t)c->count;
    key.k[0] ^= entity_hash(c->name);
    switch ((enum ip_topology_kind)c->kind) {
    case IP_TOPOLOGY_LINE:
        return ip_graph_line(g, n);
    case IP_TOPOLOGY_STAR:
        return ip_graph_star(g, n);
    case IP_TOPOLOGY_K_ARY_TREE:
        return ip_graph_k_ary_tree(g, (uint32_t)c->arity, (uint32_t)c->depth);
    case IP_TOPOLOGY_GRID:
        return ip_graph_grid(g, (uint32_t)c->columns, (uint32_t)c->rows);
    case IP_TOPOLOGY_WAXMAN:
        return ip_graph_waxman(g, n, c->alpha, c->beta, key);
    default:
        return ip_graph_barabasi_albert(g, n, (uint32_t)c->edges_per_node, key);
    }
}

static int check_size(const struct ip_plan *p, const struct ip_topology_cfg *c, struct sim_error *e)
{
    int64_t n = c->count;
    if (c->kind == IP_TOPOLOGY_K_ARY_TREE)
        n = ip_graph_k_ary_size((uint32_t)c->arity, (uint32_t)c->depth);
    if (c->kind == IP_TOPOLOGY_GRID)
        n = c->columns * c->rows;
    if (n > MAX_NODES)
        return scenario_fail(p->scenario, &c->kind, e,
                             "more than %d nodes; make the topology smaller", MAX_NODES);
    if (c->kind == IP_TOPOLOGY_BARABASI_ALBERT && c->edges_per_node >= c->count)
        return scenario_fail(p->scenario, &c->edges_per_node, e,
                             "found %" PRId64 ", allowed below count, %" PRId64, c->edges_per_node,
                             c->count);
    if (c->kind == IP_TOPOLOGY_EDGES && !c->edges.file)
        return scenario_fail(p->scenario, &c->edges.file, e,
                             "topology: edges needs file: NAME.csv with columns from and to");
    if (c->kind == IP_TOPOLOGY_GRAPHML && !c->edges.file)
        return scenario_fail(p->scenario, &c->edges.file, e,
                             "topology: graphml needs file: NAME.graphml");
    return SIM_OK;
}

static bool is_file(const struct ip_topology_cfg *c)
{
    return c->kind == IP_TOPOLOGY_EDGES || c->kind == IP_TOPOLOGY_GRAPHML;
}

/* NAME.suffix, kept with the plan. */
static const char *derived_name(struct ip_plan *p, const char *name, const char *suffix)
{
    char buf[96];
    snprintf(buf, sizeof buf, "%.64s.%s", name, suffix);
    return plan_keep(p, mem_text(buf));
}

static void add_topology_links(struct ip_plan *p, const struct ip_topology_cfg *c,
                               const char *suffix, uint32_t first,
                               const struct ip_medium_cfg *medium)
{
    add_link_group(p, (struct ip_plan_group){.name = derived_name(p, c->name, suffix),
                                             .first = first,
                                             .n = p->graph.n_links - first,
                                             .medium = medium,
                                             .field = &c->name,
                                             .capture = c->medium.capture});
}

/* Several hosts share an Ethernet. */
static const struct ip_medium_cfg *access_medium(struct ip_plan *p, const struct ip_topology_cfg *c)
{
    if (c->hosts_per_router == 1 || c->medium.kind == IP_LINK_CSMA)
        return &c->medium;
    struct ip_medium_cfg *m = plan_keep(p, mem_copy(&c->medium, sizeof c->medium));
    m->kind = IP_LINK_CSMA;
    return m;
}

static bool has_hosts(const struct ip_plan *p, const struct ip_topology_cfg *c, uint32_t router)
{
    return c->hosts == IP_HOSTS_ALL || p->graph.n_ifaces[router] == 1;
}

/* Hosts on links of their own at the routers [first, end), or at those with one link. */
static int add_hosts(struct ip_plan *p, const struct ip_topology_cfg *c, uint32_t first,
                     struct sim_error *e)
{
    struct ip_plan_group g = {.name = derived_name(p, c->name, "hosts"),
                              .first = p->graph.n_nodes,
                              .kind = IP_KIND_HOST,
                              .field = &c->name,
                              .capture = c->medium.capture};
    uint32_t first_link = p->graph.n_links, end = p->graph.n_nodes;
    uint32_t per_lan = (uint32_t)c->hosts_per_router, *lan = mem_alloc(per_lan + 1, sizeof *lan);
    uint64_t n = 0;
    int rc = SIM_OK;
    for (uint32_t i = first; i < end; i++)
        n += has_hosts(p, c, i) ? per_lan : 0;
    if (n > MAX_HOSTS) {
        rc = scenario_fail(p->scenario, &c->hosts_per_router, e,
                           "makes %" PRIu64 " hosts, allowed %d; write a smaller number", n,
                           MAX_HOSTS);
        n = 0;
    }
    g.n = (uint32_t)n;
    uint32_t host = ip_graph_nodes(&p->graph, g.n);
    for (uint32_t i = first; n > 0 && i < end; i++) {
        if (!has_hosts(p, c, i))
            continue;
        lan[0] = i;
        for (uint32_t k = 1; k <= per_lan; k++)
            lan[k] = host++;
        SIM_CHECK(ip_graph_link(&p->graph, lan, per_lan + 1, (uint32_t)c->medium.cost) >= 0,
                  "hosts of %s", c->name);
    }
    free(lan);
    plan_name_nodes(p, add_node_group(p, g));
    add_topology_links(p, c, "access", first_link, access_medium(p, c));
    return rc;
}

static int add_topology(struct ip_plan *p, const struct ip_topology_cfg *c, struct sim_error *e)
{
    struct ip_plan_group g = {.name = c->name,
                              .first = p->graph.n_nodes,
                              .kind = (uint8_t)c->node_kind,
                              .routing = (uint8_t)c->routing,
                              .field = &c->name,
                              .own_names = is_file(c),
                              .capture = c->medium.capture};
    uint32_t first_link = p->graph.n_links, i;
    if (check_size(p, c, e))
        return SIM_ESCENARIO;
    i = add_node_group(p, g);
    if (is_file(c)) {
        int rc = plan_read_file(p, c, i, e);
        if (rc)
            return rc;
    } else {
        generate(p, c);
        plan_name_nodes(p, i);
    }
    p->node_groups[i].n = p->graph.n_nodes - g.first;
    for (uint32_t l = first_link; !is_file(c) && l < p->graph.n_links; l++)
        p->graph.link[l].cost = (uint32_t)c->medium.cost;
    add_topology_links(p, c, "links", first_link, &c->medium);
    if (c->node_kind == IP_KIND_ROUTER && c->hosts != IP_HOSTS_NONE)
        return add_hosts(p, c, g.first, e);
    return SIM_OK;
}

static int check_ends(const struct ip_plan *p, const struct ip_link_cfg *c, const void *field,
                      const struct ip_list *nodes, struct sim_error *e)
{
    if (nodes->n < 2)
        return scenario_fail(p->scenario, field, e, "found one node; a link joins two or more");
    if (c->medium.kind != IP_LINK_POINT_TO_POINT)
        return SIM_OK;
    if (nodes->n != 2)
        return scenario_fail(p->scenario, field, e,
                             "found %" PRIu32
                             " nodes; a point_to_point link joins two: use csma, or each and to",
                             nodes->n);
    for (int i = 0; i < 2; i++)
        if (ip_plan_group_of(p, nodes->v[i])->kind >= IP_KIND_HUB)
            return scenario_fail(p->scenario, field, e,
                                 "%s is a %s: its links carry Ethernet; use kind: csma",
                                 p->node_name[nodes->v[i]],
                                 ip_cfg_kind_name(ip_plan_group_of(p, nodes->v[i])->kind));
    return SIM_OK;
}

static int join(struct ip_plan *p, const struct ip_link_cfg *c, const void *field,
                const struct ip_list *nodes, struct sim_error *e)
{
    int rc = check_ends(p, c, field, nodes, e);
    if (!rc)
        SIM_CHECK(ip_graph_link(&p->graph, nodes->v, nodes->n, (uint32_t)c->medium.cost) >= 0,
                  "link %s", c->name);
    return rc;
}

static int join_each(struct ip_plan *p, const struct ip_link_cfg *c, struct sim_error *e)
{
    struct ip_list each = {0}, to = {0};
    int rc = plan_nodes(p, &c->each, true, &each, e);
    if (!rc)
        rc = plan_nodes(p, &c->to, false, &to, e);
    for (uint32_t i = 0; !rc && i < each.n; i++) {
        uint32_t two[2] = {each.v[i], to.v[0]};
        if (two[0] == two[1])
            rc = scenario_fail(p->scenario, &c->to, e, "%s would be joined to itself",
                               p->node_name[two[0]]);
        else
            rc = join(p, c, &c->each, &(struct ip_list){two, 2}, e);
    }
    free(each.v);
    free(to.v);
    return rc;
}

static int add_link(struct ip_plan *p, const struct ip_link_cfg *c, struct sim_error *e)
{
    struct ip_list nodes;
    uint32_t first = p->graph.n_links;
    int rc;
    if (!c->nodes == !c->each || !c->each != !c->to)
        return scenario_fail(p->scenario, &c->name, e, "a link has nodes, or each and to; found %s",
                             c->nodes           ? "both"
                             : c->each || c->to ? "one of them"
                                                : "neither");
    if (c->nodes) {
        rc = plan_nodes(p, &c->nodes, true, &nodes, e);
        if (!rc)
            rc = join(p, c, &c->nodes, &nodes, e);
        free(nodes.v);
    } else {
        rc = join_each(p, c, e);
    }
    add_link_group(p, (struct ip_plan_group){.name = c->name,
                                             .first = first,
                                             .n = p->graph.n_links - first,
                                             .medium = &c->medium,
                                             .field = &c->name,
                                             .capture = c->medium.capture});
    return rc;
}

/* Names of links are apart from those of nodes. Some come from names of topologies. */
static int check_group_names(const struct ip_plan *p, const struct ip_plan_group *groups,
                             uint32_t n, const char *what, struct sim_error *e)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct ip_plan_group *a = &groups[k], *b = &groups[i];
            if (strcmp(a->name, b->name) == 0)
                return scenario_fail(p->scenario, b->field, e,
                                     "found \"%.64s\", which is the name of other %s, too; "
                                     "choose another",
                                     b->name, what);
            if (entity_hash(a->name) == entity_hash(b->name))
                return scenario_fail(p->scenario, b->field, e,
                                     "names \"%.64s\" and \"%.64s\" have the same 24-bit hash, "
                                     "which keys random draws: rename one of them",
                                     a->name, b->name);
        }
    return SIM_OK;
}

static int check_interfaces(const struct ip_plan *p, struct sim_error *e)
{
    char name[96];
    int64_t loop = ip_topology_loop(&p->graph, p->layer);
    if (loop >= 0) {
        const struct ip_plan_group *l = ip_plan_links_of(p, (uint32_t)loop);
        ip_plan_link_name(p, (uint32_t)loop, name, sizeof name);
        return scenario_fail(p->scenario, l->field, e,
                             "link %s closes a loop among switches, in which frames would run "
                             "round for ever (there is no spanning tree); leave it out",
                             name);
    }
    for (uint32_t i = 0; i < p->graph.n_nodes; i++) {
        const struct ip_plan_group *g = ip_plan_group_of(p, i);
        uint32_t max = p->layer[i] == IP_LAYER_FRAME ? IP_SWITCH_MAX_PORTS : IP_MAX_IFACES;
        if (p->graph.n_ifaces[i] > max)
            return scenario_fail(p->scenario, g->field, e,
                                 "%s has %" PRIu32 " interfaces, allowed %" PRIu32
                                 "; spread the links over more nodes",
                                 p->node_name[i], p->graph.n_ifaces[i], max);
    }
    return SIM_OK;
}

static int find_upstream(struct ip_plan *p, uint32_t node, struct sim_error *e)
{
    const struct ip_plan_group *g = ip_plan_group_of(p, node);
    uint32_t n = p->graph.n_ifaces[node];
    if (g->kind != IP_KIND_PROXY)
        return SIM_OK;
    if (n < 2 || n > IP_PROXY_MAX_DOWN + 1)
        return scenario_fail(p->scenario, g->field, e,
                             "%s has %" PRIu32 " links, a proxy has 2 to %d", p->node_name[node], n,
                             IP_PROXY_MAX_DOWN + 1);
    p->upstream[node] = 1;
    if (!g->nodes->upstream)
        return SIM_OK;
    return plan_iface_on(p, node, &g->nodes->upstream, &p->upstream[node], e);
}

static int check_gmp(const struct ip_plan *p, struct sim_error *e)
{
    const struct ip_gmp_cfg *c = &p->cfg->gmp;
    if (c->query_response_ns < c->query_interval_ns)
        return SIM_OK;
    return scenario_fail(p->scenario, &c->query_response_ns, e,
                         "found %.3f s, allowed below query_interval, %.3f s",
                         (double)c->query_response_ns / 1e9, (double)c->query_interval_ns / 1e9);
}

/* What the graph is made of is known: layers, loops, upstreams. */
static int seal(struct ip_plan *p, struct sim_error *e)
{
    ip_graph_seal(&p->graph);
    p->layer = mem_alloc(p->graph.n_nodes, sizeof *p->layer);
    p->upstream = mem_alloc(p->graph.n_nodes, sizeof *p->upstream);
    for (uint32_t i = 0; i < p->graph.n_nodes; i++) {
        uint8_t kind = ip_plan_group_of(p, i)->kind;
        p->layer[i] = kind >= IP_KIND_HUB                                     ? IP_LAYER_FRAME
                      : kind == IP_KIND_HOST || kind == IP_KIND_EXTERNAL_HOST ? IP_LAYER_HOST
                                                                              : IP_LAYER_ROUTE;
    }
    int rc = check_interfaces(p, e);
    for (uint32_t i = 0; !rc && i < p->graph.n_nodes; i++)
        rc = find_upstream(p, i, e);
    return rc;
}

int ip_plan_make(struct ip_plan *p, const struct ip_cfg *cfg, const struct scenario *scenario,
                 const struct ip_plan_run *run, struct sim_error *e)
{
    *p = (struct ip_plan){.cfg = cfg,
                          .scenario = scenario,
                          .seed = run->seed,
                          .run = run->number,
                          .duration = run->duration};
    ip_graph_init(&p->graph);
    int rc = check_gmp(p, e);
    for (size_t i = 0; i < cfg->nodes.n; i++)
        add_nodes(p, node_cfg(p, i));
    for (size_t i = 0; !rc && i < cfg->topologies.n; i++)
        rc = add_topology(p, topology_cfg(p, i), e);
    for (size_t i = 0; !rc && i < cfg->links.n; i++)
        rc = add_link(p, link_cfg(p, i), e);
    if (!rc)
        rc = check_group_names(p, p->link_groups, p->n_link_groups, "links", e);
    if (!rc)
        rc = check_group_names(p, p->node_groups, p->n_node_groups, "nodes", e);
    if (!rc)
        rc = seal(p, e);
    if (!rc)
        rc = plan_taps(p, e);
    if (!rc)
        rc = plan_addresses(p, e);
    if (!rc)
        rc = plan_networks(p, e);
    if (!rc)
        rc = plan_cast(p, e);
    return rc ? rc : plan_pim(p, e);
}

void plan_warn(struct ip_plan *p, const void *field, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    p->warnings = mem_grow(p->warnings, p->n_warnings + 1, sizeof *p->warnings);
    p->warnings[p->n_warnings++] = (struct ip_plan_warning){field, mem_text(text)};
}

uint16_t ip_plan_least_mtu(const struct ip_plan *p)
{
    uint16_t least = IP_PARCEL_MTU;
    for (uint32_t i = 0; i < p->graph.n_ends; i++)
        least = p->ifaces[i].mtu < least ? p->ifaces[i].mtu : least;
    return least;
}

void ip_plan_free(struct ip_plan *p)
{
    for (uint32_t i = 0; i < p->n_kept; i++)
        free(p->kept[i]);
    for (uint32_t i = 0; i < p->n_wishes; i++) {
        ip_filter_fini(&p->wishes[i]->filter);
        free(p->wishes[i]);
    }
    free(p->wishes);
    for (uint32_t i = 0; i < p->n_warnings; i++)
        free(p->warnings[i].text);
    free(p->warnings);
    plan_pim_free(p);
    for (uint32_t i = 0; i < p->n_flows; i++)
        free(p->flows[i].name);
    free(p->node_name);
    free(p->kept);
    free(p->node_group);
    free(p->link_group);
    free(p->node_groups);
    free(p->link_groups);
    free(p->layer);
    free(p->upstream);
    free(p->ifaces);
    free(p->joins);
    free(p->flows);
    free(p->faults);
    free(p->flapping);
    free(p->speeds);
    free(p->taps);
    ip_topology_close(p->topology);
    ip_graph_free(&p->graph);
}
