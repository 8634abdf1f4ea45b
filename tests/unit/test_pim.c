/* SPDX-License-Identifier: GPL-2.0-only
 * Pins PIM packets: the vectors encode to the same octets (their fields: test_calc_ip), every type
 * of both families reads as it was written and is as long as pim_size says, each fault of an
 * envelope has its reason, and nothing that is cut is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/pim_packet.h"
#include "models/ip/pim_read.h"
#include "models/ip/pim_write.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/support/pim_samples.h"
#include "tests/vectors.h"

enum { MAX = 2000 };

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("pim.json"), *c;
    struct pim_room room;
    size_t i;
    pim_room_init(&room);
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t buf[MAX], again[MAX];
        size_t len = vec_hex(c, "packet_hex", buf, sizeof buf);
        struct pim_packet p;
        if (pim_packet_decode(&p, buf, len, &room))
            fail_msg("%s: %s", vec_text(c, "id"), pim_reason_text(p.reason));
        assert_int_equal(p.msg.kind, vec_int(vec_get(c, "decoded"), "type"));
        int n = pim_packet_encode(&p.msg, &p.ip.src, &p.ip.dst, again, sizeof again);
        assert_int_equal(n, pim_size(&p.msg));
        if (strcmp(vec_text(c, "id"), "pim-hello-frr") == 0)
            continue; /* lists an address of the other family */
        size_t header = ip_header_len(p.msg.family, false);
        assert_int_equal(n, len);
        assert_memory_equal(again + header, buf + header, len - header);
        assert_int_equal(pim_packet_encode(&p.msg, &p.ip.src, &p.ip.dst, again, len - 1),
                         SIM_ENOSPC);
    }
    assert_int_equal(i, 10);
    json_decref(root);
    pim_room_fini(&room);
}

static bool same_sources(const struct pim_source *a, const struct pim_source *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!ip_addr_equal(&a[i].addr, &b[i].addr) || a[i].sparse != b[i].sparse ||
            a[i].wildcard != b[i].wildcard || a[i].rpt != b[i].rpt)
            return false;
    return true;
}

static bool same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return a->len == b->len && ip_addr_equal(&a->addr, &b->addr);
}

static void check_hello(const struct pim_hello *a, const struct pim_hello *b)
{
    assert_int_equal(a->has_holdtime, b->has_holdtime);
    assert_int_equal(a->holdtime_s, b->holdtime_s);
    assert_int_equal(a->has_lan_delay, b->has_lan_delay);
    assert_int_equal(a->t_bit, b->t_bit);
    assert_int_equal(a->propagation_ms, b->propagation_ms);
    assert_int_equal(a->override_ms, b->override_ms);
    assert_int_equal(a->has_priority, b->has_priority);
    assert_int_equal(a->dr_priority, b->dr_priority);
    assert_int_equal(a->has_gen_id, b->has_gen_id);
    assert_int_equal(a->gen_id, b->gen_id);
    assert_int_equal(a->has_refresh, b->has_refresh);
    assert_int_equal(a->refresh_interval_s, b->refresh_interval_s);
    assert_int_equal(a->n_secondary, b->n_secondary);
    for (size_t i = 0; i < a->n_secondary; i++)
        assert_true(ip_addr_equal(&a->secondary[i], &b->secondary[i]));
}

static void check_join_prune(const struct pim_join_prune *a, const struct pim_join_prune *b)
{
    assert_true(ip_addr_equal(&a->upstream, &b->upstream));
    assert_int_equal(a->holdtime_s, b->holdtime_s);
    assert_int_equal(a->n_groups, b->n_groups);
    for (size_t i = 0; i < a->n_groups; i++) {
        const struct pim_group *g = &a->groups[i], *h = &b->groups[i];
        assert_true(same_prefix(&g->prefix, &h->prefix));
        assert_true(g->bidir == h->bidir && g->zone == h->zone);
        assert_int_equal(g->n_joins, h->n_joins);
        assert_int_equal(g->n_prunes, h->n_prunes);
        assert_true(same_sources(g->joins, h->joins, g->n_joins));
        assert_true(same_sources(g->prunes, h->prunes, g->n_prunes));
    }
}

