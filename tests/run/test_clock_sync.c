/* SPDX-License-Identifier: GPL-2.0-only
 * Pins clock synchronisation over the air: what is said, byte by byte, and what it does to the
 * clock; tokens, periods, forced requests, who starts; sessions that a corrected clock meets; bad
 * bytes in both directions; what a plan asks and learns. Left open: the machines by themselves
 * (unit.ts003_machine), wrong clocks of servers (run.clocks). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"
#include "tests/talk.h"
#include "tools/world_internal.h"

#define EVERY_60S "kind: periodic, period: 60s, phase: 10s, size: 10B"

/* The n-th message with this name and result. */
static const struct run_message *message(const struct run *r, const char *name, const char *result,
                                         int n)
{
    for (int i = 0; i < r->n_message; i++)
        if (strcmp(r->message[i].name, name) == 0 && strcmp(r->message[i].result, result) == 0 &&
            n-- == 0)
            return &r->message[i];
    fail_msg("no such message: %s, %s", name, result);
    return NULL;
}

static int64_t le32(const char *hex, size_t at)
{
    uint8_t b[32];
    size_t n;
    assert_int_equal(hex_parse(hex, b, sizeof b, &n), 0);
    assert_true(at + 4 <= n);
    return b[at] | b[at + 1] << 8 | b[at + 2] << 16 | (int64_t)b[at + 3] << 24;
}

static int octet(const char *hex, size_t at)
{
    uint8_t b[32];
    size_t n;
    assert_int_equal(hex_parse(hex, b, sizeof b, &n), 0);
    assert_true(at < n);
    return b[at];
}

/* Corrections of one device, in their order. */
static const struct row_clock_sample *correction(const struct run *r, int n)
{
    for (int i = 0; i < r->n_clock; i++)
        if (r->clock[i].source == CLOCK_SOURCE_TS003 && n-- == 0)
            return &r->clock[i];
    return NULL;
}

/* 100.3 s behind; the request leaves at 10 s. The device's whole seconds and the server's, at the
 * first bit, are on the air; the correction is their difference, and what is left is less than a
 * second. Version 1: with ADR off. */
static void exchange(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        char device[200];
        snprintf(device, sizeof device,
                 "data_rate: 5, adr: true, nb_trans: 2, clock: {offset: -100300ms}, packages: "
                 "{clock_sync: %d, time_requests: {first: 10s}}",
                 version);
        struct setup s = {.device = device};
        struct talk t;
        talk_begin(&t, &s, 202);
        int64_t start_ns = world_cfg(t.w)->run.start_gps_ns;
        talk_end(&t);
        assert_int_equal(t.r->n_message, 4);
        const struct run_message *req = message(t.r, "AppTimeReq", "sent", 0),
                                 *ans = message(t.r, "AppTimeAns", "received", 0);
        int64_t server_s = (start_ns + req->row.at_ns) / SIM_S(1),
                device_s = (start_ns + req->row.at_ns - SIM_MS(100300)) / SIM_S(1);
        assert_int_equal(req->row.at_ns, SIM_S(10) + 1);
        assert_int_equal(req->row.fport, 202);
        assert_int_equal(octet(req->hex, 0), 1);
        assert_int_equal(le32(req->hex, 1), device_s);
        assert_int_equal(octet(req->hex, 5), 0x10); /* AnsRequired, token 0 */
        assert_int_equal(octet(ans->hex, 0), 1);
        assert_int_equal(le32(ans->hex, 1), server_s - device_s);
        assert_int_equal(octet(ans->hex, 5), 0);
        assert_string_equal(message(t.r, "AppTimeReq", "received", 0)->hex, req->hex);
        assert_int_equal(run_n_tx(t.r, "dev", 0), 1);
        assert_int_equal(run_frame_at(t.r, true, req->row.at_ns).adr, version == 2);
        const struct row_clock_sample *c = correction(t.r, 0);
        assert_int_equal(c->at_ns, ans->row.at_ns);
        assert_int_equal(c->error_before_ns, -SIM_MS(100300));
        assert_int_equal(c->error_after_ns, -SIM_MS(100300) + SIM_S(server_s - device_s));
        assert_null(correction(t.r, 1));
        run_free(t.r);
    }
}

