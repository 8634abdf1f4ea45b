/* SPDX-License-Identifier: GPL-2.0-only
 * Pins fragmented blocks and firmware at the devices, in runs: what each fragment did, what became
 * of each block, ranks against bytes, bad fragments with their reasons, set-up over the air, images
 * and reboots. Left open: the machines by themselves (unit.ts004_machine, unit.ts006_machine),
 * campaigns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"
#include "tests/support/feed.h"
#include "tests/talk.h"
#include "tools/world_internal.h"

#define GROUP                                                                                      \
    "{name: g, members: [{devices: dev}], frequency: 869.525MHz, data_rate: 5, session: {start: "  \
    "60s, timeout: 11}, traffic: {count: 500}}"
#define EVERY_60S "kind: periodic, period: 60s, phase: 10s, size: 10B"

static const struct ts004_setup_req twenty = {
    .mc_group_mask = 1, .nb_frag = 20, .frag_size = 50, .padding = 5, .descriptor = {1, 2, 3, 4}};

/* Devices in a row, 1 m apart; packages: their keys. */
static struct setup fleet(const char *packages, const char *radio, int n, char *buf, size_t size)
{
    int at = snprintf(buf, size, "data_rate: 5, count: %d, packages: {%s}", n, packages) + 1;
    char *points = buf + at;
    struct setup s = {.device = buf, .radio = radio, .multicast = GROUP};
    for (int i = 0; i < n; i++)
        at += snprintf(buf + at, size - (size_t)at, "%s{x: %dm, y: 0m}", i ? ", " : "", 10 + i);
    assert_true((size_t)at < size);
    s.device_points = points;
    return s;
}

/* A block of the setup plus coded fragments to n devices. */
static struct run *send_block(const struct setup *s, const struct ts004_setup_req *setup,
                              enum frag_code code, uint32_t n_coded, uint32_t n_devices)
{
    struct world *w;
    struct trace trace;
    struct feed f;
    struct run *r = run_begin(s, &trace, &w);
    feed_open(&f, w, 0, setup, code, setup->nb_frag + n_coded);
    feed_provision(&f, w, 0, n_devices);
    world_run_until(w, world_cfg(w)->run.duration_ns);
    run_end(w);
    feed_close(&f);
    return r;
}

static int64_t count_results(const struct run *r, enum fragment_result result)
{
    int64_t n = 0;
    for (int i = 0; i < r->n_fragment; i++)
        n += r->fragment[i].result == (int64_t)result;
    return n;
}

/* Nothing is lost: 20 fragments make the block, ten come late. */
static void whole_block(void **state)
{
    (void)state;
    char buf[1000];
    struct setup s = fleet("fragmentation: 2", NULL, 3, buf, sizeof buf);
    struct run *r = send_block(&s, &twenty, FRAG_CODE_V2, 10, 3);
    assert_int_equal(r->n_fragment, 90);
    for (int i = 0; i < 90; i++) {
        const struct row_fragment *f = &r->fragment[i];
        assert_int_equal(f->n, i / 3 + 1);
        assert_int_equal(f->fragment_rank, f->n < 20 ? f->n : 20);
        assert_int_equal(f->multicast, 1);
        assert_int_equal(f->frag_index, 0);
        assert_int_equal(f->result, f->n < 20    ? FRAGMENT_USED
                                    : f->n == 20 ? FRAGMENT_COMPLETE
                                                 : FRAGMENT_LATE);
    }
    assert_int_equal(r->n_recovery, 3);
    for (int i = 0; i < 3; i++) {
        const struct row_recovery *c = &r->recovery[i];
        assert_int_equal(c->result, RECOVERY_COMPLETE);
        assert_int_equal(c->end_reason, SESSION_END_OPEN);
        assert_int_equal(c->m, 20);
        assert_int_equal(c->n_uncoded, 20);
        assert_int_equal(c->n_coded, 0);
        assert_int_equal(c->n_late, 10);
        assert_int_equal(c->n_needed, 20);
        assert_int_equal(c->overhead, 0);
        assert_int_equal(c->first_ns, r->fragment[0].at_ns);
        assert_int_equal(c->complete_ns, r->fragment[57].at_ns);
        assert_int_equal(c->real_bytes, 1);
    }
    assert_int_equal(r->n_message, 0); /* fragments that are taken are no messages */
    run_free(r);
}

