/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what a device does with downlinks that this project's server never sends: confirmed ones,
 * commands on FPort 0, old counters, wrong keys and addresses, join-accepts out of turn. The test
 * is the server: the real one is down. Left open: nothing of device_rx.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "models/lorawan/join.h"
#include "models/lorawan/maccmd.h"
#include "sim/err.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

#define TRAFFIC "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 3"

struct talk {
    struct world *w;
    struct trace trace;
    struct run *r;
    struct keyring *ring;
    struct lw_frame frame; /* what say sends next */
};

static void begin_with(struct talk *t, struct setup s)
{
    memset(t, 0, sizeof *t);
    s.network = "enabled_channels: [868.1MHz]";
    s.faults = "{node: net, from: 0s}";
    s.traffic = s.traffic ? s.traffic : TRAFFIC;
    t->r = run_begin(&s, &t->trace, &t->w);
    t->ring = keyring_open();
    t->frame = (struct lw_frame){
        .mtype = LW_UNCONFIRMED_DOWN, .devaddr = t->r->session[0].devaddr, .fport = -1};
}

static void begin(struct talk *t, const char *device)
{
    begin_with(t, (struct setup){.device = device});
}

static void end(struct talk *t)
{
    world_run_until(t->w, world_cfg(t->w)->run.duration_ns);
    run_end(t->w);
    keyring_close(t->ring);
}

/* Put bytes on the air in RX1 of the device's last transmission; the world has passed its end. */
static void say_bytes(struct talk *t, const uint8_t *phy, int len, sim_time late, int power_cdbm)
{
    const struct row_tx *up = run_tx(t->r, "dev", 0, run_n_tx(t->r, "dev", 0) - 1);
    struct medium_tx *tx = medium_tx_take(t->w->medium);
    tx->target = t->w->ids[0];
    tx->kind = FRAME_DOWN;
    tx->window = 1;
    tx->dr = (uint8_t)up->dr;
    tx->len = (uint8_t)len;
    memcpy(tx->phy, phy, (size_t)len);
    tx->start = up->end_ns + SIM_S(1) + late;
    tx->power_cdbm = power_cdbm;
    devices_modulate(t->w->medium, t->w->region, tx, 868100000);
    gateways_submit(t->w->gateways, tx, (uint32_t)up->seq);
}

static void say(struct talk *t, sim_time at, uint32_t fcnt)
{
    uint8_t phy[255];
    const struct trace_session *s = &t->r->session[0];
    const struct lw_session_keys *k =
        keyring_get(t->ring, keyring_take(t->ring, s->nwkskey, s->appskey));
    int len = lw_frame_encode(&t->frame, k, fcnt, phy);
    assert_true(len > 0);
    world_run_until(t->w, at);
    say_bytes(t, phy, len, 0, 1400);
}

/* A confirmed downlink is acknowledged soon, with an empty frame when nothing waits. */
static void confirmed(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, "data_rate: 5");
    t.frame.mtype = LW_CONFIRMED_DOWN;
    t.frame.fport = 7;
    t.frame.payload = (const uint8_t *)"hello";
    t.frame.payload_len = 5;
    say(&t, SIM_MS(10500), 0);
    end(&t);
    assert_int_equal(run_n_tx(t.r, "dev", 0), 4);
    const struct row_tx *ack = run_tx(t.r, "dev", 0, 1);
    assert_int_equal(ack->size_bytes, 12);
    assert_int_equal(ack->fport, ROW_NULL);
    assert_true(ack->start_ns < SIM_S(15));
    struct lw_frame f = run_frame_at(t.r, true, ack->start_ns);
    assert_true(f.ack);
    assert_false(run_frame_at(t.r, true, run_tx(t.r, "dev", 0, 2)->start_ns).ack);
    assert_int_equal(run_device(t.r, "dev", 0)->n_rx, 1);
    run_free(t.r);
}

/* FPending asks for one more uplink. */
static void pending(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, "data_rate: 5");
    t.frame.fpending = true;
    say(&t, SIM_MS(10500), 0);
    end(&t);
    assert_int_equal(run_n_tx(t.r, "dev", 0), 4);
    assert_int_equal(run_tx(t.r, "dev", 0, 1)->size_bytes, 12);
    run_free(t.r);
}

static void commands_on_port_0(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, "data_rate: 5, adr: true");
    t.frame.fport = 0;
    t.frame.payload = (const uint8_t *)"\x03\x31\x01\x00\x01\x06\x80\x06";
    t.frame.payload_len = 8; /* the command 80 is unknown: the second 06 is never read */
    say(&t, SIM_MS(10500), 0);
    end(&t);
    assert_int_equal(run_n_commands(t.r, true, LW_LINK_ADR), 1);
    assert_int_equal(run_n_commands(t.r, true, LW_DEV_STATUS), 1);
    assert_int_equal(run_tx(t.r, "dev", 0, 1)->dr, 3);
    run_free(t.r);
}