/* Nobody answers: three tries; version 1 sends each of them once, whatever NbTrans is. */
static void repeated(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        char device[160];
        snprintf(device, sizeof device,
                 "data_rate: 5, nb_trans: 2, packages: {clock_sync: %d, time_requests: {first: "
                 "10s}}",
                 version);
        struct setup s = {.device = device, .faults = "{node: net, from: 0s}"};
        struct run *r = run_setup(&s);
        assert_int_equal(talk_n_messages(r, "AppTimeReq", "sent"), 3);
        assert_int_equal(run_n_tx(r, "dev", 0), version == 1 ? 3 : 6);
        run_free(r);
    }
}

/* 30 clocks that drift by up to 100 ppm: behind each correction, and as long as they are asked,
 * under a second and what was drifted since. The exchange takes less than 10 s. */
static void error_bound(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 6h",
                      .more_devices =
                          "{name: many, count: 30, data_rate: 3, placement: {kind: disc, radius: "
                          "1km}, clock: {offset: \"uniform(-1h, 1h)\", drift: \"uniform(-100ppm, "
                          "100ppm)\"}, packages: {clock_sync: 1, time_requests: {period: 20min}}}"};
    struct run *r = run_setup(&s);
    int n = 0, n_end = 0;
    for (int i = 0; i < r->n_clock; i++) {
        const struct row_clock_sample *c = &r->clock[i];
        int64_t after = llabs(c->error_after_ns);
        if (c->source == CLOCK_SOURCE_TS003) {
            assert_true(after < SIM_S(1) + SIM_S(10) / 10000);
            n++;
        } else if (c->source == CLOCK_SOURCE_END) {
            assert_true(after < SIM_S(1) + SIM_S(3600) / 10000); /* two requests lost at most */
            n_end++;
        }
    }
    assert_true(n >= 60);
    assert_int_equal(n_end, 30);
    run_free(r);
}

/* AnsRequired until synchronised, always or never; the token counts corrections. */
static void answer_required(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        int first, second;
    } cases[] = {{"unsynced", 0x10, 0x01}, {"always", 0x10, 0x11}, {"never", 0x00, 0x01}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char device[200];
        snprintf(device, sizeof device,
                 "data_rate: 5, clock: {offset: 5s}, packages: {clock_sync: 2, time_requests: "
                 "{first: 1s, period: 10min, answer_required: %s}}",
                 cases[i].word);
        struct setup s = {.device = device};
        struct run *r = run_setup(&s);
        assert_int_equal(octet(message(r, "AppTimeReq", "sent", 0)->hex, 5), cases[i].first);
        assert_int_equal(octet(message(r, "AppTimeReq", "sent", 1)->hex, 5), cases[i].second);
        /* Without AnsRequired a clock that is right is not answered. */
        int all = talk_n_messages(r, "AppTimeReq", "received");
        assert_in_range(all, 5, 7);
        assert_int_equal(talk_n_messages(r, "AppTimeAns", "received"),
                         strcmp(cases[i].word, "always") == 0 ? all : 1);
        run_free(r);
    }
}

static void threshold(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        struct setup s = {.server = "clock_sync: {threshold: 10s}",
                          .device = over ? "data_rate: 5, clock: {offset: 12s}, packages: "
                                           "{clock_sync: 1, time_requests: {answer_required: "
                                           "never}}"
                                         : "data_rate: 5, clock: {offset: 8s}, packages: "
                                           "{clock_sync: 1, time_requests: {answer_required: "
                                           "never}}"};
        struct run *r = run_setup(&s);
        assert_int_equal(talk_n_messages(r, "AppTimeReq", "received"), 1);
        assert_int_equal(talk_n_messages(r, "AppTimeAns", "sent"), over);
        run_free(r);
    }
}

/* The server sets the period, 128 s by the device's own crystal, 30 s more or less. */
static void periodicity(void **state)
{
    (void)state;
    struct setup s = {
        .server = "clock_sync: {requests: [{at: 30s, devices: dev, ask: periodicity, value: 0}]}",
        .device = "data_rate: 5, clock: {drift: 100ppm}, packages: {clock_sync: 1, time_requests: "
                  "{starts: network}}",
        .traffic = EVERY_60S};
    struct run *r = run_setup(&s);
    sim_time last = message(r, "DeviceAppTimePeriodicityReq", "received", 0)->row.at_ns, sum = 0;
    assert_string_equal(message(r, "DeviceAppTimePeriodicityReq", "sent", 0)->hex, "0200");
    const struct run_message *ans = message(r, "DeviceAppTimePeriodicityAns", "sent", 0);
    assert_int_equal(octet(ans->hex, 1), 0);
    int n = talk_n_messages(r, "AppTimeReq", "sent");
    assert_in_range(n, 22, 34); /* 3529 s / 128 s, half a minute more or less each */
    for (int i = 0; i < n; i++) {
        sim_time at = message(r, "AppTimeReq", "sent", i)->row.at_ns;
        assert_true(at - last >= SIM_S(97) && at - last <= SIM_S(161)); /* may wait for RX2 */
        sum += at - last;
        last = at;
    }
    assert_in_range(sum / n, SIM_S(118), SIM_S(138));
    run_free(r);
}

