/* SPDX-License-Identifier: GPL-2.0-only
 * Segments by union of links; routes on a graph whose nodes are routers and interfaces of hosts,
 * and whose links are segments. It is made anew when a link changes: failures are rare. */
#include "models/ip/topology.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/unicast.h"
#include "sim/err.h"
#include "sim/mem.h"

struct given {
    struct ip_addr a;
    struct ip_end owner;
};

struct network {
    struct ip_prefix prefix;
    uint32_t node;
};

struct ip_topology {
    const struct ip_graph *g;
    const uint8_t *layer;
    bool *down;
    uint32_t *segment; /* of each link, as built */
    uint32_t n_segments;
    struct given *given;
    uint32_t n_given, max_given;
    uint32_t *place_of; /* a table open to the next free place: given[i - 1]; 0: free */
    uint32_t cap_places;
    struct network *networks; /* few */
    uint32_t n_networks;
    /* Routes, by what is believed now. */
    struct ip_graph routes;
    struct ip_unicast *unicast;
    uint32_t *vertex;      /* of each end: place of (node, iface) in the graph's lists */
    struct ip_end *end_of; /* of each end of routes */
};

static uint32_t place(const struct ip_graph *g, uint32_t node, uint32_t iface)
{
    return g->first_of[node] + iface;
}

