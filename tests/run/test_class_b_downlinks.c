/* SPDX-License-Identifier: GPL-2.0-only
 * Pins class B from the application to the device and back, with perfect clocks: all that is sent
 * in ping slots is heard, after a wait that fits the periodicity; acknowledgements and commands;
 * ping slots that the network moves; groups of class B members, slots that collide; what happens
 * when the beacons stop. Left open: clocks that drift, and how beacons are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "models/lorawan/crypto.h"
#include "models/lorawan/maccmd.h"
#include "models/lorawan/pingslot.h"
#include "models/radio/medium.h"
#include "tests/harness.h"

#define FIVE     "{x: 1m, y: 0m}, {x: 2m, y: 0m}, {x: 3m, y: 0m}, {x: 4m, y: 0m}, {x: 5m, y: 0m}"
#define RARELY   "kind: periodic, period: 3h, size: 8B"
#define CLASS_B  "class: B, data_rate: 5, "
#define NETWORK  "beacons: net_id"
#define PERIODIC "downlink: {kind: periodic, period: 60s, phase: 20min, size: 10B, "

/* Rows of downlinks in a window that were sent; sum and maximum of the application's wait. */
struct waits {
    int n;
    sim_time sum, max;
};

static struct waits waits_in(const struct run *r, int window, sim_time from, sim_time to)
{
    struct waits w = {0};
    for (int i = 0; i < r->n_downlink; i++) {
        const struct row_downlink *d = &r->downlink[i];
        if (d->result != DL_SENT || d->window != window || d->made_ns == ROW_NULL ||
            d->planned_start_ns < from || d->planned_start_ns >= to)
            continue;
        sim_time wait = d->planned_start_ns - d->made_ns;
        w.n++;
        w.sum += wait;
        w.max = wait > w.max ? wait : w.max;
    }
    return w;
}

static struct waits waits_of(const struct run *r, int window)
{
    return waits_in(r, window, 0, SIM_NEVER);
}

/* Was the receiver's own uplink, which its gateway missed, less than 3 s before? */
static bool near_uplink(const struct run *r, const struct row_tx *down, int64_t receiver)
{
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].node == receiver && r->tx[i].start_ns < down->start_ns &&
            r->tx[i].end_ns > down->start_ns - SIM_S(3))
            return true;
    return false;
}

/* Downlinks that met no window, apart from those. */
static int n_missed(const struct run *r)
{
    int n = 0;
    for (int i = 0; i < r->n_loss; i++) {
        const struct row_loss *l = &r->loss[i];
        for (int k = 0; l->final && l->reason == LOSS_WINDOW && k < r->n_tx; k++)
            n += r->tx[k].node == l->node && r->tx[k].seq == l->seq &&
                 r->tx[k].kind != FRAME_BEACON && !near_uplink(r, &r->tx[k], l->receiver);
    }
    return n;
}

/* One device: every message is heard; it waits for half the distance of two slots on average (and
 * for beacon and guard, 5.12 s). */
static void waiting(void **state)
{
    (void)state;
    for (int p = 0; p <= 7; p++) {
        char device[200];
        snprintf(device, sizeof device,
                 CLASS_B "class_b: {periodicity: %d}, " PERIODIC "jitter: 60s, limit: 400}", p);
        struct setup s = {
            .run = "duration: 8h", .network = NETWORK, .device = device, .traffic = RARELY};
        struct run *r = run_setup(&s);
        struct waits w = waits_of(r, MEDIUM_PING);
        sim_time period = SIM_MS(960) << p;
        assert_int_equal(n_missed(r), 0);
        if (p < 6) { /* two slots a minute: nothing queues up */
            assert_int_equal(w.n + waits_of(r, MEDIUM_RX1).n, 400); /* uplinks may take some */
            assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 400);
            assert_in_range(w.sum / w.n, period * 4 / 10, period * 65 / 100 + SIM_MS(400));
            assert_true(w.max <= 2 * period + SIM_MS(5120) + SIM_S(2)); /* one may be before it */
        } else {
            assert_true(run_device(r, "dev", 0)->n_downlinks_delivered > 340);
        }
        run_free(r);
    }
}

/* Ninety-five of them on one gateway, several periodicities, all told something at one instant:
 * what is lost is lost to a device's own uplink, and to its RX1 and RX2 when the gateway missed it.
 */
