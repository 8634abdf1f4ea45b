/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the host's side of membership: reports of state changes and their repetitions (vectors and
 * merging), the five rules of answering queries and what the answers say, splitting at the MTU, and
 * older versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/gmp_host.h"
#include "sim/err.h"
#include "tests/vectors.h"

enum { MAX_LOG = 60000, N_SENT = 100 };

struct rig {
    struct gmp_cfg cfg;
    struct gmp_host_io io;
    struct gmp_room room;
    struct gmp_host host;
    sim_time now;
    char log[MAX_LOG]; /* what was sent since the last look */
    size_t len;
    int n_sent;
    sim_time sent_at[N_SENT];
    size_t largest;
};

/* 239.0.0.n prints as "Gn", 10.0.0.n as the nth letter. */
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

static void log_message(void *obj, const struct gmp_msg *m)
{
    struct rig *r = obj;
    assert_int_equal(m->family, r->cfg.family);
    r->largest = gmp_size(m) > r->largest ? gmp_size(m) : r->largest;
    if (r->n_sent < N_SENT)
        r->sent_at[r->n_sent] = r->now;
    r->n_sent++;
    put(r, "%s", r->len ? " | " : "");
    if (m->version != GMP_V3) {
        put(r, "%s%d G%d", m->kind == GMP_LEAVE ? "leave" : "v", m->version, m->group.b[3]);
        return;
    }
    assert_int_equal(m->kind, GMP_REPORT);
    for (size_t i = 0; i < m->n_records; i++) {
        const struct gmp_record *rec = &m->records[i];
        put(r, "%s%s G%d", i ? ", " : "", gmp_record_name(rec->type), rec->group.b[3]);
        if (rec->n_sources > 20) {
            put(r, " %zu", rec->n_sources);
            continue;
        }
        for (size_t k = 0; k < rec->n_sources; k++)
            put(r, "%s%c", k ? "" : " ", 'a' + rec->sources[k].b[3] - 1);
    }
}

static struct rig *rig_open(void)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->cfg = gmp_cfg_default(IP_V4);
    gmp_room_init(&r->room);
    r->io = (struct gmp_host_io){.obj = r,
                                 .send = log_message,
                                 .room = &r->room,
                                 .key = rng_key_make(1, 1, RNG_TEST),
                                 .entity = 7};
    gmp_host_init(&r->host, &r->cfg, &r->io);
    return r;
}

static void rig_close(struct rig *r)
{
    gmp_host_fini(&r->host);
    gmp_room_fini(&r->room);
    free(r);
}

