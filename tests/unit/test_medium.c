/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what becomes of frames besides interference: sensitivity, links, channels, demodulators in
 * both lock modes and their ties, half duplex, failures, random loss, fading, foreign networks,
 * several gateways, downlinks at their target, the end of the run. Worked out by hand; every case
 * ends with balanced counts. Interference: test_interference.c. */
#include "models/radio/medium.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rng.h"
#include "tests/support/air.h"

enum { CDBM = -10000 }; /* a strong frame */

static const sim_time length = SIM_MS(50);

/* Run all and check the balance. */
static void finish(struct air *a)
{
    air_run(a, SIM_NEVER);
    assert_int_equal(a->n_unbalanced, 0);
    for (unsigned i = 0; i < a->n; i++)
        assert_int_equal(a->frames[i].n_ends, 1);
}

static int outcome(struct air *a, unsigned i)
{
    return a->frames[i].reason;
}

/* sx1301 at SF7: -130 dBm; at SF12: -142.5 dBm. SNR counts from the required one: -7.5, -20 dB. */
static void test_sensitivity(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 1);
    unsigned at = air_uplink(&a, 0, 0, length, -13000);
    unsigned below = air_uplink(&a, 1, SIM_S(1), SIM_S(1) + length, -13001);
    unsigned slow = air_post(
        &a, (struct air_frame){.start = SIM_S(2), .end = SIM_S(4), .sf = 12, .cdbm = -14250});
    unsigned slow_below = air_post(
        &a, (struct air_frame){.start = SIM_S(5), .end = SIM_S(7), .sf = 12, .cdbm = -14251});
    unsigned fsk = air_post(
        &a, (struct air_frame){.start = SIM_S(8), .end = SIM_S(9), .sf = 0, .cdbm = -10800});
    finish(&a);
    assert_int_equal(outcome(&a, at), LOSS_NONE);
    assert_int_equal(a.frames[at].snr[0], -750);
    assert_int_equal(outcome(&a, below), LOSS_SENSITIVITY);
    assert_int_equal(a.frames[below].at[0], LOSS_SENSITIVITY);
    assert_int_equal(outcome(&a, slow), LOSS_NONE);
    assert_int_equal(a.frames[slow].snr[0], -2000);
    assert_int_equal(outcome(&a, slow_below), LOSS_SENSITIVITY);
    assert_int_equal(outcome(&a, fsk), LOSS_NONE);
    air_fini(&a);
}

static void test_no_link_and_channel(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 2);
    a.gateways[1].network = 1;
    a.gain_cdb[1][0] = a.gain_cdb[1][1] = AIR_NO_LINK;
    a.gain_cdb[2][0] = AIR_NO_LINK; /* hears only the foreign gateway */
    unsigned lone = air_uplink(&a, 1, 0, length, CDBM);
    unsigned foreign = air_uplink(&a, 2, SIM_S(1), SIM_S(1) + length, CDBM);
    unsigned deaf = air_post(&a, (struct air_frame){.device = 0,
                                                    .start = SIM_S(2),
                                                    .end = SIM_S(2) + length,
                                                    .sf = 7,
                                                    .hz = AIR_F3,
                                                    .cdbm = CDBM});
    finish(&a);
    assert_int_equal(outcome(&a, lone), LOSS_NO_LINK);
    assert_int_equal(a.frames[lone].at[0], AIR_UNKNOWN);
    assert_int_equal(outcome(&a, foreign), LOSS_NO_LINK);
    assert_int_equal(a.frames[foreign].at[1], LOSS_NONE);
    assert_int_equal(a.frames[foreign].n_copies, 1);
    assert_int_equal(a.n_rx[1], 1);
    assert_int_equal(a.n_rx_foreign[1], 1);
    assert_int_equal(outcome(&a, deaf), LOSS_CHANNEL);
    air_fini(&a);
}