/* With losses: the rows of ranks are those of bytes; used fragments are M where it is complete. */
static void ranks_and_bytes(void **state)
{
    (void)state;
    struct run *runs[2];
    for (int v = 1; v <= 2; v++) {
        struct ts004_setup_req setup = twenty;
        setup.nb_frag = 40;
        int n_complete = 0;
        for (int bytes = 0; bytes < 2; bytes++) {
            char buf[2000], packages[120];
            snprintf(packages, sizeof packages,
                     "fragmentation: %d, fragments: {real_bytes: %d%%, memory: {lost: 12}}", v,
                     100 * bytes);
            struct setup s = fleet(packages, "random_loss: 22%", 30, buf, sizeof buf);
            runs[bytes] = send_block(&s, &setup, (enum frag_code)v, 14, 30);
        }
        assert_int_equal(runs[0]->n_recovery, 30);
        for (int i = 0; i < 30; i++) {
            struct row_recovery *a = &runs[0]->recovery[i], *b = &runs[1]->recovery[i];
            n_complete += a->result == RECOVERY_COMPLETE;
            assert_int_equal(a->real_bytes, 0);
            assert_int_equal(b->real_bytes, 1);
            b->real_bytes = 0;
            assert_memory_equal(a, b, sizeof *a);
            if (a->result == RECOVERY_COMPLETE)
                assert_int_equal(a->n_needed, a->n_uncoded + a->n_coded);
        }
        assert_in_range(n_complete, 8, 29); /* some of both */
        assert_int_equal(runs[0]->n_fragment, runs[1]->n_fragment);
        assert_memory_equal(runs[0]->fragment, runs[1]->fragment,
                            (size_t)runs[0]->n_fragment * sizeof *runs[0]->fragment);
        assert_true(count_results(runs[0], FRAGMENT_NO_ROOM) > 0);
        run_free(runs[0]);
        run_free(runs[1]);
    }
}

/* A group that may not feed the session: every fragment is refused, with its reason. */
static void other_group(void **state)
{
    (void)state;
    char buf[1000];
    struct ts004_setup_req setup = twenty;
    struct setup s = fleet("fragmentation: 1", NULL, 2, buf, sizeof buf);
    setup.mc_group_mask = 2;
    struct run *r = send_block(&s, &setup, FRAG_CODE_V1, 5, 2);
    assert_int_equal(count_results(r, FRAGMENT_REFUSED), 50);
    assert_int_equal(
        talk_n_messages(r, "DataFragment", "from a group that may not feed the session"), 50);
    assert_int_equal(r->recovery[0].n_refused, 25);
    assert_int_equal(r->recovery[0].result, RECOVERY_INCOMPLETE);
    assert_int_equal(r->recovery[0].n_missing, 20);
    assert_int_equal(r->recovery[0].n_needed, ROW_NULL);
    run_free(r);
}

static void said(const struct run *r, const char *name, const char *hex, const char *result)
{
    for (int i = 0; i < r->n_message; i++)
        if (strcmp(r->message[i].name, name) == 0 && strcmp(r->message[i].result, result) == 0 &&
            strcmp(r->message[i].hex, hex) == 0)
            return;
    fail_msg("nobody said %s, %s: %s", name, hex, result);
}

