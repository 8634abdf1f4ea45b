/* SPDX-License-Identifier: GPL-2.0-only
 * Pins remote multicast set-up over the air: what is said and when it counts, refusals by their
 * error bits, members that do not answer, sessions in the past, bad bytes in both directions. Left
 * open: wrong clocks; the machines by themselves (unit.ts005_machine). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sim/bytes.h"
#include "tests/talk.h"

#define DEV   "data_rate: 5, packages: {multicast_setup: 2}"
#define OTHER "{name: other, data_rate: 5, placement: {kind: list, points: [{x: 0m, y: 200m}]}, "
#define EVERY "kind: periodic, period: 600s, size: 10B, "
#define GROUP                                                                                      \
    "{name: g, members: [{devices: dev}], frequency: 869.525MHz, data_rate: 3, setup: "            \
    "over_the_air, "

static const struct run_member *member(const struct run *r, const char *group, const char *devices,
                                       uint32_t index)
{
    for (int i = 0; i < r->n_member; i++)
        if (r->member[i].row.device == entity_make(devices, index) &&
            strcmp(r->member[i].group, group) == 0)
            return &r->member[i];
    fail_msg("%s/%u is no member of %s", devices, index, group);
    return NULL;
}

/* Multicast frames x expected members, and those received. */
static void counted(const struct run *r, int n_sent, int n_received)
{
    int64_t sent = 0, received = 0;
    for (int i = 0; i < r->n_traffic; i++)
        if (r->traffic[i].kind == FRAME_MULTICAST_DOWN) {
            sent += r->traffic[i].n_sent;
            received += r->traffic[i].n_received;
        }
    assert_int_equal(sent, n_sent);
    assert_int_equal(received, n_received);
}

static int n_multicast_tx(const struct run *r)
{
    int n = 0;
    for (int i = 0; i < r->n_tx; i++)
        n += r->tx[i].kind == FRAME_MULTICAST_DOWN;
    return n;
}

static const struct setup two = {
    .device = DEV,
    .traffic = EVERY "phase: 10s",
    .more_devices = OTHER "packages: {multicast_setup: 1}, traffic: {" EVERY "phase: 70s}}",
    .multicast =
        "{name: g, members: [{devices: dev}, {devices: other}], frequency: 869.525MHz, data_rate: "
        "3, setup: over_the_air, session: {start: 300s, timeout: 6}, traffic: {count: 5, period: "
        "5s, size: 50B}}"};

/* Four commands a device, each sent once and received once; all frames come; class A again. */
static void session(void **state)
{
    (void)state;
    static const char *const names[] = {"McGroupSetupReq", "McGroupSetupAns", "McClassCSessionReq",
                                        "McClassCSessionAns"};
    struct run *r = run_setup(&two);
    assert_int_equal(r->n_message, 16);
    for (int i = 0; i < 16; i++) {
        const struct run_message *m = &r->message[i];
        assert_string_equal(m->name, names[i / 2 % 4]);
        assert_string_equal(m->result, i % 2 ? "received" : "sent");
        assert_int_equal(m->row.uplink, i / 2 % 2);
        assert_int_equal(m->row.device, entity_make(i < 8 ? "dev" : "other", 0));
        assert_int_equal(m->row.fport, 200);
    }
    assert_true(r->message[15].row.at_ns < SIM_S(80));
    counted(r, 10, 10);
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].kind == FRAME_MULTICAST_DOWN)
            assert_true(r->tx[i].start_ns >= SIM_S(302) && r->tx[i].end_ns < SIM_S(364));
    static const char *const groups[] = {"dev", "other"};
    for (int i = 0; i < 2; i++) {
        const struct row_device_stat *d = run_device(r, groups[i], 0);
        const struct run_member *m = member(r, "g", groups[i], 0);
        assert_int_equal(d->n_multicast, 5);
        assert_int_equal(d->n_messages, 6);
        assert_int_equal(d->n_messages_delivered, 6); /* answers are none of them */
        assert_int_equal(d->n_tx, 8);
        assert_int_equal(d->n_downlinks, 0);
        assert_int_equal(d->n_downlinks_delivered, 0);
        /* 64 s at 11.50086 mA and 3.3 V, and two windows and receptions an uplink. */
        assert_in_range(d->rx_energy_uj, 2428981, 2428981 + 60000);
        assert_string_equal(m->reason, "ready");
        assert_true(m->row.ready);
        assert_int_equal(m->row.n_requests, 2);
        assert_int_equal(m->row.clock_error_s, 0);
    }
    assert_int_equal(r->n_warning, 0);
    run_free(r);
}