static void not_supported(void **state)
{
    (void)state;
    struct setup s = {
        .server = "clock_sync: {requests: [{at: 30s, ask: periodicity, value: 3}]}",
        .device = "data_rate: 5, packages: {clock_sync: 2, time_requests: {starts: network, "
                  "periodicity: false}}",
        .traffic = EVERY_60S};
    struct run *r = run_setup(&s);
    assert_int_equal(octet(message(r, "DeviceAppTimePeriodicityAns", "received", 0)->hex, 1), 1);
    assert_int_equal(talk_n_messages(r, "AppTimeReq", "sent"), 0);
    assert_int_equal(talk_n_messages(r, "DeviceAppTimePeriodicityReq", "sent"), 1);
    run_free(r);
}

/* The network starts: nothing is asked before ForceDeviceResyncReq, whose name version 2 changed;
 * the first answer ends it. */
static void forced(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        char device[160];
        snprintf(device, sizeof device,
                 "data_rate: 5, clock: {offset: 30s}, packages: {clock_sync: %d, time_requests: "
                 "{starts: network}}",
                 version);
        struct setup s = {.server = "clock_sync: {requests: [{at: 1800s, ask: resync, value: 3}]}",
                          .device = device,
                          .traffic = EVERY_60S};
        struct run *r = run_setup(&s);
        const char *name = version == 1 ? "ForceDeviceResyncReq" : "ForceDeviceResyncCmd";
        assert_string_equal(message(r, name, "received", 0)->hex, "0303");
        assert_true(message(r, "AppTimeReq", "sent", 0)->row.at_ns > SIM_S(1800));
        assert_int_equal(talk_n_messages(r, "AppTimeReq", "sent"), 1);
        assert_int_equal(talk_n_messages(r, name, "sent"), 1); /* the request answers it */
        assert_int_equal(correction(r, 0)->error_after_ns, 0);
        run_free(r);
    }
}

static void otaa(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, activation: otaa, start: 100s, clock: {offset: "
                                "30s}, packages: {clock_sync: 2, time_requests: {first: 20s}}"};
    struct run *r = run_setup(&s);
    sim_time at = message(r, "AppTimeReq", "sent", 0)->row.at_ns;
    assert_true(at > SIM_S(125) && at < SIM_S(127)); /* joined 5 s behind the request */
    assert_int_equal(correction(r, 0)->error_after_ns, 0);
    run_free(r);
}

/* 20 s behind, told of a session that starts at 300 s: without a correction it opens late and loses
 * the frames of 302 to 317 s; with one, long after it was told, it hears all five. */
static void session(void **state)
{
    (void)state;
    static const char *const devices[] = {
        "data_rate: 5, clock: {offset: -20s}, packages: {multicast_setup: 2}",
        "data_rate: 5, clock: {offset: -20s}, packages: {multicast_setup: 2, clock_sync: 1, "
        "time_requests: {first: 200s}}"};
    for (int synced = 0; synced <= 1; synced++) {
        struct setup s = {.device = devices[synced],
                          .traffic = "kind: periodic, period: 600s, phase: 10s, size: 10B",
                          .multicast =
                              "{name: g, members: [{devices: dev}], data_rate: 3, setup: "
                              "over_the_air, session: {start: 300s, timeout: 6}, traffic: {count: "
                              "5, period: 5s, size: 50B}}"};
        struct run *r = run_setup(&s);
        assert_int_equal(run_device(r, "dev", 0)->n_multicast, synced ? 5 : 1);
        assert_int_equal(run_n_lost(r, LOSS_WINDOW), synced ? 0 : 4);
        run_free(r);
    }
}

/* What each payload gives at the device, one after the other: name, result, the answer that follows
 * ("": none), and the correction (0: none). The clock is perfect but for them. */
