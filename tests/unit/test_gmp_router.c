/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the router's side of membership: when it asks, whom it asks when members leave and for how
 * long, who is the querier, older versions, and what others are told of changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/gmp_router.h"
#include "sim/err.h"

enum { MAX_LOG = 20000, N_TIMES = 200 };

struct rig {
    struct gmp_cfg cfg;
    struct gmp_router_io io;
    struct gmp_router router;
    sim_time now;
    char log[MAX_LOG]; /* queries and changes since the last look */
    size_t len;
    int n_sent, n_wakes;
    sim_time sent_at[N_TIMES];
};

static struct ip_addr group(unsigned n)
{
    return ip_addr_v4(0xef000000 + n);
}

static struct ip_addr source(char letter)
{
    return ip_addr_v4(0x0a000001u + (unsigned)(letter - 'a'));
}

static void put(struct rig *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(r->log + r->len, sizeof r->log - r->len, fmt, args);
    va_end(args);
    r->len += (size_t)n;
    assert_true(r->len < sizeof r->log);
}

static void put_letters(struct rig *r, const struct ip_addr *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        put(r, "%s%c", k ? "" : " ", 'a' + v[k].b[3] - 1);
}

/* "Q", "Q2 G1", "Q G1 ab S" */
static void log_query(void *obj, const struct gmp_msg *m)
{
    struct rig *r = obj;
    assert_int_equal(m->kind, GMP_QUERY);
    assert_int_equal(m->max_resp, m->version == GMP_V1        ? 0
                                  : ip_addr_is_any(&m->group) ? SIM_S(10)
                                                              : SIM_S(1));
    if (r->n_sent < N_TIMES)
        r->sent_at[r->n_sent] = r->now;
    r->n_sent++;
    put(r, "%sQ", r->len ? " | " : "");
    if (m->version != GMP_V3)
        put(r, "%d", m->version);
    if (!ip_addr_is_any(&m->group))
        put(r, " G%d", m->group.b[3]);
    put_letters(r, m->sources, m->n_sources);
    put(r, m->s_flag ? " S" : "");
}

/* "G1:EX b" */
static void log_change(void *obj, const struct ip_addr *g)
{
    struct rig *r = obj;
    struct ip_filter f = {0};
    const struct gmp_group *state = gmp_router_group(&r->router, g);
    if (state)
        gmp_group_view(state, r->now, &f);
    put(r, "%sG%d:%s", r->len ? " | " : "", g->b[3], f.exclude ? "EX" : "IN");
    put_letters(r, f.sources.v, f.sources.n);
    ip_filter_fini(&f);
}

static struct rig *rig_open(void)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    struct ip_addr own = ip_addr_of("10.0.0.100");
    r->cfg = gmp_cfg_default(IP_V4);
    r->io = (struct gmp_router_io){.obj = r, .send = log_query, .changed = log_change};
    gmp_router_init(&r->router, &r->cfg, &r->io, &own);
    return r;
}

static void rig_close(struct rig *r)
{
    gmp_router_fini(&r->router);
    free(r);
}

static void until(struct rig *r, sim_time t)
{
    while (gmp_router_next(&r->router) <= t) {
        assert_true(gmp_router_next(&r->router) >= r->now);
        r->now = gmp_router_next(&r->router);
        gmp_router_wake(&r->router, r->now);
        r->n_wakes++;
        assert_true(gmp_router_next(&r->router) > r->now);
    }
    r->now = t;
}

static void said(struct rig *r, const char *want)
{
    if (strcmp(r->log, want) != 0)
        fail_msg("said \"%s\", not \"%s\"", r->log, want);
    r->len = 0;
    r->log[0] = 0;
    r->n_sent = 0;
}

/* Started, with its queries of the start behind it. */
static struct rig *rig_running(void)
{
    struct rig *r = rig_open();
    gmp_router_start(&r->router, 0);
    until(r, SIM_S(40));
    said(r, "Q | Q");
    return r;
}