/* The answer's TimeToStart is that of the answer's first bit: dev's goes out before 62.4 s. */
static void time_to_start(void **state)
{
    (void)state;
    struct run *r = run_setup(&two);
    for (int i = 0; i < r->n_message; i++) {
        const struct run_message *m = &r->message[i];
        if (strcmp(m->name, "McClassCSessionAns") != 0)
            continue;
        uint8_t b[8];
        size_t n;
        assert_int_equal(hex_parse(m->hex, b, sizeof b, &n), 0);
        assert_int_equal(n, 5);
        int64_t first = m->row.at_ns;
        if (strcmp(m->result, "received") == 0)
            first = r->message[i - 1].row.at_ns;
        assert_int_equal(b[2] | b[3] << 8 | b[4] << 16, 300 - first / SIM_S(1));
    }
    run_free(r);
}

static struct run *refused(const char *limits, const char *more)
{
    char device[200], groups[800];
    snprintf(device, sizeof device, "data_rate: 5, packages: {multicast_setup: 2, %s}", limits);
    snprintf(groups, sizeof groups, GROUP "session: {start: 300s}, traffic: {count: 3}}%s", more);
    struct setup s = {.device = device, .traffic = EVERY "phase: 10s", .multicast = groups};
    return run_setup(&s);
}

static void refusals(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"refuse_data_rates: [3, 4]", "McClassCSessionAns: DRError"},
        {"refuse_frequencies: [869.525MHz, 868.1MHz]", "McClassCSessionAns: FreqError"},
        {"refuse_frequencies: [869.525MHz], refuse_data_rates: [3]",
         "McClassCSessionAns: FreqError DRError"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run *r = refused(cases[i][0], "");
        assert_string_equal(member(r, "g", "dev", 0)->reason, cases[i][1]);
        assert_false(member(r, "g", "dev", 0)->row.ready);
        assert_int_equal(run_device(r, "dev", 0)->n_multicast, 0);
        assert_int_equal(n_multicast_tx(r), 0); /* nobody to send to */
        counted(r, 0, 0);
        assert_int_equal(r->n_warning, 1);
        run_free(r);
    }
}

/* A device that holds one group says IDerror to the second one. */
static void group_id(void **state)
{
    (void)state;
    struct run *r =
        refused("groups: 1", ", {name: h, members: [{devices: dev}], setup: over_the_air, session: "
                             "{start: 900s}, traffic: {count: 3}}");
    assert_string_equal(member(r, "g", "dev", 0)->reason, "ready");
    assert_string_equal(member(r, "h", "dev", 0)->reason, "McGroupSetupAns: IDerror");
    assert_int_equal(member(r, "h", "dev", 0)->row.mc_group_id, 1);
    counted(r, 3, 3);
    run_free(r);
}

/* Two groups that a device holds at once, and two sessions. */
static void two_groups(void **state)
{
    (void)state;
    struct run *r =
        refused("groups: 2", ", {name: h, members: [{devices: dev}], setup: over_the_air, session: "
                             "{start: 1900s}, traffic: {count: 4}}");
    assert_string_equal(member(r, "h", "dev", 0)->reason, "ready");
    counted(r, 7, 7);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 7);
    run_free(r);
}

/* A device that never sends is asked for as often as the plan says. */
static void silent(void **state)
{
    (void)state;
    struct setup s = {.device = DEV,
                      .multicast = GROUP "setup_plan: {start: 1s, tries: 4, spacing: 10s}, "
                                         "session: {start: 300s}, traffic: {count: 3}}"};
    struct run *r = run_setup(&s);
    const struct run_member *m = member(r, "g", "dev", 0);
    assert_string_equal(m->reason, "no answer to McGroupSetupReq");
    assert_int_equal(m->row.n_requests, 4);
    assert_int_equal(m->row.at_ns, SIM_S(41) + 2);
    assert_int_equal(r->n_message, 0); /* nothing was ever sent */
    assert_int_equal(r->n_warning, 1);
    run_free(r);
}