static void downlinks(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *name, *result;
        int answer;     /* Param of the AppTimeReq that follows, -1: none */
        int64_t step_s; /* 0: no correction */
    } cases[] = {
        {"01050000000000", "AppTimeAns", "answers nothing that was asked", -1, 0}, /* and cut */
        {"0301", "ForceDeviceResyncCmd", "received", 0x10, 0},
        {"010500000001", "AppTimeAns", "answers nothing that was asked", -1, 0}, /* token 1 */
        {"01050000", "", "command is cut", -1, 0},
        {"010500000000", "AppTimeAns", "received", -1, 5},
        {"010500000000", "AppTimeAns", "answers nothing that was asked", -1, 0}, /* repeated */
        {"0300", "ForceDeviceResyncCmd", "asks for nothing", -1, 0},
        {"03f9", "ForceDeviceResyncCmd", "received, RFU bits ignored", 0x01, 0},
        {"01fbfffffff1", "AppTimeAns", "received, RFU bits ignored", -1, -5},
        {"09", "", "unknown command", -1, 0},
        {"0301", "ForceDeviceResyncCmd", "received", 0x02, 0},
        {"01ffffff7e02", "AppTimeAns", "correction of more than 36 years is not believed", -1, 0},
    };
    struct talk t;
    struct setup s = {.network = "enabled_channels: [868.1MHz]",
                      .device = "data_rate: 5, clock: {granularity: 1us}, packages: {clock_sync: "
                                "2, time_requests: {starts: network}}",
                      .traffic = EVERY_60S,
                      .faults = "{node: net, from: 0s}"};
    talk_begin(&t, &s, 202);
    world_run_until(t.w, SIM_S(1)); /* clocks at the start */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = t.r->n_message, clocks = t.r->n_clock;
        sim_time at = SIM_S(10 + 60 * (int64_t)i);
        talk_down(&t, at + SIM_MS(500), cases[i].hex);
        world_run_until(t.w, at + SIM_S(50));
        const struct run_message *m = &t.r->message[before],
                                 *last = &t.r->message[t.r->n_message - 1];
        assert_string_equal(m->name, cases[i].name);
        assert_string_equal(m->result, cases[i].result);
        bool asks = strcmp(last->name, "AppTimeReq") == 0;
        assert_int_equal(asks ? octet(last->hex, 5) : -1, cases[i].answer);
        assert_int_equal(t.r->n_clock - clocks, cases[i].step_s ? 1 : 0);
        if (cases[i].step_s)
            assert_int_equal(t.r->clock[clocks].error_after_ns - t.r->clock[clocks].error_before_ns,
                             SIM_S(cases[i].step_s));
    }
    talk_end(&t);
    run_free(t.r);
}

/* Not answered: as many requests as were ordered, spaced, with one token. */
static void no_answer(void **state)
{
    (void)state;
    struct talk t;
    struct setup s = {.network = "enabled_channels: [868.1MHz]",
                      .device = "data_rate: 5, packages: {clock_sync: 1, time_requests: {starts: "
                                "network, spacing: 20s}}",
                      .traffic = "kind: periodic, period: 1h, phase: 10s, size: 10B",
                      .faults = "{node: net, from: 0s}"};
    talk_begin(&t, &s, 202);
    talk_down(&t, SIM_MS(10500), "0304");
    talk_end(&t);
    assert_int_equal(talk_n_messages(t.r, "AppTimeReq", "sent"), 4);
    for (int i = 0; i < 4; i++) {
        const struct run_message *m = message(t.r, "AppTimeReq", "sent", i);
        assert_int_equal(octet(m->hex, 5), 0x10);
        if (i)
            assert_true(m->row.at_ns - message(t.r, "AppTimeReq", "sent", i - 1)->row.at_ns ==
                        SIM_S(20));
    }
    run_free(t.r);
}

static void bad_uplinks(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"01", "command is cut"},
        {"0300", "unknown command"}, /* the wrong direction */
        {"000102", "answers nothing that was asked"},
        {"020000000000", "answers nothing that was asked"},
    };
    struct talk t;
    struct setup s = {.device = "data_rate: 5, packages: {clock_sync: 2, time_requests: {starts: "
                                "network}}"};
    talk_begin(&t, &s, 202);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = t.r->n_message;
        talk_up(&t, SIM_S(10 + 60 * (int64_t)i), cases[i][0]);
        world_run_until(t.w, SIM_S(30 + 60 * (int64_t)i));
        assert_int_equal(t.r->n_message - before, 2);
        assert_string_equal(t.r->message[before + 1].result, cases[i][1]);
    }
    talk_end(&t);
    run_free(t.r);
}

