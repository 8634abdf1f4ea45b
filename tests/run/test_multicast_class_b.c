/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the sending side of class B groups: copies in the group's ping slots to the nanosecond, in
 * the order of each schedule, their frequencies where channels hop, FPending, guard and end of the
 * session, several groups on one gateway; and what a scenario may not ask for. Left open: what
 * members hear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/crypto.h"
#include "models/lorawan/pingslot.h"
#include "models/radio/medium.h"
#include "tests/harness.h"

#define START_GPS_S INT64_C(1451260800) /* a multiple of 128: time 0 is a beacon's */
#define RUN         "duration: 2h, start: \"gps:1451260800\""
#define TWO         "{x: 0m, y: 0m}, {x: 0m, y: 10m}"
#define MC_ADDR     UINT32_C(0x01fff001)
#define GROUP                                                                                      \
    "{name: fleet, members: [{devices: dev}], class: B, mc_addr: \"01fff001\", gateways: all, "

static struct run *group_run(struct setup s, const char *group)
{
    s.multicast = group;
    s.run = s.run ? s.run : RUN;
    s.network = s.network ? s.network : "beacons: net_id";
    return run_setup(&s);
}

static const struct row_tx *copy(const struct run *r, int n)
{
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].kind == FRAME_MULTICAST_DOWN && n-- == 0)
            return &r->tx[i];
    return NULL;
}

static int n_copies(const struct run *r)
{
    int n = 0;
    while (copy(r, n))
        n++;
    return n;
}

/* The group's first ping slot at or after a time, straight from the formula. */
static sim_time slot(uint32_t addr, int periodicity, sim_time at)
{
    struct lw_aes zero;
    pingslot_key_init(&zero);
    for (int64_t b = at / SIM_S(128);; b++) {
        int offset = pingslot_offset(&zero, (uint32_t)(START_GPS_S + 128 * b), addr, periodicity);
        for (int n = offset; n < 4096; n += 32 << periodicity) {
            sim_time s = b * SIM_S(128) + SIM_MS(2120) + n * SIM_MS(30);
            if (s >= at)
                return s;
        }
    }
}

static void is_copy(const struct run *r, int n, uint32_t gateway, int64_t fcnt, sim_time start)
{
    const struct row_tx *c = copy(r, n);
    assert_non_null(c);
    assert_int_equal(c->node, entity_make("gw", gateway));
    assert_int_equal(c->fcnt, fcnt);
    assert_int_equal(c->start_ns, start);
    assert_int_equal(c->frequency_hz, 869525000);
    assert_int_equal(c->dr, 3);
}

#define TWO_GATEWAYS .gateway = "count: 2", .gateway_points = TWO

/* One copy in each slot: gateway after gateway, then the next frame. */
static void staggered(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){TWO_GATEWAYS},
                              GROUP "periodicity: 3, session: {start: 128s, timeout: 2}, "
                                    "traffic: {count: 5, period: 0s, repeats: 2}}");
    assert_int_equal(n_copies(r), 20);
    sim_time at = SIM_S(130);
    for (int k = 0; k < 20; k++) {
        at = slot(MC_ADDR, 3, at);
        is_copy(r, k, (uint32_t)k % 2, k / 4, at);
        struct lw_frame f = run_frame_at(r, false, at);
        assert_int_equal(f.fpending, k / 4 < 4);
        assert_int_equal(f.fopts_len, 0);
        assert_false(f.ack || f.adr);
        assert_int_equal(f.mtype, LW_UNCONFIRMED_DOWN);
        at++;
    }
    run_free(r);
}

static void simultaneous(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){TWO_GATEWAYS},
                              GROUP "schedule: simultaneous, periodicity: 4, session: {start: "
                                    "128s, timeout: 2}, traffic: {count: 6, period: 40s}}");
    assert_int_equal(n_copies(r), 12);
    sim_time at = SIM_S(130);
    for (int f = 0; f < 6; f++) {
        at = slot(MC_ADDR, 4, at);
        for (int g = 0; g < 2; g++)
            assert_int_equal(copy(r, 2 * f + g)->start_ns, at);
        assert_true(copy(r, 2 * f)->node != copy(r, 2 * f + 1)->node);
        at += SIM_S(40);
    }
    run_free(r);
}