static uint32_t root(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* The links of each box of layer 2 become one segment, but for those that are down. */
static uint32_t *join_links(const struct ip_graph *g, const uint8_t *layer, const bool *down)
{
    uint32_t *parent = mem_alloc(g->n_links, sizeof *parent);
    for (uint32_t i = 0; i < g->n_links; i++)
        parent[i] = i;
    for (uint32_t n = 0; n < g->n_nodes; n++) {
        uint32_t first = UINT32_MAX;
        for (uint32_t i = g->first_of[n]; layer[n] == IP_LAYER_FRAME && i < g->first_of[n + 1];
             i++) {
            uint32_t link = g->link_of[i];
            if (down && down[link])
                continue;
            if (first == UINT32_MAX)
                first = link;
            uint32_t a = root(parent, first), b = root(parent, link);
            parent[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (uint32_t i = 0; i < g->n_links; i++)
        parent[i] = root(parent, i);
    return parent;
}

int64_t ip_topology_loop(const struct ip_graph *g, const uint8_t *layer)
{
    uint32_t *parent = mem_alloc(g->n_nodes, sizeof *parent);
    int64_t found = -1;
    for (uint32_t i = 0; i < g->n_nodes; i++)
        parent[i] = i;
    for (uint32_t l = 0; l < g->n_links && found < 0; l++) {
        uint32_t first = UINT32_MAX;
        for (uint32_t k = g->link[l].first; k < g->link[l].first + g->link[l].n; k++) {
            uint32_t node = g->end[k].node;
            if (layer[node] != IP_LAYER_FRAME)
                continue;
            uint32_t r = root(parent, node);
            if (first != UINT32_MAX && r == root(parent, first))
                found = l;
            else if (first != UINT32_MAX)
                parent[r] = root(parent, first);
            else
                first = node;
        }
    }
    free(parent);
    return found;
}

/* Routers are one vertex, hosts one an interface. */
static void make_vertices(struct ip_topology *t)
{
    const struct ip_graph *g = t->g;
    for (uint32_t n = 0; n < g->n_nodes; n++) {
        uint32_t own = 0;
        for (uint32_t i = g->first_of[n]; i < g->first_of[n + 1]; i++) {
            if (t->layer[n] == IP_LAYER_FRAME)
                continue;
            if (t->layer[n] == IP_LAYER_HOST || i == g->first_of[n])
                own = ip_graph_nodes(&t->routes, 1);
            t->vertex[i] = own;
        }
    }
}

struct member {
    uint32_t segment, cost, vertex;
    struct ip_end end;
};

static int by_segment(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->segment != y->segment)
        return x->segment < y->segment ? -1 : 1;
    if (x->vertex != y->vertex)
        return x->vertex < y->vertex ? -1 : 1;
    return x->end.iface < y->end.iface ? -1 : x->end.iface > y->end.iface;
}

/* One segment's members (n, sorted) as a link, each vertex once. */
static void add_segment(struct ip_topology *t, const struct member *m, uint32_t n)
{
    uint32_t *nodes = mem_alloc(n, sizeof *nodes), count = 0, cost = 1;
    uint32_t at = t->routes.n_ends;
    for (uint32_t i = 0; i < n; i++) {
        cost = m[i].cost > cost ? m[i].cost : cost;
        if (i > 0 && m[i].vertex == m[i - 1].vertex)
            continue;
        t->end_of[at + count] = m[i].end;
        nodes[count++] = m[i].vertex;
    }
    if (count >= 2)
        SIM_CHECK(ip_graph_link(&t->routes, nodes, count, cost) >= 0, "segment of %u", n);
    free(nodes);
}

static void make_segments(struct ip_topology *t)
{
    const struct ip_graph *g = t->g;
    uint32_t *segment = join_links(g, t->layer, t->down), n = 0;
    struct member *m = mem_alloc(g->n_ends, sizeof *m);
    for (uint32_t l = 0; l < g->n_links; l++)
        for (uint32_t k = g->link[l].first; !t->down[l] && k < g->link[l].first + g->link[l].n;
             k++) {
            struct ip_end e = g->end[k];
            if (t->layer[e.node] == IP_LAYER_FRAME)
                continue;
            m[n++] = (struct member){segment[l], g->link[l].cost,
                                     t->vertex[place(g, e.node, e.iface)], e};
        }
    if (n > 0)
        qsort(m, n, sizeof *m, by_segment);
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && m[end].segment == m[i].segment;)
            end++;
        add_segment(t, m + i, end - i);
    }
    free(m);
    free(segment);
}

static void make_routes(struct ip_topology *t)
{
    ip_unicast_close(t->unicast);
    ip_graph_free(&t->routes);
    ip_graph_init(&t->routes);
    make_vertices(t);
    make_segments(t);
    ip_graph_seal(&t->routes);
    t->unicast = ip_unicast_open(&t->routes);
}

struct ip_topology *ip_topology_open(const struct ip_graph *g, const uint8_t *layer)
{
    struct ip_topology *t = mem_alloc(1, sizeof *t);
    *t = (struct ip_topology){.g = g, .layer = layer};
    t->down = mem_alloc(g->n_links, sizeof *t->down);
    t->vertex = mem_alloc(g->n_ends, sizeof *t->vertex);
    t->end_of = mem_alloc(g->n_ends, sizeof *t->end_of);
    uint32_t *number = join_links(g, layer, NULL);
    t->segment = mem_alloc(g->n_links, sizeof *t->segment);
    for (uint32_t l = 0; l < g->n_links; l++) /* a root is the lowest of its links */
        t->segment[l] = number[l] == l ? t->n_segments++ : t->segment[number[l]];
    free(number);
    ip_graph_init(&t->routes);
    make_routes(t);
    return t;
}

void ip_topology_close(struct ip_topology *t)
{
    if (!t)
        return;
    ip_unicast_close(t->unicast);
    ip_graph_free(&t->routes);
    free(t->down);
    free(t->vertex);
    free(t->end_of);
    free(t->segment);
    free(t->given);
    free(t->place_of);
    free(t->networks);
    free(t);
}

uint32_t ip_topology_n_segments(const struct ip_topology *t)
{
    return t->n_segments;
}

uint32_t ip_topology_segment(const struct ip_topology *t, uint32_t link)
{
    return t->segment[link];
}

void ip_topology_set_link(struct ip_topology *t, uint32_t link, bool up)
{
    if (t->down[link] == !up)
        return;
    t->down[link] = !up;
    make_routes(t);
}

/* FNV-1a. */
static uint32_t hash(const struct ip_addr *a)
{
    uint32_t h = 2166136261u ^ a->family;
    for (size_t i = 0; i < ip_addr_len(a->family); i++)
        h = (h ^ a->b[i]) * 16777619u;
    return h ^ h >> 15;
}

/* Its place in the table, or the free one where it would be. */
static uint32_t *find(const struct ip_topology *t, const struct ip_addr *a)
{
    uint32_t i = hash(a) & (t->cap_places - 1);
    while (t->place_of[i] && !ip_addr_equal(&t->given[t->place_of[i] - 1].a, a))
        i = (i + 1) & (t->cap_places - 1);
    return &t->place_of[i];
}

static void grow(struct ip_topology *t)
{
    t->cap_places = t->cap_places ? 2 * t->cap_places : 64;
    free(t->place_of);
    t->place_of = mem_alloc(t->cap_places, sizeof *t->place_of);
    for (uint32_t i = 0; i < t->n_given; i++)
        *find(t, &t->given[i].a) = i + 1;
}

int ip_topology_give(struct ip_topology *t, const struct ip_addr *a, uint32_t node, uint32_t iface)
{
    if (2 * t->n_given >= t->cap_places)
        grow(t);
    uint32_t *k = find(t, a);
    if (*k)
        return SIM_EEXIST;
    if (t->n_given == t->max_given) {
        t->max_given = t->max_given ? t->max_given + t->max_given / 2 : 64;
        t->given = mem_grow(t->given, t->max_given, sizeof *t->given);
    }
    t->given[t->n_given++] = (struct given){*a, {node, iface}};
    *k = t->n_given;
    return SIM_OK;
}

void ip_topology_give_network(struct ip_topology *t, const struct ip_prefix *network, uint32_t node)
{
    t->networks = mem_grow(t->networks, t->n_networks + 1, sizeof *t->networks);
    t->networks[t->n_networks++] = (struct network){*network, node};
}

static bool network_owner(const struct ip_topology *t, const struct ip_addr *a,
                          struct ip_end *owner)
{
    const struct network *best = NULL;
    for (uint32_t i = 0; i < t->n_networks; i++) {
        const struct network *k = &t->networks[i];
        if (ip_prefix_has(&k->prefix, a) && (!best || k->prefix.len > best->prefix.len))
            best = k;
    }
    if (best)
        *owner = (struct ip_end){best->node, 0};
    return best;
}

/* own: it is an address of the owner, not one behind it. */
static bool find_owner(const struct ip_topology *t, const struct ip_addr *a, struct ip_end *owner,
                       bool *own)
{
    if (t->n_given == 0)
        return false;
    uint32_t k = *find(t, a);
    *own = k > 0;
    if (!*own)
        return network_owner(t, a, owner);
    *owner = t->given[k - 1].owner;
    return true;
}

bool ip_topology_owner(const struct ip_topology *t, const struct ip_addr *a, struct ip_end *owner)
{
    bool own;
    return find_owner(t, a, owner, &own);
}

/* Who of a segment is this vertex? */
static struct ip_end end_on(const struct ip_topology *t, uint32_t link, uint32_t vertex)
{
    const struct ip_edge *l = &t->routes.link[link];
    uint32_t k = l->first;
    while (t->routes.end[k].node != vertex)
        k++;
    return t->end_of[k];
}

bool ip_topology_step(struct ip_topology *t, uint32_t from, const struct ip_addr *to,
                      struct ip_step *step)
{
    struct ip_end owner;
    bool own;
    const struct ip_graph *g = t->g;
    uint32_t first = g->first_of[from], n = g->n_ifaces[from], best = UINT32_MAX;
    if (!find_owner(t, to, &owner, &own) || owner.node == from)
        return false;
    uint32_t goal = t->vertex[place(g, owner.node, owner.iface)];
    if (t->layer[from] == IP_LAYER_ROUTE)
        n = n > 0; /* all are one vertex */
    for (uint32_t i = 0; i < n; i++) {
        struct ip_hop hop;
        if (!ip_unicast_next(t->unicast, t->vertex[first + i], goal, &hop) || hop.distance >= best)
            continue;
        best = hop.distance;
        step->iface = end_on(t, hop.link, t->vertex[first + i]).iface;
        step->next = end_on(t, hop.link, hop.node);
        step->connected = own && step->next.node == owner.node && step->next.iface == owner.iface;
        step->distance = hop.distance;
    }
    return best != UINT32_MAX;
}