/* All that happens until a time, which is now then. */
static void until(struct rig *r, sim_time t)
{
    while (gmp_host_next(&r->host) <= t) {
        assert_true(gmp_host_next(&r->host) >= r->now);
        r->now = gmp_host_next(&r->host);
        gmp_host_wake(&r->host, r->now);
        assert_true(gmp_host_next(&r->host) > r->now);
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

/* What is said at once: 1 ns from now. */
static void at_once(struct rig *r, const char *want)
{
    until(r, r->now + 1);
    said(r, want);
}

static void set(struct rig *r, unsigned n, bool exclude, const char *letters)
{
    struct ip_filter f = {.exclude = exclude};
    struct ip_addr g = group(n);
    for (; *letters; letters++) {
        struct ip_addr a = source(*letters);
        ip_set_add(&f.sources, &a);
    }
    gmp_host_set(&r->host, r->now, &g, &f);
    ip_filter_fini(&f);
}

static enum gmp_reason query(struct rig *r, unsigned n, const char *letters, sim_time max_resp)
{
    struct ip_addr sources[10];
    struct gmp_msg m = {.kind = GMP_QUERY,
                        .family = IP_V4,
                        .version = GMP_V3,
                        .max_resp = max_resp,
                        .qrv = 2,
                        .qqi = SIM_S(125),
                        .group = n ? group(n) : ip_addr_any(IP_V4),
                        .sources = sources};
    for (; *letters; letters++)
        sources[m.n_sources++] = source(*letters);
    return gmp_host_receive(&r->host, r->now, &m);
}

static enum gmp_reason old_message(struct rig *r, enum gmp_kind kind, enum gmp_version version,
                                   unsigned n, sim_time max_resp)
{
    struct gmp_msg m = {.kind = (uint8_t)kind,
                        .family = IP_V4,
                        .version = (uint8_t)version,
                        .max_resp = max_resp,
                        .group = n ? group(n) : ip_addr_any(IP_V4)};
    return gmp_host_receive(&r->host, r->now, &m);
}

/* "TO_EX G1 ab, ..." of a vector's list of records. */
static void records_text(const json_t *list, char *text)
{
    text[0] = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *rec = json_array_get(list, i), *sources = vec_get(rec, "sources");
        sprintf(text + strlen(text), "%s%s G1%s", i ? ", " : "", vec_text(rec, "record"),
                json_array_size(sources) ? " " : "");
        for (size_t k = 0; k < json_array_size(sources); k++)
            strcat(text, json_string_value(json_array_get(sources, k)));
    }
}

static void set_vector(struct rig *r, const json_t *state)
{
    char letters[10] = "";
    const json_t *list = vec_get(state, "src");
    for (size_t i = 0; i < json_array_size(list); i++)
        strcat(letters, json_string_value(json_array_get(list, i)));
    set(r, 1, strcmp(vec_text(state, "mode"), "EX") == 0, letters);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("mld_state.json"), *c;
    size_t i, n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strncmp(vec_text(c, "id"), "host", 4) != 0)
            continue;
        struct rig *r = rig_open();
        char want[100];
        set_vector(r, vec_get(vec_get(c, "input"), "old"));
        until(r, SIM_S(100));
        r->log[r->len = 0] = 0;
        set_vector(r, vec_get(vec_get(c, "input"), "new"));
        records_text(vec_get(c, "expect"), want);
        at_once(r, want);
        rig_close(r);
        n++;
    }
    assert_int_equal(n, 4);
    json_decref(root);
}

/* Robustness 2: at once and once more within a second; then silence. */
static void test_repeats(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    set(r, 1, true, "");
    at_once(r, "TO_EX G1");
    until(r, SIM_S(1) + 1);
    assert_int_equal(r->n_sent, 1);
    assert_true(r->sent_at[0] > 1 && r->sent_at[0] <= SIM_S(1) + 1);
    said(r, "TO_EX G1");
    assert_int_equal(gmp_host_next(&r->host), SIM_NEVER);
    set(r, 1, false, "");
    until(r, SIM_S(10));
    said(r, "TO_IN G1 | TO_IN G1");
    assert_int_equal(r->host.n_groups, 0);
    r->cfg.robustness = 4;
    gmp_host_fini(&r->host);
    gmp_host_init(&r->host, &r->cfg, &r->io);
    set(r, 1, false, "a");
    until(r, SIM_S(20));
    said(r, "ALLOW G1 a | ALLOW G1 a | ALLOW G1 a | ALLOW G1 a");
    rig_close(r);
}

/* Changes of one instant: one report, and none when nothing changed in the end. */
static void test_one_instant(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct rig *r = rig_open();
        set(r, order ? 2 : 1, true, "");
        set(r, order ? 1 : 2, true, "");
        at_once(r, "TO_EX G1, TO_EX G2");
        until(r, SIM_S(5));
        said(r, "TO_EX G1, TO_EX G2");
        set(r, 1, false, "");
        set(r, 1, true, "");
        set(r, 3, true, "");
        set(r, 3, false, "");
        until(r, SIM_S(10));
        said(r, "");
        assert_int_equal(r->host.n_groups, 2);
        rig_close(r);
    }
}