/* Received by the weaker gateway alone; and lost for the reason of the stronger one. */
static void test_best_gateway(void **state)
{
    (void)state;
    struct air a;
    struct medium_interval down = {SIM_MS(10), SIM_MS(11)};
    air_init(&a, 2);
    a.gain_cdb[0][1] = -1000;
    a.gateways[0].down = &down;
    a.gateways[0].n_down = 1;
    unsigned rescued = air_uplink(&a, 0, 0, length, CDBM);
    unsigned lost = air_uplink(&a, 1, 0, length, -13001);
    a.gain_cdb[1][0] = -1;
    finish(&a);
    assert_int_equal(outcome(&a, rescued), LOSS_NONE);
    assert_int_equal(a.frames[rescued].at[0], LOSS_GATEWAY_DOWN);
    assert_int_equal(a.frames[rescued].n_copies, 1);
    assert_int_equal(outcome(&a, lost), LOSS_SENSITIVITY);
    assert_int_equal(a.frames[lost].at[0], LOSS_GATEWAY_DOWN);
    assert_int_equal(a.frames[lost].at[1], LOSS_SENSITIVITY);
    air_fini(&a);
}

/* Copies come strongest link first. */
static void test_copies(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 3);
    a.gain_cdb[0][0] = -2000;
    a.gain_cdb[0][1] = -1000;
    a.gain_cdb[0][2] = -3001;
    unsigned f = air_uplink(&a, 0, 0, length, CDBM);
    finish(&a);
    assert_int_equal(a.frames[f].n_copies, 2);
    assert_int_equal(a.frames[f].snr[0], CDBM - 2000 + 13000 - 750);
    assert_int_equal(a.frames[f].snr[1], CDBM - 1000 + 13000 - 750);
    assert_int_equal(a.frames[f].at[2], LOSS_SENSITIVITY);
    air_fini(&a);
}

/* Failures [20, 30) and [40, 50) ms against frames that touch and that overlap. */
static void test_gateway_down(void **state)
{
    (void)state;
    struct air a;
    struct medium_interval down[] = {{SIM_MS(20), SIM_MS(30)}, {SIM_MS(40), SIM_MS(50)}};
    air_init(&a, 1);
    a.gateways[0].down = down;
    a.gateways[0].n_down = 2;
    unsigned before = air_uplink(&a, 0, 0, SIM_MS(20), CDBM);
    unsigned into = air_uplink(&a, 1, 0, SIM_MS(20) + 1, CDBM);
    unsigned across = air_uplink(&a, 2, SIM_MS(15), SIM_MS(35), CDBM);
    unsigned within = air_uplink(&a, 3, SIM_MS(21), SIM_MS(29), CDBM);
    unsigned out_of = air_uplink(&a, 4, SIM_MS(30) - 1, SIM_MS(40), CDBM);
    unsigned between = air_uplink(&a, 5, SIM_MS(30), SIM_MS(40), CDBM);
    unsigned second = air_uplink(&a, 6, SIM_MS(35), SIM_MS(60), CDBM);
    unsigned after = air_uplink(&a, 7, SIM_MS(50), SIM_MS(60), CDBM);
    finish(&a);
    assert_int_equal(outcome(&a, before), LOSS_NONE);
    assert_int_equal(outcome(&a, into), LOSS_GATEWAY_DOWN);
    assert_int_equal(outcome(&a, across), LOSS_GATEWAY_DOWN);
    assert_int_equal(outcome(&a, within), LOSS_GATEWAY_DOWN);
    assert_int_equal(outcome(&a, out_of), LOSS_GATEWAY_DOWN);
    assert_int_equal(outcome(&a, between), LOSS_NONE);
    assert_int_equal(outcome(&a, second), LOSS_GATEWAY_DOWN);
    assert_int_equal(outcome(&a, after), LOSS_NONE);
    air_fini(&a);
}