/* Bad set-ups and fragments of a wrong server: the error bit on the air, the reason in a row. */
static void bad_input(void **state)
{
    (void)state;
    static const struct {
        const char *down, *name, *reason, *answer; /* NULL: none */
    } cases[] = {
        {"0200050004000301020304", "FragSessionSetupReq", "received", "0200"},
        {"0210070004000001020304", "FragSessionSetupReq", "needs more memory than there is",
         "0242"},
        {"02200500040000ffffffff", "FragSessionSetupReq", "session index that is not supported",
         "028c"},
        {"0210050004080001020304", "FragSessionSetupReq", "encoding that is not supported", "0241"},
        {"02100500040000ff020304", "FragSessionSetupReq", "wrong descriptor", "0248"},
        {"0200040004000001020304", "FragSessionSetupReq", "session index in use, not deleted",
         "0204"},
        {"08010001020304", NULL, NULL, NULL},
        {"080000010203ff", "DataFragment", "fragment number 0", NULL},
        {"080100010203", "DataFragment", "fragment of a wrong size", NULL},
        {"08014001020304", "DataFragment", "no session has this index", NULL},
        {"030108010001020304", "DataFragment", "fragment behind other commands", NULL},
        {"08ff3f01020304", NULL, NULL, NULL}, /* more lost than it can repair: row of fragment */
        {"0101", "FragSessionStatusReq", "received", "0102000401"},
        {"0800", NULL, "command is cut", NULL},
        {"0900", NULL, "unknown command", NULL},
    };
    struct setup s = {.run = "duration: 2h",
                      .network = "enabled_channels: [868.1MHz]",
                      .device =
                          "data_rate: 5, packages: {fragmentation: 1, fragments: {memory: "
                          "{sessions: 2, fragments: 6, lost: 2}, rules: {descriptor: '01000000', "
                          "descriptor_mask: 'ff000000'}}}",
                      .traffic = EVERY_60S,
                      .faults = "{node: net, from: 0s}"};
    struct talk t;
    talk_begin(&t, &s, 201);
    int n = (int)(sizeof cases / sizeof *cases);
    for (int i = 0; i < n; i++)
        talk_down(&t, SIM_S(10 + 300 * i) + SIM_MS(500), cases[i].down);
    talk_end(&t);
    for (int i = 0; i < n; i++) {
        if (cases[i].name)
            said(t.r, cases[i].name,
                 strstr(cases[i].down, "0301") == cases[i].down ? cases[i].down + 4 : cases[i].down,
                 cases[i].reason);
        else if (cases[i].reason)
            assert_int_equal(talk_n_messages(t.r, NULL, cases[i].reason), 1);
        if (cases[i].answer)
            said(t.r,
                 strcmp(cases[i].name, "FragSessionStatusReq") ? "FragSessionSetupAns"
                                                               : "FragSessionStatusAns",
                 cases[i].answer, "sent");
    }
    assert_int_equal(count_results(t.r, FRAGMENT_REFUSED), 3);
    assert_int_equal(count_results(t.r, FRAGMENT_NO_ROOM), 1);
    assert_int_equal(t.r->n_recovery, 1);
    assert_int_equal(t.r->recovery[0].result, RECOVERY_NO_ROOM);
    assert_int_equal(t.r->recovery[0].n_refused, 2);
    run_free(t.r);
}

/* ---- images and reboots ---- */

struct boot {
    struct world *w;
    struct trace trace;
    struct run *r;
    struct feed f;
    int n_news, n_told;
    enum package_result last;
    struct package_command answer;
};

static void on_news(void *ctx, const struct package_news *n)
{
    struct boot *b = ctx;
    b->n_news++;
    b->n_told += n->result == PACKAGE_TOLD;
    b->last = n->result;
    if (n->answer)
        b->answer = *n->answer;
}

static void on_member(void *ctx, uint32_t group, uint32_t device, bool is_ready)
{
    (void)ctx;
    (void)group;
    (void)device;
    (void)is_ready;
}

static const struct pkg_retry thrice = {.n_tries = 3, .spacing = SIM_S(130)};

/* A device with firmware, whose image of version 2 is the block; to be run. */
static void boot_begin(struct boot *b, const char *firmware, const char *fragments,
                       const char *more)
{
    static char device[600];
    snprintf(device, sizeof device,
             "data_rate: 5, %s packages: {fragmentation: 2, fragments: {%s}, firmware: 1, "
             "firmware_device: {hardware: 7, %s}}",
             more, fragments, firmware);
    struct setup s = {.device = device, .traffic = EVERY_60S, .multicast = GROUP};
    struct package_plan plan = {.ctx = b, .news = on_news, .member = on_member};
    memset(b, 0, sizeof *b);
    b->r = run_begin(&s, &b->trace, &b->w);
    feed_open(&b->f, b->w, 0, &twenty, FRAG_CODE_V2, 22);
    feed_provision(&b->f, b->w, 0, 1);
    struct package_image image = {
        .descriptor = {1, 2, 3, 4}, .version = 2, .hw_version = 7, .bytes = b->f.block, .len = 995};
    packages_sign(b->w->packages, &image);
    assert_int_equal(packages_add_plan(b->w->packages, &plan), SIM_OK);
}