static void many(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 3h",
                      .network = NETWORK,
                      .device_points = FIVE,
                      .radio = "duty_cycle: false",
                      .device =
                          "count: 5, " CLASS_B "class_b: {periodicity: 0}, " PERIODIC "limit: 60}",
                      .traffic = RARELY,
#define GROUP(p)                                                                                   \
    "{name: g" #p ", count: 30, class: B, data_rate: 5, class_b: {periodicity: " #p                \
    "}, placement: {kind: disc, radius: 300m}, traffic: {" RARELY "}, " PERIODIC "limit: 60}}"
                      .more_devices = GROUP(1) ", " GROUP(3) ", " GROUP(5)};
    struct run *r = run_setup(&s);
    int64_t made = 0;
    int n_out = 0; /* their requests were lost again and again: not in class B yet */
    for (int i = 0; i < r->n_device; i++) {
        made += r->device[i].n_downlinks;
        n_out += r->device[i].n_downlinks_delivered == 0;
        assert_true(r->device[i].n_downlinks_delivered == 0 ||
                    r->device[i].n_downlinks_delivered > 56);
    }
    assert_true(n_out < 3);
    assert_int_equal(made, 95 * 60);
    assert_int_equal(n_missed(r), 0);
    run_free(r);
}

/* Acknowledged in the uplink that the device sends for it; nothing is repeated. */
static void confirmed(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 2h",
                      .network = NETWORK,
                      .device = CLASS_B "class_b: {periodicity: 2}, " PERIODIC
                                        "limit: 20, confirmed: 100%}",
                      .traffic = RARELY};
    struct run *r = run_setup(&s);
    assert_int_equal(waits_of(r, MEDIUM_PING).n, 20);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 20);
    for (int i = 0; i < r->n_downlink; i++) {
        const struct row_downlink *d = &r->downlink[i];
        int n = 0;
        for (int k = 0; d->window == MEDIUM_PING && k < r->n_tx; k++)
            n += r->tx[k].node == entity_make("dev", 0) &&
                 r->tx[k].start_ns > d->planned_start_ns &&
                 r->tx[k].start_ns < d->planned_start_ns + SIM_S(4) &&
                 run_frame_at(r, true, r->tx[k].start_ns).ack;
        assert_true(d->window != MEDIUM_PING || n == 1);
    }
    run_free(r);
}

/* DevStatusReq in a ping slot; the answer comes with the next uplink. */
static void commands(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 3h",
                      .network = NETWORK,
                      .server = "mac_commands: [{at: 30min, hex: \"06\"}]",
                      .device = CLASS_B "class_b: {periodicity: 3}",
                      .traffic = "kind: periodic, period: 1h, phase: 50min, size: 8B"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, LW_DEV_STATUS), 1);
    assert_in_range(run_command(r, false, LW_DEV_STATUS, 0)->row.at_ns, SIM_S(1800), SIM_S(1820));
    assert_int_equal(run_n_commands(r, true, LW_DEV_STATUS), 1);
    for (int i = 0; i < 3; i++) {
        struct lw_frame f = run_frame_at(r, true, SIM_S(3000 + 3600 * i));
        assert_int_equal(f.fopts_len, i == 0 ? 3 : 0);
    }
    run_free(r);
}

/* The network's own ping slots, in regions that hop and that do not: used once acknowledged, and
 * heard. */
static void moved(void **state)
{
    (void)state;
    const char *radio[] = {"region: EU868", "region: US915"};
    const char *server[] = {"ping_slot_frequency: 869.6MHz, ping_slot_data_rate: 5",
                            "ping_slot_frequency: 924.5MHz, ping_slot_data_rate: 12"};
    const int64_t hz[] = {869600000, 924500000}, dr[] = {5, 12};
    for (int k = 0; k < 2; k++) {
        struct setup s = {.run = "duration: 2h",
                          .radio = radio[k],
                          .network = k ? NETWORK ", sub_band: 1" : NETWORK,
                          .server = server[k],
                          .device = k ? "class: B, data_rate: 3, " PERIODIC "limit: 60}"
                                      : CLASS_B PERIODIC "limit: 60}",
                          .traffic = "kind: periodic, period: 10min, phase: 1min, size: 8B"};
        struct run *r = run_setup(&s);
        int n = 0;
        for (int i = 0; i < r->n_rx; i++) {
            const struct row_rx *x = &r->rx[i];
            for (int t = 0; x->window == MEDIUM_PING && t < r->n_tx; t++)
                if (r->tx[t].node == x->node && r->tx[t].seq == x->seq) {
                    assert_int_equal(r->tx[t].frequency_hz, hz[k]);
                    assert_int_equal(r->tx[t].dr, dr[k]);
                    n++;
                }
        }
        assert_in_range(n, 50, 60);
        assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 60);
        run_free(r);
    }
}

/* US915: ping slots hop behind each beacon, and device and server agree where. */
static void hopping(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 3h",
                      .radio = "region: US915",
                      .network = NETWORK ", sub_band: 1",
                      .device = "class: B, data_rate: 3, " PERIODIC "limit: 100}",
                      .traffic = RARELY};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 100);
    assert_int_equal(n_missed(r), 0);
    bool used[8] = {false};
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].kind == FRAME_DOWN && r->tx[i].start_ns > SIM_S(1200))
            used[(r->tx[i].frequency_hz - 923300000) / 600000 % 8] = true;
    for (int i = 0; i < 8; i++)
        assert_true(used[i]);
    run_free(r);
}