static enum gmp_reason receive(struct rig *r, const char *src, struct gmp_msg m)
{
    struct ip_addr a = ip_addr_of(src);
    m.family = IP_V4;
    return gmp_router_receive(&r->router, r->now, &a, &m);
}

static enum gmp_reason report(struct rig *r, enum gmp_record_type type, unsigned n,
                              const char *letters)
{
    struct ip_addr sources[10];
    struct gmp_record rec = {.type = (uint8_t)type, .group = group(n), .sources = sources};
    for (; *letters; letters++)
        sources[rec.n_sources++] = source(*letters);
    return receive(
        r, "10.0.0.5",
        (struct gmp_msg){.kind = GMP_REPORT, .version = GMP_V3, .records = &rec, .n_records = 1});
}

static enum gmp_reason old_message(struct rig *r, enum gmp_kind kind, enum gmp_version version,
                                   unsigned n)
{
    return receive(
        r, "10.0.0.5",
        (struct gmp_msg){.kind = (uint8_t)kind, .version = (uint8_t)version, .group = group(n)});
}

static enum gmp_reason query(struct rig *r, const char *src, unsigned n, const char *letters,
                             bool s_flag)
{
    struct ip_addr sources[10];
    struct gmp_msg m = {.kind = GMP_QUERY,
                        .version = GMP_V3,
                        .max_resp = SIM_S(1),
                        .qrv = 2,
                        .qqi = SIM_S(125),
                        .s_flag = s_flag,
                        .group = n ? group(n) : ip_addr_any(IP_V4),
                        .sources = sources};
    for (; *letters; letters++)
        sources[m.n_sources++] = source(*letters);
    return receive(r, src, m);
}

/* Exactly 30 in [0, 3600) s: at 0, 31.25 and then every 125 s. */
static void test_general_queries(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    until(r, SIM_S(10));
    assert_int_equal(r->n_sent, 0); /* not started */
    gmp_router_fini(&r->router);
    rig_close(r);
    r = rig_open();
    gmp_router_start(&r->router, 0);
    until(r, SIM_S(3600) - 1);
    assert_int_equal(r->n_sent, 30);
    assert_int_equal(r->sent_at[0], 0);
    for (int i = 1; i < 30; i++)
        assert_int_equal(r->sent_at[i], SIM_MS(31250) + (i - 1) * SIM_S(125));
    rig_close(r);
}

/* The last member leaves: asked at once and a second later, gone after 2.00 s. */
static void test_leave(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    report(r, GMP_TO_EX, 1, "");
    said(r, "G1:EX");
    struct ip_addr g = group(1), a = source('a');
    assert_true(gmp_router_wants(&r->router, r->now, &g, &a));
    until(r, SIM_S(50));
    sim_time left = r->now;
    report(r, GMP_TO_IN, 1, "");
    said(r, "Q G1");
    report(r, GMP_TO_IN, 1, ""); /* the repetition begins nothing anew */
    until(r, left + SIM_S(1));
    said(r, "Q G1");
    until(r, left + SIM_S(2) - 1);
    assert_true(gmp_router_wants(&r->router, r->now, &g, &a));
    said(r, "");
    until(r, left + SIM_S(2));
    said(r, "G1:IN");
    assert_false(gmp_router_wants(&r->router, r->now, &g, &a));
    assert_null(gmp_router_group(&r->router, &g));
    rig_close(r);
}

/* Somebody else answers: nothing changes, and the second query says so with its S flag. */
static void test_leave_answered(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    report(r, GMP_TO_EX, 1, "");
    report(r, GMP_TO_IN, 1, "");
    until(r, r->now + SIM_MS(500));
    report(r, GMP_IS_EX, 1, "");
    sim_time answered = r->now;
    until(r, r->now + SIM_S(10));
    said(r, "G1:EX | Q G1 | Q G1 S");
    until(r, answered + SIM_S(260) - 1);
    said(r, "Q | Q");
    until(r, answered + SIM_S(260));
    said(r, "G1:IN");
    rig_close(r);
}