static void on_group_address(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, packages: {clock_sync: 2, time_requests: {starts: "
                                "network}}",
                      .multicast = "{name: g, members: [{devices: dev}], data_rate: 3, session: "
                                   "{start: 300s}, traffic: {count: 2, fport: 202, size: 1B}}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 2);
    assert_int_equal(talk_n_messages(r, NULL, "on a multicast address"), 2);
    assert_int_equal(run_n_tx(r, "dev", 0), 0);
    run_free(r);
}

/* What a plan has been told, in its order. */
struct told {
    int n, n_members;
    struct {
        enum package_result result;
        int asked, answer; /* FPort * 256 + CID, -1: none */
    } news[16];
    bool ready;
};

static int what(const struct package_command *c)
{
    if (!c)
        return -1;
    return c->fport * 256 + (c->fport == 202 ? c->u.ts003.cid : c->u.ts005.cid);
}

static void on_news(void *ctx, const struct package_news *n)
{
    struct told *t = ctx;
    assert_true(t->n < 16);
    t->news[t->n].result = n->result;
    t->news[t->n].asked = what(n->asked);
    t->news[t->n++].answer = what(n->answer);
}

static void on_member(void *ctx, uint32_t group, uint32_t device, bool ready)
{
    struct told *t = ctx;
    assert_int_equal(group, 0);
    assert_int_equal(device, 0);
    t->n_members++;
    t->ready = ready;
}

static void check_told(const struct told *t, int i, enum package_result result, int asked,
                       int answer)
{
    assert_true(i < t->n);
    assert_int_equal(t->news[i].result, result);
    assert_int_equal(t->news[i].asked, asked);
    assert_int_equal(t->news[i].answer, answer);
}

/* A plan asks when it likes: version, period (refused), status of groups, a resynchronisation that
 * is never answered and one that is taken back; and begins a group's set-up before its start. */
static void plan(void **state)
{
    (void)state;
    struct told told = {0};
    struct package_plan p = {.ctx = &told, .news = on_news, .member = on_member};
    struct pkg_retry retry = {.n_tries = 2, .spacing = SIM_S(100)};
    struct package_command version = {.fport = 202, .u.ts003 = {.cid = TS003_PACKAGE_VERSION}};
    struct package_command period = {.fport = 202, .u.ts003 = {.cid = TS003_PERIODICITY}};
    struct package_command resync = {.fport = 202, .u.ts003 = {.cid = TS003_FORCE_RESYNC}};
    struct package_command status = {.fport = 200, .u.ts005 = {.cid = TS005_GROUP_STATUS}};
    struct package_command answer = {.fport = 202, .u.ts003 = {.cid = TS003_APP_TIME}};
    struct setup s = {.device = "data_rate: 5, packages: {multicast_setup: 2, clock_sync: 2, "
                                "time_requests: {starts: network, periodicity: false}}",
                      .traffic = EVERY_60S,
                      .multicast = "{name: g, members: [{devices: dev}], data_rate: 3, setup: "
                                   "over_the_air, setup_plan: {start: 2500s}, session: {start: "
                                   "3000s}, traffic: {count: 2}}",
                      .faults = "{node: net, from: 1000s, to: 2000s}"};
    struct talk t;
    talk_begin(&t, &s, 202);
    struct packages *ps = t.w->packages;
    assert_int_equal(packages_add_plan(ps, &p), SIM_OK);
    assert_int_equal(packages_ask(ps, 0, &answer, &retry), SIM_ENOENT);
    assert_int_equal(packages_ask(ps, 0, &resync, &retry), SIM_ERANGE); /* none to send */
    status.u.ts005.u.group_status_req.group_mask = 15;
    resync.u.ts003.u.force_resync.nb_transmissions = 1;
    assert_int_equal(packages_ask(ps, 0, &version, &retry), SIM_OK);
    assert_int_equal(packages_ask(ps, 0, &period, &retry), SIM_OK);
    assert_int_equal(packages_ask(ps, 0, &status, &retry), SIM_OK);
    world_run_until(t.w, SIM_S(400));
    assert_int_equal(told.n, 4);
    check_told(&told, 0, PACKAGE_ACCEPTED, 202 * 256, 202 * 256);
    check_told(&told, 1, PACKAGE_REFUSED, 202 * 256 + 2, 202 * 256 + 2);
    check_told(&told, 2, PACKAGE_TOLD, -1, 202 * 256 + 2); /* the same answer tells the time */
    check_told(&told, 3, PACKAGE_ACCEPTED, 200 * 256 + 1, 200 * 256 + 1);
    packages_set_up(ps, 0, 0);
    packages_set_up(ps, 0, 0); /* it has begun */
    world_run_until(t.w, SIM_S(600));
    assert_int_equal(told.n_members, 1);
    assert_true(told.ready);
    assert_int_equal(packages_ask(ps, 0, &resync, &retry), SIM_OK);
    world_run_until(t.w, SIM_S(1001)); /* answered: by the request, told twice */
    assert_int_equal(told.n, 6);
    check_told(&told, 4, PACKAGE_TOLD, -1, 202 * 256 + 1);
    check_told(&told, 5, PACKAGE_ACCEPTED, 202 * 256 + 3, 202 * 256 + 1);
    assert_int_equal(packages_ask(ps, 0, &version, &retry), SIM_OK);
    world_run_until(t.w, SIM_S(1500)); /* two tries, 100 s each */
    assert_int_equal(told.n, 7);
    check_told(&told, 6, PACKAGE_NO_ANSWER, 202 * 256, -1);
    packages_cancel(ps, 0, 202);
    int before = talk_n_messages(t.r, "PackageVersionReq", "sent");
    assert_int_equal(packages_ask(ps, 0, &version, &retry), SIM_OK);
    packages_cancel(ps, 0, 202);
    talk_end(&t);
    assert_int_equal(talk_n_messages(t.r, "PackageVersionReq", "sent"), before);
    assert_int_equal(told.n, 7);
    assert_int_equal(told.n_members, 1);
    assert_int_equal(run_device(t.r, "dev", 0)->n_multicast, 2);
    run_free(t.r);
}

static void check(const struct setup *s, const char *text)
{
    struct run *r = run_try(s);
    if (!strstr(r->error, text))
        fail_msg("\"%s\" is not in \"%s\"", text, r->error);
    run_free(r);
}

static void bad_scenarios(void **state)
{
    (void)state;
    struct setup s = {.device = "packages: {clock_sync: 1}",
                      .traffic = "kind: periodic, period: 1h, fport: 202"};
    check(&s, "FPort 202 belongs to clock synchronisation");
    s.traffic = NULL;
    s.server = "clock_sync: {threshold: 1500ms}";
    check(&s, "whole seconds");
    s.server = "clock_sync: {requests: [{ask: periodicity}]}";
    check(&s, "value is missing, allowed 0 to 15");
    s.server = "clock_sync: {requests: [{ask: resync, value: 8}]}";
    check(&s, "found 8, allowed 1 to 7");
    s.server = "clock_sync: {requests: [{ask: resync, value: 0}]}";
    check(&s, "found 0, allowed 1 to 7");
    s.server = "clock_sync: {requests: [{ask: version, devices: nobody}]}";
    check(&s, "allowed a group of devices");
    s.device = NULL;
    s.server = "clock_sync: {requests: [{ask: version, devices: dev}]}";
    check(&s, "have no clock synchronisation");
}

/* Keys that do nothing are warned of. */
static void idle(void **state)
{
    (void)state;
    struct setup s = {.device = "packages: {time_requests: {tries: 3, period: 1h}}"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_warning, 1);
    run_free(r);
    s = (struct setup){.server = "clock_sync: {requests: [{ask: version}]}"};
    r = run_setup(&s);
    assert_int_equal(r->n_warning, 1);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchange),      cmocka_unit_test(repeated),
        cmocka_unit_test(error_bound),   cmocka_unit_test(answer_required),
        cmocka_unit_test(threshold),     cmocka_unit_test(periodicity),
        cmocka_unit_test(not_supported), cmocka_unit_test(forced),
        cmocka_unit_test(otaa),          cmocka_unit_test(session),
        cmocka_unit_test(downlinks),     cmocka_unit_test(no_answer),
        cmocka_unit_test(bad_uplinks),   cmocka_unit_test(on_group_address),
        cmocka_unit_test(plan),          cmocka_unit_test(bad_scenarios),
        cmocka_unit_test(idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
