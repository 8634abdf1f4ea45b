/* SPDX-License-Identifier: GPL-2.0-only
 * Pins provisioned multicast groups: the schedules to the nanosecond, which gateways send, the
 * duty cycle, what members hear and what their own uplinks cost them, counters and keys, and that a
 * frame opened once counts for every member as if each had opened it. The energy of a session.
 * Left open: sessions that are set up over the air. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "models/lorawan/mckeys.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

#define THREE      "{x: 1m, y: 0m}, {x: 2m, y: 0m}, {x: 3m, y: 0m}"
#define GAP        SIM_MS(5)
#define TWO        "count: 2"
#define TWO_POINTS "{x: 0m, y: 0m}, {x: 0m, y: 10m}"
#define GROUP      "{name: fleet, members: [{devices: dev}], data_rate: 5, "
#define SESSION    "session: {start: 60s, timeout: 8}, "

static struct run *group_run(struct setup s, const char *group)
{
    s.multicast = group;
    if (!s.run)
        s.run = "duration: 10min";
    if (!s.gateway) {
        s.gateway = TWO;
        s.gateway_points = TWO_POINTS;
    }
    return run_setup(&s);
}

/* Listening at 11.5 mA and 0.86 uA, 3.3 V. */
static int64_t rx_uj(sim_time t)
{
    return (t / 1000 * 1150086 * 33 + 500000000) / 1000000000;
}

/* The n-th copy of a multicast frame on the air. */
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
    for (int i = 0; i < r->n_tx; i++)
        n += r->tx[i].kind == FRAME_MULTICAST_DOWN;
    return n;
}

static void is_copy(const struct run *r, int n, uint32_t gateway, int64_t fcnt, sim_time start)
{
    const struct row_tx *c = copy(r, n);
    assert_non_null(c);
    assert_int_equal(c->node, entity_make("gw", gateway));
    assert_int_equal(c->fcnt, fcnt);
    assert_int_equal(c->start_ns, start);
    assert_int_equal(c->frequency_hz, 869525000);
}

static int64_t sum_sent(const struct run *r, bool received)
{
    int64_t n = 0;
    for (int i = 0; i < r->n_traffic; i++)
        if (r->traffic[i].kind == FRAME_MULTICAST_DOWN)
            n += received ? r->traffic[i].n_received : r->traffic[i].n_sent;
    return n;
}

static void staggered(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){.device = "count: 1"}, GROUP SESSION
                              "gateways: all, traffic: {count: 3, period: 4s, repeats: 2}}");
    sim_time air = copy(r, 0)->end_ns - copy(r, 0)->start_ns;
    assert_int_equal(n_copies(r), 12);
    for (int f = 0; f < 3; f++)
        for (int k = 0; k < 4; k++)
            is_copy(r, 4 * f + k, (uint32_t)k % 2, f, SIM_S(62 + 4 * f) + k * (air + GAP));
    assert_int_equal(sum_sent(r, false), 3);
    assert_int_equal(sum_sent(r, true), 3);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 3);
    assert_int_equal(run_n_planned(r, DL_SENT), 12);
    run_free(r);
}

static void simultaneous(void **state)
{
    (void)state;
    struct run *r =
        group_run((struct setup){0}, GROUP SESSION
                  "gateways: all, schedule: simultaneous, traffic: {count: 3, period: 4s}}");
    assert_int_equal(n_copies(r), 6);
    for (int f = 0; f < 3; f++)
        for (int k = 0; k < 2; k++)
            assert_int_equal(copy(r, 2 * f + k)->start_ns, SIM_S(62 + 4 * f));
    assert_int_equal(sum_sent(r, false), 3);
    run_free(r);
}

static void one_by_one(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){0}, GROUP SESSION
                              "gateways: all, schedule: one_by_one, traffic: {count: 3, period: "
                              "4s, repeats: 2}}");
    sim_time air = copy(r, 0)->end_ns - copy(r, 0)->start_ns;
    assert_int_equal(n_copies(r), 12);
    for (int k = 0; k < 12; k++)
        is_copy(r, k, (uint32_t)k / 6, k / 2 % 3, SIM_S(62 + 4 * (k / 2)) + k % 2 * (air + GAP));
    assert_int_equal(sum_sent(r, true), 3);
    run_free(r);
}