/* The only gateway that sends beacons fails at 1 h: two hours later the device is in class A, says
 * so, and the queue waits for its uplinks. */
static void beacons_stop(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 6h",
                      .network = NETWORK,
                      .gateway = "beacons: false",
                      .more_gateways =
                          "{name: beacon, placement: {kind: list, points: [{x: 200m, y: 0m}]}}",
                      .faults = "{node: beacon/0, from: 1h}",
                      .device = CLASS_B "downlink: {kind: periodic, period: 5min, phase: 20min, "
                                        "size: 10B}",
                      .traffic = "kind: periodic, period: 20min, phase: 7min, size: 8B"};
    struct run *r = run_setup(&s);
    struct waits before = waits_in(r, MEDIUM_PING, 0, SIM_S(3 * 3600)),
                 after = waits_in(r, MEDIUM_PING, SIM_S(3 * 3600 + 300), SIM_NEVER),
                 late = waits_in(r, MEDIUM_RX1, SIM_S(3 * 3600 + 300), SIM_NEVER);
    assert_in_range(before.n, 28, 33);
    assert_int_equal(after.n, 0);
    assert_in_range(late.n, 30, 36);
    assert_true(late.max > SIM_S(300));
    run_free(r);
}

/* Multicast frames that its members were expected to get, and those that they got. */
static void count_multicast(const struct run *r, int64_t *n_sent, int64_t *n_received)
{
    *n_sent = *n_received = 0;
    for (int i = 0; i < r->n_traffic; i++)
        if (r->traffic[i].kind == FRAME_MULTICAST_DOWN) {
            *n_sent += r->traffic[i].n_sent;
            *n_received += r->traffic[i].n_received;
        }
}

/* Members in class B: all hear every frame of the session in the group's slots, beside their own
 * downlinks. */
static void group(void **state)
{
    (void)state;
    struct setup s = {
        .run = "duration: 2h, start: \"gps:1451260800\"",
        .network = NETWORK,
        .device_points = FIVE,
        .device = "count: 5, " CLASS_B "class_b: {periodicity: 4}, downlink: {kind: periodic, "
                  "period: 10min, phase: 20min, size: 10B}",
        .traffic = "kind: periodic, period: 3h, phase: 30s, size: 8B",
        .multicast = "{name: fleet, members: [{devices: dev}], class: B, periodicity: 2, session: "
                     "{start: 3840s, timeout: 4}, traffic: {count: 100, period: 10s, size: 40B}}"};
    struct run *r = run_setup(&s);
    int64_t n_sent, n_received;
    count_multicast(r, &n_sent, &n_received);
    assert_int_equal(n_sent, 500);
    assert_int_equal(n_received, 500 - run_n_lost(r, LOSS_RECEIVER_BUSY));
    assert_true(n_received > 480);
    run_free(r);
}

static int n_steps(const struct run *r, enum class_b_step step)
{
    int n = 0;
    for (int i = 0; i < r->n_class_b; i++)
        n += r->class_b[i].step == step;
    return n;
}

/* Class A members look for the beacons before the session, hear all of it, and are class A again,
 * each with its row: they never set the ClassB bit. Told from the start, or over the air while the
 * run goes on; with clocks that drift, too. */
static void class_a_members(void **state)
{
    (void)state;
    const char *set_up[] = {"", "setup: over_the_air, setup_plan: {start: 60s, spacing: 3min}, "};
    for (int k = 0; k < 4; k++) {
        char group[400], device[300];
        snprintf(group, sizeof group,
                 "{name: fleet, members: [{devices: dev}], class: B, periodicity: 2, %s"
                 "session: {start: 2560s, timeout: 3}, traffic: {count: 100, period: 5s, "
                 "size: 40B}}",
                 set_up[k % 2]);
        snprintf(device, sizeof device, "count: 5, data_rate: 5, packages: {multicast_setup: 2}%s",
                 k < 2 ? ""
                       : ", clock: {offset: \"uniform(-20s, 20s)\", drift: "
                         "\"uniform(-15ppm, 15ppm)\"}");
        struct setup s = {.run = "duration: 2h, start: \"gps:1451260800\"",
                          .network = NETWORK,
                          .device_points = FIVE,
                          .device = device,
                          .traffic = "kind: periodic, period: 10min, size: 8B",
                          .multicast = group};
        struct run *r = run_setup(&s);
        int64_t n_sent, n_received;
        count_multicast(r, &n_sent, &n_received);
        assert_int_equal(n_sent, 500);
        assert_int_equal(n_missed(r), 0);
        assert_true(n_received > 494); /* but for what their own uplinks cost */
        for (int i = 0; i < r->n_frame; i++) {
            struct lw_frame f;
            if (r->frame[i].f.uplink &&
                lw_frame_parse(&f, r->frame[i].bytes, (size_t)r->frame[i].f.len) == 0)
                assert_false(f.classb);
        }
        assert_int_equal(waits_of(r, MEDIUM_PING).n, 0);
        assert_int_equal(n_steps(r, CLASS_B_OVER), 5);
        assert_int_equal(n_steps(r, CLASS_B_ON), 0);
        run_free(r);
    }
}