static void ask(struct boot *b, sim_time at, struct package_command c)
{
    world_run_until(b->w, at);
    b->n_news = 0;
    assert_int_equal(packages_ask(b->w->packages, 0, &c, &thrice), SIM_OK);
}

static void boot_end(struct boot *b)
{
    world_run_until(b->w, SIM_S(3600));
    run_end(b->w);
    feed_close(&b->f);
    assert_int_equal(b->r->n_firmware, 1);
}

static struct package_command ts006(uint8_t cid)
{
    return (struct package_command){.fport = 203, .u.ts006.cid = cid};
}

static int n_up(const struct run *r, sim_time from, sim_time to)
{
    int n = 0;
    for (int i = 0; i < r->n_tx; i++)
        n += r->tx[i].node == entity_make("dev", 0) && r->tx[i].start_ns >= from &&
             r->tx[i].start_ns < to;
    return n;
}

/* The image is there, the countdown is answered, the device restarts: off the air for 100 s, a new
 * version behind it, and its fragmentation session is gone. */
static void update(void **state)
{
    (void)state;
    struct boot b;
    boot_begin(&b, "version: 1, restart_time: 100s", "", "");
    ask(&b, SIM_S(400), ts006(TS006_UPGRADE_IMAGE));
    world_run_until(b.w, SIM_S(600));
    assert_int_equal(b.last, PACKAGE_ACCEPTED);
    assert_int_equal(b.answer.u.ts006.u.upgrade_image_ans.status, TS006_IMAGE_VALID);
    assert_int_equal(b.answer.u.ts006.u.upgrade_image_ans.next_firmware_version, 2);
    struct package_command c = ts006(TS006_REBOOT_COUNTDOWN);
    c.u.ts006.u.reboot_countdown.countdown_s = 1000;
    ask(&b, SIM_S(600), c);
    world_run_until(b.w, SIM_S(900));
    assert_int_equal(b.last, PACKAGE_ACCEPTED);
    assert_in_range(b.answer.u.ts006.u.reboot_countdown.countdown_s, 990, 1000);
    ask(&b, SIM_S(2500), ts006(TS006_DEV_VERSION));
    boot_end(&b);
    assert_int_equal(b.last, PACKAGE_ACCEPTED);
    assert_int_equal(b.answer.u.ts006.u.dev_version_ans.fw_version, 2);
    assert_int_equal(b.answer.u.ts006.u.dev_version_ans.hw_version, 7);
    const struct row_firmware *f = &b.r->firmware[0];
    assert_int_equal(f->start_version, 1);
    assert_int_equal(f->version, 2);
    assert_int_equal(f->image, IMAGE_STATUS_NONE);
    assert_int_equal(f->last_image, IMAGE_STATUS_VALID);
    assert_int_equal(f->image_version, 2);
    assert_int_equal(f->n_restarts, 1);
    assert_int_equal(f->n_updates, 1);
    assert_true(f->reboot_ns > SIM_S(1600) && f->reboot_ns < SIM_S(1800));
    assert_true(f->image_ns < SIM_S(300));
    assert_int_equal(n_up(b.r, f->reboot_ns, f->reboot_ns + SIM_S(100)), 0);
    /* What was made meanwhile, and the next one. */
    assert_in_range(n_up(b.r, f->reboot_ns + SIM_S(100), f->reboot_ns + SIM_S(160)), 2, 3);
    assert_int_equal(b.r->recovery[0].end_reason, SESSION_END_RESTART);
    assert_int_equal(b.r->recovery[0].result, RECOVERY_COMPLETE);
    run_free(b.r);
}

