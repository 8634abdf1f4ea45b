/* SPDX-License-Identifier: GPL-2.0-only
 * PIM messages to octets. Layouts: see pim_wire.h. */
#include "models/ip/pim_write.h"

#include "models/ip/packet.h"
#include "models/ip/pim_wire.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { MAX_SECONDARY = 3000 }; /* of 18 octets, in an option of 65,535 */

/* With the encoding. */
static void put_family(struct wr *w, uint8_t family)
{
    wr_u8(w, family == IP_V4 ? PIM_AF_V4 : PIM_AF_V6);
    wr_u8(w, 0);
}

static void put_unicast(struct wr *w, const struct ip_addr *a)
{
    put_family(w, a->family);
    wr_bytes(w, a->b, ip_addr_len(a->family));
}

static void put_group(struct wr *w, const struct ip_prefix *p, bool bidir, bool zone)
{
    put_family(w, p->addr.family);
    wr_u8(w, (uint8_t)((bidir ? PIM_GROUP_BIDIR : 0) | (zone ? PIM_GROUP_ZONE : 0)));
    wr_u8(w, p->len);
    wr_bytes(w, p->addr.b, ip_addr_len(p->addr.family));
}

static void put_sources(struct wr *w, const struct pim_source *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = ip_addr_len(s[i].addr.family);
        put_family(w, s[i].addr.family);
        wr_u8(w, (uint8_t)((s[i].sparse ? PIM_SOURCE_SPARSE : 0) |
                           (s[i].wildcard ? PIM_SOURCE_WILDCARD : 0) |
                           (s[i].rpt ? PIM_SOURCE_RPT : 0)));
        wr_u8(w, (uint8_t)(8 * len));
        wr_bytes(w, s[i].addr.b, len);
    }
}

static void put_option(struct wr *w, uint16_t type, uint16_t len)
{
    wr_u16be(w, type);
    wr_u16be(w, len);
}

static void put_hello(struct wr *w, uint8_t family, const struct pim_hello *h)
{
    if (h->has_holdtime) {
        put_option(w, PIM_OPT_HOLDTIME, 2);
        wr_u16be(w, h->holdtime_s);
    }
    if (h->has_lan_delay) {
        put_option(w, PIM_OPT_LAN_DELAY, 4);
        wr_u16be(w, (uint16_t)((h->t_bit ? 0x8000 : 0) | (h->propagation_ms & 0x7fff)));
        wr_u16be(w, h->override_ms);
    }
    if (h->has_priority) {
        put_option(w, PIM_OPT_PRIORITY, 4);
        wr_u32be(w, h->dr_priority);
    }
    if (h->has_gen_id) {
        put_option(w, PIM_OPT_GEN_ID, 4);
        wr_u32be(w, h->gen_id);
    }
    if (h->has_refresh) {
        put_option(w, PIM_OPT_REFRESH, 4);
        wr_u8(w, 1);
        wr_u8(w, h->refresh_interval_s);
        wr_u16be(w, 0);
    }
    if (h->has_list) {
        put_option(w, PIM_OPT_LIST, (uint16_t)(h->n_secondary * (2 + ip_addr_len(family))));
        for (size_t i = 0; i < h->n_secondary; i++)
            put_unicast(w, &h->secondary[i]);
    }
}

static void put_join_prune(struct wr *w, const struct pim_join_prune *jp)
{
    put_unicast(w, &jp->upstream);
    wr_u8(w, 0);
    wr_u8(w, (uint8_t)jp->n_groups);
    wr_u16be(w, jp->holdtime_s);
    for (size_t i = 0; i < jp->n_groups; i++) {
        const struct pim_group *g = &jp->groups[i];
        put_group(w, &g->prefix, g->bidir, g->zone);
        wr_u16be(w, (uint16_t)g->n_joins);
        wr_u16be(w, (uint16_t)g->n_prunes);
        put_sources(w, g->joins, g->n_joins);
        put_sources(w, g->prunes, g->n_prunes);
    }
}

static void put_bootstrap(struct wr *w, const struct pim_bootstrap *b)
{
    wr_u16be(w, b->fragment_tag);
    wr_u8(w, b->hash_mask_len);
    wr_u8(w, b->priority);
    put_unicast(w, &b->bsr);
    for (size_t i = 0; i < b->n_ranges; i++) {
        const struct pim_range *g = &b->ranges[i];
        put_group(w, &g->prefix, g->bidir, g->zone);
        wr_u8(w, g->n_all);
        wr_u8(w, (uint8_t)g->n_rps);
        wr_u16be(w, 0);
        for (size_t k = 0; k < g->n_rps; k++) {
            put_unicast(w, &g->rps[k].addr);
            wr_u16be(w, g->rps[k].holdtime_s);
            wr_u8(w, g->rps[k].priority);
            wr_u8(w, 0);
        }
    }
}

static void put_candidate(struct wr *w, const struct pim_candidate_rp *c)
{
    wr_u8(w, (uint8_t)c->n_groups);
    wr_u8(w, c->priority);
    wr_u16be(w, c->holdtime_s);
    put_unicast(w, &c->rp);
    for (size_t i = 0; i < c->n_groups; i++)
        put_group(w, &c->groups[i], false, false);
}