/* Nothing before start and margin, nothing behind the close; frames that were not sent do not
 * count. */
static void in_the_session(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){0},
                              GROUP "session: {start: 60s, timeout: 4, margin: 3s}, traffic: "
                                    "{count: 1000, period: 0s}}");
    const struct row_tx *last = copy(r, n_copies(r) - 1);
    sim_time air = last->end_ns - last->start_ns;
    assert_int_equal(copy(r, 0)->start_ns, SIM_S(63));
    assert_int_equal(n_copies(r), (SIM_S(13) + GAP) / (air + GAP));
    assert_true(last->end_ns <= SIM_S(76) && last->end_ns + GAP + air > SIM_S(76));
    assert_int_equal(sum_sent(r, true), n_copies(r));
    run_free(r);
}

/* A cover of two sites; everyone who can be heard; those who are listed. */
static void gateways(void **state)
{
    (void)state;
    struct setup s = {.gateway = "count: 4",
                      .gateway_points = "{x: 0m, y: 0m}, {x: 0m, y: 10m}, {x: 300km, y: 0m}, "
                                        "{x: 300km, y: 10m}",
                      .device = "count: 4",
                      .device_points = "{x: 100m, y: 0m}, {x: 100m, y: 9m}, {x: 300.1km, y: 0m}, "
                                       "{x: 600km, y: 0m}"};
    struct run *r = group_run(s, GROUP SESSION "traffic: {count: 5}}");
    assert_int_equal(n_copies(r), 10);
    assert_int_equal(copy(r, 0)->node, entity_make("gw", 0));
    assert_int_equal(copy(r, 1)->node, entity_make("gw", 2));
    assert_int_equal(sum_sent(r, false), 20);
    assert_int_equal(sum_sent(r, true), 15);
    assert_int_equal(run_n_lost(r, LOSS_NO_LINK), 5);
    run_free(r);
    r = group_run(s, GROUP SESSION "gateways: all, traffic: {count: 5}}");
    assert_int_equal(n_copies(r), 20);
    run_free(r);
    r = group_run(s, GROUP SESSION "gateway_list: [{gateway: gw/1}], traffic: {count: 5}}");
    assert_int_equal(n_copies(r), 5);
    assert_int_equal(copy(r, 0)->node, entity_make("gw", 1));
    assert_int_equal(sum_sent(r, true), 10);
    assert_int_equal(run_n_lost(r, LOSS_NO_LINK), 10);
    run_free(r);
}

/* The 10 % of the band: silence of nine air times behind each frame, or 360 s in any hour. */
static void duty_cycle(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: EU868, duty_rule: toff", .gateway = "count: 1"};
    struct run *r = group_run(s, GROUP SESSION "traffic: {count: 20, period: 0s, size: 100B}}");
    sim_time air = copy(r, 0)->end_ns - copy(r, 0)->start_ns;
    assert_int_equal(n_copies(r), 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(copy(r, i)->start_ns, SIM_S(62) + i * 10 * air);
    run_free(r);
    s.radio = "region: EU868, duty_rule: sliding_hour";
    s.run = "duration: 2h";
    r = group_run(s, "{name: fleet, members: [{devices: dev}], data_rate: 0, session: {start: 60s, "
                     "timeout: 13}, traffic: {count: 1000, period: 0s, size: 51B}}");
    air = copy(r, 0)->end_ns - copy(r, 0)->start_ns;
    int n = (int)(SIM_S(360) / air);
    assert_true(copy(r, n - 1)->end_ns < SIM_S(62) + n * (air + GAP));
    assert_true(copy(r, n)->start_ns >= copy(r, 0)->start_ns + SIM_S(3600) - air);
    for (int i = 0; i < r->n_duty; i++)
        assert_true(r->duty[i].max_hour_ns <= SIM_S(360));
    run_free(r);
}

/* McFCnt begins where the group says and may cross 65,536. */
static void counters(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){.device = "count: 3", .device_points = THREE},
                              GROUP SESSION "min_mc_fcnt: 65530, traffic: {count: 10}}");
    for (int i = 0; i < 10; i++)
        assert_int_equal(copy(r, i)->fcnt, 65530 + i);
    assert_int_equal(sum_sent(r, true), 30);
    run_free(r);
}

