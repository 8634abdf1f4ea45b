/* SPDX-License-Identifier: GPL-2.0-only
 * Pins joining: windows, keys, CFList, DevNonce of both versions, back-off, start. Left open:
 * a second join of the same device (devices never give up a session). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/join.h"
#include "tests/harness.h"

#define TRAFFIC "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 3"
#define APP_KEY "app_key: 000102030405060708090a0b0c0d0e0f"

static const uint8_t app_key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void rx1(void **state)
{
    (void)state;
    struct setup s = {.device = "activation: otaa, data_rate: 4, " APP_KEY, .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    const struct row_tx *accept = run_down(r, "dev", 0, 0);
    assert_int_equal(run_tx(r, "dev", 0, 0)->kind, FRAME_JOIN_REQUEST);
    assert_int_equal(run_tx(r, "dev", 0, 0)->start_ns, 0);
    assert_int_equal(accept->kind, FRAME_JOIN_ACCEPT);
    assert_int_equal(accept->size_bytes, 17);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(5));
    assert_int_equal(accept->dr, 4);
    assert_int_equal(accept->frequency_hz, run_tx(r, "dev", 0, 0)->frequency_hz);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_int_equal(d->n_join_requests, 1);
    assert_int_equal(d->joined_ns, accept->end_ns);
    assert_int_equal(d->n_messages, 3);
    assert_int_equal(d->n_messages_delivered, 3);
    assert_int_equal(d->n_tx, 4);
    assert_int_equal(run_tx(r, "dev", 0, 1)->start_ns, SIM_S(10));
    assert_int_equal(run_tx(r, "dev", 0, 1)->fcnt, 0);
    run_free(r);
}

static void rx2(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx2, rx2_data_rate: 3",
                      .device = "activation: otaa, data_rate: 5",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 3, "
                                 "confirmed: 100%"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(6));
    assert_int_equal(run_down(r, "dev", 0, 0)->frequency_hz, 869525000);
    assert_int_equal(run_down(r, "dev", 0, 0)->dr, 0);
    /* DLSettings of the join-accept: RX2 at DR3 from now on. */
    assert_int_equal(run_delay(r, 1, 1), SIM_S(2));
    assert_int_equal(run_down(r, "dev", 0, 1)->dr, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    run_free(r);
}

/* RxDelay and RX1DROffset come with the join-accept, RX2's frequency by RXParamSetupReq. */
static void settings(void **state)
{
    (void)state;
    struct setup s = {.server = "rx1_delay: 4s, rx1_dr_offset: 1, rx2_frequency: 869.5MHz",
                      .device = "activation: otaa, data_rate: 5",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_delay(r, 1, 1), SIM_S(4));
    assert_int_equal(run_down(r, "dev", 0, 1)->dr, 4);
    assert_string_equal(run_command(r, false, 0x05, 0)->hex, "10d8ac84");
    assert_string_equal(run_command(r, true, 0x05, 0)->hex, "07");
    assert_int_equal(run_n_commands(r, true, 0x05), 1);
    run_free(r);
}

/* Commands for a device that has yet to join wait for it, also when a join-accept gets lost; the
 * server's own one is not queued twice. */
