/* SPDX-License-Identifier: GPL-2.0-only
 * PIM messages from octets. Layouts: see pim_wire.h. */
#include "models/ip/pim_read.h"

#include "models/ip/packet.h"
#include "models/ip/pim_wire.h"
#include "sim/bytes.h"

/* A reader that remembers the first thing that is wrong. */
struct in {
    struct rd r;
    uint8_t family;
    enum pim_reason reason;
};

static void fault(struct in *in, bool wrong, enum pim_reason reason)
{
    if (wrong && in->reason == PIM_DROP_NONE)
        in->reason = in->r.err ? PIM_DROP_TRUNCATED : reason;
}

/* Are there n things of at least size octets each? */
static bool enough(struct in *in, size_t n, size_t size)
{
    fault(in, in->r.err || n > rd_left(&in->r) / size, PIM_DROP_TRUNCATED);
    return in->reason == PIM_DROP_NONE;
}

static struct ip_addr get_raw(struct in *in)
{
    const uint8_t *p = rd_bytes(&in->r, ip_addr_len(in->family));
    return p ? ip_addr_make(in->family, p) : ip_addr_any(in->family);
}

static uint8_t family_number(uint8_t family)
{
    return family == IP_V4 ? PIM_AF_V4 : PIM_AF_V6;
}

static void get_kind(struct in *in)
{
    uint8_t af = rd_u8(&in->r), encoding = rd_u8(&in->r);
    fault(in, in->r.err || af != family_number(in->family) || encoding != 0, PIM_DROP_ADDRESS);
}

static struct ip_addr get_unicast(struct in *in)
{
    get_kind(in);
    struct ip_addr a = get_raw(in);
    fault(in, in->r.err, PIM_DROP_TRUNCATED);
    return a;
}

static struct ip_prefix get_group(struct in *in, bool *bidir, bool *zone)
{
    get_kind(in);
    uint8_t flags = rd_u8(&in->r);
    struct ip_prefix p = {.len = rd_u8(&in->r)};
    p.addr = get_raw(in);
    fault(in, in->r.err || p.len > 8 * ip_addr_len(in->family), PIM_DROP_MASK);
    fault(in, !ip_addr_is_multicast(&p.addr), PIM_DROP_GROUP);
    if (bidir)
        *bidir = flags & PIM_GROUP_BIDIR;
    if (zone)
        *zone = flags & PIM_GROUP_ZONE;
    return p;
}

static struct pim_source get_source(struct in *in)
{
    get_kind(in);
    uint8_t flags = rd_u8(&in->r), len = rd_u8(&in->r);
    struct pim_source s = {.addr = get_raw(in),
                           .sparse = flags & PIM_SOURCE_SPARSE,
                           .wildcard = flags & PIM_SOURCE_WILDCARD,
                           .rpt = flags & PIM_SOURCE_RPT};
    fault(in, in->r.err || len != 8 * ip_addr_len(in->family), PIM_DROP_MASK);
    fault(in, s.wildcard && !s.rpt, PIM_DROP_FLAGS);
    return s;
}

/* Addresses of other families are left out; behind one of an unknown family nothing can be read. */
static void get_list(struct in *in, struct pim_hello *h, struct rd *v, struct pim_room *room)
{
    static const uint8_t lens[] = {[PIM_AF_V4] = 4, [PIM_AF_V6] = 16};
    struct in list = {.r = *v, .family = in->family};
    h->has_list = true;
    room->addrs =
        pim_room_reserve(room->addrs, &room->max_addrs, rd_left(v) / 6, sizeof *room->addrs);
    h->secondary = room->addrs;
    h->n_secondary = 0;
    while (list.reason == PIM_DROP_NONE && rd_left(&list.r) > 0) {
        uint8_t af = list.r.p[0];
        if (af != PIM_AF_V4 && af != PIM_AF_V6)
            break;
        if (af == family_number(in->family))
            room->addrs[h->n_secondary++] = get_unicast(&list);
        else
            fault(&list, !rd_bytes(&list.r, 2u + lens[af]), PIM_DROP_TRUNCATED);
    }
    fault(in, list.reason != PIM_DROP_NONE, list.reason);
}