static void test_sources(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    report(r, GMP_ALLOW, 1, "abc");
    said(r, "G1:IN abc");
    report(r, GMP_BLOCK, 1, "ab");
    said(r, "Q G1 ab");
    until(r, r->now + SIM_MS(500));
    report(r, GMP_IS_IN, 1, "b");
    until(r, r->now + SIM_MS(500));
    said(r, "Q G1 b S | Q G1 a");
    until(r, r->now + SIM_S(1));
    said(r, "G1:IN bc");
    report(r, GMP_TO_EX, 1, "bd");
    said(r, "Q G1 b | G1:EX d");
    until(r, r->now + SIM_S(5));
    said(r, "Q G1 b | G1:EX bd");
    report(r, GMP_TO_IN, 1, "e"); /* nothing is in X: only the group is asked for */
    said(r, "Q G1");
    until(r, r->now + SIM_S(2));
    said(r, "Q G1 | G1:IN e");
    report(r, GMP_BLOCK, 1, "e");
    until(r, r->now + SIM_S(2));
    said(r, "Q G1 e | Q G1 e | G1:IN");
    rig_close(r);
}

/* Sources that do not fit into one query go into several. */
static void test_query_mtu(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    r->cfg.mtu = 100; /* 36 octets of headers: 16 sources */
    struct ip_addr v[40];
    for (unsigned i = 0; i < 40; i++)
        v[i] = ip_addr_v4(0x0a000001 + i);
    struct gmp_record rec = {.type = GMP_ALLOW, .group = group(1), .sources = v, .n_sources = 40};
    const struct gmp_msg m = {
        .kind = GMP_REPORT, .version = GMP_V3, .records = &rec, .n_records = 1};
    receive(r, "10.0.0.5", m);
    rec.type = GMP_BLOCK;
    receive(r, "10.0.0.5", m);
    assert_int_equal(r->n_sent, 3);
    rig_close(r);
}

/* One pending time for a membership that is refreshed every 125 s. */
static void test_lazy(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    r->n_wakes = 0;
    for (int i = 0; i < 100; i++) {
        report(r, GMP_IS_EX, 1, "");
        until(r, r->now + SIM_S(125));
    }
    assert_true(r->n_wakes <= 100 + 100); /* 100 queries */
    struct ip_addr g = group(1);
    assert_non_null(gmp_router_group(&r->router, &g));
    rig_close(r);
}

static void test_election(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    assert_int_equal(query(r, "10.0.0.101", 0, "", false), GMP_DROP_NONE);
    assert_true(r->router.querier);
    assert_int_equal(query(r, "0.0.0.0", 0, "", false), GMP_DROP_UNSPECIFIED);
    assert_int_equal(query(r, "10.0.0.100", 0, "", false), GMP_DROP_ROLE);
    assert_true(r->router.querier);
    query(r, "10.0.0.99", 0, "", false);
    assert_false(r->router.querier);
    sim_time heard = r->now;
    until(r, heard + SIM_S(255) - 1);
    said(r, "");
    until(r, heard + SIM_S(255));
    said(r, "Q");
    assert_true(r->router.querier);
    until(r, heard + SIM_S(255 + 125));
    said(r, "Q"); /* no second start */
    /* The querier's settings hold while it is there. */
    receive(r, "9.255.255.255",
            (struct gmp_msg){.kind = GMP_QUERY,
                             .version = GMP_V3,
                             .qrv = 3,
                             .qqi = SIM_S(60),
                             .group = ip_addr_any(IP_V4)});
    report(r, GMP_IS_EX, 1, "");
    struct ip_addr g = group(1);
    assert_int_equal(gmp_router_group(&r->router, &g)->filter_until, r->now + SIM_S(190));
    assert_int_equal(r->router.other_until, r->now + SIM_S(185));
    until(r, r->now + SIM_S(185));
    assert_int_equal(r->router.robustness, 2);
    assert_int_equal(r->router.query_interval, SIM_S(125));
    rig_close(r);
}