static void check_bootstrap(const struct pim_bootstrap *a, const struct pim_bootstrap *b)
{
    assert_int_equal(a->fragment_tag, b->fragment_tag);
    assert_int_equal(a->hash_mask_len, b->hash_mask_len);
    assert_int_equal(a->priority, b->priority);
    assert_int_equal(a->no_forward, b->no_forward);
    assert_true(ip_addr_equal(&a->bsr, &b->bsr));
    assert_int_equal(a->n_ranges, b->n_ranges);
    for (size_t i = 0; i < a->n_ranges; i++) {
        const struct pim_range *g = &a->ranges[i], *h = &b->ranges[i];
        assert_true(same_prefix(&g->prefix, &h->prefix));
        assert_true(g->bidir == h->bidir && g->zone == h->zone);
        assert_int_equal(g->n_all, h->n_all);
        assert_int_equal(g->n_rps, h->n_rps);
        for (size_t k = 0; k < g->n_rps; k++) {
            assert_true(ip_addr_equal(&g->rps[k].addr, &h->rps[k].addr));
            assert_int_equal(g->rps[k].holdtime_s, h->rps[k].holdtime_s);
            assert_int_equal(g->rps[k].priority, h->rps[k].priority);
        }
    }
}

static void check_register(const struct pim_register *a, const struct pim_register *b)
{
    assert_true(a->border == b->border && a->null == b->null);
    assert_true(ip_addr_equal(&a->source, &b->source));
    assert_true(ip_addr_equal(&a->group, &b->group));
    if (!a->inner) {
        assert_int_equal(b->inner_len, pim_null_len(a->source.family));
        return;
    }
    assert_int_equal(a->inner_len, b->inner_len);
    assert_memory_equal(a->inner, b->inner, a->inner_len);
}

static void check_refresh(const struct pim_state_refresh *a, const struct pim_state_refresh *b)
{
    assert_true(same_prefix(&a->group, &b->group));
    assert_true(ip_addr_equal(&a->source, &b->source));
    assert_true(ip_addr_equal(&a->originator, &b->originator));
    assert_true(a->rpt == b->rpt && a->preference == b->preference && a->metric == b->metric);
    assert_true(a->mask_len == b->mask_len && a->ttl == b->ttl && a->interval_s == b->interval_s);
    assert_true(a->prune_indicator == b->prune_indicator && a->prune_now == b->prune_now &&
                a->assert_override == b->assert_override);
}

static void check_candidate(const struct pim_candidate_rp *a, const struct pim_candidate_rp *b)
{
    assert_int_equal(a->priority, b->priority);
    assert_int_equal(a->holdtime_s, b->holdtime_s);
    assert_true(ip_addr_equal(&a->rp, &b->rp));
    assert_int_equal(a->n_groups, b->n_groups);
    for (size_t i = 0; i < a->n_groups; i++)
        assert_true(same_prefix(&a->groups[i], &b->groups[i]));
}

static void check_same(const struct pim_msg *a, const struct pim_msg *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->family, b->family);
    switch (a->kind) {
    case PIM_HELLO:
        check_hello(&a->u.hello, &b->u.hello);
        break;
    case PIM_REGISTER:
        check_register(&a->u.reg, &b->u.reg);
        break;
    case PIM_REGISTER_STOP:
        assert_true(same_prefix(&a->u.stop.group, &b->u.stop.group));
        assert_true(ip_addr_equal(&a->u.stop.source, &b->u.stop.source));
        break;
    case PIM_BOOTSTRAP:
        check_bootstrap(&a->u.bootstrap, &b->u.bootstrap);
        break;
    case PIM_ASSERT:
        assert_true(same_prefix(&a->u.assert.group, &b->u.assert.group));
        assert_true(ip_addr_equal(&a->u.assert.source, &b->u.assert.source));
        assert_int_equal(a->u.assert.rpt, b->u.assert.rpt);
        assert_int_equal(a->u.assert.preference, b->u.assert.preference);
        assert_int_equal(a->u.assert.metric, b->u.assert.metric);
        break;
    case PIM_CANDIDATE_RP:
        check_candidate(&a->u.candidate, &b->u.candidate);
        break;
    case PIM_STATE_REFRESH:
        check_refresh(&a->u.refresh, &b->u.refresh);
        break;
    default:
        check_join_prune(&a->u.jp, &b->u.jp);
        break;
    }
}