static void one_by_one(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){TWO_GATEWAYS},
                              GROUP "schedule: one_by_one, periodicity: 2, session: {start: 256s, "
                                    "timeout: 1, margin: 20s}, traffic: {count: 5, period: 9s}}");
    assert_int_equal(n_copies(r), 10);
    sim_time at = SIM_S(276);
    for (int k = 0; k < 10; k++) {
        at = slot(MC_ADDR, 2, at);
        is_copy(r, k, (uint32_t)k / 5, k % 5, at);
        at += SIM_S(9);
    }
    run_free(r);
}

/* A session of one beacon period, in which the group has 128 slots: the frames of 1.4 s go into
 * every second one; the last one is over before the guard, and the rest is not sent. */
static void session_end(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){.radio = "duty_cycle: false"},
                              GROUP "periodicity: 0, data_rate: 0, session: {start: 384s, timeout: "
                                    "0}, traffic: {count: 100, period: 0s, size: 15B}}");
    int n = n_copies(r);
    sim_time airtime = copy(r, 0)->end_ns - copy(r, 0)->start_ns, at = SIM_S(386);
    assert_in_range(airtime, SIM_MS(960), SIM_MS(1920));
    for (int k = 0; k < n; k++) {
        at = slot(MC_ADDR, 0, at);
        assert_int_equal(copy(r, k)->start_ns, at);
        assert_int_equal(copy(r, k)->fcnt, k);
        at += airtime + SIM_MS(5);
    }
    assert_true(n > 60 && n < 100);
    assert_true(copy(r, n - 1)->end_ns <= SIM_S(384 + 125));
    assert_true(slot(MC_ADDR, 0, at) + airtime > SIM_S(384 + 125));
    run_free(r);
}

/* US915: another channel behind each beacon, unless the group has one of its own. */
static void hopping(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        struct run *r = group_run(
            (struct setup){.radio = "region: US915"},
            own ? GROUP "frequency: 924.5MHz, periodicity: 5, session: {start: 128s, timeout: 4}, "
                        "traffic: {count: 40, period: 30s}}"
                : GROUP "periodicity: 5, session: {start: 128s, timeout: 4}, "
                        "traffic: {count: 40, period: 30s}}");
        assert_int_equal(n_copies(r), 40);
        bool used[8] = {false};
        for (int k = 0; k < 40; k++) {
            const struct row_tx *c = copy(r, k);
            int64_t channel = (MC_ADDR + (START_GPS_S + c->start_ns / SIM_S(1)) / 128) % 8;
            assert_int_equal(c->start_ns, slot(MC_ADDR, 5, c->start_ns));
            assert_int_equal(c->frequency_hz, own ? 924500000 : 923300000 + 600000 * channel);
            assert_int_equal(c->dr, 8);
            used[channel] = true;
        }
        for (int i = 0; i < 8; i++)
            assert_true(used[i]);
        run_free(r);
    }
}

/* Three groups on one gateway, and unicast in ping slots and RX1 beside them: no two frames at
 * once, all frames sent, each in a slot of its group. */
static void several(void **state)
{
    (void)state;
#define ONE(n)                                                                                     \
    "{name: g" #n ", members: [{devices: dev}], class: B, mc_addr: \"01fff00" #n                   \
    "\", periodicity: 1, session: {start: 128s, timeout: 3}, traffic: {count: 60, period: 4s, "    \
    "size: 100B}}"
    struct run *r =
        group_run((struct setup){.radio = "duty_cycle: false"}, ONE(1) ", " ONE(2) ", " ONE(3));
    assert_int_equal(n_copies(r), 180);
    int n_late = 0;
    for (int k = 0; k < 180; k++) {
        const struct row_tx *c = copy(r, k), *next = copy(r, k + 1);
        assert_int_equal(c->start_ns, slot((uint32_t)c->devaddr, 1, c->start_ns));
        assert_true(!next || next->start_ns >= c->end_ns + SIM_MS(1));
        n_late += next && next->start_ns - c->end_ns < SIM_MS(300);
    }
    assert_true(n_late > 10);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(staggered),   cmocka_unit_test(simultaneous), cmocka_unit_test(one_by_one),
        cmocka_unit_test(session_end), cmocka_unit_test(hopping),      cmocka_unit_test(several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