/* MLD compares the low 64 bits. */
static void test_election_v6(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_addr own = ip_addr_of("fe80::5"), low = ip_addr_of("fe80:0:0:1::4"),
                   high = ip_addr_of("fe80::6"), any = ip_addr_any(IP_V6);
    const struct gmp_msg q = {
        .kind = GMP_QUERY, .version = GMP_V3, .family = IP_V6, .group = any, .qrv = 2};
    const struct gmp_msg report = {.kind = GMP_REPORT, .version = GMP_V3, .family = IP_V6};
    r->cfg = gmp_cfg_default(IP_V6);
    gmp_router_init(&r->router, &r->cfg, &r->io, &own);
    gmp_router_start(&r->router, 0);
    gmp_router_receive(&r->router, 1, &high, &q);
    assert_true(r->router.querier);
    gmp_router_receive(&r->router, 1, &low, &q);
    assert_false(r->router.querier);
    assert_int_equal(gmp_router_receive(&r->router, 1, &any, &report), GMP_DROP_UNSPECIFIED);
    rig_close(r);
}

/* Others than the querier do not ask, and shorten timers when it does. */
static void test_not_querier(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    query(r, "10.0.0.1", 0, "", false);
    report(r, GMP_TO_EX, 1, "");
    report(r, GMP_ALLOW, 2, "ab");
    said(r, "G1:EX | G2:IN ab");
    report(r, GMP_TO_IN, 1, "");
    query(r, "10.0.0.1", 1, "", true); /* S: leave the timers alone */
    query(r, "10.0.0.1", 2, "a", true);
    until(r, r->now + SIM_S(5));
    said(r, "");
    query(r, "10.0.0.1", 1, "", false);
    query(r, "10.0.0.1", 2, "a", false);
    until(r, r->now + SIM_S(2) - 1);
    said(r, "");
    until(r, r->now + 1);
    said(r, "G1:IN | G2:IN b");
    rig_close(r);
}

/* Whoever yields stops asking for groups. */
static void test_yield_while_asking(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    report(r, GMP_TO_EX, 1, "");
    report(r, GMP_TO_IN, 1, "");
    said(r, "G1:EX | Q G1");
    query(r, "10.0.0.1", 0, "", false);
    until(r, r->now + SIM_S(2));
    said(r, "G1:IN");
    rig_close(r);
}

static void test_older_members(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    assert_int_equal(old_message(r, GMP_REPORT, GMP_V2, 1), GMP_DROP_NONE);
    assert_int_equal(report(r, GMP_BLOCK, 1, "a"), GMP_DROP_OLD_MODE);
    assert_int_equal(report(r, GMP_TO_EX, 1, "a"), GMP_DROP_NONE);
    said(r, "G1:EX");
    assert_int_equal(old_message(r, GMP_LEAVE, GMP_V2, 1), GMP_DROP_NONE);
    until(r, r->now + SIM_S(2));
    said(r, "Q G1 | Q G1 | G1:IN");
    old_message(r, GMP_REPORT, GMP_V1, 1);
    assert_int_equal(old_message(r, GMP_LEAVE, GMP_V2, 1), GMP_DROP_OLD_MODE);
    sim_time joined = r->now;
    until(r, joined + SIM_S(260) - 1);
    said(r, "G1:EX | Q | Q");
    until(r, joined + SIM_S(260)); /* a silent leave takes as long */
    said(r, "G1:IN");
    assert_int_equal(old_message(r, GMP_LEAVE, GMP_V2, 9), GMP_DROP_NONE);
    rig_close(r);
}

/* A router of version 2 asks in version 2 and does not understand version 3; of version 1 likewise.
 */
