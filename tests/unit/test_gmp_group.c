/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the tables of a group's state: the vectors with their actions, every row against the set
 * operations of RFC 3810 section 7.4 for all sets of three sources, timers, older versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/gmp_group.h"
#include "tests/vectors.h"

enum { N = 6, ALL3 = 7 };

static const sim_time before_s = SIM_S(10), now_s = SIM_S(100);

static struct ip_addr source(unsigned i)
{
    struct ip_addr a = ip_addr_of("2001:db8::");
    a.b[15] = (uint8_t)(i + 1);
    return a;
}

static struct gmp_times times(void)
{
    struct gmp_cfg cfg = gmp_cfg_default(IP_V6);
    return gmp_times_of(&cfg, 2, SIM_S(125));
}

static enum gmp_reason record(struct gmp_group *g, sim_time now, enum gmp_record_type type,
                              unsigned mask)
{
    struct ip_addr sources[N];
    struct gmp_record rec = {.type = (uint8_t)type, .group = g->group, .sources = sources};
    const struct gmp_times t = times();
    for (unsigned i = 0; i < N; i++)
        if (mask >> i & 1)
            sources[rec.n_sources++] = source(i);
    return gmp_group_record(g, now, &t, &rec);
}

/* IN(X), or EX(X, Y): its sources were heard at different times. */
static void start(struct gmp_group *g, bool exclude, unsigned x, unsigned y)
{
    struct ip_addr group = ip_addr_of("ff15::1");
    gmp_group_init(g, &group);
    if (exclude)
        record(g, before_s, GMP_IS_EX, y);
    record(g, before_s, GMP_ALLOW, x);
}

enum what { FORWARDED, STOPPED, ASKED, RENEWED, AS_FILTER };

static unsigned mask(const struct gmp_group *g, enum what what, sim_time filter)
{
    unsigned m = 0;
    const sim_time renewed = now_s + times().membership;
    for (uint32_t i = 0; i < g->n_sources; i++) {
        const struct gmp_source *s = &g->sources[i];
        const bool is[] = {[FORWARDED] = s->until > 0,
                           [STOPPED] = s->until == 0,
                           [ASKED] = s->ask,
                           [RENEWED] = s->until == renewed,
                           [AS_FILTER] = s->until == filter};
        if (is[what])
            m |= 1u << (s->addr.b[15] - 1);
    }
    return m;
}

static unsigned read_mask(const json_t *list)
{
    unsigned m = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        m |= 1u << (json_string_value(json_array_get(list, i))[1] - '1');
    return m;
}

static enum gmp_record_type read_type(const char *name)
{
    for (int type = 1; type <= GMP_N_RECORD_TYPES; type++)
        if (strcmp(gmp_record_name(type), name) == 0)
            return (enum gmp_record_type)type;
    fail_msg("no record %s", name);
    return GMP_IS_IN;
}

/* The vector's actions: "(B)=MALI" and its like are told apart by the masks. */
static void check_actions(const json_t *actions, const struct gmp_group *g, unsigned b,
                          sim_time old_filter)
{
    unsigned asked = 0, as_filter = 0;
    bool renewed = false, filter = false;
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *a = json_array_get(actions, i);
        const char *text = json_string_value(json_is_array(a) ? json_array_get(a, 0) : a);
        if (strcmp(text, "Q(MA,src)") == 0)
            asked = read_mask(json_array_get(a, 1));
        else if (strcmp(text, "=FilterTimer") == 0)
            as_filter = read_mask(json_array_get(a, 1));
        else if (strcmp(text, "(B)=MALI") == 0 || strcmp(text, "(A)=MALI") == 0)
            renewed = true;
        else if (strcmp(text, "FilterTimer=MALI") == 0)
            filter = true;
        else if (strcmp(text, "(B-A)=0") != 0 && strcmp(text, "delete") != 0)
            fail_msg("unknown action %s", text);
    }
    assert_int_equal(mask(g, ASKED, 0), asked);
    assert_int_equal(mask(g, RENEWED, 0), renewed ? b : 0);
    if (as_filter)
        assert_int_equal(mask(g, AS_FILTER, old_filter) & b, as_filter);
    if (g->exclude)
        assert_int_equal(g->filter_until, filter ? now_s + times().membership : old_filter);
}

