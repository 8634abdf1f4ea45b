/* SPDX-License-Identifier: GPL-2.0-only
 * Pins sets and source filters: all operations against a bit mask, merging against the vector, the
 * rules of RFC 3376 section 3.2 and, over all filters of three sources, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/filter.h"
#include "tests/vectors.h"

enum { N = 4, ALL = (1 << N) - 1 };

static struct ip_addr source(unsigned i)
{
    return ip_addr_v4(0x0a000001 + i);
}

/* The set of a mask, built backwards. */
static struct ip_set of_mask(unsigned mask)
{
    struct ip_set s = {0};
    for (unsigned i = N; i-- > 0;) {
        struct ip_addr a = source(i);
        if (mask >> i & 1)
            assert_true(ip_set_add(&s, &a));
    }
    return s;
}

static unsigned mask_of(const struct ip_set *s)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < N; i++) {
        struct ip_addr a = source(i);
        mask |= (unsigned)ip_set_has(s, &a) << i;
    }
    for (uint32_t i = 1; i < s->n; i++)
        assert_true(ip_addr_cmp(&s->v[i - 1], &s->v[i]) < 0);
    unsigned n = 0;
    for (unsigned i = 0; i < N; i++)
        n += mask >> i & 1;
    assert_int_equal(s->n, n);
    return mask;
}

static void test_sets(void **state)
{
    (void)state;
    for (unsigned a = 0; a <= ALL; a++)
        for (unsigned b = 0; b <= ALL; b++) {
            struct ip_set x = of_mask(a), y = of_mask(b), z = {0};
            assert_int_equal(mask_of(&x), a);
            assert_int_equal(ip_set_equal(&x, &y), a == b);
            ip_set_copy(&z, &x);
            ip_set_unite(&z, &y);
            assert_int_equal(mask_of(&z), a | b);
            ip_set_copy(&z, &x);
            ip_set_subtract(&z, &y);
            assert_int_equal(mask_of(&z), a & ~b);
            ip_set_copy(&z, &x);
            ip_set_intersect(&z, &y);
            assert_int_equal(mask_of(&z), a & b);
            ip_set_fini(&x);
            ip_set_fini(&y);
            ip_set_fini(&z);
        }
}

static void test_elements(void **state)
{
    (void)state;
    struct ip_set s = {0};
    struct ip_addr a[] = {source(2), source(0), source(2), source(1), source(0)};
    ip_set_assign(&s, a, 5);
    assert_int_equal(mask_of(&s), 7);
    assert_false(ip_set_add(&s, &a[0]));
    assert_true(ip_set_remove(&s, &a[0]));
    assert_false(ip_set_remove(&s, &a[0]));
    assert_int_equal(mask_of(&s), 3);
    ip_set_assign(&s, NULL, 0);
    assert_int_equal(s.n, 0);
    ip_set_fini(&s);
}

static struct ip_filter filter(bool exclude, unsigned mask)
{
    return (struct ip_filter){exclude, of_mask(mask)};
}

/* What passes through a merged filter is what passes through one of the merged ones. */
static void test_merge_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * (ALL + 1) * 2 * (ALL + 1); i++) {
        struct ip_filter a = filter(i & 1, i >> 2 & ALL), b = filter(i & 2, i >> 6 & ALL);
        struct ip_filter ab = {0}, ba = {0};
        ip_filter_merge(&ab, &a);
        assert_true(ip_filter_equal(&ab, &a));
        ip_filter_merge(&ab, &b);
        ip_filter_merge(&ba, &b);
        ip_filter_merge(&ba, &a);
        assert_true(ip_filter_equal(&ab, &ba));
        assert_int_equal(ab.exclude, a.exclude || b.exclude);
        for (unsigned k = 0; k <= N; k++) {
            struct ip_addr s = source(k);
            assert_int_equal(ip_filter_passes(&ab, &s),
                             ip_filter_passes(&a, &s) || ip_filter_passes(&b, &s));
        }
        ip_filter_fini(&a);
        ip_filter_fini(&b);
        ip_filter_fini(&ab);
        ip_filter_fini(&ba);
    }
}

static struct ip_filter read_filter(const json_t *pair)
{
    const json_t *list = json_array_get(pair, 1);
    unsigned mask = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        mask |= 1u << (json_string_value(json_array_get(list, i))[0] - 'a');
    return filter(strcmp(json_string_value(json_array_get(pair, 0)), "EX") == 0, mask);
}

static void test_merge_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("mld_state.json"), *c, *pair;
    size_t i, k, n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strncmp(vec_text(c, "id"), "merge", 5) != 0)
            continue;
        struct ip_filter merged = {0};
        json_array_foreach(json_object_get(vec_get(c, "input"), "sockets"), k, pair)
        {
            struct ip_filter f = read_filter(pair);
            ip_filter_merge(&merged, &f);
            ip_filter_fini(&f);
        }
        struct ip_filter want = read_filter(vec_get(vec_get(c, "expect"), "interface"));
        assert_true(ip_filter_equal(&merged, &want));
        ip_filter_fini(&want);
        ip_filter_fini(&merged);
        n++;
    }
    assert_int_equal(n, 1);
    json_decref(root);
}

/* EX{a,b,c,d}, EX{b,c,d} and IN{b,c} exclude d: the kind of example in RFC 3376 section 3.2. */
static void test_merge_rfc(void **state)
{
    (void)state;
    struct ip_filter parts[] = {filter(true, 0xf), filter(true, 0xe), filter(false, 6)}, m = {0};
    for (size_t i = 0; i < 3; i++) {
        ip_filter_merge(&m, &parts[i]);
        ip_filter_fini(&parts[i]);
    }
    assert_true(m.exclude);
    assert_int_equal(mask_of(&m.sources), 8);
    assert_true(ip_filter_is_member(&m));
    ip_filter_fini(&m);
    assert_false(ip_filter_is_member(&m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),      cmocka_unit_test(test_elements),
        cmocka_unit_test(test_merge_all), cmocka_unit_test(test_merge_vectors),
        cmocka_unit_test(test_merge_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
