/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what PIM routers compute alike: the vectors of hash and election, the order of asserts, the
 * RP of a group, and the lists of outgoing interfaces against their definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/pim_algo.h"
#include "models/ip/pim_rpset.h"
#include "models/ip/pim_set.h"
#include "sim/rng.h"
#include "tests/vectors.h"

static void check_dr(const json_t *in, const json_t *want)
{
    struct pim_dr_claim claims[8];
    const json_t *list = vec_get(in, "routers_addr_prio");
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        const json_t *r = json_array_get(list, i), *priority = json_array_get(r, 1);
        claims[i] =
            (struct pim_dr_claim){.addr = ip_addr_of(json_string_value(json_array_get(r, 0))),
                                  .has_priority = !json_is_null(priority),
                                  .priority = (uint32_t)json_integer_value(priority)};
    }
    struct ip_addr dr = ip_addr_of(vec_text(want, "dr"));
    assert_true(ip_addr_equal(&claims[pim_elect_dr(claims, n)].addr, &dr));
}

static void check_hash(const json_t *in, const json_t *want)
{
    struct ip_addr group = ip_addr_of(vec_text(in, "group"));
    uint8_t mask_len = (uint8_t)vec_int(in, "hash_mask_len");
    const json_t *values = vec_get(want, "values"), *list = vec_get(in, "candidates"), *one;
    struct pim_rpset set = {.hash_mask_len = mask_len};
    size_t i;
    json_array_foreach(list, i, one)
    {
        const char *text = json_string_value(one);
        struct pim_mapping m = {.prefix = {ip_addr_of("224.0.0.0"), 4}, .rp = ip_addr_of(text)};
        assert_int_equal(pim_rp_hash(&group, mask_len, &m.rp), vec_int(values, text));
        assert_true(pim_rpset_put(&set, &m));
    }
    struct ip_addr rp, best = ip_addr_of(vec_text(want, "rp"));
    assert_true(pim_rpset_find(&set, &group, &rp));
    assert_true(ip_addr_equal(&rp, &best));
    pim_rpset_fini(&set);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("pim_algo.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const char *id = vec_text(c, "id");
        const json_t *in = vec_get(c, "input"), *want = vec_get(c, "expect");
        if (strncmp(id, "dr", 2) == 0) {
            check_dr(in, want);
        } else if (strcmp(id, "rphash-digest6") == 0) {
            struct ip_addr a = ip_addr_of(json_string_value(in));
            assert_int_equal(pim_digest(&a), strtoul(vec_text(want, "digest"), NULL, 16));
        } else {
            check_hash(in, want);
        }
    }
    assert_int_equal(i, 7);
    json_decref(root);
}

/* One router without a priority: only addresses count. */
static void test_dr_without_priority(void **state)
{
    (void)state;
    const struct pim_dr_claim claims[] = {
        {ip_addr_of("10.0.0.1"), true, 100},
        {ip_addr_of("10.0.0.9"), true, 1},
        {ip_addr_of("10.0.0.2"), false, 0},
    };
    assert_int_equal(pim_elect_dr(claims, 3), 1);
    assert_int_equal(pim_elect_dr(claims, 2), 0);
    assert_int_equal(pim_elect_dr(claims, 1), 0);
}

/* From best to worst; every pair both ways. */
static void test_metrics(void **state)
{
    (void)state;
    struct ip_addr low = ip_addr_of("10.0.0.1"), high = ip_addr_of("10.0.0.2");
    const struct pim_metric order[] = {{false, 100, 5, high}, {false, 100, 5, low},
                                       {false, 100, 6, high}, {false, 110, 1, high},
                                       {true, 0, 0, high},    {true, 0, 0, low},
                                       {true, 100, 5, high},  pim_metric_infinite(IP_V4)};
    size_t n = sizeof order / sizeof *order;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            assert_int_equal(pim_metric_better(&order[i], &order[k]), i < k);
    assert_true(pim_metric_is_infinite(&order[n - 1]));
    assert_false(pim_metric_is_infinite(&order[0]));
}

static struct pim_mapping mapping(const char *prefix, uint8_t len, const char *rp, uint8_t priority)
{
    return (struct pim_mapping){.prefix = {ip_addr_of(prefix), len},
                                .rp = ip_addr_of(rp),
                                .priority = priority,
                                .until = SIM_NEVER};
}

static void check_rp(const struct pim_rpset *s, const char *group, const char *want)
{
    struct ip_addr g = ip_addr_of(group), rp;
    bool found = pim_rpset_find(s, &g, &rp);
    assert_int_equal(found, want != NULL);
    if (want) {
        struct ip_addr w = ip_addr_of(want);
        assert_true(ip_addr_equal(&rp, &w));
    }
}