/* Every sample, written, read, and read again from every beginning. A Hello without its last
 * options, a Bootstrap without its last ranges and a shorter packet in a Register are whole. */
static void check_sample(const struct pim_msg *m, const struct ip_addr *src,
                         const struct ip_addr *dst)
{
    struct pim_room room;
    struct pim_packet p;
    uint8_t buf[MAX], payload[MAX];
    pim_room_init(&room);
    int len = pim_packet_encode(m, src, dst, buf, sizeof buf);
    assert_int_equal(len, pim_size(m));
    if (pim_packet_decode(&p, buf, (size_t)len, &room))
        fail_msg("%s: %s", pim_kind_name(m->kind), pim_reason_text(p.reason));
    check_same(m, &p.msg);
    assert_int_equal(p.ip.ttl, pim_ttl((enum pim_kind)m->kind));
    int n = pim_encode(m, payload, sizeof payload);
    for (int cut = 0; cut < n; cut++) {
        uint8_t *copy = mem_copy(payload, (size_t)cut);
        struct pim_msg q;
        enum pim_reason reason = pim_decode(&q, m->family, copy, (size_t)cut, &room);
        bool open = m->kind == PIM_HELLO || m->kind == PIM_BOOTSTRAP || m->kind == PIM_REGISTER;
        if (!open && reason != PIM_DROP_TRUNCATED)
            fail_msg("%s of %d octets: %s", pim_kind_name(m->kind), cut, pim_reason_text(reason));
        free(copy);
    }
    pim_room_fini(&room);
}

static void test_round_trips(void **state)
{
    (void)state;
    static const uint8_t families[] = {IP_V4, IP_V6};
    for (size_t f = 0; f < 2; f++) {
        struct pim_samples s;
        pim_samples_init(&s, families[f]);
        for (size_t i = 0; i < s.n; i++)
            check_sample(&s.msgs[i], &s.src[i], s.dst[i].family ? &s.dst[i] : NULL);
        assert_true(s.n >= PIM_N_KINDS);
    }
}

/* RFC 7761 section 4.9: what the usual messages take. */
static void test_sizes(void **state)
{
    (void)state;
    struct ip_addr s4 = ip_addr_of("10.0.0.1"), s6 = ip_addr_of("2001:db8::1");
    struct pim_msg hello = {
        .kind = PIM_HELLO,
        .family = IP_V4,
        .u.hello = {
            .has_holdtime = true, .has_lan_delay = true, .has_priority = true, .has_gen_id = true}};
    assert_int_equal(pim_size(&hello), 54);
    hello.family = IP_V6;
    assert_int_equal(pim_size(&hello), 74);
    hello.u.hello.has_list = true;
    hello.u.hello.n_secondary = 2;
    assert_int_equal(pim_size(&hello), 114);
    struct pim_source join = {.addr = s4, .sparse = true};
    struct pim_group g = {.prefix = {ip_addr_of("239.1.1.1"), 32}, .joins = &join, .n_joins = 1};
    struct pim_msg jp = {.kind = PIM_JOIN_PRUNE,
                         .family = IP_V4,
                         .u.jp = {.upstream = s4, .groups = &g, .n_groups = 1}};
    assert_int_equal(pim_size(&jp), 54);
    join.addr = jp.u.jp.upstream = s6;
    g.prefix = (struct ip_prefix){ip_addr_of("ff1e::1"), 128};
    jp.family = IP_V6;
    assert_int_equal(pim_size(&jp), 110);
    struct pim_msg reg = {.kind = PIM_REGISTER, .family = IP_V4, .u.reg.inner_len = 100};
    assert_int_equal(pim_size(&reg), 128);
    reg.u.reg.null = true;
    assert_int_equal(pim_size(&reg), 48);
}