/* More answers than FOpts holds: what does not fit is dropped, whole commands at a time. */
static void many_answers(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, "data_rate: 5");
    t.frame.fport = 0;
    t.frame.payload = (const uint8_t *)"\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06";
    t.frame.payload_len = 10;
    say(&t, SIM_MS(10500), 0);
    end(&t);
    struct lw_frame f = run_frame_at(t.r, true, run_tx(t.r, "dev", 0, 1)->start_ns);
    assert_int_equal(f.fopts_len, 15); /* five of three octets */
    assert_int_equal(run_n_commands(t.r, true, LW_DEV_STATUS), 5);
    run_free(t.r);
}

/* US915's DR0 has room for 19 octets, 12 of them behind the header. */
static void answers_at_slow_rate(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: US915",
                      .server = "mac_commands: [{at: 0s, hex: \"060606060606\"}]",
                      .device = "data_rate: 0",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 11B, limit: 3"};
    struct run *r = run_setup(&s);
    struct lw_frame f = run_frame_at(r, true, run_tx(r, "dev", 0, 1)->start_ns);
    assert_int_equal(f.fopts_len, 12);
    assert_int_equal(f.fport, -1); /* no room for the message: it follows */
    for (int i = 0; i < run_n_tx(r, "dev", 0); i++)
        assert_true(run_tx(r, "dev", 0, i)->size_bytes <= 24);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    run_free(r);
}

static void counters(const char *device, uint32_t fcnt, enum loss_reason reason)
{
    struct talk t;
    begin(&t, device);
    say(&t, SIM_MS(10500), 0);
    say(&t, SIM_MS(70500), fcnt);
    end(&t);
    assert_int_equal(run_device(t.r, "dev", 0)->n_rx, reason == LOSS_NONE ? 2 : 1);
    if (reason != LOSS_NONE)
        assert_int_equal(run_n_lost(t.r, reason), 1);
    run_free(t.r);
}

static void counter(void **state)
{
    (void)state;
    counters("data_rate: 5", 1, LOSS_NONE);
    counters("data_rate: 5", 16385, LOSS_NONE); /* 1.0.4: no limit */
    counters("data_rate: 5", 65535, LOSS_NONE);
    counters("data_rate: 5", 0, LOSS_MIC); /* seen before: taken for 65536 */
    counters("data_rate: 5, version: 1.0.3", 16384, LOSS_NONE);
    counters("data_rate: 5, version: 1.0.3", 16385, LOSS_REPLAY);
    counters("data_rate: 5, version: 1.0.3", 0, LOSS_REPLAY);
}

static void wrong(void **state)
{
    (void)state;
    struct talk t;
    uint8_t phy[255] = {0x60, 1, 2, 3};
    begin(&t, "data_rate: 5");
    t.frame.devaddr ^= 1;
    say(&t, SIM_MS(10500), 0);
    t.frame.devaddr ^= 1;
    world_run_until(t.w, SIM_MS(70500));
    say_bytes(&t, phy, 5, 0, 1400);
    say(&t, SIM_MS(130500), 0);
    end(&t);
    assert_int_equal(run_n_lost(t.r, LOSS_UNKNOWN_DEVICE), 1);
    assert_int_equal(run_n_lost(t.r, LOSS_MALFORMED), 1);
    assert_int_equal(run_device(t.r, "dev", 0)->n_rx, 1);
    run_free(t.r);
}

/* A join-accept for a device that has not asked, an uplink's bytes sent downwards. */
static void out_of_turn(void **state)
{
    (void)state;
    struct talk t;
    uint8_t phy[LW_JOIN_ACCEPT_MAX];
    struct lw_join_accept a = {.joinnonce = 1};
    begin(&t, "data_rate: 5, app_key: 01000000000000000000000000000000");
    world_run_until(t.w, SIM_MS(10500));
    uint8_t key[16] = {1};
    int len = lw_join_accept_encode(&a, key, phy);
    say_bytes(&t, phy, len, 0, 1400);
    world_run_until(t.w, SIM_MS(70500));
    phy[5] ^= 1;
    say_bytes(&t, phy, len, 0, 1400);
    world_run_until(t.w, SIM_MS(130500));
    say_bytes(&t, phy, 18, 0, 1400);
    end(&t);
    assert_int_equal(run_n_lost(t.r, LOSS_REPLAY), 1);
    assert_int_equal(run_n_lost(t.r, LOSS_MIC), 1);
    assert_int_equal(run_n_lost(t.r, LOSS_MALFORMED), 1);
    run_free(t.r);
}

static void weak(void **state)
{
    (void)state;
    struct talk t;
    uint8_t phy[20] = {0x60};
    begin(&t, "data_rate: 5");
    world_run_until(t.w, SIM_MS(10500));
    say_bytes(&t, phy, 20, 0, -6000);
    end(&t);
    assert_int_equal(run_n_lost(t.r, LOSS_SENSITIVITY), 1);
    run_free(t.r);
}

/* 1.0.4: any downlink ends the repetition, even of a confirmed uplink that it does not
 * acknowledge (4.3.1.3). 1.0.3 goes on. */