/* The deadline ends it too, though tries are left. */
static void deadline(void **state)
{
    (void)state;
    struct setup s = {.device = DEV,
                      .multicast = GROUP "setup_plan: {start: 1s, deadline: 15s, spacing: 10s}, "
                                         "session: {start: 300s}, traffic: {count: 3}}"};
    struct run *r = run_setup(&s);
    const struct run_member *m = member(r, "g", "dev", 0);
    assert_int_equal(m->row.n_requests, 2);
    assert_int_equal(m->row.at_ns, SIM_S(15) + 2);
    run_free(r);
}

/* The server fails before dev's last answer: dev listens and hears, but is not expected to. */
static void lost_answer(void **state)
{
    (void)state;
    struct setup s = two;
    s.traffic = EVERY "phase: 80s";
    s.faults = "{node: net, from: 82300ms}";
    struct run *r = run_setup(&s);
    assert_string_equal(member(r, "g", "dev", 0)->reason, "no answer to McClassCSessionReq");
    assert_string_equal(member(r, "g", "other", 0)->reason, "ready");
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 5);
    assert_int_equal(talk_n_messages(r, "McClassCSessionAns", "sent"), 2);
    assert_int_equal(talk_n_messages(r, "McClassCSessionAns", "received"), 1);
    counted(r, 5, 5);
    run_free(r);
}

/* Sessions whose start has passed: the server sends them only when it is told to. */
static void past(const char *package, const char *reason, int n_heard)
{
    char device[120];
    snprintf(device, sizeof device, "data_rate: 5, packages: {%s}", package);
    struct setup s = {.device = device,
                      .traffic = EVERY "phase: 60s",
                      .multicast = GROUP
                      "setup_plan: {send_anyway: true, deadline: 200s}, session: {start: 20s, "
                      "timeout: 8, margin: 100s}, traffic: {count: 4, period: 5s}}"};
    struct run *r = run_setup(&s);
    assert_string_equal(member(r, "g", "dev", 0)->reason, reason);
    counted(r, n_heard, n_heard);
    run_free(r);
}

static void past_sessions(void **state)
{
    (void)state;
    past("multicast_setup: 2", "McClassCSessionAns: StartMissed", 0);
    past("multicast_setup: 1", "McClassCSessionAns: McGroupUndefined", 0);
    past("multicast_setup: 1, past_session: open", "ready", 4);
}

/* What devices should refuse is sent when the scenario says so: a frequency outside the region, a
 * McGroupID that they do not have. */
static void sent_anyway(void **state)
{
    (void)state;
    static const struct {
        const char *packages, *frequency, *plan, *reason;
        int id;
    } cases[] = {
        {"", "915MHz", "send_anyway: true", "McClassCSessionAns: FreqError", 0},
        {", groups: 2", "869.525MHz", "send_anyway: true, group_id: 2", "McGroupSetupAns: IDerror",
         2},
        {", groups: 2", "869.525MHz", "group_id: 1", "ready", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char device[120], group[400];
        snprintf(device, sizeof device, "data_rate: 5, packages: {multicast_setup: 2%s}",
                 cases[i].packages);
        snprintf(group, sizeof group,
                 "{name: g, members: [{devices: dev}], frequency: %s, data_rate: 3, setup: "
                 "over_the_air, setup_plan: {%s}, session: {start: 600s}, traffic: {count: 4, "
                 "period: 5s}}",
                 cases[i].frequency, cases[i].plan);
        struct setup s = {.device = device, .traffic = EVERY "phase: 60s", .multicast = group};
        struct run *r = run_setup(&s);
        assert_string_equal(member(r, "g", "dev", 0)->reason, cases[i].reason);
        assert_int_equal(member(r, "g", "dev", 0)->row.mc_group_id, cases[i].id);
        int n = strcmp(cases[i].reason, "ready") == 0 ? 4 : 0;
        counted(r, n, n);
        run_free(r);
    }
}

/* Without send_anyway: the first answer comes behind the session's start. */
static void too_late(void **state)
{
    (void)state;
    struct setup s = {.device = DEV,
                      .traffic = EVERY "phase: 60s",
                      .multicast = GROUP "session: {start: 30s}, traffic: {count: 4}}"};
    struct run *r = run_setup(&s);
    assert_string_equal(member(r, "g", "dev", 0)->reason, "no answer to McGroupSetupReq");
    assert_int_equal(r->n_message, 0); /* the request was taken back */
    run_free(r);
}

/* A class C device is asked at once, as soon as the server has heard it. */
static void class_c(void **state)
{
    (void)state;
    struct setup s = two;
    s.device = DEV ", class: C";
    s.multicast = GROUP
        "setup_plan: {start: 100s, spacing: 20s}, session: {start: 300s}, traffic: {count: 3}}";
    struct run *r = run_setup(&s);
    assert_string_equal(member(r, "g", "dev", 0)->reason, "ready");
    assert_in_range(r->message[0].row.at_ns, SIM_S(100), SIM_S(101));
    /* The session's request follows at once, behind RX1 of the answer: no repetition is needed. */
    assert_in_range(member(r, "g", "dev", 0)->row.at_ns, SIM_S(103), SIM_S(110));
    counted(r, 3, 3);
    run_free(r);
}

/* Repetitions carry one answer; the server takes it once. */
static void repeated(void **state)
{
    (void)state;
    struct setup s = two;
    s.device = DEV ", nb_trans: 3";
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_message, 16);
    counted(r, 10, 10);
    run_free(r);
}