static void check_vector(const json_t *c)
{
    const json_t *in = vec_get(c, "input"), *want = vec_get(c, "expect");
    const json_t *from = vec_get(in, "state");
    unsigned b = read_mask(vec_get(in, "sources"));
    struct gmp_group g;
    start(&g, strcmp(vec_text(from, "mode"), "EX") == 0, read_mask(vec_get(from, "A_or_X")),
          read_mask(vec_get(from, "Y")));
    /* The filter timer is not the sources'. */
    if (g.exclude)
        g.filter_until -= SIM_S(5);
    sim_time old_filter = g.filter_until;
    assert_int_equal(record(&g, now_s, read_type(vec_text(in, "record")), b), GMP_DROP_NONE);
    assert_int_equal(g.exclude, strcmp(vec_text(want, "mode"), "EX") == 0);
    assert_int_equal(mask(&g, FORWARDED, 0), read_mask(vec_get(want, "list_X_or_A")));
    assert_int_equal(mask(&g, STOPPED, 0), read_mask(vec_get(want, "exclude_Y")));
    check_actions(vec_get(want, "actions"), &g, b, old_filter);
    gmp_group_fini(&g);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("mld_state.json"), *c;
    size_t i, n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strncmp(vec_text(c, "id"), "rtr", 3) == 0) {
            check_vector(c);
            n++;
        }
    }
    assert_int_equal(n, 7);
    json_decref(root);
}

/* What a row of the tables leads to, in the words of RFC 3810 section 7.4. */
struct outcome {
    bool exclude, ask_group, filter;
    unsigned x, y, asked, renewed, as_filter;
};

static struct outcome from_include(enum gmp_record_type type, unsigned a, unsigned b)
{
    switch (type) {
    case GMP_IS_IN:
    case GMP_ALLOW:
        return (struct outcome){.x = a | b, .renewed = b};
    case GMP_IS_EX:
        return (struct outcome){.exclude = true, .x = a & b, .y = b & ~a, .filter = true};
    case GMP_TO_EX:
        return (struct outcome){
            .exclude = true, .x = a & b, .y = b & ~a, .asked = a & b, .filter = true};
    case GMP_TO_IN:
        return (struct outcome){.x = a | b, .renewed = b, .asked = a & ~b};
    case GMP_BLOCK:
        break;
    }
    return (struct outcome){.x = a, .asked = a & b};
}

static struct outcome from_exclude(enum gmp_record_type type, unsigned x, unsigned y, unsigned a)
{
    switch (type) {
    case GMP_IS_IN:
    case GMP_ALLOW:
        return (struct outcome){.exclude = true, .x = x | a, .y = y & ~a, .renewed = a};
    case GMP_IS_EX:
        return (struct outcome){
            .exclude = true, .x = a & ~y, .y = y & a, .renewed = a & ~x & ~y, .filter = true};
    case GMP_TO_EX:
        return (struct outcome){.exclude = true,
                                .x = a & ~y,
                                .y = y & a,
                                .as_filter = a & ~x & ~y,
                                .asked = a & ~y,
                                .filter = true};
    case GMP_TO_IN:
        return (struct outcome){.exclude = true,
                                .x = x | a,
                                .y = y & ~a,
                                .renewed = a,
                                .asked = x & ~a,
                                .ask_group = true};
    case GMP_BLOCK:
        break;
    }
    return (struct outcome){
        .exclude = true, .x = x | (a & ~y), .y = y, .as_filter = a & ~x & ~y, .asked = a & ~y};
}

static void check_row(bool exclude, enum gmp_record_type type, unsigned x, unsigned y, unsigned b)
{
    struct gmp_group g;
    start(&g, exclude, x, y);
    if (exclude)
        g.filter_until -= SIM_S(5);
    sim_time filter = g.filter_until;
    struct outcome want = exclude ? from_exclude(type, x, y, b) : from_include(type, x, b);
    assert_int_equal(record(&g, now_s, type, b), GMP_DROP_NONE);
    if (g.exclude != want.exclude || g.ask != want.ask_group || mask(&g, FORWARDED, 0) != want.x ||
        mask(&g, STOPPED, 0) != want.y || mask(&g, ASKED, 0) != want.asked ||
        mask(&g, RENEWED, 0) != want.renewed ||
        (exclude && mask(&g, AS_FILTER, filter) != want.as_filter) ||
        (want.filter && g.filter_until != now_s + times().membership))
        fail_msg("%s(%u, %u) %s(%u)", exclude ? "EX" : "IN", x, y, gmp_record_name(type), b);
    gmp_group_fini(&g);
}

static void test_tables(void **state)
{
    (void)state;
    int n = 0;
    for (int type = 1; type <= GMP_N_RECORD_TYPES; type++)
        for (unsigned x = 0; x <= ALL3; x++)
            for (unsigned b = 0; b <= ALL3; b++) {
                check_row(false, (enum gmp_record_type)type, x, 0, b);
                for (unsigned y = 0; y <= ALL3; y++)
                    if ((x & y) == 0) {
                        check_row(true, (enum gmp_record_type)type, x, y, b);
                        n++;
                    }
            }
    assert_int_equal(n, 6 * 27 * 8);
}