static void test_older_router(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    r->cfg.version = GMP_V2;
    gmp_router_start(&r->router, 0);
    until(r, SIM_S(40));
    assert_int_equal(report(r, GMP_TO_EX, 1, ""), GMP_DROP_VERSION);
    old_message(r, GMP_REPORT, GMP_V2, 1);
    old_message(r, GMP_LEAVE, GMP_V2, 1);
    until(r, r->now + SIM_S(2));
    said(r, "Q2 | Q2 | G1:EX | Q2 G1 | Q2 G1 | G1:IN");
    r->cfg.version = GMP_V1;
    gmp_router_fini(&r->router);
    struct ip_addr own = ip_addr_of("10.0.0.100");
    gmp_router_init(&r->router, &r->cfg, &r->io, &own);
    gmp_router_start(&r->router, r->now);
    until(r, r->now);
    assert_int_equal(old_message(r, GMP_REPORT, GMP_V2, 1), GMP_DROP_VERSION);
    assert_int_equal(old_message(r, GMP_REPORT, GMP_V1, 1), GMP_DROP_NONE);
    said(r, "Q1 | G1:EX");
    rig_close(r);
}

static void test_fast_leave(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    r->cfg.fast_leave = true;
    report(r, GMP_TO_EX, 1, "");
    report(r, GMP_TO_IN, 1, "");
    said(r, "G1:EX | G1:IN");
    report(r, GMP_ALLOW, 1, "ab");
    report(r, GMP_BLOCK, 1, "a");
    report(r, GMP_BLOCK, 1, "b");
    said(r, "G1:IN ab | G1:IN b | G1:IN");
    old_message(r, GMP_REPORT, GMP_V2, 1);
    old_message(r, GMP_LEAVE, GMP_V2, 1);
    said(r, "G1:EX | G1:IN");
    report(r, GMP_TO_EX, 2, "");
    report(r, GMP_TO_IN, 2, "c"); /* from all to c */
    said(r, "G2:EX | G2:IN c");
    rig_close(r);
}

static void test_refused(void **state)
{
    (void)state;
    struct rig *r = rig_running();
    struct gmp_record records[] = {
        {.type = GMP_IS_EX, .group = ip_addr_of("232.0.0.1")},
        {.type = GMP_IS_EX, .group = ip_addr_of("224.0.0.1")},
    };
    struct gmp_msg m = {.kind = GMP_REPORT, .version = GMP_V3, .records = records, .n_records = 1};
    assert_int_equal(receive(r, "10.0.0.5", m), GMP_DROP_SSM);
    m.n_records = 2;
    assert_int_equal(receive(r, "10.0.0.5", m), GMP_DROP_UNREPORTED);
    records[0].type = GMP_ALLOW;
    struct ip_addr a = source('a');
    records[0].sources = &a;
    records[0].n_sources = 1;
    assert_int_equal(receive(r, "0.0.0.0", m), GMP_DROP_NONE); /* one of them is used */
    assert_int_equal(r->router.n_groups, 1);
    m = (struct gmp_msg){.kind = GMP_REPORT, .version = GMP_V2, .group = ip_addr_of("232.0.0.2")};
    assert_int_equal(receive(r, "10.0.0.5", m), GMP_DROP_SSM);
    assert_int_equal(r->router.n_groups, 1);
    /* What asks nothing and changes nothing leaves nothing behind. */
    assert_int_equal(report(r, GMP_BLOCK, 3, "a"), GMP_DROP_NONE);
    assert_int_equal(report(r, GMP_TO_IN, 4, ""), GMP_DROP_NONE);
    assert_int_equal(r->router.n_groups, 1);
    rig_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_general_queries), cmocka_unit_test(test_leave),
        cmocka_unit_test(test_leave_answered),  cmocka_unit_test(test_sources),
        cmocka_unit_test(test_query_mtu),       cmocka_unit_test(test_lazy),
        cmocka_unit_test(test_election),        cmocka_unit_test(test_election_v6),
        cmocka_unit_test(test_not_querier),     cmocka_unit_test(test_yield_while_asking),
        cmocka_unit_test(test_older_members),   cmocka_unit_test(test_older_router),
        cmocka_unit_test(test_fast_leave),      cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