#define START_S 1451260800 /* a multiple of 128 */
#define PERIOD  20         /* the beacon period that is looked at */

/* Of a group's frames in that period: how many were lost for a reason. */
static int n_lost_of(const struct run *r, int64_t addr, enum loss_reason reason)
{
    int n = 0;
    for (int i = 0; i < r->n_loss; i++)
        for (int k = 0; k < r->n_tx && r->loss[i].reason == reason; k++)
            n += r->tx[k].node == r->loss[i].node && r->tx[k].seq == r->loss[i].seq &&
                 r->tx[k].devaddr == addr && r->tx[k].start_ns / SIM_S(128) == PERIOD;
    return n;
}

/* Two groups on two channels whose slots are the same ones in a period: the radio is with the group
 * whose last frame said that more wait (FPending), else with the session that opened first. With
 * all frames of the first one lost at random, its member does not know that more wait. */
static void colliding_groups(void **state)
{
    (void)state;
    uint32_t a = 0x01fff001, b = a + 1;
    struct lw_aes zero;
    pingslot_key_init(&zero);
    while (pingslot_offset(&zero, START_S + 128 * PERIOD, a, 0) !=
           pingslot_offset(&zero, START_S + 128 * PERIOD, b, 0))
        b++;
    for (int lossy = 0; lossy < 2; lossy++) {
        char groups[700];
        snprintf(groups, sizeof groups,
                 "{name: first, members: [{devices: dev}], class: B, mc_addr: \"%08x\", "
                 "periodicity: 0, session: {start: 1536s, timeout: 5}, traffic: {count: 800, "
                 "period: 3s}%s}, {name: second, members: [{devices: dev}], class: B, mc_addr: "
                 "\"%08x\", periodicity: 0, frequency: 868.1MHz, session: {start: 1792s, timeout: "
                 "5}, traffic: {count: 800, period: 3s}}",
                 a, lossy ? ", loss: {kind: bernoulli, loss_ratio: 100%}" : "", b);
        struct setup s = {.run = "duration: 2h, start: \"gps:1451260800\"",
                          .radio = "duty_cycle: false",
                          .network = NETWORK,
                          .device = CLASS_B "class_b: {periodicity: 7}",
                          .traffic = RARELY,
                          .multicast = groups};
        struct run *r = run_setup(&s);
        int shut_first = n_lost_of(r, a, LOSS_WINDOW), shut_second = n_lost_of(r, b, LOSS_WINDOW);
        assert_in_range(lossy ? shut_first : shut_second, 30, 43);
        assert_int_equal(lossy ? shut_second : shut_first, 0);
        assert_int_equal(n_lost_of(r, b, LOSS_RANDOM), 0);
        run_free(r);
    }
}

/* Section class_b counts for them, but for slots of their own, which is told. */
static void class_a_keys(void **state)
{
    (void)state;
    struct setup s = {
        .run = "duration: 2h, start: \"gps:1451260800\"",
        .network = NETWORK,
        .device = "class_b: {session_lead: 10min, search: cold, widening: doubling}",
        .multicast = "{name: fleet, members: [{devices: dev}], class: B, periodicity: 2, session: "
                     "{start: 2560s, timeout: 3}, traffic: {count: 100, period: 5s, size: 40B}}"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_warning, 0);
    assert_int_equal(r->class_b[0].step, CLASS_B_COLD);
    assert_in_range(r->class_b[0].at_ns, SIM_S(2560 - 600), SIM_S(2560 - 600 + 128));
    assert_int_equal(n_missed(r), 0);
    run_free(r);
    s.device = "class_b: {periodicity: 3}";
    r = run_setup(&s);
    assert_int_equal(r->n_warning, 1);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting),
        cmocka_unit_test(many),
        cmocka_unit_test(confirmed),
        cmocka_unit_test(commands),
        cmocka_unit_test(moved),
        cmocka_unit_test(hopping),
        cmocka_unit_test(beacons_stop),
        cmocka_unit_test(group),
        cmocka_unit_test(class_a_members),
        cmocka_unit_test(class_a_keys),
        cmocka_unit_test(colliding_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