/* What the devices are, and what becomes of the image; the reboot comes at once. */
static void verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *firmware, *fragments;
        enum image_status last;
        int64_t version, n_updates, n_rollbacks;
    } cases[] = {
        {"version: 1", "real_bytes: 0%", IMAGE_STATUS_VALID, 2, 1, 0},
        {"version: 1, image: corrupt", "", IMAGE_STATUS_BAD, 1, 0, 0},
        {"version: 1, image: corrupt, signature_checked: false", "", IMAGE_STATUS_BAD, 1, 0, 1},
        {"version: 1, boot: fails", "", IMAGE_STATUS_VALID, 1, 0, 1},
        {"version: 1, slot: 994B", "", IMAGE_STATUS_BAD, 1, 0, 0},
        {"version: 1, slot: 995B", "", IMAGE_STATUS_VALID, 2, 1, 0},
        {"version: 1, hardware: 8", "", IMAGE_STATUS_OTHER_HARDWARE, 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct boot b;
        char firmware[200];
        const char *own = strstr(cases[i].firmware, "hardware");
        snprintf(firmware, sizeof firmware, "%s", cases[i].firmware);
        if (own) { /* the key is there already */
            snprintf(firmware, sizeof firmware, "version: 1");
        }
        boot_begin(&b, firmware, cases[i].fragments, "");
        if (own)
            packages_sign(b.w->packages, &(struct package_image){.descriptor = {1, 2, 3, 4},
                                                                 .version = 2,
                                                                 .hw_version = 8,
                                                                 .bytes = b.f.block,
                                                                 .len = 995});
        ask(&b, SIM_S(400), ts006(TS006_REBOOT_COUNTDOWN)); /* 0: now */
        boot_end(&b);
        const struct row_firmware *f = &b.r->firmware[0];
        if (f->last_image != (int64_t)cases[i].last || f->version != cases[i].version ||
            f->n_updates != cases[i].n_updates || f->n_rollbacks != cases[i].n_rollbacks)
            fail_msg("case %zu: image %d, version %d, %d updates, %d rollbacks", i,
                     (int)f->last_image, (int)f->version, (int)f->n_updates, (int)f->n_rollbacks);
        assert_true(f->n_restarts >= 1);
        run_free(b.r);
    }
}

/* A reboot time on the device's own clock, which is 50 s behind; the answer counts seconds on it.
 * A device with the known mistake answers with the time itself. */
static void reboot_time(void **state)
{
    (void)state;
    for (int absolute = 0; absolute < 2; absolute++) {
        struct boot b;
        boot_begin(&b, absolute ? "reboot_answer: absolute" : "restart_time: 1s", "",
                   "clock: {offset: -50s},");
        int64_t start_s = world_cfg(b.w)->run.start_gps_ns / SIM_S(1);
        struct package_command c = ts006(TS006_REBOOT_TIME);
        c.u.ts006.u.reboot_time.time_s = (uint32_t)(start_s + 2000);
        ask(&b, SIM_S(400), c);
        boot_end(&b);
        assert_int_equal(b.last, PACKAGE_ACCEPTED);
        if (absolute)
            assert_int_equal(b.answer.u.ts006.u.reboot_time.time_s, start_s + 2000);
        else
            assert_in_range(b.answer.u.ts006.u.reboot_time.time_s, 1500, 1650);
        assert_int_equal(b.r->firmware[0].reboot_ns, SIM_S(2050) + 2);
        run_free(b.r);
    }
}

/* By itself, within 16 s of the last fragment that it needed. */
static void automatic(void **state)
{
    (void)state;
    struct boot b;
    boot_begin(&b, "reboot: automatic, rejoin: true", "", "activation: otaa,");
    boot_end(&b);
    const struct row_firmware *f = &b.r->firmware[0];
    assert_int_equal(f->n_updates, 1);
    assert_in_range(f->reboot_ns - b.r->recovery[0].complete_ns, 0, SIM_S(16));
    assert_true(run_device(b.r, "dev", 0)->n_join_requests >= 2);
    run_free(b.r);
}