/* A downlink of the gateway in [100, 200) ms against uplinks. */
static void test_half_duplex(void **state)
{
    (void)state;
    for (int ties = EVQ_FIFO; ties <= EVQ_LIFO; ties++) {
        struct air a;
        air_init(&a, 2);
        a.ties = (enum evq_ties)ties;
        a.gain_cdb[7][1] = AIR_NO_LINK;
        unsigned before = air_uplink(&a, 0, SIM_MS(50), SIM_MS(100), CDBM);
        unsigned progress = air_uplink(&a, 1, SIM_MS(51), SIM_MS(100) + 1, CDBM);
        unsigned same = air_uplink(&a, 2, SIM_MS(100), SIM_MS(150), CDBM);
        unsigned within = air_uplink(&a, 3, SIM_MS(110), SIM_MS(150), CDBM);
        unsigned late = air_uplink(&a, 4, SIM_MS(200) - 1, SIM_MS(250), CDBM);
        unsigned after = air_uplink(&a, 5, SIM_MS(200), SIM_MS(250), CDBM);
        air_post(&a, (struct air_frame){.device = 7,
                                        .start = SIM_MS(100),
                                        .end = SIM_MS(200),
                                        .sf = 7,
                                        .hz = AIR_F3,
                                        .cdbm = 1400,
                                        .down = true});
        finish(&a);
        assert_int_equal(a.frames[before].at[0], LOSS_NONE);
        assert_int_equal(a.frames[progress].at[0], LOSS_GATEWAY_TX);
        assert_int_equal(a.frames[same].at[0], LOSS_GATEWAY_TX);
        assert_int_equal(a.frames[within].at[0], LOSS_GATEWAY_TX);
        assert_int_equal(a.frames[late].at[0], LOSS_GATEWAY_TX);
        assert_int_equal(a.frames[after].at[0], LOSS_NONE);
        for (unsigned i = 0; i < 6; i++)
            assert_int_equal(a.frames[i].at[1], LOSS_NONE); /* the other gateway listens on */
        assert_int_equal(a.n_tx[0], 1);
        air_fini(&a);
    }
}

/* A transmission frees the demodulators of what it destroyed. */
static void test_tx_frees_demodulators(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 1);
    a.gateways[0].n_demodulators = 1;
    unsigned longest = air_uplink(&a, 0, 0, SIM_MS(500), CDBM);
    air_post(&a, (struct air_frame){.device = 7,
                                    .start = SIM_MS(100),
                                    .end = SIM_MS(200),
                                    .sf = 7,
                                    .cdbm = 1400,
                                    .down = true});
    unsigned next = air_uplink(&a, 1, SIM_MS(200), SIM_MS(300), CDBM);
    finish(&a);
    assert_int_equal(outcome(&a, longest), LOSS_GATEWAY_TX);
    assert_int_equal(outcome(&a, next), LOSS_NONE);
    air_fini(&a);
}

static unsigned on_channel(struct air *a, unsigned device, int sf, int64_t hz, sim_time start)
{
    return air_post(a, (struct air_frame){.device = device,
                                          .start = start,
                                          .end = start + SIM_S(2),
                                          .sf = sf,
                                          .hz = hz,
                                          .cdbm = CDBM});
}

/* Two demodulators. The SF12 frame begins first, but its preamble (12 symbols of 32.8 ms) ends
 * last. */
static void test_lock_modes(void **state)
{
    (void)state;
    for (int lock = LOCK_PREAMBLE_END; lock <= LOCK_FRAME_START; lock++) {
        struct air a;
        air_init(&a, 1);
        a.radio.demod_lock = lock;
        a.gateways[0].n_demodulators = 2;
        unsigned slow = on_channel(&a, 0, 12, AIR_F0, 0);
        unsigned second = on_channel(&a, 1, 7, AIR_F1, SIM_MS(1));
        unsigned third = on_channel(&a, 2, 7, AIR_F2, SIM_MS(2));
        finish(&a);
        bool at_start = lock == LOCK_FRAME_START;
        assert_int_equal(outcome(&a, slow), at_start ? LOSS_NONE : LOSS_NO_DEMODULATOR);
        assert_int_equal(outcome(&a, second), LOSS_NONE);
        assert_int_equal(outcome(&a, third), at_start ? LOSS_NO_DEMODULATOR : LOSS_NONE);
        air_fini(&a);
    }
}