static void put_sum(uint8_t *at, uint16_t sum)
{
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

/* One octet of a good Hello or other packet changed, checksums put right where they are not what
 * is tested. */
static void test_reasons(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        size_t at;
        uint8_t value;
        bool keep_sum;
        enum pim_reason reason;
    } cases[] = {
        {"pim4-assertcancel", 0, 0x55, false, PIM_DROP_IP},
        {"pim4-assertcancel", 6, 0x20, false, PIM_DROP_FRAGMENT},
        {"pim4-assertcancel", 9, 2, false, PIM_DROP_PROTOCOL},
        {"pim4-assertcancel", 20, 0x15, false, PIM_DROP_VERSION},
        {"pim4-assertcancel", 20, 0x2a, false, PIM_DROP_TYPE},
        {"pim4-assertcancel", 45, 0xfe, true, PIM_DROP_CHECKSUM},
        {"pim4-assertcancel", 24, 2, false, PIM_DROP_ADDRESS},
        {"pim4-assertcancel", 25, 1, false, PIM_DROP_ADDRESS},
        {"pim4-assertcancel", 27, 33, false, PIM_DROP_MASK},
        {"pim4-assertcancel", 28, 10, false, PIM_DROP_GROUP},
        {"pim4-assertcancel", 12, 224, false, PIM_DROP_SOURCE},
        {"pim4-assertcancel", 12, 0, false, PIM_DROP_SOURCE},
        {"pim4-assertcancel", 8, 2, false, PIM_DROP_TTL},
        {"pim4-assertcancel", 19, 1, false, PIM_DROP_DESTINATION},
        {"pim4-assertcancel", 16, 10, false, PIM_DROP_DESTINATION},
        {"pim-register", 16, 224, false, PIM_DROP_TTL},
        {"pim4-graft-dm", 16, 224, false, PIM_DROP_DESTINATION},
        {"pim-register", 28, 0x65, false, PIM_DROP_REGISTER},
        {"pim-register", 40, 224, false, PIM_DROP_REGISTER},
        {"pim-register", 44, 10, false, PIM_DROP_REGISTER},
        {"pim4-bsm", 16, 10, false, PIM_DROP_NONE},
        {"pim-jp-spt-join", 31, 2, false, PIM_DROP_TRUNCATED},
        {"pim-jp-spt-join", 48, 2, false, PIM_DROP_FLAGS},
        {"pim-jp-spt-join", 49, 24, false, PIM_DROP_MASK},
        {"pim6-hello-bye", 8, 0x20, false, PIM_DROP_SOURCE},
        {"pim6-hello-bye", 7, 2, false, PIM_DROP_TTL},
        {"pim6-hello-bye", 39, 1, false, PIM_DROP_DESTINATION},
        {"pim6-hello-bye", 47, 3, false, PIM_DROP_TRUNCATED},
    };
    json_t *root = VECTORS("pim.json"), *c;
    struct pim_room room;
    pim_room_init(&room);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint8_t buf[MAX];
        size_t len = 0, i;
        json_array_foreach(json_object_get(root, "cases"), i, c)
        {
            if (strcmp(vec_text(c, "id"), cases[k].id) == 0)
                len = vec_hex(c, "packet_hex", buf, sizeof buf);
        }
        assert_true(cases[k].at < len);
        buf[cases[k].at] = cases[k].value;
        bool v4 = buf[0] >> 4 == 4;
        uint8_t *payload = buf + (v4 ? 20 : 40);
        size_t n = len - (v4 ? 20 : 40);
        if (v4) {
            put_sum(buf + 10, 0);
            put_sum(buf + 10, ip_checksum(buf, 20));
        }
        if (!cases[k].keep_sum) {
            struct ip_addr src = ip_addr_make(IP_V6, buf + 8), dst = ip_addr_make(IP_V6, buf + 24);
            put_sum(payload + 2, 0);
            put_sum(payload + 2, v4 ? ip_checksum(payload, n)
                                    : ip_checksum_pseudo(&src, &dst, IP_PROTO_PIM, payload, n));
        }
        struct pim_packet p;
        if (pim_packet_decode(&p, buf, len, &room) != cases[k].reason)
            fail_msg("case %zu: %s", k, pim_reason_text(p.reason));
    }
    json_decref(root);
    pim_room_fini(&room);
}

