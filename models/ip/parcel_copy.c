/* SPDX-License-Identifier: GPL-2.0-only
 * Copies of parcels: each list behind the last, every one aligned. */
#include "models/ip/parcel_copy.h"

#include <string.h>

enum { ALIGN = 8 };

struct room {
    uint8_t *base;
    size_t size, used;
};

/* The copy of n elements; NULL when they do not fit, or there are none. */
static void *put(struct room *r, const void *p, size_t n, size_t size)
{
    size_t at = r->used, len = n * size;
    r->used += (len + ALIGN - 1) / ALIGN * ALIGN;
    if (len == 0 || r->used > r->size)
        return NULL;
    return memcpy(r->base + at, p, len);
}

static const struct gmp_msg *put_gmp(struct room *r, const struct gmp_msg *from)
{
    struct gmp_msg *m = put(r, from, 1, sizeof *m);
    const struct ip_addr *sources = put(r, from->sources, from->n_sources, sizeof *sources);
    struct gmp_record *records = put(r, from->records, from->n_records, sizeof *records);
    for (size_t i = 0; i < from->n_records; i++) {
        const struct gmp_record *rec = &from->records[i];
        const struct ip_addr *list = put(r, rec->sources, rec->n_sources, sizeof *list);
        if (records)
            records[i].sources = list;
    }
    if (m) {
        m->sources = sources;
        m->records = records;
    }
    return m;
}

static void put_join_prune(struct room *r, struct pim_join_prune *to,
                           const struct pim_join_prune *from)
{
    struct pim_group *groups = put(r, from->groups, from->n_groups, sizeof *groups);
    for (size_t i = 0; i < from->n_groups; i++) {
        const struct pim_group *g = &from->groups[i];
        const struct pim_source *joins = put(r, g->joins, g->n_joins, sizeof *joins);
        const struct pim_source *prunes = put(r, g->prunes, g->n_prunes, sizeof *prunes);
        if (groups) {
            groups[i].joins = joins;
            groups[i].prunes = prunes;
        }
    }
    to->groups = groups;
}

static void put_bootstrap(struct room *r, struct pim_bootstrap *to,
                          const struct pim_bootstrap *from)
{
    struct pim_range *ranges = put(r, from->ranges, from->n_ranges, sizeof *ranges);
    for (size_t i = 0; i < from->n_ranges; i++) {
        const struct pim_rp *rps = put(r, from->ranges[i].rps, from->ranges[i].n_rps, sizeof *rps);
        if (ranges)
            ranges[i].rps = rps;
    }
    to->ranges = ranges;
}

static const struct pim_msg *put_pim(struct room *r, const struct pim_msg *from)
{
    struct pim_msg *to = put(r, from, 1, sizeof *to), dummy;
    struct pim_msg *m = to ? to : &dummy;
    switch ((enum pim_kind)from->kind) {
    case PIM_HELLO:
        m->u.hello.secondary = put(r, from->u.hello.secondary, from->u.hello.n_secondary,
                                   sizeof *from->u.hello.secondary);
        break;
    case PIM_REGISTER:
        m->u.reg.inner =
            put(r, from->u.reg.inner, from->u.reg.inner ? from->u.reg.inner_len : 0, 1);
        break;
    case PIM_JOIN_PRUNE:
    case PIM_GRAFT:
    case PIM_GRAFT_ACK:
        put_join_prune(r, &m->u.jp, &from->u.jp);
        break;
    case PIM_BOOTSTRAP:
        put_bootstrap(r, &m->u.bootstrap, &from->u.bootstrap);
        break;
    case PIM_CANDIDATE_RP:
        m->u.candidate.groups = put(r, from->u.candidate.groups, from->u.candidate.n_groups,
                                    sizeof *from->u.candidate.groups);
        break;
    default: /* without lists */
        break;
    }
    return to;
}

static void put_contents(struct room *r, struct ip_parcel *to, const struct ip_parcel *from)
{
    *to = *from;
    if (from->packet)
        to->packet = put(r, from->packet, from->len, 1);
    if (from->kind == IP_PARCEL_GMP && from->u.gmp)
        to->u.gmp = put_gmp(r, from->u.gmp);
    else if (from->kind == IP_PARCEL_PIM && from->u.pim)
        to->u.pim = put_pim(r, from->u.pim);
    else if (from->kind == IP_PARCEL_UDP && !from->packet)
        to->u.udp.data = put(r, from->u.udp.data, from->u.udp.len, 1);
}

size_t ip_parcel_copy(struct ip_parcel *to, const struct ip_parcel *from, void *room, size_t size)
{
    struct room r = {.base = room, .size = size};
    put_contents(&r, to, from);
    if (!from->inner)
        return r.used;
    struct ip_parcel *inner = put(&r, from->inner, 1, sizeof *inner), unused;
    put_contents(&r, inner ? inner : &unused, from->inner);
    to->inner = inner;
    return r.used;
}