/* A demodulator is free for a frame that asks at the very end of the one before, not 1 ns earlier;
 * whatever the order of these events. */
static void test_demodulator_boundary(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        struct air a;
        bool at_start = k & 1, early = k & 2;
        air_init(&a, 1);
        a.ties = k & 4 ? EVQ_LIFO : EVQ_FIFO;
        a.radio.demod_lock = at_start ? LOCK_FRAME_START : LOCK_PREAMBLE_END;
        a.gateways[0].n_demodulators = 1;
        sim_time asks = SIM_MS(100) - early;
        sim_time start = at_start ? asks : asks - 12 * AIR_SYMBOL(7);
        unsigned next = air_uplink(&a, 0, start, SIM_MS(300), CDBM);
        unsigned first = air_uplink(&a, 1, 0, SIM_MS(100), CDBM);
        finish(&a);
        assert_int_equal(outcome(&a, first), LOSS_NONE);
        assert_int_equal(outcome(&a, next), early ? LOSS_NO_DEMODULATOR : LOSS_NONE);
        air_fini(&a);
    }
}

/* Three frames ask at one instant for two demodulators: the lower nodes get them, in every order of
 * posting. */
static void test_demodulator_ties(void **state)
{
    (void)state;
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const int64_t hz[3] = {AIR_F0, AIR_F1, AIR_F2};
    for (int k = 0; k < 24; k++) {
        struct air a;
        unsigned frame[3];
        air_init(&a, 1);
        a.radio.demod_lock = k & 1 ? LOCK_FRAME_START : LOCK_PREAMBLE_END;
        a.ties = k & 2 ? EVQ_LIFO : EVQ_FIFO;
        a.gateways[0].n_demodulators = 2;
        for (int i = 0; i < 3; i++) {
            unsigned d = orders[k / 4][i];
            frame[d] = on_channel(&a, d, 9, hz[d], SIM_MS(5));
        }
        finish(&a);
        assert_int_equal(outcome(&a, frame[0]), LOSS_NONE);
        assert_int_equal(outcome(&a, frame[1]), LOSS_NONE);
        assert_int_equal(outcome(&a, frame[2]), LOSS_NO_DEMODULATOR);
        air_fini(&a);
    }
}

/* A frame that holds a demodulator since earlier is not driven out by a lower node. */
static void test_no_preemption(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 1);
    a.gateways[0].n_demodulators = 1;
    unsigned holder = on_channel(&a, 5, 7, AIR_F0, 0);
    unsigned lower = on_channel(&a, 1, 7, AIR_F1, 1);
    finish(&a);
    assert_int_equal(outcome(&a, holder), LOSS_NONE);
    assert_int_equal(outcome(&a, lower), LOSS_NO_DEMODULATOR);
    air_fini(&a);
}

/* Who takes a demodulator: foreign frames and frames that interference destroys; not what is too
 * weak, and not what begins while the gateway transmits or is down. */