/* RFC 3810 section 6.1: sources are told robustness times each, a mode as often. */
static void test_merged_changes(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    r->cfg.robustness = 2;
    set(r, 1, false, "ab");
    at_once(r, "ALLOW G1 ab");
    set(r, 1, false, "ac"); /* a's second time, c's and b's first */
    at_once(r, "ALLOW G1 ac, BLOCK G1 b");
    until(r, SIM_S(5));
    said(r, "ALLOW G1 c, BLOCK G1 b");
    set(r, 1, true, "d");
    at_once(r, "TO_EX G1 d");
    set(r, 1, true, "e"); /* a mode is owed once more, the sources once more behind it */
    at_once(r, "TO_EX G1 e");
    until(r, SIM_S(10));
    said(r, "ALLOW G1 d, BLOCK G1 e");
    set(r, 1, true, "ef");
    at_once(r, "BLOCK G1 f");
    set(r, 1, false, ""); /* what was owed of f is in the mode's records */
    until(r, SIM_S(20));
    said(r, "TO_IN G1 | TO_IN G1");
    rig_close(r);
}

/* One answer to a query within its time, about every group. */
static void test_general(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    set(r, 1, true, "a");
    set(r, 2, false, "bc");
    until(r, SIM_S(100));
    said(r, "TO_EX G1 a, ALLOW G2 bc | TO_EX G1 a, ALLOW G2 bc");
    for (int i = 0; i < 50; i++) {
        sim_time asked = r->now;
        assert_int_equal(query(r, 0, "", SIM_S(10)), GMP_DROP_NONE);
        until(r, asked + SIM_S(10));
        assert_int_equal(r->n_sent, 1);
        assert_true(r->sent_at[0] > asked && r->sent_at[0] <= asked + SIM_S(10));
        said(r, "IS_EX G1 a, IS_IN G2 bc");
    }
    /* Two queries, one answer: the sooner (rules 1 and 2). */
    query(r, 0, "", SIM_S(10));
    sim_time first = gmp_host_next(&r->host);
    query(r, 0, "", SIM_MS(1));
    sim_time second = gmp_host_next(&r->host);
    assert_true(second < first);
    query(r, 0, "", SIM_S(100));
    assert_true(gmp_host_next(&r->host) <= second);
    until(r, r->now + SIM_S(200));
    assert_int_equal(r->n_sent, 1);
    rig_close(r);
}

static void test_nobody(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    query(r, 0, "", SIM_S(10));
    query(r, 1, "", SIM_S(10));
    until(r, SIM_S(100));
    said(r, "");
    rig_close(r);
}