/* An uplink in the session costs the frames that meet the transmission, RX1 or RX2, no others. */
static void own_uplinks(void **state)
{
    (void)state;
    struct run *r = group_run(
        (struct setup){.gateway = "count: 1",
                       .server = "rx2_data_rate: 5",
                       .device = "data_rate: 5, max_rx_error: 0ms, min_rx_symbols: 8",
                       .traffic = "kind: periodic, period: 1h, phase: 70s, size: 10B, limit: 1"},
        GROUP SESSION "traffic: {count: 500, period: 0s, size: 1B}}");
    const struct row_tx *up = run_tx(r, "dev", 0, 0);
    sim_time sym = SIM_US(1024), len = 8 * sym;
    int lost_tx = 0, lost_window = 0;
    for (int i = 0; i < n_copies(r); i++) {
        sim_time from = copy(r, i)->start_ns, to = copy(r, i)->end_ns;
        if (to > up->start_ns && from + 3 * sym < up->end_ns)
            lost_tx++;
        for (int w = 1; w <= 2; w++) {
            sim_time open = up->end_ns + SIM_S(w) + 4 * sym - len / 2;
            lost_window += to > open && from + 3 * sym < open + len;
        }
    }
    assert_in_range(lost_tx, 2, 3);
    assert_in_range(lost_window, 2, 4);
    assert_int_equal(run_n_lost(r, LOSS_DEVICE_TX), lost_tx);
    assert_int_equal(run_n_lost(r, LOSS_WINDOW), lost_window);
    assert_int_equal(sum_sent(r, true), n_copies(r) - lost_tx - lost_window);
    run_free(r);
}

/* An acknowledgement in RX1 interrupts RXC, and leaves RX2 shut. */
static void acknowledged_uplink(void **state)
{
    (void)state;
    struct run *r = group_run(
        (struct setup){.gateway = TWO,
                       .gateway_points = TWO_POINTS,
                       .device = "data_rate: 5",
                       .traffic = "kind: periodic, period: 1h, phase: 70s, size: 10B, limit: 1, "
                                  "confirmed: 100%"},
        GROUP SESSION "gateway_list: [{gateway: gw/1}], traffic: {count: 500, period: 0s, size: "
                      "1B}}");
    const struct row_tx *up = run_tx(r, "dev", 0, 0), *ack = run_down(r, "dev", 0, 0);
    int lost = 0;
    for (int i = 0; i < n_copies(r); i++) {
        sim_time from = copy(r, i)->start_ns, to = copy(r, i)->end_ns;
        lost += to > up->start_ns && from + SIM_US(3072) < up->end_ns;
        lost += to > up->end_ns + SIM_S(1) && from < ack->end_ns;
    }
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 1);
    assert_int_equal(run_n_tx(r, "dev", 0), 1);
    assert_int_equal(sum_sent(r, true), n_copies(r) - lost);
    run_free(r);
}

/* In a session RXC is the group's: a class C device does not hear its own server there. */
static void unicast_in_a_session(void **state)
{
    (void)state;
    struct run *r = group_run(
        (struct setup){.device = "class: C, data_rate: 5, downlink: {kind: periodic, period: 100s, "
                                 "phase: 100s, size: 5B, limit: 4}",
                       .traffic = "kind: periodic, period: 1h, phase: 10s, size: 10B, limit: 1"},
        "{name: fleet, members: [{devices: dev}], data_rate: 5, session: {start: 60s, timeout: 8}, "
        "traffic: {count: 5}}");
    assert_int_equal(run_n_lost(r, LOSS_WINDOW), 3); /* at 100, 200 and 300 s of 60 to 316 */
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 5);
    run_free(r);
}