static void test_who_takes(void **state)
{
    (void)state;
    for (int k = 0; k < 5; k++) {
        struct air a;
        struct medium_interval down = {SIM_MS(1), SIM_MS(2)};
        air_init(&a, 1);
        a.radio.interference = INTERFERENCE_ALOHA;
        a.gateways[0].n_demodulators = 1;
        struct air_frame taker = {.device = 0, .start = 0, .end = SIM_S(1), .sf = 7, .cdbm = CDBM};
        taker.network = k == 0;
        taker.cdbm = k == 2 ? -13001 : CDBM;
        unsigned first = air_post(&a, taker);
        if (k == 1) /* -130.01 dBm: destroys, and takes no demodulator itself */
            air_uplink(&a, 1, SIM_MS(500), SIM_MS(600), -13001);
        if (k == 3) {
            a.gateways[0].down = &down;
            a.gateways[0].n_down = 1;
        }
        if (k == 4)
            air_post(&a, (struct air_frame){.device = 7,
                                            .start = SIM_MS(1),
                                            .end = SIM_MS(2),
                                            .sf = 7,
                                            .hz = AIR_F3,
                                            .down = true});
        unsigned second = on_channel(&a, 2, 7, AIR_F1, SIM_MS(300));
        finish(&a);
        static const int first_reason[5] = {LOSS_NO_LINK, LOSS_INTERFERENCE, LOSS_SENSITIVITY,
                                            LOSS_GATEWAY_DOWN, LOSS_GATEWAY_TX};
        assert_int_equal(outcome(&a, first), first_reason[k]);
        assert_int_equal(outcome(&a, second), k < 2 ? LOSS_NO_DEMODULATOR : LOSS_NONE);
        if (k == 0)
            assert_int_equal(a.n_rx_foreign[0], 1);
        air_fini(&a);
    }
}

static unsigned count(const struct air *a, int reason)
{
    unsigned n = 0;
    for (unsigned i = 0; i < a->n; i++)
        n += a->frames[i].reason == reason;
    return n;
}

/* Bernoulli: within 4 sigma of p n; 0 and 1 exactly. */
static void test_random_loss(void **state)
{
    (void)state;
    static const double ratio[3] = {0, 0.3, 1};
    static const unsigned at_least[3] = {0, 1084, 4000}, at_most[3] = {0, 1316, 4000};
    for (int k = 0; k < 3; k++) {
        struct air a;
        air_init(&a, 1);
        a.radio.random_loss_ratio = ratio[k];
        for (unsigned i = 0; i < 4000; i++)
            air_uplink(&a, i % AIR_DEVICES, SIM_MS(20) * i, SIM_MS(20) * (i + 1), CDBM);
        finish(&a);
        assert_in_range(count(&a, LOSS_RANDOM), at_least[k], at_most[k]);
        assert_int_equal(count(&a, LOSS_RANDOM) + count(&a, LOSS_NONE), 4000);
        air_fini(&a);
    }
}

/* Rayleigh fading at the sensitivity: received with probability 1/e; lognormal: 1/2. */
static void test_fading(void **state)
{
    (void)state;
    static const unsigned expected[2] = {1472, 2000};
    for (int k = 0; k < 2; k++) {
        struct air a;
        air_init(&a, 1);
        a.radio.fading.model = k ? FADING_LOGNORMAL : FADING_RAYLEIGH;
        a.radio.fading.lognormal_sigma_cdb = 600;
        for (unsigned i = 0; i < 4000; i++)
            air_uplink(&a, i % AIR_DEVICES, SIM_MS(20) * i, SIM_MS(20) * (i + 1), -13000);
        finish(&a);
        assert_in_range(count(&a, LOSS_NONE), expected[k] - 130, expected[k] + 130);
        assert_int_equal(count(&a, LOSS_SENSITIVITY) + count(&a, LOSS_NONE), 4000);
        air_fini(&a);
    }
}

static struct air_frame downlink(unsigned device, unsigned gateway, sim_time start)
{
    return (struct air_frame){.device = device,
                              .gateway = gateway,
                              .start = start,
                              .end = start + length,
                              .sf = 7,
                              .cdbm = CDBM,
                              .down = true};
}