/* What is answered to a query for a group and sources, by the interface's state. */
static void test_specific(void **state)
{
    (void)state;
    static const struct {
        bool exclude;
        const char *have, *asked, *answer;
    } cases[] = {
        {true, "", "", "IS_EX G1"},       {true, "ab", "", "IS_EX G1 ab"},
        {false, "ab", "", "IS_IN G1 ab"}, {false, "ab", "bc", "IS_IN G1 b"},
        {false, "ab", "cd", ""},          {true, "ab", "bc", "IS_IN G1 c"},
        {true, "ab", "ab", ""},           {true, "", "ab", "IS_IN G1 ab"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig *r = rig_open();
        set(r, 1, cases[i].exclude, cases[i].have);
        until(r, SIM_S(100));
        r->log[r->len = 0] = 0;
        query(r, 1, cases[i].asked, SIM_S(1));
        query(r, 2, cases[i].asked, SIM_S(1));
        until(r, SIM_S(101));
        said(r, cases[i].answer);
        rig_close(r);
    }
}

/* Rules 1, 3, 4 and 5 of RFC 3376 section 5.2. */
static void test_pending(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    set(r, 1, true, "");
    until(r, SIM_S(100));
    r->log[r->len = 0] = 0;
    query(r, 0, "", SIM_MS(1));
    query(r, 1, "", SIM_S(100)); /* rule 1: the general answer comes sooner */
    until(r, SIM_S(300));
    said(r, "IS_EX G1");
    query(r, 1, "a", SIM_S(10));
    query(r, 1, "bc", SIM_S(10)); /* rule 5 */
    until(r, SIM_S(400));
    said(r, "IS_IN G1 abc");
    query(r, 1, "a", SIM_S(10));
    query(r, 1, "", SIM_S(10)); /* rule 4 */
    query(r, 1, "b", SIM_S(10));
    until(r, SIM_S(500));
    said(r, "IS_EX G1");
    query(r, 1, "a", SIM_S(100));
    query(r, 1, "b", SIM_NS(1)); /* the earlier of the two times */
    until(r, SIM_S(500) + 1);
    said(r, "IS_IN G1 ab");
    query(r, 1, "a", SIM_S(10));
    set(r, 1, false, ""); /* gone before the answer */
    until(r, SIM_S(600));
    said(r, "TO_IN G1 | TO_IN G1");
    rig_close(r);
}

static void test_unreported(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_filter f = {.exclude = true};
    struct ip_addr g = ip_addr_of("224.0.0.1");
    gmp_host_set(&r->host, 0, &g, &f);
    assert_int_equal(gmp_host_next(&r->host), SIM_NEVER);
    g = ip_addr_of("224.0.0.251");
    gmp_host_set(&r->host, 0, &g, &f);
    assert_int_equal(gmp_host_next(&r->host), 1);
    rig_close(r);
}

static void test_mtu(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_filter f = {0};
    struct ip_addr g = group(1);
    for (unsigned i = 0; i < 400; i++) {
        struct ip_addr a = ip_addr_v4(0x0b000000 + i);
        ip_set_add(&f.sources, &a);
    }
    gmp_host_set(&r->host, r->now, &g, &f);
    at_once(r, "ALLOW G1 365 | ALLOW G1 35");
    assert_int_equal(r->largest, 1500);
    until(r, SIM_S(5));
    said(r, "ALLOW G1 365 | ALLOW G1 35");
    f.exclude = true;
    gmp_host_set(&r->host, r->now, &g, &f);
    at_once(r, "TO_EX G1 365"); /* an EXCLUDE list is cut */
    until(r, SIM_S(10));
    said(r, "TO_EX G1 365");
    set(r, 1, true, "");
    until(r, SIM_S(20));
    r->n_sent = 0;
    r->cfg.mtu = 100; /* 32 octets of headers, 8 of a record: 8 of them fit */
    for (unsigned i = 1; i <= 20; i++)
        set(r, i, true, "");
    until(r, r->now + 1);
    assert_int_equal(r->n_sent, 3);
    ip_filter_fini(&f);
    rig_close(r);
}

/* The querier's robustness holds on its link. */
static void test_adopted_robustness(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct gmp_msg m = {.kind = GMP_QUERY,
                        .family = IP_V4,
                        .version = GMP_V3,
                        .max_resp = SIM_S(1),
                        .qrv = 3,
                        .group = ip_addr_any(IP_V4)};
    gmp_host_receive(&r->host, 0, &m);
    set(r, 1, true, "");
    until(r, SIM_S(10));
    assert_int_equal(r->n_sent, 4); /* and the answer */
    m.qrv = 0;
    gmp_host_receive(&r->host, r->now, &m);
    set(r, 2, true, "");
    r->n_sent = 0;
    until(r, SIM_S(20));
    assert_int_equal(r->n_sent, 3);
    rig_close(r);
}

/* A version 2 querier: reports, leaves, suppression; after 260 s of silence version 3 again. */
static void test_version2(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    set(r, 1, false, "a");
    at_once(r, "ALLOW G1 a");
    old_message(r, GMP_QUERY, GMP_V2, 0, SIM_S(10)); /* the repetition is cancelled */
    assert_int_equal(gmp_host_mode(&r->host, r->now), GMP_V2);
    until(r, SIM_S(10) + 1);
    said(r, "v2 G1");
    set(r, 2, true, "");
    at_once(r, "v2 G2");
    until(r, SIM_S(21));
    said(r, "v2 G2");
    old_message(r, GMP_QUERY, GMP_V2, 0, SIM_S(10));
    assert_int_equal(old_message(r, GMP_REPORT, GMP_V2, 1, 0), GMP_DROP_NONE); /* suppressed */
    until(r, SIM_S(40));
    said(r, "v2 G2");
    set(r, 1, false, "");
    at_once(r, ""); /* somebody else was the last to report */
    set(r, 2, false, "");
    at_once(r, "leave2 G2");
    old_message(r, GMP_QUERY, GMP_V2, 0, SIM_S(1));
    sim_time last = r->now;
    assert_int_equal(gmp_host_mode(&r->host, last + SIM_S(260) - 1), GMP_V2);
    assert_int_equal(gmp_host_mode(&r->host, last + SIM_S(260)), GMP_V3);
    until(r, last + SIM_S(260));
    set(r, 3, true, "");
    at_once(r, "TO_EX G3");
    rig_close(r);
}

/* RFC 2236 section 3: a timer is set again only by a shorter one. */
static void test_version2_timers(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    r->cfg.version = GMP_V2;
    r->host.mode = GMP_V2;
    set(r, 1, true, "");
    until(r, SIM_S(30));
    said(r, "v2 G1 | v2 G1");
    old_message(r, GMP_QUERY, GMP_V2, 0, SIM_S(10));
    sim_time first = gmp_host_next(&r->host);
    old_message(r, GMP_QUERY, GMP_V2, 0, SIM_S(10));
    assert_int_equal(gmp_host_next(&r->host), first);
    old_message(r, GMP_QUERY, GMP_V2, 2, SIM_NS(1)); /* another group */
    assert_int_equal(gmp_host_next(&r->host), first);
    old_message(r, GMP_QUERY, GMP_V2, 1, SIM_NS(1));
    assert_int_equal(gmp_host_next(&r->host), r->now + 1);
    until(r, SIM_S(60));
    said(r, "v2 G1");
    /* A version 3 query is one of version 2 for it; version 3 reports are nothing to it. */
    query(r, 1, "a", SIM_S(1));
    until(r, SIM_S(90));
    said(r, "v2 G1");
    const struct gmp_msg m = {.kind = GMP_REPORT, .family = IP_V4, .version = GMP_V3};
    assert_int_equal(gmp_host_receive(&r->host, r->now, &m), GMP_DROP_ROLE);
    rig_close(r);
}

/* Version 1: 10 s to answer, no leaves; a version 2 host remembers such a querier for 400 s. */
static void test_version1(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    set(r, 1, true, "");
    until(r, SIM_S(100));
    r->log[r->len = 0] = 0;
    old_message(r, GMP_QUERY, GMP_V1, 0, 0);
    until(r, SIM_S(110));
    said(r, "v1 G1");
    set(r, 1, false, "");
    until(r, SIM_S(120));
    said(r, "");
    assert_int_equal(gmp_host_mode(&r->host, SIM_S(360) - 1), GMP_V1);
    assert_int_equal(gmp_host_mode(&r->host, SIM_S(360)), GMP_V3);
    r->cfg.version = GMP_V2;
    gmp_host_fini(&r->host);
    gmp_host_init(&r->host, &r->cfg, &r->io);
    old_message(r, GMP_QUERY, GMP_V1, 0, 0);
    assert_int_equal(gmp_host_mode(&r->host, r->now + SIM_S(400) - 1), GMP_V1);
    assert_int_equal(gmp_host_mode(&r->host, r->now + SIM_S(400)), GMP_V2);
    rig_close(r);
}

/* Delays do not depend on other groups, and differ from host to host. */
static void test_draws(void **state)
{
    (void)state;
    sim_time at[3];
    for (int i = 0; i < 3; i++) {
        struct rig *r = rig_open();
        r->io.entity = i == 2 ? 8 : 7;
        set(r, 1, true, "");
        if (i == 1)
            set(r, 2, true, "");
        until(r, SIM_S(100));
        if (i == 1)
            query(r, 2, "", SIM_S(1));
        until(r, SIM_S(200));
        query(r, 1, "", SIM_S(10));
        at[i] = gmp_host_next(&r->host);
        rig_close(r);
    }
    assert_int_equal(at[0], at[1]);
    assert_int_not_equal(at[0], at[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_one_instant),
        cmocka_unit_test(test_merged_changes),
        cmocka_unit_test(test_general),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_specific),
        cmocka_unit_test(test_pending),
        cmocka_unit_test(test_unreported),
        cmocka_unit_test(test_mtu),
        cmocka_unit_test(test_adopted_robustness),
        cmocka_unit_test(test_version2),
        cmocka_unit_test(test_version2_timers),
        cmocka_unit_test(test_version1),
        cmocka_unit_test(test_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