/* Of two sessions on different channels the radio keeps to the one that opened first. */
static void two_sessions(void **state)
{
    (void)state;
    struct run *r = group_run(
        (struct setup){.gateway = TWO, .gateway_points = TWO_POINTS},
        "{name: first, members: [{devices: dev}], data_rate: 5, session: {start: 60s, timeout: 6}, "
        "gateway_list: [{gateway: gw/0}], traffic: {count: 10, period: 10s}},"
        "{name: second, members: [{devices: dev}], data_rate: 4, session: {start: 90s, timeout: "
        "7}, gateway_list: [{gateway: gw/1}], traffic: {count: 10, period: 10s}}");
    /* The first: 62, 72 .. 122 (closes at 124). The second: 92 .. 182; 92 .. 122 unheard. */
    assert_int_equal(n_copies(r), 17);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 13);
    assert_int_equal(run_n_lost(r, LOSS_WINDOW), 4);
    assert_int_equal(run_device(r, "dev", 0)->rx_energy_uj, rx_uj(SIM_S(218 - 60)));
    run_free(r);
}

/* Listening for 256 s, less a transmission; its class A windows are part of that time. A device
 * that is switched on late listens from then on. */
static void energy(void **state)
{
    (void)state;
    const char *group = GROUP SESSION "traffic: {count: 3}}";
    struct run *r = group_run((struct setup){0}, group);
    assert_int_equal(run_device(r, "dev", 0)->rx_energy_uj, rx_uj(SIM_S(256)));
    run_free(r);
    r = group_run((struct setup){.device = "start: 116s"}, group);
    assert_int_equal(run_device(r, "dev", 0)->rx_energy_uj, rx_uj(SIM_S(200)));
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 0);
    run_free(r);
    r = group_run(
        (struct setup){.device = "data_rate: 5",
                       .traffic = "kind: periodic, period: 1h, phase: 100s, size: 10B, limit: 1"},
        group);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_in_range(d->rx_energy_uj, rx_uj(SIM_S(256) - d->airtime_ns) - 1,
                    rx_uj(SIM_S(256) - d->airtime_ns) + 1); /* two states, each rounded */
    run_free(r);
}

/* A failed gateway's copies are missing; a frame counts as soon as one copy was sent. */
static void failed_gateway(void **state)
{
    (void)state;
    struct setup s = {.faults = "{node: gw/0, from: 65s, to: 75s}"};
    struct run *r = group_run(s, GROUP SESSION "gateways: all, traffic: {count: 5, period: 5s}}");
    assert_int_equal(run_n_planned(r, DL_GATEWAY_DOWN), 2);
    assert_int_equal(n_copies(r), 8);
    assert_int_equal(sum_sent(r, true), 5);
    run_free(r);
    r = group_run(s, GROUP SESSION "gateway_list: [{gateway: gw/0}], traffic: {count: 5, period: "
                                   "5s}}");
    assert_int_equal(n_copies(r), 3);
    assert_int_equal(sum_sent(r, false), 3);
    run_free(r);
    s.faults = "{node: gw/0, from: 67050ms, to: 75s}"; /* in the middle of a frame */
    r = group_run(s, GROUP SESSION "gateway_list: [{gateway: gw/0}], traffic: {count: 5, period: "
                                   "5s, size: 100B}}");
    assert_int_equal(run_n_lost(r, LOSS_GATEWAY_DOWN), 1);
    assert_int_equal(sum_sent(r, false), 4);
    run_free(r);
}

/* The run ends in the middle of a frame, or between two copies. */
static void end_of_the_run(void **state)
{
    (void)state;
    struct run *r = group_run((struct setup){.run = "duration: 62050ms"},
                              GROUP SESSION "traffic: {count: 5, size: 100B}}");
    assert_int_equal(sum_sent(r, false), 1);
    assert_int_equal(run_n_lost(r, LOSS_ENDED), 1);
    run_free(r);
    r = group_run((struct setup){.run = "duration: 62300ms"},
                  GROUP SESSION "gateways: all, traffic: {count: 5, size: 100B}}");
    assert_int_equal(sum_sent(r, true), 1);
    run_free(r);
    r = group_run((struct setup){.run = "duration: 30s"}, GROUP SESSION "traffic: {count: 5}}");
    assert_int_equal(n_copies(r), 0);
    run_free(r);
    r = group_run((struct setup){0}, GROUP SESSION "traffic: {count: 0}}");
    assert_int_equal(n_copies(r), 0);
    run_free(r);
}