/* The first 8 octets of a Register, or all of it; nothing else. */
static void test_register_checksum(void **state)
{
    (void)state;
    struct pim_samples s;
    struct pim_room room;
    struct pim_packet p;
    uint8_t buf[MAX];
    pim_room_init(&room);
    static const uint8_t families[] = {IP_V4, IP_V6};
    for (size_t f = 0; f < 2; f++) {
        pim_samples_init(&s, families[f]);
        size_t i = 0, header = ip_header_len(families[f], false);
        while (s.msgs[i].kind != PIM_REGISTER)
            i++;
        int len = pim_packet_encode(&s.msgs[i], &s.src[i], &s.dst[i], buf, sizeof buf);
        assert_true(len > 0);
        buf[len - 1] ^= 1; /* data is not covered */
        assert_int_equal(pim_packet_decode(&p, buf, (size_t)len, &room), PIM_DROP_NONE);
        uint8_t *payload = buf + header;
        size_t n = (size_t)len - header;
        put_sum(payload + 2, 0);
        put_sum(payload + 2, families[f] == IP_V4 ? ip_checksum(payload, n)
                                                  : ip_checksum_pseudo(&s.src[i], &s.dst[i],
                                                                       IP_PROTO_PIM, payload, n));
        assert_int_equal(pim_packet_decode(&p, buf, (size_t)len, &room), PIM_DROP_NONE);
        buf[len - 1] ^= 1;
        assert_int_equal(pim_packet_decode(&p, buf, (size_t)len, &room), PIM_DROP_CHECKSUM);
    }
    pim_room_fini(&room);
}

/* What cannot be written. */
static void test_refused(void **state)
{
    (void)state;
    uint8_t buf[MAX];
    struct ip_addr src = ip_addr_of("10.0.0.1"), v6 = ip_addr_of("fe80::1");
    struct pim_group groups[300] = {0};
    struct pim_msg jp = {.kind = PIM_JOIN_PRUNE,
                         .family = IP_V4,
                         .u.jp = {.upstream = src, .groups = groups, .n_groups = 256}};
    assert_int_equal(pim_encode(&jp, buf, sizeof buf), SIM_EINVAL);
    groups[0].n_prunes = 65536;
    jp.u.jp.n_groups = 1;
    assert_int_equal(pim_encode(&jp, buf, sizeof buf), SIM_EINVAL);
    struct pim_msg reg = {.kind = PIM_REGISTER, .family = IP_V4};
    assert_int_equal(pim_encode(&reg, buf, sizeof buf), SIM_EINVAL);
    reg.u.reg.null = true;
    assert_int_equal(pim_encode(&reg, buf, sizeof buf), SIM_EINVAL);
    reg.u.reg.source = src;
    reg.u.reg.group = ip_addr_of("239.1.1.1");
    assert_int_equal(pim_packet_encode(&reg, &src, NULL, buf, sizeof buf), SIM_EINVAL);
    assert_int_equal(pim_packet_encode(&reg, &v6, &src, buf, sizeof buf), SIM_EINVAL);
    assert_int_equal(pim_packet_encode(&reg, &src, &src, buf, sizeof buf), 48);
    assert_int_equal(pim_packet_encode(&reg, &src, &src, buf, 10), SIM_ENOSPC);
    struct pim_msg odd = {.kind = PIM_N_KINDS, .family = IP_V4};
    assert_int_equal(pim_encode(&odd, buf, sizeof buf), SIM_EINVAL);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(pim_kind_name(PIM_JOIN_PRUNE), "Join/Prune");
    assert_string_equal(pim_kind_name(-1), "unknown");
    assert_string_equal(pim_reason_text(PIM_DROP_NONE), "used");
    assert_string_equal(pim_reason_text(PIM_N_REASONS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_register_checksum),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