/* What is longer than its option needs is skipped. */
static void get_option(struct in *in, struct pim_hello *h, uint16_t type, struct rd *v,
                       struct pim_room *room)
{
    switch (type) {
    case PIM_OPT_HOLDTIME:
        h->has_holdtime = true;
        h->holdtime_s = rd_u16be(v);
        break;
    case PIM_OPT_LAN_DELAY:
        h->has_lan_delay = true;
        h->propagation_ms = rd_u16be(v);
        h->t_bit = h->propagation_ms & 0x8000;
        h->propagation_ms &= 0x7fff;
        h->override_ms = rd_u16be(v);
        break;
    case PIM_OPT_PRIORITY:
        h->has_priority = true;
        h->dr_priority = rd_u32be(v);
        break;
    case PIM_OPT_GEN_ID:
        h->has_gen_id = true;
        h->gen_id = rd_u32be(v);
        break;
    case PIM_OPT_REFRESH:
        h->has_refresh = true;
        rd_u8(v); /* version */
        h->refresh_interval_s = rd_u8(v);
        break;
    case PIM_OPT_LIST:
        get_list(in, h, v, room);
        break;
    default:
        break; /* unknown options are skipped */
    }
    if (v->err)
        in->r.err = v->err;
}

static void get_hello(struct in *in, struct pim_hello *h, struct pim_room *room)
{
    while (in->reason == PIM_DROP_NONE && rd_left(&in->r) > 0) {
        uint16_t type = rd_u16be(&in->r), len = rd_u16be(&in->r);
        const uint8_t *p = rd_bytes(&in->r, len);
        struct rd value;
        rd_init(&value, p, p ? len : 0);
        if (p)
            get_option(in, h, type, &value, room);
        fault(in, in->r.err, PIM_DROP_TRUNCATED);
    }
}

static void get_join_prune(struct in *in, struct pim_join_prune *jp, struct pim_room *room)
{
    size_t addr = ip_addr_len(in->family), n_sources = 0;
    jp->upstream = get_unicast(in);
    rd_u8(&in->r);
    jp->n_groups = rd_u8(&in->r);
    jp->holdtime_s = rd_u16be(&in->r);
    if (!enough(in, jp->n_groups, 8 + addr))
        return;
    room->groups =
        pim_room_reserve(room->groups, &room->max_groups, jp->n_groups, sizeof *room->groups);
    room->sources = pim_room_reserve(room->sources, &room->max_sources,
                                     rd_left(&in->r) / (4 + addr), sizeof *room->sources);
    for (size_t i = 0; i < jp->n_groups; i++) {
        struct pim_group *g = &room->groups[i];
        *g = (struct pim_group){0};
        g->prefix = get_group(in, &g->bidir, &g->zone);
        g->n_joins = rd_u16be(&in->r);
        g->n_prunes = rd_u16be(&in->r);
        if (!enough(in, g->n_joins + g->n_prunes, 4 + addr))
            return;
        g->joins = &room->sources[n_sources];
        g->prunes = g->joins + g->n_joins;
        for (size_t k = 0; k < g->n_joins + g->n_prunes; k++)
            room->sources[n_sources++] = get_source(in);
    }
    jp->groups = room->groups;
}

static void get_bootstrap(struct in *in, struct pim_bootstrap *b, struct pim_room *room)
{
    size_t addr = ip_addr_len(in->family), n_rps = 0;
    b->fragment_tag = rd_u16be(&in->r);
    b->hash_mask_len = rd_u8(&in->r);
    b->priority = rd_u8(&in->r);
    b->bsr = get_unicast(in);
    room->ranges = pim_room_reserve(room->ranges, &room->max_ranges, rd_left(&in->r) / (8 + addr),
                                    sizeof *room->ranges);
    room->rps = pim_room_reserve(room->rps, &room->max_rps, rd_left(&in->r) / (6 + addr),
                                 sizeof *room->rps);
    while (in->reason == PIM_DROP_NONE && rd_left(&in->r) > 0) {
        if (!enough(in, 1, 8 + addr))
            return;
        struct pim_range *g = &room->ranges[b->n_ranges++];
        *g = (struct pim_range){.rps = &room->rps[n_rps]};
        g->prefix = get_group(in, &g->bidir, &g->zone);
        g->n_all = rd_u8(&in->r);
        g->n_rps = rd_u8(&in->r);
        rd_u16be(&in->r);
        if (!enough(in, g->n_rps, 6 + addr))
            return;
        for (size_t k = 0; k < g->n_rps; k++) {
            struct pim_rp *rp = &room->rps[n_rps++];
            rp->addr = get_unicast(in);
            rp->holdtime_s = rd_u16be(&in->r);
            rp->priority = rd_u8(&in->r);
            rd_u8(&in->r);
        }
    }
    b->ranges = room->ranges;
}