static void test_rp_of_group(void **state)
{
    (void)state;
    struct pim_rpset s = {0};
    check_rp(&s, "239.1.1.1", NULL);
    struct pim_mapping all = mapping("224.0.0.0", 4, "10.0.0.1", 10),
                       some = mapping("239.1.0.0", 16, "10.0.0.2", 200),
                       better = mapping("239.1.0.0", 16, "10.0.0.3", 100);
    assert_true(pim_rpset_put(&s, &some));
    assert_true(pim_rpset_put(&s, &all));
    check_rp(&s, "239.2.1.1", "10.0.0.1");
    check_rp(&s, "239.1.1.1", "10.0.0.2"); /* the longer range, whatever the priority */
    better.learnt = true;
    better.until = SIM_S(10);
    assert_true(pim_rpset_put(&s, &better));
    assert_false(pim_rpset_put(&s, &better));
    check_rp(&s, "239.1.1.1", "10.0.0.3");
    assert_int_equal(pim_rpset_next(&s), SIM_S(10));
    assert_false(pim_rpset_expire(&s, SIM_S(9)));
    assert_true(pim_rpset_expire(&s, SIM_S(10)));
    check_rp(&s, "239.1.1.1", "10.0.0.2");
    some.learnt = true; /* does not replace what was set */
    some.until = 0;
    assert_false(pim_rpset_put(&s, &some));
    assert_false(pim_rpset_expire(&s, SIM_S(10)));
    check_rp(&s, "232.1.1.1", NULL); /* source-specific */
    check_rp(&s, "224.0.0.5", NULL); /* stays on its link */
    check_rp(&s, "ff7e:0140:2001:db8:beef:feed::1234", "2001:db8:beef:feed::1"); /* RFC 3956 */
    s.no_embedded = true;
    check_rp(&s, "ff7e:0140:2001:db8:beef:feed::1234", NULL);
    pim_rpset_fini(&s);
}

enum { N_SETS = 9, N_IFACES = 130 };

/* Each interface for itself, from the definitions of RFC 7761 section 4.1.6. */
static void test_olists(void **state)
{
    (void)state;
    uint64_t sets[N_SETS][3], star[3], immediate[3], rpt[3], inherited[3], assertable[3];
    struct rng g = rng_open(1, 1, RNG_TEST, 0);
    for (size_t i = 0; i < N_SETS; i++)
        for (size_t w = 0; w < 3; w++)
            sets[i][w] = rng_u64(&g);
    struct pim_sets s = {.n = 3,
                         .joins_star = sets[0],
                         .include_star = sets[1],
                         .lost_star = sets[2],
                         .joins = sets[3],
                         .include = sets[4],
                         .lost = sets[5],
                         .prunes_rpt = sets[6],
                         .exclude = sets[7],
                         .lost_rpt = sets[8]};
    assert_int_equal(pim_set_words(N_IFACES), 3);
    pim_olist_star(&s, star);
    pim_olist_immediate(&s, immediate);
    pim_olist_rpt(&s, rpt);
    pim_olist_inherited(&s, inherited);
    pim_olist_assertable(&s, assertable);
    for (size_t i = 0; i < N_IFACES; i++) {
        bool b[N_SETS];
        for (size_t k = 0; k < N_SETS; k++)
            b[k] = pim_set_has(sets[k], i);
        bool shared = (b[0] && !b[6]) || (b[1] && !b[7]);
        bool want_rpt = shared && !b[2] && !b[8];
        assert_int_equal(pim_set_has(star, i), (b[0] || b[1]) && !b[2]);
        assert_int_equal(pim_set_has(immediate, i), (b[3] || b[4]) && !b[5]);
        assert_int_equal(pim_set_has(rpt, i), want_rpt);
        assert_int_equal(pim_set_has(inherited, i), (want_rpt || b[3] || b[4]) && !b[5]);
        assert_int_equal(pim_set_has(assertable, i), (shared && !b[2]) || b[3] || b[4]);
    }
}

static void test_sets(void **state)
{
    (void)state;
    static const size_t in[] = {0, 1, 63, 64, 100, 127, 128};
    uint64_t s[3] = {0}, t[3];
    assert_true(pim_set_empty(s, 3));
    assert_int_equal(pim_set_next(s, 3, 0), PIM_SET_END);
    for (size_t i = 0; i < 7; i++)
        pim_set_put(s, in[i], true);
    assert_int_equal(pim_set_count(s, 3), 7);
    int at = -1;
    for (size_t i = 0; i < 7; i++) {
        at = pim_set_next(s, 3, (size_t)(at + 1));
        assert_int_equal(at, in[i]);
    }
    assert_int_equal(pim_set_next(s, 3, 129), PIM_SET_END);
    pim_set_copy(t, s, 3);
    assert_true(pim_set_equal(s, t, 3));
    pim_set_put(t, 64, false);
    assert_false(pim_set_equal(s, t, 3));
    pim_set_remove(s, t, 3);
    assert_int_equal(pim_set_next(s, 3, 0), 64);
    assert_int_equal(pim_set_count(s, 3), 1);
    pim_set_add(s, t, 3);
    assert_int_equal(pim_set_count(s, 3), 7);
    pim_set_clear(s, 3);
    assert_true(pim_set_empty(s, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_dr_without_priority),
        cmocka_unit_test(test_metrics), cmocka_unit_test(test_rp_of_group),
        cmocka_unit_test(test_olists),  cmocka_unit_test(test_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
