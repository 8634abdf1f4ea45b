/* SPDX-License-Identifier: GPL-2.0-only
 * Why numbers of fragments have blind spots (results/blind-spots.md): when M is a multiple of 64
 * the register's next column follows from the column drawn, up to M/2. Column 0 then leads only to
 * itself and to M/2, and M-1 only to itself and to M/2-1, so that M/2 (M/2-1) has one other way in,
 * from a column a that has no other way out. Pinned: for every multiple of 64 that is no power of
 * two, in every row looked at, a and M/2 appear together unless the row begins or ends between the
 * two; the same for the other pair; and pairs that fragblind shows are these. The register is
 * written here a second time. Left open: how many rows a pair lasts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/packages/fragblind.h"

enum { N_ROWS = 24, LAST_M = 16320 };

static uint32_t next(uint32_t x)
{
    return (x >> 1) + (((x ^ x >> 5) & 1) << 22);
}

/* A blind pair: from a, over any number of draws of stay, to end. */
struct pair {
    uint32_t a, stay, end;
};

/* The column that leads to end and is not stay. */
static uint32_t find_way_in(uint32_t m, uint32_t stay, uint32_t end)
{
    uint32_t a = m;
    for (uint32_t c = 0; c < m; c++) {
        uint32_t to = ((c >> 1) + (((c ^ c >> 5) & 1) << 22)) % m, other = (to + m / 2) % m;
        if (c == stay || (to != end && other != end))
            continue;
        assert_int_equal(a, m); /* one only */
        assert_true(to == stay || other == stay);
        a = c;
    }
    assert_true(a < m);
    return a;
}

/* One row of version 1: the pair's rule at every draw. */
static void check_row(uint32_t m, uint32_t seed, const struct pair *p)
{
    uint32_t x = 1 + 1001 * seed, before = m;
    for (uint32_t i = 0; i < m / 2; i++) {
        x = next(x);
        uint32_t c = x % m;
        if (before == p->a || (before == p->stay && i > 0))
            assert_true(c == p->end || c == p->stay);
        if (c == p->end && i > 0)
            assert_true(before == p->a || before == p->stay);
        if (c == p->stay && i > 0)
            assert_true(before == p->a || before == p->stay);
        before = c;
    }
}

static void test_pairs(void **state)
{
    (void)state;
    for (uint32_t m = 192; m <= LAST_M; m += 64) {
        if ((m & (m - 1)) == 0)
            continue; /* drawn modulo M + 1 */
        struct pair low = {0, 0, m / 2}, high = {0, m - 1, m / 2 - 1};
        low.a = find_way_in(m, low.stay, low.end);
        high.a = find_way_in(m, high.stay, high.end);
        for (uint32_t seed = 1; seed <= N_ROWS; seed++) {
            check_row(m, seed * 97 % (16383 - m) + 1, &low);
            check_row(m, seed * 97 % (16383 - m) + 1, &high);
        }
    }
}

static bool is_pair(uint32_t m, unsigned first, unsigned second, uint32_t stay, uint32_t end)
{
    uint32_t a = find_way_in(m, stay, end);
    return (first - 1 == a && second - 1 == end) || (first - 1 == end && second - 1 == a);
}

static void test_shown(void **state)
{
    (void)state;
    static const unsigned numbers[] = {192, 320, 768, 960, 1408, 2112, 4032, 7168};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        unsigned m = numbers[i];
        struct fragblind b;
        assert_int_equal(fragblind_check(FRAG_CODE_V1, m, &b), 0);
        assert_true(fragblind_bad(&b) && b.n_shown >= 1);
        for (unsigned k = 0; k < b.n_shown; k++)
            assert_true(is_pair(m, b.shown[k].first, b.shown[k].second, 0, m / 2) ||
                        is_pair(m, b.shown[k].first, b.shown[k].second, m - 1, m / 2 - 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
