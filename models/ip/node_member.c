/* SPDX-License-Identifier: GPL-2.0-only
 * The host's side of membership on a node, and routers that are members themselves: they do both
 * parts of the protocol, tell the link of their memberships, and each part hears the other.
 * Sources: RFC 3376 section 1, RFC 3810 section 1. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/node_internal.h"
#include "models/ip/parcel_copy.h"
#include "sim/mem.h"

void node_init_host(struct node_gmp *g, struct node_host *h)
{
    struct ip_node *n = g->node;
    const struct gmp_cfg *cfg = n->cfg.env->gmp[g->family == IP_V6];
    g->host = h;
    g->host->io = (struct gmp_host_io){.obj = g,
                                       .send = node_on_message_out,
                                       .room = n->cfg.env->room,
                                       .key = n->cfg.env->key,
                                       .entity = n->cfg.entity << 8 | g->iface};
    gmp_host_init(&g->host->m, cfg, &g->host->io);
    n->is_member = n->cfg.forwards;
}

void node_loop_back(struct node_gmp *g, const struct gmp_msg *m)
{
    struct ip_node *n = g->node;
    const struct ip_iface *a = &node_iface(n, g->iface)->cfg->addr;
    struct ip_parcel p = ip_parcel_gmp(m, m->family == IP_V4 ? &a->v4 : &a->v6_link);
    struct ip_parcel none;
    size_t size = ip_parcel_copy(&none, &p, NULL, 0);
    if (n->n_loops == n->cap_loops) {
        n->cap_loops = 2 * n->cap_loops + 4;
        n->loops = mem_grow(n->loops, n->cap_loops, sizeof *n->loops);
    }
    struct node_loop *l = &n->loops[n->n_loops++];
    *l = (struct node_loop){.g = g, .at = evq_now(n->cfg.env->q) + SIM_NS(1)};
    l->room = mem_alloc(size, 1);
    ip_parcel_copy(&l->p, &p, l->room, size);
    node_arm(n, l->at);
}

static void give(struct node_loop *l, sim_time now)
{
    const struct gmp_msg *m = l->p.u.gmp;
    if (m->kind == GMP_QUERY)
        gmp_host_receive(&l->g->host->m, now, m);
    else
        gmp_router_receive(&l->g->router->m, now, &l->p.src, m);
}

/* What is given may put more behind the list. */
sim_time node_run_loops(struct ip_node *n, sim_time now)
{
    uint32_t n_given = 0;
    while (n_given < n->n_loops && n->loops[n_given].at <= now) {
        struct node_loop l = n->loops[n_given++];
        give(&l, now);
        free(l.room);
    }
    n->n_loops -= n_given;
    memmove(n->loops, n->loops + n_given, n->n_loops * sizeof *n->loops);
    return n->n_loops ? n->loops[0].at : SIM_NEVER;
}

void node_free_loops(struct ip_node *n)
{
    for (uint32_t i = 0; i < n->n_loops; i++)
        free(n->loops[i].room);
    free(n->loops);
}