/* What the target says counts; a downlink without link is too weak; a gateway that fails stops. */
static void test_downlinks(void **state)
{
    (void)state;
    struct air a;
    struct medium_interval down = {SIM_S(3) + 1, SIM_S(3) + 2};
    air_init(&a, 2);
    a.gateways[0].down = &down;
    a.gateways[0].n_down = 1;
    a.gain_cdb[1][0] = AIR_NO_LINK;
    unsigned good = air_post(&a, downlink(0, 0, 0));
    struct air_frame f = downlink(0, 0, SIM_S(1));
    f.listen = LOSS_WINDOW;
    unsigned shut = air_post(&a, f);
    unsigned far = air_post(&a, downlink(1, 0, SIM_S(2)));
    unsigned failed = air_post(&a, downlink(0, 0, SIM_S(3)));
    unsigned other = air_post(&a, downlink(1, 1, SIM_S(3)));
    finish(&a);
    assert_int_equal(outcome(&a, good), LOSS_NONE);
    assert_int_equal(outcome(&a, shut), LOSS_WINDOW);
    assert_int_equal(outcome(&a, far), LOSS_SENSITIVITY);
    assert_int_equal(outcome(&a, failed), LOSS_GATEWAY_DOWN);
    assert_int_equal(outcome(&a, other), LOSS_NONE);
    assert_int_equal(a.n_tx[0], 4);
    air_fini(&a);
}

static void test_downlink_random_loss(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 1);
    a.radio.random_loss_ratio = 1;
    unsigned f = air_post(&a, downlink(0, 0, 0));
    finish(&a);
    assert_int_equal(outcome(&a, f), LOSS_RANDOM);
    air_fini(&a);
}

/* What is still on the air at the end of the run is counted as that, up and down. */
static void test_run_end(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 1);
    unsigned before = air_uplink(&a, 0, 0, SIM_S(1) - 1, CDBM);
    unsigned at = air_uplink(&a, 1, SIM_MS(1), SIM_S(1), CDBM);
    unsigned up = air_uplink(&a, 2, SIM_MS(900), SIM_S(2), CDBM);
    struct air_frame f = downlink(3, 0, SIM_MS(990));
    f.hz = AIR_F3;
    unsigned down = air_post(&a, f);
    unsigned never = air_uplink(&a, 4, SIM_S(1), SIM_S(2), CDBM);
    air_run(&a, SIM_S(1));
    assert_int_equal(a.n_unbalanced, 0);
    assert_int_equal(outcome(&a, before), LOSS_GATEWAY_TX);
    assert_false(a.frames[before].ended);
    assert_true(a.frames[at].ended); /* [start, end): its end is an event of the next instant */
    assert_true(a.frames[up].ended);
    assert_true(a.frames[down].ended);
    assert_int_equal(a.frames[never].n_ends, 0);
    assert_int_equal(tally_at(&a.tally, 0, FRAME_UP, 5)->n_sent, 3);
    assert_int_equal(tally_at(&a.tally, 0, FRAME_UP, 5)->n_lost[LOSS_ENDED], 2);
    assert_int_equal(tally_at(&a.tally, 0, FRAME_DOWN, 5)->n_lost[LOSS_ENDED], 1);
    air_fini(&a);
}

/* Air time is counted in full when a frame begins. */
static void test_airtime(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 1);
    air_uplink(&a, 0, 5, 5 + SIM_MS(50), CDBM);
    air_uplink(&a, 0, SIM_S(1), SIM_S(1) + 7, CDBM);
    finish(&a);
    assert_int_equal(tally_at(&a.tally, 0, FRAME_UP, 5)->airtime, SIM_MS(50) + 7);
    assert_int_equal(tally_at(&a.tally, 0, FRAME_UP, 5)->n_received, 2);
    air_fini(&a);
}