static void get_candidate(struct in *in, struct pim_candidate_rp *c, struct pim_room *room)
{
    c->n_groups = rd_u8(&in->r);
    c->priority = rd_u8(&in->r);
    c->holdtime_s = rd_u16be(&in->r);
    c->rp = get_unicast(in);
    if (!enough(in, c->n_groups, 4 + ip_addr_len(in->family)))
        return;
    room->prefixes =
        pim_room_reserve(room->prefixes, &room->max_prefixes, c->n_groups, sizeof *room->prefixes);
    for (size_t i = 0; i < c->n_groups; i++)
        room->prefixes[i] = get_group(in, NULL, NULL);
    c->groups = room->prefixes;
}

static void get_metric(struct in *in, bool *rpt, uint32_t *preference, uint32_t *metric)
{
    uint32_t word = rd_u32be(&in->r);
    *rpt = word >> 31;
    *preference = word & PIM_PREFERENCE_MAX;
    *metric = rd_u32be(&in->r);
}

static void get_refresh(struct in *in, struct pim_state_refresh *s)
{
    s->group = get_group(in, NULL, NULL);
    s->source = get_unicast(in);
    s->originator = get_unicast(in);
    get_metric(in, &s->rpt, &s->preference, &s->metric);
    s->mask_len = rd_u8(&in->r);
    s->ttl = rd_u8(&in->r);
    uint8_t flags = rd_u8(&in->r);
    s->prune_indicator = flags & PIM_REFRESH_PRUNE;
    s->prune_now = flags & PIM_REFRESH_NOW;
    s->assert_override = flags & PIM_REFRESH_OVERRIDE;
    s->interval_s = rd_u8(&in->r);
}

/* Of the packet inside only the addresses are read: it is checked by whoever forwards it. */
static void get_register(struct in *in, struct pim_register *reg)
{
    size_t addr = ip_addr_len(in->family), addrs_at = in->family == IP_V4 ? 12 : 8;
    uint32_t word = rd_u32be(&in->r);
    reg->border = word >> 31;
    reg->null = word >> 30 & 1;
    reg->inner_len = rd_left(&in->r);
    reg->inner = rd_bytes(&in->r, reg->inner_len);
    fault(in, reg->inner_len < ip_header_len(in->family, false), PIM_DROP_REGISTER);
    if (in->reason != PIM_DROP_NONE)
        return;
    fault(in, reg->inner[0] >> 4 != in->family, PIM_DROP_REGISTER);
    reg->source = ip_addr_make(in->family, reg->inner + addrs_at);
    reg->group = ip_addr_make(in->family, reg->inner + addrs_at + addr);
    fault(in, !ip_addr_is_multicast(&reg->group) || !ip_addr_is_source(&reg->source),
          PIM_DROP_REGISTER);
}

/* What stands behind the header, by type (dispatch). */
static void get_body(struct in *in, struct pim_msg *m, struct pim_room *room)
{
    switch (m->kind) {
    case PIM_HELLO:
        get_hello(in, &m->u.hello, room);
        break;
    case PIM_REGISTER:
        get_register(in, &m->u.reg);
        break;
    case PIM_REGISTER_STOP:
        m->u.stop.group = get_group(in, NULL, NULL);
        m->u.stop.source = get_unicast(in);
        break;
    case PIM_BOOTSTRAP:
        get_bootstrap(in, &m->u.bootstrap, room);
        break;
    case PIM_ASSERT:
        m->u.assert.group = get_group(in, NULL, NULL);
        m->u.assert.source = get_unicast(in);
        get_metric(in, &m->u.assert.rpt, &m->u.assert.preference, &m->u.assert.metric);
        break;
    case PIM_CANDIDATE_RP:
        get_candidate(in, &m->u.candidate, room);
        break;
    case PIM_STATE_REFRESH:
        get_refresh(in, &m->u.refresh);
        break;
    default:
        get_join_prune(in, &m->u.jp, room);
        break;
    }
}

enum pim_reason pim_decode(struct pim_msg *m, uint8_t family, const uint8_t *p, size_t len,
                           struct pim_room *room)
{
    struct in in = {.family = family};
    *m = (struct pim_msg){.family = family};
    rd_init(&in.r, p, len);
    uint8_t first = rd_u8(&in.r), reserved = rd_u8(&in.r);
    rd_u16be(&in.r);
    m->kind = first & 15;
    fault(&in, in.r.err, PIM_DROP_TRUNCATED);
    fault(&in, first >> 4 != PIM_WIRE_VERSION, PIM_DROP_VERSION);
    fault(&in, m->kind >= PIM_N_KINDS, PIM_DROP_TYPE);
    if (in.reason)
        return in.reason;
    get_body(&in, m, room);
    if (m->kind == PIM_BOOTSTRAP)
        m->u.bootstrap.no_forward = reserved & PIM_NO_FORWARD;
    fault(&in, in.r.err, PIM_DROP_TRUNCATED);
    return in.reason;
}