static void put_metric(struct wr *w, bool rpt, uint32_t preference, uint32_t metric)
{
    wr_u32be(w, (rpt ? UINT32_C(1) << 31 : 0) | (preference & PIM_PREFERENCE_MAX));
    wr_u32be(w, metric);
}

static void put_refresh(struct wr *w, const struct pim_state_refresh *s)
{
    put_group(w, &s->group, false, false);
    put_unicast(w, &s->source);
    put_unicast(w, &s->originator);
    put_metric(w, s->rpt, s->preference, s->metric);
    wr_u8(w, s->mask_len);
    wr_u8(w, s->ttl);
    wr_u8(w, (uint8_t)((s->prune_indicator ? PIM_REFRESH_PRUNE : 0) |
                       (s->prune_now ? PIM_REFRESH_NOW : 0) |
                       (s->assert_override ? PIM_REFRESH_OVERRIDE : 0)));
    wr_u8(w, s->interval_s);
}

/* The header that a null register has inside (RFC 7761 section 4.9.3). */
static void put_dummy(struct wr *w, uint8_t family, const struct pim_register *reg)
{
    uint8_t buf[64], header[PIM_WIRE_HEADER] = {PIM_WIRE_VERSION << 4};
    uint16_t sum =
        ip_checksum_pseudo(&reg->source, &reg->group, IP_PROTO_PIM, header, sizeof header);
    header[2] = (uint8_t)(sum >> 8);
    header[3] = (uint8_t)sum;
    const struct ip_packet p = {.src = reg->source,
                                .dst = reg->group,
                                .ttl = 1,
                                .protocol = IP_PROTO_PIM,
                                .payload = header,
                                .payload_len = family == IP_V6 ? sizeof header : 0};
    int len = ip_packet_build(&p, buf, sizeof buf);
    SIM_CHECK(len > 0, "a dummy header of %d", len);
    wr_bytes(w, buf, (size_t)len);
}

static void put_register(struct wr *w, uint8_t family, const struct pim_register *reg)
{
    wr_u32be(w, (reg->border ? UINT32_C(1) << 31 : 0) | (reg->null ? UINT32_C(1) << 30 : 0));
    if (reg->inner)
        wr_bytes(w, reg->inner, reg->inner_len);
    else
        put_dummy(w, family, reg);
}

static bool is_list(const struct pim_msg *m)
{
    return m->kind == PIM_JOIN_PRUNE || m->kind == PIM_GRAFT || m->kind == PIM_GRAFT_ACK;
}

/* Do all lists fit into their counters? */
static bool countable(const struct pim_msg *m)
{
    const struct pim_join_prune *jp = &m->u.jp;
    for (size_t i = 0; is_list(m) && i < jp->n_groups; i++)
        if (jp->groups[i].n_joins > UINT16_MAX || jp->groups[i].n_prunes > UINT16_MAX)
            return false;
    for (size_t i = 0; m->kind == PIM_BOOTSTRAP && i < m->u.bootstrap.n_ranges; i++)
        if (m->u.bootstrap.ranges[i].n_rps > UINT8_MAX)
            return false;
    if (m->kind == PIM_HELLO)
        return m->u.hello.n_secondary <= MAX_SECONDARY;
    return !(is_list(m) && jp->n_groups > UINT8_MAX) &&
           !(m->kind == PIM_CANDIDATE_RP && m->u.candidate.n_groups > UINT8_MAX);
}

/* A Register carries a packet, unless it is a null one with two addresses. */
static bool complete(const struct pim_msg *m)
{
    const struct pim_register *reg = &m->u.reg;
    return m->kind != PIM_REGISTER || reg->inner ||
           (reg->null && reg->source.family == m->family && reg->group.family == m->family);
}

/* By type (dispatch). */
static void put_body(struct wr *w, const struct pim_msg *m)
{
    switch (m->kind) {
    case PIM_HELLO:
        put_hello(w, m->family, &m->u.hello);
        break;
    case PIM_REGISTER:
        put_register(w, m->family, &m->u.reg);
        break;
    case PIM_REGISTER_STOP:
        put_group(w, &m->u.stop.group, false, false);
        put_unicast(w, &m->u.stop.source);
        break;
    case PIM_BOOTSTRAP:
        put_bootstrap(w, &m->u.bootstrap);
        break;
    case PIM_ASSERT:
        put_group(w, &m->u.assert.group, false, false);
        put_unicast(w, &m->u.assert.source);
        put_metric(w, m->u.assert.rpt, m->u.assert.preference, m->u.assert.metric);
        break;
    case PIM_CANDIDATE_RP:
        put_candidate(w, &m->u.candidate);
        break;
    case PIM_STATE_REFRESH:
        put_refresh(w, &m->u.refresh);
        break;
    default:
        put_join_prune(w, &m->u.jp);
        break;
    }
}

int pim_encode(const struct pim_msg *m, uint8_t *buf, size_t size)
{
    struct wr w;
    if (m->kind >= PIM_N_KINDS || !countable(m) || !complete(m))
        return SIM_EINVAL;
    wr_init(&w, buf, size);
    wr_u8(&w, (uint8_t)(PIM_WIRE_VERSION << 4 | m->kind));
    wr_u8(&w, m->kind == PIM_BOOTSTRAP && m->u.bootstrap.no_forward ? PIM_NO_FORWARD : 0);
    wr_u16be(&w, 0);
    put_body(&w, m);
    return w.err ? SIM_ENOSPC : (int)wr_len(&w);
}