/* Four groups a device, each with its own key and counter. */
static void four_groups(void **state)
{
    (void)state;
#define NTH(n)                                                                                     \
    "{name: g" n ", members: [{devices: dev}], data_rate: 5, session: {start: " n                  \
    "00s, timeout: 6}, traffic: {count: 5}}"
    struct run *r = group_run((struct setup){0}, NTH("1") "," NTH("2") "," NTH("3") "," NTH("4"));
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 20);
    run_free(r);
    struct setup s = {.multicast = NTH("1") "," NTH("2") "," NTH("3") "," NTH("4") "," NTH("5")};
    r = run_try(&s);
    assert_non_null(strstr(r->error, "at most 4 groups a device"));
    run_free(r);
}

/* Bytes for devices_multicast. */
struct bench {
    struct world *w;
    struct trace trace;
    struct run *r;
    struct keyring *ring;
    keyring_id good, bad;
    struct lw_frame frame; /* what give sends next */
};

static void open_bench(struct bench *b)
{
    struct setup s = {.device = "count: 8",
                      .device_points = "{x: 1m, y: 0m}, {x: 2m, y: 0m}, {x: 3m, y: 0m}, {x: 4m, y: "
                                       "0m}, {x: 5m, y: 0m}, {x: 6m, y: 0m}, {x: 7m, y: 0m}, {x: "
                                       "8m, y: 0m}",
                      .multicast = GROUP "mc_addr: \"260fff01\", mc_key: "
                                         "\"000102030405060708090a0b0c0d0e0f\", min_mc_fcnt: 100, "
                                         "max_mc_fcnt: 70000, traffic: {count: 0}}"};
    memset(b, 0, sizeof *b);
    b->r = run_begin(&s, &b->trace, &b->w);
    b->ring = keyring_open();
    uint8_t key[16], nwk[16], app[16];
    for (int i = 0; i < 16; i++)
        key[i] = (uint8_t)i;
    mckeys_session(key, 0x260fff01, nwk, app);
    b->good = keyring_take(b->ring, nwk, app);
    b->bad = keyring_take(b->ring, app, nwk);
    b->frame = (struct lw_frame){.mtype = LW_UNCONFIRMED_DOWN,
                                 .devaddr = 0x260fff01,
                                 .fport = 10,
                                 .payload = (const uint8_t *)"abc",
                                 .payload_len = 3};
}

static void close_bench(struct bench *b)
{
    run_end(b->w);
    keyring_close(b->ring);
    run_free(b->r);
}

static int give(struct bench *b, uint32_t device, uint32_t fcnt, bool good,
                struct device_mc_opened *memo)
{
    struct medium_tx tx = {0};
    struct lw_frame parsed;
    struct device_mc_opened own = {0};
    tx.len = (uint8_t)lw_frame_encode(&b->frame, keyring_get(b->ring, good ? b->good : b->bad),
                                      fcnt, tx.phy);
    assert_int_equal(lw_frame_parse(&parsed, tx.phy, tx.len), 0);
    return devices_multicast(b->w->devices, device, &tx, &parsed, memo ? memo : &own);
}