static void otaa(void **state)
{
    (void)state;
    struct setup s = two;
    s.device = DEV ", activation: otaa";
    struct run *r = run_setup(&s);
    assert_string_equal(member(r, "g", "dev", 0)->reason, "ready");
    counted(r, 10, 10);
    run_free(r);
}

/* A clock that is 10 s behind: the answer says so, and frames sent before the device opens are
 * lost. DeviceTimeReq puts it right before it is asked. */
static void wrong_clock(void **state)
{
    (void)state;
    for (int corrected = 0; corrected <= 1; corrected++) {
        struct setup s = two;
        s.device = corrected ? DEV ", clock: {offset: -10s}, device_time_every: 1"
                             : DEV ", clock: {offset: -10s}";
        struct run *r = run_setup(&s);
        const struct run_member *m = member(r, "g", "dev", 0);
        assert_true(m->row.ready);
        assert_int_equal(m->row.clock_error_s, corrected ? 0 : -10);
        assert_int_equal(member(r, "g", "other", 0)->row.clock_error_s, 0);
        /* Frames go out at 302, 307, ... 322 s; it opens at 310 s. */
        assert_int_equal(run_device(r, "dev", 0)->n_multicast, corrected ? 5 : 3);
        assert_int_equal(run_n_lost(r, LOSS_WINDOW), corrected ? 0 : 2);
        run_free(r);
    }
}

/* What each payload gives at the device: name, result, and what it answers ("": nothing). */
static void bad_downlinks(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *name, *result, *answer;
    } cases[] = {
        {"02", "", "command is cut", ""},
        {"7f00", "", "unknown command", ""},
        {"0200", "", "command is cut", ""}, /* McGroupSetupAns: the wrong direction */
        {"03fc", "McGroupDeleteReq", "received, RFU bits ignored", "0304"},
        {"00", "PackageVersionReq", "received", "000202"},
        {"0004", "PackageVersionReq", "received", "000202"}, /* the rest is cut, see below */
        {"0400000000000dd2ad84", "", "command is cut", ""},
        {"04000000000000d2ad8403", "McClassCSessionReq", "received", "0430"},
        {"04000000000000ffffff0f", "McClassCSessionReq", "received", "043c"},
    };
    struct talk t;
    struct setup s = {.network = "enabled_channels: [868.1MHz]",
                      .device = DEV,
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B",
                      .faults = "{node: net, from: 0s}"};
    talk_begin(&t, &s, 200);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = t.r->n_message;
        sim_time at = SIM_S(10 + 60 * (int64_t)i);
        talk_down(&t, at + SIM_MS(500), cases[i].hex);
        world_run_until(t.w, at + SIM_S(30));
        const struct run_message *m = &t.r->message[before];
        int n = cases[i].answer[0] ? 2 : 1;
        if (strcmp(cases[i].hex, "0004") == 0) {
            assert_string_equal(m[1].result, "command is cut");
            assert_string_equal(m[1].hex, "04");
            n = 3;
        }
        assert_int_equal(t.r->n_message - before, n);
        assert_string_equal(m->name, cases[i].name);
        assert_string_equal(m->result, cases[i].result);
        if (cases[i].answer[0]) {
            assert_string_equal(m[n - 1].result, "sent");
            assert_string_equal(m[n - 1].hex, cases[i].answer);
        }
    }
    talk_end(&t);
    run_free(t.r);
}