/* Set-up, receipt and deletion by the server; a session counter that was used is refused. */
static void over_the_air(void **state)
{
    (void)state;
    struct boot b;
    boot_begin(&b, "version: 1", "rules: {receipts: 5}", "");
    struct package_command c = {.fport = 201, .u.ts004.cid = TS004_SESSION_SETUP};
    struct ts004_setup_req *q = &c.u.ts004.u.setup_req;
    *q = (struct ts004_setup_req){.frag_index = 1,
                                  .nb_frag = 2,
                                  .frag_size = 10,
                                  .ack_reception = true,
                                  .session_cnt = 7,
                                  .block_ack_delay = 0};
    ask(&b, SIM_S(5), c);
    world_run_until(b.w, SIM_S(200));
    assert_int_equal(b.last, PACKAGE_ACCEPTED);
    uint8_t octets[10] = {0};
    for (uint16_t n = 1; n <= 2; n++) {
        struct package_command f = {.fport = 201, .u.ts004.cid = TS004_DATA_FRAGMENT};
        f.u.ts004.u.data_fragment.frag_index = 1;
        f.u.ts004.u.data_fragment.n = n;
        f.u.ts004.u.data_fragment.data = octets;
        f.u.ts004.u.data_fragment.len = sizeof octets;
        struct server_packet p = {.fport = 201, .key = n};
        size_t len = 0;
        assert_int_equal(ts004_put(p.bytes, sizeof p.bytes, &len, 2, &f.u.ts004), SIM_OK);
        p.len = (uint8_t)len;
        assert_int_equal(server_send_packet(b.w->servers[0], 0, &p), SIM_OK);
    }
    world_run_until(b.w, SIM_S(700));
    assert_int_equal(b.n_told, 1); /* the receipt: wrong MIC, confirmed */
    assert_true(b.answer.u.ts004.u.block_received_req.mic_error);
    ask(&b, SIM_S(700), c);
    world_run_until(b.w, SIM_S(1000));
    assert_int_equal(b.last, PACKAGE_REFUSED);
    assert_true(b.answer.u.ts004.u.setup_ans.session_cnt_replay);
    c.u.ts004 = (struct ts004){.cid = TS004_SESSION_DELETE};
    c.u.ts004.u.delete_req.frag_index = 1;
    ask(&b, SIM_S(1000), c);
    boot_end(&b);
    assert_int_equal(b.last, PACKAGE_ACCEPTED);
    assert_int_equal(b.r->recovery[0].end_reason, SESSION_END_DELETED);
    assert_int_equal(b.r->recovery[0].result, RECOVERY_MIC);
    assert_int_equal(b.r->recovery[0].acknowledged, 1);
    assert_int_equal(talk_n_messages(b.r, "FragDataBlockReceivedAns", "received"), 1);
    assert_int_equal(talk_n_messages(b.r, "FragSessionSetupReq", "session counter was used before"),
                     1);
    assert_int_equal(b.r->firmware[0].last_image, IMAGE_STATUS_VALID); /* of the other session */
    run_free(b.r);
}

/* Known mistake: more is lost than the device can repair, and it takes the block as complete. The
 * signature says what it is. */
static void called_complete(void **state)
{
    (void)state;
    char buf[1000];
    struct ts004_setup_req setup = twenty;
    struct setup s = fleet("fragmentation: 1, fragments: {memory: {lost: 0}, rules: {overflow: "
                           "complete}}, firmware: 1",
                           "random_loss: 30%", 5, buf, sizeof buf);
    struct run *r = send_block(&s, &setup, FRAG_CODE_V1, 10, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(r->recovery[i].result, RECOVERY_WRONG);
        assert_true(r->recovery[i].n_missing > 0);
        assert_int_equal(r->firmware[i].last_image, IMAGE_STATUS_BAD);
    }
    run_free(r);
}

/* The session is closed when the block is there, which spares listening; by default it is not. */
static void leaves_session(void **state)
{
    (void)state;
    int64_t energy[2];
    for (int leave = 0; leave < 2; leave++) {
        char buf[1000];
        struct setup s = fleet(leave ? "fragmentation: 2, fragments: {rules: {after_block: leave}}"
                                     : "fragmentation: 2",
                               NULL, 1, buf, sizeof buf);
        struct run *r = send_block(&s, &twenty, FRAG_CODE_V2, 10, 1);
        assert_int_equal(r->recovery[0].result, RECOVERY_COMPLETE);
        assert_int_equal(r->recovery[0].n_late, leave ? 0 : 10);
        assert_int_equal(run_n_lost(r, LOSS_WINDOW), leave ? 10 : 0);
        energy[leave] = r->device[0].rx_energy_uj;
        run_free(r);
    }
    /* 2,048 s of listening, and about 100 s. */
    assert_in_range(energy[0] / energy[1], 18, 22);
}