static void dropped(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b);
    assert_int_equal(give(&b, 0, 100, false, NULL), LOSS_MIC);
    assert_int_equal(give(&b, 0, 99, true, NULL), LOSS_REPLAY);
    assert_int_equal(give(&b, 0, 100, true, NULL), LOSS_NONE);
    assert_int_equal(give(&b, 0, 100, true, NULL), LOSS_REPLAY);
    assert_int_equal(give(&b, 0, 200, true, NULL), LOSS_NONE);
    assert_int_equal(give(&b, 0, 150, true, NULL), LOSS_REPLAY);
    assert_int_equal(give(&b, 0, 65500, true, NULL), LOSS_NONE);
    assert_int_equal(give(&b, 0, 65537, true, NULL), LOSS_NONE);
    assert_int_equal(give(&b, 0, 69999, true, NULL), LOSS_NONE);
    assert_int_equal(give(&b, 0, 70000, true, NULL), LOSS_REPLAY);
    struct lw_frame good = b.frame;
    b.frame.devaddr++;
    assert_int_equal(give(&b, 1, 100, true, NULL), LOSS_UNKNOWN_DEVICE);
    b.frame = good;
    b.frame.fport = 0;
    assert_int_equal(give(&b, 1, 100, true, NULL), LOSS_MALFORMED);
    b.frame = good;
    b.frame.mtype = LW_CONFIRMED_DOWN;
    assert_int_equal(give(&b, 1, 100, true, NULL), LOSS_MALFORMED);
    b.frame = good;
    b.frame.ack = true;
    assert_int_equal(give(&b, 1, 100, true, NULL), LOSS_MALFORMED);
    b.frame = good;
    b.frame.fopts = (const uint8_t[]){6};
    b.frame.fopts_len = 1;
    assert_int_equal(give(&b, 1, 100, true, NULL), LOSS_MALFORMED);
    b.frame = good;
    assert_int_equal(give(&b, 1, 100, true, NULL), LOSS_NONE);
    assert_int_equal(b.w->devices->d[0].n_multicast, 5);
    assert_int_equal(b.w->devices->d[1].n_multicast, 1);
    close_bench(&b);
}

/* Frames that one member has opened for all give what opening them per member gives: members with
 * any counters, frames with any counter and key. */
static void opened_once(void **state)
{
    (void)state;
    struct bench once, each;
    open_bench(&once);
    open_bench(&each);
    uint64_t x = 1;
    int n[N_LOSS] = {0};
    for (int f = 0; f < 4000; f++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t fcnt = 100 + (uint32_t)((x >> 33) % 30) * (x >> 63 ? 1 : 2300) + (uint32_t)f / 80;
        bool good = (x >> 40) % 8 != 0;
        struct device_mc_opened memo = {0};
        for (uint32_t d = 0; d < 8; d++) {
            if ((x >> (42 + d)) & 1)
                continue; /* did not hear it */
            int a = give(&once, d, fcnt, good, &memo), b = give(&each, d, fcnt, good, NULL);
            assert_int_equal(a, b);
            n[a]++;
        }
        if (f % 100 == 0)
            for (uint32_t d = 0; d < 8; d++) /* begin again */
                once.w->devices->d[d].c->mc[0].fcnt = each.w->devices->d[d].c->mc[0].fcnt =
                    100 + d * (uint32_t)f;
    }
    assert_true(n[LOSS_NONE] > 500 && n[LOSS_MIC] > 500 && n[LOSS_REPLAY] > 500);
    for (uint32_t d = 0; d < 8; d++) {
        assert_int_equal(once.w->devices->d[d].n_multicast, each.w->devices->d[d].n_multicast);
        assert_int_equal(once.w->devices->d[d].c->mc[0].fcnt, each.w->devices->d[d].c->mc[0].fcnt);
    }
    close_bench(&once);
    close_bench(&each);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(staggered),
        cmocka_unit_test(simultaneous),
        cmocka_unit_test(one_by_one),
        cmocka_unit_test(in_the_session),
        cmocka_unit_test(gateways),
        cmocka_unit_test(duty_cycle),
        cmocka_unit_test(counters),
        cmocka_unit_test(own_uplinks),
        cmocka_unit_test(acknowledged_uplink),
        cmocka_unit_test(unicast_in_a_session),
        cmocka_unit_test(two_sessions),
        cmocka_unit_test(energy),
        cmocka_unit_test(failed_gateway),
        cmocka_unit_test(end_of_the_run),
        cmocka_unit_test(four_groups),
        cmocka_unit_test(dropped),
        cmocka_unit_test(opened_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