/* EX: a source that runs out goes to Y; the filter's end leaves IN(X). */
static void test_timers(void **state)
{
    (void)state;
    struct gmp_group g;
    struct ip_addr a = source(0), b = source(1), c = source(2);
    start(&g, true, 1, 2);
    sim_time end = before_s + times().membership;
    assert_int_equal(gmp_group_next(&g), end);
    assert_true(gmp_group_passes(&g, now_s, &a));
    assert_false(gmp_group_passes(&g, now_s, &b));
    assert_true(gmp_group_passes(&g, now_s, &c));
    gmp_group_lower(&g, SIM_S(50), &a, 1);
    assert_int_equal(gmp_group_next(&g), SIM_S(50));
    assert_true(gmp_group_passes(&g, SIM_S(50) - 1, &a));
    assert_false(gmp_group_passes(&g, SIM_S(50), &a)); /* not settled yet */
    assert_true(gmp_group_settle(&g, SIM_S(50)));
    assert_int_equal(mask(&g, STOPPED, 0), 3);
    record(&g, SIM_S(60), GMP_ALLOW, 4);
    assert_true(gmp_group_settle(&g, end));
    assert_false(g.exclude);
    assert_int_equal(mask(&g, FORWARDED, 0), 4);
    assert_int_equal(mask(&g, STOPPED, 0), 0);
    assert_false(gmp_group_settle(&g, SIM_S(60) + times().membership));
    assert_int_equal(gmp_group_next(&g), SIM_NEVER);
    gmp_group_lower(&g, SIM_S(1000), &a, 1); /* nobody */
    gmp_group_fini(&g);
}

static void test_view(void **state)
{
    (void)state;
    struct gmp_group g;
    struct ip_filter f = {0};
    start(&g, true, 1, 6);
    gmp_group_view(&g, now_s, &f);
    assert_true(f.exclude);
    assert_int_equal(f.sources.n, 2);
    g.filter_until = now_s;
    gmp_group_view(&g, now_s, &f);
    assert_false(f.exclude);
    assert_int_equal(f.sources.n, 1);
    ip_filter_fini(&f);
    gmp_group_fini(&g);
}

/* RFC 3376 section 7.3.2. */
static void test_older_members(void **state)
{
    (void)state;
    struct gmp_group g;
    const struct gmp_times t = times();
    start(&g, true, 0, 0);
    gmp_group_old(&g, now_s, &t, GMP_V2);
    assert_int_equal(record(&g, now_s, GMP_BLOCK, 1), GMP_DROP_OLD_MODE);
    assert_int_equal(record(&g, now_s, GMP_TO_EX, 3), GMP_DROP_NONE);
    assert_int_equal(g.n_sources, 0);
    assert_int_equal(record(&g, now_s, GMP_TO_IN, 0), GMP_DROP_NONE);
    assert_true(g.ask);
    gmp_group_old(&g, now_s, &t, GMP_V1);
    assert_int_equal(record(&g, now_s, GMP_TO_IN, 0), GMP_DROP_OLD_MODE);
    sim_time later = now_s + t.older_host;
    record(&g, now_s + SIM_S(200), GMP_IS_EX, 0);
    assert_int_equal(record(&g, later - 1, GMP_BLOCK, 1), GMP_DROP_OLD_MODE);
    assert_int_equal(record(&g, later, GMP_BLOCK, 1), GMP_DROP_NONE);
    assert_int_equal(mask(&g, ASKED, 0), 1);
    gmp_group_fini(&g);
}

static void test_refused(void **state)
{
    (void)state;
    struct gmp_group g;
    struct ip_addr group = ip_addr_of("ff3e::8000:1");
    gmp_group_init(&g, &group);
    assert_int_equal(record(&g, 0, GMP_IS_EX, 0), GMP_DROP_SSM);
    assert_int_equal(record(&g, 0, GMP_TO_EX, 1), GMP_DROP_SSM);
    assert_int_equal(record(&g, 0, GMP_ALLOW, 1), GMP_DROP_NONE);
    gmp_group_fini(&g);
    group = ip_addr_of("ff02::1");
    gmp_group_init(&g, &group);
    assert_int_equal(record(&g, 0, GMP_IS_EX, 0), GMP_DROP_UNREPORTED);
    gmp_group_fini(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),       cmocka_unit_test(test_tables),
        cmocka_unit_test(test_timers),        cmocka_unit_test(test_view),
        cmocka_unit_test(test_older_members), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