static void bad_uplinks(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"02", "command is cut"},
        {"99", "unknown command"},
        {"0200", "answers nothing that was asked"},
        {"0430", "answers nothing that was asked"},
    };
    struct talk t;
    struct setup s = {.device = DEV};
    talk_begin(&t, &s, 200);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = t.r->n_message;
        talk_up(&t, SIM_S(10 + 60 * (int64_t)i), cases[i][0]);
        world_run_until(t.w, SIM_S(30 + 60 * (int64_t)i));
        assert_int_equal(t.r->n_message - before, 2);
        assert_string_equal(t.r->message[before + 1].result, cases[i][1]);
    }
    talk_end(&t);
    assert_int_equal(run_device(t.r, "dev", 0)->n_messages_delivered, 0);
    run_free(t.r);
}

/* More than the queue holds, or than a frame. */
static void not_sent(void **state)
{
    (void)state;
    struct talk t;
    struct setup s = {.device = "data_rate: 0, packages: {multicast_setup: 2}"};
    char hex[2 * 52 + 1];
    talk_begin(&t, &s, 200);
    memset(hex, '0', sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    talk_up(&t, SIM_S(10), hex);
    world_run_until(t.w, SIM_S(11));
    assert_string_equal(t.r->message[0].result, "not sent: too long at this data rate");
    int before = t.r->n_message;
    for (int i = 0; i < 5; i++)
        talk_up(&t, SIM_S(20), "0200");
    assert_int_equal(t.r->n_message - before, 1);
    assert_string_equal(t.r->message[before].result, "not sent: four packets wait");
    talk_end(&t);
    assert_int_equal(run_n_tx(t.r, "dev", 0), 4);
    run_free(t.r);
}

/* Commands on a group's address are dropped, and not answered. */
static void on_group_address(void **state)
{
    (void)state;
    struct setup s = {.device = DEV,
                      .traffic = EVERY "phase: 10s",
                      .multicast = GROUP
                      "session: {start: 300s}, traffic: {count: 2, fport: 200, size: 1B}}"};
    struct run *r = run_setup(&s);
    counted(r, 2, 2);
    assert_int_equal(r->n_message, 8 + 2);
    assert_int_equal(talk_n_messages(r, NULL, "on a multicast address"), 2);
    assert_int_equal(run_n_tx(r, "dev", 0), 8);
    run_free(r);
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
    struct setup s = {.device = "data_rate: 5", .multicast = GROUP "session: {start: 300s}}"};
    check(&s, "dev cannot be set up over the air");
    s.device = DEV;
    s.multicast = GROUP "session: {start: 300500ms}}";
    check(&s, "whole GPS seconds");
    s.multicast = GROUP "session: {start: 300s}, setup_plan: {start: 300s}}";
    check(&s, "setup_plan.start: not before the session's start");
    s.multicast = GROUP "session: {start: 300s}, setup_plan: {start: 30s, deadline: 20s}}";
    check(&s, "is not behind the start");
    s.multicast = GROUP "session: {start: 300s}, setup_plan: {deadline: 301s}}";
    check(&s, "behind the session's start");
    s.multicast = NULL;
    s.traffic = EVERY "fport: 200";
    check(&s, "FPort 200 belongs to remote multicast set-up");
    s.traffic = NULL;
    s.device = "packages: {multicast_setup: 1, refuse_frequencies: [868.1MHz, 868.2MHz, 868.3MHz, "
               "868.4MHz, 868.5MHz, 868.6MHz, 868.7MHz, 868.8MHz]}";
    check(&s, "found 8 frequencies, allowed at most 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session),
        cmocka_unit_test(time_to_start),
        cmocka_unit_test(refusals),
        cmocka_unit_test(group_id),
        cmocka_unit_test(two_groups),
        cmocka_unit_test(silent),
        cmocka_unit_test(deadline),
        cmocka_unit_test(lost_answer),
        cmocka_unit_test(past_sessions),
        cmocka_unit_test(sent_anyway),
        cmocka_unit_test(too_late),
        cmocka_unit_test(class_c),
        cmocka_unit_test(repeated),
        cmocka_unit_test(wrong_clock),
        cmocka_unit_test(otaa),
        cmocka_unit_test(bad_downlinks),
        cmocka_unit_test(bad_uplinks),
        cmocka_unit_test(not_sent),
        cmocka_unit_test(on_group_address),
        cmocka_unit_test(bad_scenarios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