/* The same with a group that was set up over the air: the machine of that package knows it, too. */
static void leaves_session_over_the_air(void **state)
{
    (void)state;
    char buf[1000];
    struct setup s = fleet("multicast_setup: 2, fragmentation: 2, fragments: {rules: {after_block: "
                           "leave}}",
                           NULL, 1, buf, sizeof buf);
    s.traffic = EVERY_60S;
    s.multicast =
        "{name: g, members: [{devices: dev}], frequency: 869.525MHz, data_rate: 5, setup: "
        "over_the_air, session: {start: 600s, timeout: 11}, traffic: {count: 500}}";
    struct run *r = send_block(&s, &twenty, FRAG_CODE_V2, 40, 1);
    assert_int_equal(r->n_member, 1);
    assert_true(r->member[0].row.ready);
    assert_int_equal(r->recovery[0].result, RECOVERY_COMPLETE);
    assert_true(r->recovery[0].complete_ns > SIM_S(600));
    assert_int_equal(r->recovery[0].n_late, 0);
    assert_in_range(r->device[0].rx_energy_uj, 3696000,
                    8000000); /* 100 to 200 s at 11.2 mA, 3.3 V */
    run_free(r);
}

/* ---- the order of events at one instant ---- */

static int by_device(const void *a, const void *b)
{
    const struct row_fragment *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

static int by_recovery(const void *a, const void *b)
{
    const struct row_recovery *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Everybody sends at the same instants, some while fragments are on the air; all get the same
 * status request and restart by themselves. */
static struct run *crowd(const char *order)
{
    char buf[2000], run[80];
    struct ts004_setup_req setup = twenty;
    setup.nb_frag = 60;
    setup.padding = 0;
    setup.ack_reception = true;
    snprintf(run, sizeof run, "duration: 30min, tie_order: %s", order);
    struct setup s = fleet("fragmentation: 2, firmware: 1, firmware_device: {reboot: automatic, "
                           "restart_time: 20s}",
                           "random_loss: 15%", 25, buf, sizeof buf);
    s.run = run;
    s.traffic = "kind: periodic, period: 20s, phase: 0s, size: 10B";
    struct world *w;
    struct trace trace;
    struct feed f;
    struct run *r = run_begin(&s, &trace, &w);
    feed_open(&f, w, 0, &setup, FRAG_CODE_V2, 60 + 50);
    feed_provision(&f, w, 0, 25);
    packages_sign(w->packages, &(struct package_image){.descriptor = {1, 2, 3, 4},
                                                       .version = 2,
                                                       .hw_version = 1,
                                                       .bytes = f.block,
                                                       .len = 60 * 50});
    world_run_until(w, world_cfg(w)->run.duration_ns);
    run_end(w);
    feed_close(&f);
    qsort(r->fragment, (size_t)r->n_fragment, sizeof *r->fragment, by_device);
    qsort(r->recovery, (size_t)r->n_recovery, sizeof *r->recovery, by_recovery);
    return r;
}

static void tie_order(void **state)
{
    (void)state;
    struct run *a = crowd("fifo"), *b = crowd("lifo");
    int64_t n_updates = 0;
    assert_int_equal(a->n_fragment, b->n_fragment);
    assert_memory_equal(a->fragment, b->fragment, (size_t)a->n_fragment * sizeof *a->fragment);
    assert_int_equal(a->n_recovery, b->n_recovery);
    assert_memory_equal(a->recovery, b->recovery, (size_t)a->n_recovery * sizeof *a->recovery);
    assert_int_equal(a->n_firmware, 25);
    assert_memory_equal(a->firmware, b->firmware, 25 * sizeof *a->firmware);
    assert_int_equal(a->n_message, b->n_message);
    for (int i = 0; i < 25; i++)
        n_updates += a->firmware[i].n_updates;
    assert_in_range(n_updates, 5, 25);
    run_free(a);
    run_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_block),    cmocka_unit_test(ranks_and_bytes),
        cmocka_unit_test(other_group),    cmocka_unit_test(bad_input),
        cmocka_unit_test(update),         cmocka_unit_test(verdicts),
        cmocka_unit_test(reboot_time),    cmocka_unit_test(automatic),
        cmocka_unit_test(over_the_air),   cmocka_unit_test(called_complete),
        cmocka_unit_test(leaves_session), cmocka_unit_test(leaves_session_over_the_air),
        cmocka_unit_test(tie_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
