/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what the air makes of a beacon: which copies add up at a device, which tear it, whose part
 * comes through, and how beacons and uplinks on one channel disturb each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/radio/radio_cfg.h"
#include "models/radio/region.h"
#include "tests/support/air.h"

enum { SF = 9 };

/* A beacon at 1 s from gateways 0 and 1 at these powers and offsets; what device 0 gets. */
struct probe {
    struct air a;
    int cdbm[2];
    sim_time offset[2];
    unsigned n;
    struct medium_beacon_at at;
    bool reached;
};

static void send(void *obj, uint32_t arg)
{
    struct probe *p = obj;
    (void)arg;
    struct medium_beacon_copy copies[2];
    struct medium_beacon b = {.start = SIM_S(1),
                              .lock = SIM_S(1) + 20 * AIR_SYMBOL(SF),
                              .end = SIM_S(1) + 30 * AIR_SYMBOL(SF),
                              .symbol = AIR_SYMBOL(SF),
                              .channel = medium_channel(p->a.medium, AIR_F0, 125000),
                              .dr = 3,
                              .sfi = SF - 7,
                              .n_copies = p->n,
                              .copies = copies};
    for (unsigned i = 0; i < p->n; i++)
        copies[i] = (struct medium_beacon_copy){
            .gateway = (uint16_t)i, .power_cdbm = p->cdbm[i], .offset = p->offset[i]};
    medium_send_beacon(p->a.medium, &b);
    p->reached = medium_beacon_at(p->a.medium, 0, &p->at);
}

static void begin(struct probe *p, int interference)
{
    air_init(&p->a, 3);
    p->a.radio.interference = interference;
    air_ask(&p->a, SIM_S(1), send, p);
}

static void copies(void **state)
{
    (void)state;
    static const struct {
        int interference, cdbm[2];
        sim_time offset; /* of the second, in hundredths of a symbol */
        int sum_cdbm;
        bool part, torn;
    } cases[] = {
        {INTERFERENCE_CROCE, {-6000, -6000}, 0, -5699, false, false},
        {INTERFERENCE_CROCE, {-6000, -6099}, 9, -5746, false, false},
        {INTERFERENCE_CROCE, {-6000, -6100}, 9, -5746, true, false},
        {INTERFERENCE_CROCE, {-6000, -6100}, 10, -6000, true, false},
        {INTERFERENCE_CROCE, {-6000, -6050}, -100, -6000, false, true},
        {INTERFERENCE_CAPTURE, {-6000, -6500}, 0, -5881, false, false},
        {INTERFERENCE_CAPTURE, {-6000, -6600}, 0, -5903, true, false},
        {INTERFERENCE_ALOHA, {-6000, -9000}, 0, -6000, false, false},
        {INTERFERENCE_NONE, {-6000, -6000}, 100, -6000, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct probe p = {.n = 2, .cdbm = {cases[i].cdbm[0], cases[i].cdbm[1]}};
        p.offset[1] = cases[i].offset * AIR_SYMBOL(SF) / 100;
        begin(&p, cases[i].interference);
        air_run(&p.a, SIM_S(2));
        assert_true(p.reached);
        assert_in_range(p.at.power_cdbm + 10000, cases[i].sum_cdbm + 9999,
                        cases[i].sum_cdbm + 10001);
        assert_int_equal(p.at.gateway, 0);
        assert_int_equal(p.at.part, cases[i].part);
        assert_int_equal(p.at.torn, cases[i].torn);
        air_fini(&p.a);
    }
}

static void out_of_reach(void **state)
{
    (void)state;
    struct probe p = {.n = 2, .cdbm = {-6000, -6000}};
    begin(&p, INTERFERENCE_CROCE);
    p.a.gain_cdb[0][0] = AIR_NO_LINK;
    air_run(&p.a, SIM_S(2));
    assert_true(p.reached);
    assert_int_equal(p.at.gateway, 1);
    air_fini(&p.a);
    begin(&p, INTERFERENCE_CROCE);
    p.a.gain_cdb[0][0] = p.a.gain_cdb[0][1] = AIR_NO_LINK;
    air_run(&p.a, SIM_S(2));
    assert_false(p.reached);
    air_fini(&p.a);
}

/* Gateway 0 sends: it hears nothing; gateway 2, whom it reaches, loses SF9 on this channel. */
static void uplinks(void **state)
{
    (void)state;
    static const struct {
        int sf;
        int64_t hz;
        sim_time start;
        int reason;
    } cases[] = {{9, AIR_F0, SIM_MS(1010), LOSS_INTERFERENCE},
                 {9, AIR_F0, SIM_MS(900), LOSS_INTERFERENCE},
                 {9, AIR_F1, SIM_MS(1010), LOSS_NONE},
                 {7, AIR_F0, SIM_MS(1010), LOSS_NONE},
                 {9, AIR_F0, SIM_MS(1200), LOSS_NONE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct probe p = {.n = 1, .cdbm = {-6000, 0}};
        begin(&p, INTERFERENCE_CROCE);
        p.a.gain_cdb[1][1] = AIR_NO_LINK;
        unsigned f = air_post(&p.a, (struct air_frame){.device = 1,
                                                       .start = cases[i].start,
                                                       .end = cases[i].start + SIM_MS(150),
                                                       .sf = cases[i].sf,
                                                       .hz = cases[i].hz,
                                                       .cdbm = -6000});
        air_run(&p.a, SIM_S(2));
        assert_int_equal(p.a.frames[f].at[0],
                         cases[i].start < SIM_MS(1150) ? LOSS_GATEWAY_TX : LOSS_NONE);
        assert_int_equal(p.a.frames[f].at[2], cases[i].reason);
        air_fini(&p.a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),
        cmocka_unit_test(out_of_reach),
        cmocka_unit_test(uplinks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