static void commands_wait(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx1, rx2_frequency: 869.5MHz, mac_commands: [{at: 0s, "
                                "hex: \"06\"}]",
                      .device = "activation: otaa, data_rate: 5",
                      .traffic = TRAFFIC,
                      .faults = "{node: gw, from: 4s, to: 8s}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_join_requests, 2);
    assert_int_equal(run_n_planned(r, DL_GATEWAY_DOWN), 1);
    assert_int_equal(run_n_commands(r, true, 0x06), 1);
    assert_int_equal(run_n_commands(r, false, 0x05), 1);
    assert_int_equal(run_n_commands(r, true, 0x05), 1);
    run_free(r);
}

/* Keys made again from the bytes on the air fit the frames and their content. */
static void keys(void **state)
{
    (void)state;
    struct setup s = {.device = "activation: otaa, data_rate: 5, " APP_KEY, .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    struct lw_join_request q;
    struct lw_join_accept a;
    uint8_t nwkskey[16], appskey[16], plain[255];
    assert_int_equal(lw_join_request_parse(&q, r->frame[0].bytes, (size_t)r->frame[0].f.len), 0);
    assert_true(lw_join_request_mic_ok(&q, app_key, r->frame[0].bytes));
    assert_int_equal(lw_join_accept_open(&a, app_key, r->frame[1].bytes, (size_t)r->frame[1].f.len),
                     0);
    lw_join_keys(app_key, a.joinnonce, a.netid, q.devnonce, nwkskey, appskey);
    assert_int_equal(r->n_session, 1);
    assert_memory_equal(r->session[0].nwkskey, nwkskey, 16);
    assert_memory_equal(r->session[0].appskey, appskey, 16);
    assert_int_equal(r->session[0].devaddr, a.devaddr);
    struct keyring *ring = keyring_open();
    const struct lw_session_keys *k = keyring_get(ring, keyring_take(ring, nwkskey, appskey));
    for (int i = 0; i < 3; i++) {
        struct lw_frame f;
        const struct run_frame *b = &r->frame[2 + i];
        assert_int_equal(lw_frame_parse(&f, b->bytes, (size_t)b->f.len), 0);
        assert_int_equal(f.devaddr, a.devaddr);
        assert_true(lw_frame_mic_ok(&f, k, (uint32_t)i, b->bytes, (size_t)b->f.len));
        lw_frame_decrypt(&f, k, (uint32_t)i, plain);
        assert_int_equal(f.payload_len, 10);
        assert_int_equal(plain[0], i);
        assert_int_equal(plain[9], 9);
    }
    keyring_close(ring);
    run_free(r);
}

static void cflist(void **state)
{
    (void)state;
    struct setup s = {.network = "channels: [867.1MHz, 867.3MHz]",
                      .device = "activation: otaa, data_rate: 5",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 50"};
    struct run *r = run_setup(&s);
    int n[5] = {0};
    static const int64_t hz[5] = {868100000, 868300000, 868500000, 867100000, 867300000};
    assert_int_equal(run_down(r, "dev", 0, 0)->size_bytes, 33);
    for (int i = 1; i < run_n_tx(r, "dev", 0); i++)
        for (int c = 0; c < 5; c++)
            n[c] += run_tx(r, "dev", 0, i)->frequency_hz == hz[c];
    assert_int_equal(n[0] + n[1] + n[2] + n[3] + n[4], 50);
    for (int c = 0; c < 5; c++)
        assert_in_range(n[c], 2, 25);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 50);
    run_free(r);
}

/* US915: requests go over the eight groups until the gateway's is met, masks of CFList type 1 keep
 * the device there. */
static void cflist_masks(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: US915",
                      .network = "sub_band: 3",
                      .device = "activation: otaa, data_rate: 3",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 50"};
    struct run *r = run_setup(&s);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_int_equal(d->n_join_requests, 5); /* groups 1, 1, 2, 2, 3 */
    assert_int_equal(run_tx(r, "dev", 0, 0)->dr, 0);
    assert_int_equal(run_tx(r, "dev", 0, 1)->dr, 4);
    assert_int_equal(run_n_lost(r, LOSS_CHANNEL), 4);
    for (int i = 5; i < run_n_tx(r, "dev", 0); i++)
        assert_in_range(run_tx(r, "dev", 0, i)->frequency_hz, 902300000 + 16 * 200000,
                        902300000 + 23 * 200000);
    assert_int_equal(d->n_messages_delivered + d->n_messages_dropped, 50);
    run_free(r);
}

static void nonces(const char *device, bool counter)
{
    struct setup s = {.run = "duration: 30min",
                      .device = device,
                      .traffic = TRAFFIC,
                      .faults = "{node: gw, from: 0s, to: 10min}"};
    struct run *r = run_setup(&s);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_true(d->n_join_requests > 20);
    assert_int_equal(run_n_lost(r, LOSS_GATEWAY_DOWN), d->n_join_requests - 1);
    assert_true(d->joined_ns > SIM_S(600) && d->joined_ns < SIM_S(630));
    int n_next = 0;
    for (int i = 0; i < d->n_join_requests; i++) {
        int64_t nonce = run_tx(r, "dev", 0, i)->fcnt;
        if (counter)
            assert_int_equal(nonce, i);
        n_next += i > 0 && nonce == run_tx(r, "dev", 0, i - 1)->fcnt + 1;
    }
    assert_true(counter || n_next < 3);
    run_free(r);
}

static void devnonce_1_0_4(void **state)
{
    (void)state;
    nonces("activation: otaa, data_rate: 5, version: 1.0.4", true);
}

static void devnonce_1_0_3(void **state)
{
    (void)state;
    nonces("activation: otaa, data_rate: 5, version: 1.0.3", false);
}

/* Data rates in turn, from the fastest, when the scenario does not say one. */
static void rates_in_turn(void **state)
{
    (void)state;
    struct setup s = {
        .run = "duration: 30min", .device = "activation: otaa", .faults = "{node: gw, from: 0s}"};
    struct run *r = run_setup(&s);
    for (int i = 0; i < 8; i++)
        assert_int_equal(run_tx(r, "dev", 0, i)->dr, 5 - i % 6);
    run_free(r);
}

/* SF12: 1.482752 s a request; 36 s in the first hour, 36 s in the next ten, 8.7 s a day. */
static void back_off(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 59h",
                      .device = "activation: otaa, data_rate: 0, start: 10s",
                      .traffic = TRAFFIC,
                      .faults = "{node: gw, from: 0s}"};
    struct run *r = run_setup(&s);
    int n[4] = {0};
    for (int i = 0; i < run_n_tx(r, "dev", 0); i++) {
        sim_time t = run_tx(r, "dev", 0, i)->start_ns - SIM_S(10);
        n[t < SIM_S(3600) ? 0 : t < SIM_S(11 * 3600) ? 1 : t < SIM_S(35 * 3600) ? 2 : 3]++;
    }
    static const int at_most[4] = {24, 24, 5, 5};
    for (int i = 0; i < 4; i++)
        assert_in_range(n[i], at_most[i] - (i < 2 ? 8 : 3), at_most[i]);
    assert_int_equal(run_device(r, "dev", 0)->joined_ns, ROW_NULL);
    assert_int_equal(run_device(r, "dev", 0)->devaddr, ROW_NULL);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_dropped, 3);
    run_free(r);
}

static void start(void **state)
{
    (void)state;
    struct setup s = {.device = "count: 30, activation: otaa, data_rate: 5, start: \"uniform(10s, "
                                "100s)\"",
                      .device_points = "{x: 1m, y: 0m}, {x: 2m, y: 0m}, {x: 3m, y: 0m}"};
    struct run *r = run_try(&s);
    assert_non_null(strstr(r->error, "points"));
    run_free(r);
    s.device = "count: 3, activation: otaa, data_rate: 5, start: \"uniform(10s, 100s)\"";
    r = run_setup(&s);
    for (uint32_t i = 0; i < 3; i++)
        assert_in_range(run_tx(r, "dev", i, 0)->start_ns, SIM_S(10), SIM_S(100));
    assert_int_not_equal(run_tx(r, "dev", 0, 0)->start_ns, run_tx(r, "dev", 1, 0)->start_ns);
    run_free(r);
}

/* A device far from the gateway of its network is heard by another's, which does not know it. */
static void foreign(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1min",
                      .device = "activation: otaa, data_rate: 5, network: net",
                      .gateway_points = "{x: 90km, y: 0m}",
                      .more_networks =
                          "{name: other, gateways: [{name: og, placement: {kind: list, "
                          "points: [{x: 0m, y: 0m}]}}]}"};
    struct run *r = run_setup(&s);
    int n = run_n_tx(r, "dev", 0);
    assert_true(n > 1);
    assert_int_equal(run_n_lost(r, LOSS_NO_LINK), n);
    assert_int_equal(r->n_rx, n);
    assert_int_equal(r->n_downlink, 0);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rx1),
        cmocka_unit_test(rx2),
        cmocka_unit_test(settings),
        cmocka_unit_test(commands_wait),
        cmocka_unit_test(keys),
        cmocka_unit_test(cflist),
        cmocka_unit_test(cflist_masks),
        cmocka_unit_test(devnonce_1_0_4),
        cmocka_unit_test(devnonce_1_0_3),
        cmocka_unit_test(rates_in_turn),
        cmocka_unit_test(back_off),
        cmocka_unit_test(start),
        cmocka_unit_test(foreign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