static void ends_repetition(void **state)
{
    (void)state;
    for (int version = 3; version <= 4; version++) {
        struct talk t;
        begin_with(&t,
                   (struct setup){.device = version == 3
                                                ? "data_rate: 5, version: 1.0.3, confirmed_tries: 4"
                                                : "data_rate: 5, version: 1.0.4, nb_trans: 4",
                                  .traffic = TRAFFIC ", confirmed: 100%"});
        say(&t, SIM_MS(10500), 0);
        end(&t);
        assert_int_equal(run_n_tx(t.r, "dev", 0), version == 3 ? 12 : 9);
        assert_int_equal(run_device(t.r, "dev", 0)->n_messages_delivered, 0);
        run_free(t.r);
    }
}

/* LinkADRReq to DR0 while 100 bytes are being repeated: they cannot be sent any more. */
static void too_long_to_repeat(void **state)
{
    (void)state;
    struct talk t;
    begin_with(&t, (struct setup){.device = "data_rate: 5, adr: true, version: 1.0.3",
                                  .traffic = "kind: periodic, period: 60s, phase: 10s, size: 100B, "
                                             "limit: 1, confirmed: 100%"});
    t.frame.fopts = (const uint8_t *)"\x03\x00\x07\x00\x01";
    t.frame.fopts_len = 5;
    say(&t, SIM_MS(10500), 0);
    end(&t);
    assert_int_equal(run_n_tx(t.r, "dev", 0), 1);
    assert_int_equal(run_device(t.r, "dev", 0)->dr, 0);
    run_free(t.r);
}

/* A device of each region gets commands at random, good and bad ones, and goes on. */
static void random_commands(const char *region)
{
    char radio[60];
    struct talk t = {0};
    struct setup s = {.run = "duration: 6h",
                      .radio = radio,
                      .device = "data_rate: 3, adr: true",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 5B"};
    snprintf(radio, sizeof radio, "region: %s, duty_cycle: false", region);
    t.r = run_begin(&s, &t.trace, &t.w);
    t.ring = keyring_open();
    keyring_id id = keyring_take(t.ring, t.r->session[0].nwkskey, t.r->session[0].appskey);
    struct rng g = rng_open(1, 1, RNG_TEST, 7);
    for (uint32_t n = 0; n < 350; n++) {
        uint8_t commands[40];
        for (size_t i = 0; i < sizeof commands; i++) { /* many small values: more is accepted */
            commands[i] = (uint8_t)(rng_below(&g, 2) ? rng_below(&g, 16) : rng_below(&g, 256));
            if (commands[i] == LW_DUTY_CYCLE) /* it may silence the device for days */
                commands[i] = LW_LINK_ADR;
        }
        commands[0] = (uint8_t)(n % 3 ? LW_LINK_ADR : LW_RX_PARAM_SETUP + rng_below(&g, 6));
        struct lw_frame f = {.mtype = LW_UNCONFIRMED_DOWN,
                             .devaddr = t.r->session[0].devaddr,
                             .fport = 0,
                             .payload = commands,
                             .payload_len = (uint8_t)(1 + rng_below(&g, sizeof commands))};
        world_run_until(t.w, SIM_S(10 + 60 * (int64_t)n) + 1);
        const struct row_tx *up = run_tx(t.r, "dev", 0, run_n_tx(t.r, "dev", 0) - 1);
        if (up->start_ns < SIM_S(10 + 60 * (int64_t)n))
            continue; /* silent at the moment: listen before talk, or a duty cycle */
        world_run_until(t.w, up->end_ns + SIM_MS(1));
        struct medium_tx *tx = medium_tx_take(t.w->medium);
        tx->start = tx->end = up->end_ns + SIM_MS(1);
        tx->kind = FRAME_DOWN;
        tx->len = (uint8_t)lw_frame_encode(&f, keyring_get(t.ring, id), n, tx->phy);
        devices_downlink(t.w->devices, tx, tx->device, LOSS_NONE);
        medium_tx_release(t.w->medium, tx);
    }
    world_finish(t.w); /* downlinks that nobody sent: no balance */
    world_close(t.w);
    keyring_close(t.ring);
    assert_true(run_n_tx(t.r, "dev", 0) > 50);
    assert_true(run_device(t.r, "dev", 0)->n_rx > 50);
    for (int i = 0; i < t.r->n_tx; i++)
        assert_true(t.r->tx[i].sf == 0 || t.r->tx[i].sf >= 7);
    run_free(t.r);
}

static void random_commands_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < region_count(); i++)
        random_commands(region_at(i)->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confirmed),
        cmocka_unit_test(pending),
        cmocka_unit_test(commands_on_port_0),
        cmocka_unit_test(many_answers),
        cmocka_unit_test(answers_at_slow_rate),
        cmocka_unit_test(counter),
        cmocka_unit_test(wrong),
        cmocka_unit_test(out_of_turn),
        cmocka_unit_test(weak),
        cmocka_unit_test(ends_repetition),
        cmocka_unit_test(too_long_to_repeat),
        cmocka_unit_test(random_commands_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