/* Channels are found again, however many there are; records are used again. */
static void test_channels_and_records(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 2);
    for (unsigned i = 0; i < 300; i++)
        air_post(&a,
                 (struct air_frame){.device = i % 8,
                                    .start = SIM_MS(100) * i,
                                    .end = SIM_MS(100) * i + length,
                                    .sf = 7,
                                    .hz = i % 3 ? AIR_F0 : 863000000 + 100000 * (int64_t)(i % 40),
                                    .cdbm = CDBM});
    finish(&a);
    assert_int_equal(count(&a, LOSS_NONE), 200);
    assert_int_equal(count(&a, LOSS_CHANNEL), 100);
    uint16_t one = medium_channel(a.medium, AIR_F0, 125000);
    uint16_t wide = medium_channel(a.medium, AIR_F0, 500000);
    uint16_t fsk = medium_channel(a.medium, AIR_F0, 0);
    assert_int_not_equal(one, wide);
    assert_int_not_equal(one, fsk);
    assert_int_equal(medium_channel(a.medium, AIR_F0, 125000), one);
    assert_int_equal(medium_channel(a.medium, AIR_F0, 500000), wide);
    assert_int_equal(medium_channel_frequency(a.medium, wide), AIR_F0);
    assert_int_equal(medium_channel_bandwidth(a.medium, wide), 500000);
    struct medium_tx *tx = medium_tx_take(a.medium);
    medium_tx_hold(tx);
    medium_tx_release(a.medium, tx);
    struct medium_tx *other = medium_tx_take(a.medium);
    assert_ptr_not_equal(tx, other);
    medium_tx_release(a.medium, tx);
    assert_ptr_equal(medium_tx_take(a.medium), tx);
    air_fini(&a);
}

/* Exponent 2 and 0 dB at 1 m: 60 dB at 1 km. Asked while a frame of 14 dBm is on the air. */
struct listening {
    struct air *a;
    sim_time at;
    int limit_cdbm;
    bool clear;
};

static void on_ask(void *obj, uint32_t arg)
{
    struct listening *l = obj;
    (void)arg;
    l->clear = medium_channel_clear(l->a->medium, 1, medium_channel(l->a->medium, AIR_F0, 125000),
                                    l->limit_cdbm);
}

