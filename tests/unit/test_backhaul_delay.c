/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the backhaul with a constant delay: when and where datagrams arrive, that their octets are
 * kept, groups, and that nobody need listen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/backhaul_delay.h"

enum { MAX = 100 };

struct log {
    struct evq *q;
    struct {
        uint32_t at, from;
        sim_time when;
        uint8_t byte;
        size_t len;
    } got[MAX];
    int n;
};

static void on_receive(void *ctx, uint32_t at, uint32_t from, const uint8_t *bytes, size_t len)
{
    struct log *l = ctx;
    l->got[l->n].at = at;
    l->got[l->n].from = from;
    l->got[l->n].when = evq_now(l->q);
    l->got[l->n].byte = bytes[0];
    l->got[l->n++].len = len;
}

static const sim_time delays[] = {0, SIM_MS(20), SIM_MS(30), SIM_MS(5)};

static void check(const struct log *l, int i, uint32_t at, sim_time when, uint8_t byte)
{
    assert_int_equal(l->got[i].at, at);
    assert_int_equal(l->got[i].from, 0);
    assert_int_equal(l->got[i].when, when);
    assert_int_equal(l->got[i].byte, byte);
    assert_int_equal(l->got[i].len, 3);
}

static void test_delay(void **state)
{
    struct log l = {.q = evq_open(EVQ_FIFO)};
    struct backhaul_delay *d = backhaul_delay_open(l.q, delays, 4, 2);
    struct backhaul b = backhaul_delay_seam(d);
    uint8_t bytes[3] = {1, 2, 3};
    (void)state;
    for (uint32_t i = 1; i < 3; i++)
        b.ops->listen(b.obj, i, on_receive, &l);
    b.ops->join(b.obj, 2, 1);
    b.ops->join(b.obj, 1, 1);
    b.ops->send(b.obj, 0, 2, bytes, 3);
    bytes[0] = 7; /* what is under way does not change */
    b.ops->send(b.obj, 0, 1, bytes, 3);
    b.ops->send(b.obj, 0, 3, bytes, 3); /* nobody listens */
    b.ops->send_group(b.obj, 0, 0, bytes, 3);
    bytes[0] = 9;
    b.ops->send_group(b.obj, 0, 1, bytes, 3);
    evq_run(l.q, SIM_S(1));
    assert_int_equal(l.n, 4);
    check(&l, 0, 1, SIM_MS(20), 7);
    check(&l, 1, 1, SIM_MS(20), 9);
    check(&l, 2, 2, SIM_MS(30), 1);
    check(&l, 3, 2, SIM_MS(30), 9);
    for (int i = 0; i < 20; i++) /* places are used again */
        b.ops->send(b.obj, 1, 2, bytes, 3);
    evq_run(l.q, SIM_S(2));
    assert_int_equal(l.n, 24);
    assert_int_equal(l.got[23].when, SIM_MS(1050));
    backhaul_delay_close(d);
    backhaul_delay_close(NULL);
    evq_close(l.q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_delay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