static void test_listen_before_talk(void **state)
{
    (void)state;
    static const struct {
        sim_time at;
        int limit_cdbm;
        bool clear;
    } cases[] = {{SIM_MS(20), -4600, false},
                 {SIM_MS(20), -4599, true},
                 {SIM_MS(10), -4600, true},
                 {SIM_MS(60), -4600, true},
                 {SIM_MS(60) - 1, -4600, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct air a;
        air_init(&a, 1);
        a.places[1].x_mm = 1000000;
        struct listening l = {&a, cases[i].at, cases[i].limit_cdbm, false};
        air_uplink(&a, 0, SIM_MS(10), SIM_MS(60), 1400);
        air_ask(&a, l.at, on_ask, &l);
        finish(&a);
        assert_int_equal(l.clear, cases[i].clear);
        air_fini(&a);
    }
}

/* Many frames on a coarse grid of time, on every channel and of both networks, with downlinks,
 * failures, few demodulators and imperfect isolation. */
static void crowd(struct air *a, uint64_t seed, const struct medium_interval *down)
{
    static const int64_t hz[3] = {AIR_F0, AIR_F1, AIR_F2};
    struct rng g = rng_open(seed, 0, RNG_TEST, 0);
    sim_time busy[AIR_GATEWAYS] = {0};
    air_init(a, 3);
    a->radio.interference = (int)(seed % 5);
    a->radio.interference_sum = seed % 5 == INTERFERENCE_CAPTURE ? SUM_PEAK : (int)(seed / 5 % 2);
    a->radio.demod_lock = (int)(seed / 10 % 2);
    a->radio.iq_isolation_cdb = seed / 20 % 2 ? 2000 : SCN_WORD;
    for (unsigned i = 0; i < 3; i++) {
        a->gateways[i].network = i == 2;
        a->gateways[i].n_demodulators = 1 + i;
        a->gateways[i].down = down;
        a->gateways[i].n_down = i == 1;
        for (unsigned d = 0; d < AIR_DEVICES; d++)
            a->gain_cdb[d][i] =
                (int16_t)(rng_below(&g, 8) ? -(int)rng_below(&g, 3500) : AIR_NO_LINK);
        for (unsigned k = 0; k < 3; k++)
            a->gateway_gain_cdb[i][k] = -9000;
    }
    for (unsigned i = 0; i < 150; i++) {
        struct air_frame f = {.device = rng_below(&g, AIR_DEVICES),
                              .sf = 7 + (int)rng_below(&g, 3),
                              .hz = hz[rng_below(&g, 3)],
                              .cdbm = CDBM,
                              .network = rng_below(&g, 2),
                              .down = rng_below(&g, 6) == 0,
                              .gateway = rng_below(&g, 3)};
        f.start = (sim_time)rng_below(&g, 60) * 16 * AIR_SYMBOL(7);
        f.end = f.start + (sim_time)(1 + rng_below(&g, 4)) * 16 * AIR_SYMBOL(f.sf);
        if (f.down && f.start < busy[f.gateway])
            continue; /* a gateway sends one frame at a time */
        if (f.down)
            busy[f.gateway] = f.end;
        air_post(a, f);
    }
}

/* Turn the order of posting round, so that events at one instant run the other way. */
static void reverse(struct air *a)
{
    for (unsigned i = 0; i < a->n; i++)
        a->order[i] = a->n - 1 - i;
}

static void test_order_of_events(void **state)
{
    (void)state;
    struct medium_interval down = {SIM_MS(200), SIM_MS(250)};
    unsigned seen[N_LOSS] = {0};
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct air a, b;
        crowd(&a, seed, &down);
        crowd(&b, seed, &down);
        a.ties = EVQ_FIFO;
        b.ties = seed % 3 ? EVQ_LIFO : EVQ_FIFO;
        reverse(&b);
        finish(&a);
        finish(&b);
        for (unsigned i = 0; i < a.n; i++) {
            assert_int_equal(a.frames[i].n_copies, b.frames[i].n_copies);
            if (a.frames[i].reason != b.frames[i].reason ||
                memcmp(a.frames[i].at, b.frames[i].at, sizeof a.frames[i].at) != 0)
                fail_msg("seed %d, frame %u: reason %d, then %d", (int)seed, i, a.frames[i].reason,
                         b.frames[i].reason);
            seen[a.frames[i].reason]++;
            for (unsigned g = 0; g < 3; g++)
                if (a.frames[i].at[g] >= 0)
                    seen[a.frames[i].at[g]]++;
        }
        air_fini(&a);
        air_fini(&b);
    }
    static const int needed[] = {LOSS_NONE,        LOSS_NO_LINK,    LOSS_GATEWAY_DOWN,
                                 LOSS_SENSITIVITY, LOSS_GATEWAY_TX, LOSS_NO_DEMODULATOR,
                                 LOSS_INTERFERENCE};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        assert_true(seen[needed[i]] > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sensitivity),
        cmocka_unit_test(test_no_link_and_channel),
        cmocka_unit_test(test_best_gateway),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_gateway_down),
        cmocka_unit_test(test_half_duplex),
        cmocka_unit_test(test_tx_frees_demodulators),
        cmocka_unit_test(test_lock_modes),
        cmocka_unit_test(test_demodulator_boundary),
        cmocka_unit_test(test_demodulator_ties),
        cmocka_unit_test(test_no_preemption),
        cmocka_unit_test(test_who_takes),
        cmocka_unit_test(test_random_loss),
        cmocka_unit_test(test_fading),
        cmocka_unit_test(test_downlinks),
        cmocka_unit_test(test_downlink_random_loss),
        cmocka_unit_test(test_run_end),
        cmocka_unit_test(test_airtime),
        cmocka_unit_test(test_channels_and_records),
        cmocka_unit_test(test_listen_before_talk),
        cmocka_unit_test(test_order_of_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
