/* SPDX-License-Identifier: GPL-2.0-only
 * Pins firmware campaigns in whole runs: everything that is said over the air, the octets of the
 * block on every device, new firmware and the reasons of those that do not get it, several
 * sessions with one counter, early ends, repair by multicast and by unicast, provisioned groups,
 * wrong clocks. Left open: the machine's own paths (unit.campaign); devices (run.fragments). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "models/server/packages_ts004.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

#define FOUR     "{x: 100m, y: 0m}, {x: 0m, y: 100m}, {x: 50m, y: 50m}, {x: -60m, y: 0m}"
#define ALL      "packages: {clock_sync: 2, multicast_setup: 2, fragmentation: 2, firmware: 1}"
#define DEV      "count: 4, data_rate: 5, " ALL
#define TRAFFIC  "kind: periodic, period: 5min, jitter: 20s, size: 10B"
#define GROUP    "{name: g, members: [{devices: dev}], setup: over_the_air, data_rate: 5"
#define CAMPAIGN "{name: c, group: g, size: 995B, fragment_size: 50B, session: {lead: 12min}"
#define PLAIN    ", firmware: {check: false, reboot: none, verify: false}"

static struct setup base(const char *campaign)
{
    return (struct setup){.run = "duration: 6h",
                          .radio = "region: EU868, interference: none",
                          .gateway = "count: 2", /* one sends, the other one hears */
                          .gateway_points = "{x: 0m, y: 0m}, {x: 10m, y: 0m}",
                          .device_points = FOUR,
                          .device = DEV,
                          .traffic = TRAFFIC,
                          .multicast = GROUP "}",
                          .campaigns = campaign};
}

static int n_messages(const struct run *r, const char *name, const char *result)
{
    int n = 0;
    for (int i = 0; i < r->n_message; i++)
        n += strcmp(r->message[i].name, name) == 0 && strcmp(r->message[i].result, result) == 0;
    return n;
}

static int n_multicast(const struct run *r)
{
    int n = 0;
    for (int i = 0; i < r->n_tx; i++)
        n += r->tx[i].kind == FRAME_MULTICAST_DOWN;
    return n;
}

static const struct row_campaign_device *verdict(const struct run *r, uint32_t index)
{
    for (int i = 0; i < r->n_campaign_device; i++)
        if (r->campaign_device[i].device == entity_make("dev", index))
            return &r->campaign_device[i];
    fail_msg("dev/%u has no verdict", index);
    return NULL;
}

static void ends(const struct run *r, uint32_t index, int state, int reason)
{
    assert_int_equal(verdict(r, index)->reason, reason);
    assert_int_equal(verdict(r, index)->state, state);
}

static void all_updated(const struct run *r)
{
    assert_int_equal(r->n_campaign_device, 4);
    for (uint32_t i = 0; i < 4; i++)
        ends(r, i, CAMPAIGN_UPDATED, CAMPAIGN_R_NONE);
}

/* Each command goes to each device once, and comes. */
static void whole(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ForceDeviceResyncCmd",  "McGroupSetupReq",      "McGroupSetupAns",
        "FragSessionSetupReq",   "FragSessionSetupAns",  "McClassCSessionReq",
        "McClassCSessionAns",    "FragSessionStatusReq", "FragSessionStatusAns",
        "DevUpgradeImageReq",    "DevUpgradeImageAns",   "DevRebootCountdownReq",
        "DevRebootCountdownAns", "DevVersionReq",        "DevVersionAns"};
    struct setup s = base(CAMPAIGN ", clock: {check: ts003}, firmware: {version: 7}}");
    struct run *r = run_setup(&s);
    all_updated(r);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(n_messages(r, names[i], "sent"), 4);
        assert_int_equal(n_messages(r, names[i], "received"), 4);
    }
    assert_int_equal(n_messages(r, "PackageVersionReq", "received"), 4 * 4);
    assert_int_equal(n_multicast(r), 20 + 2);
    for (int i = 0; i < r->n_firmware; i++) {
        assert_int_equal(r->firmware[i].version, 7);
        assert_int_equal(r->firmware[i].n_updates, 1);
    }
    assert_int_equal(r->n_recovery, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(r->recovery[i].result, RECOVERY_COMPLETE);
    /* Every device goes through the states in their order, each once. */
    static const int64_t states[] = {
        CAMPAIGN_WAITING,   CAMPAIGN_INVENTORY, CAMPAIGN_CLOCK,    CAMPAIGN_GROUP,
        CAMPAIGN_FRAGMENTS, CAMPAIGN_SET_UP,    CAMPAIGN_INVITED,  CAMPAIGN_RECEIVING,
        CAMPAIGN_SENT,      CAMPAIGN_STATUS,    CAMPAIGN_COMPLETE, CAMPAIGN_IMAGE,
        CAMPAIGN_REBOOT,    CAMPAIGN_REBOOTING, CAMPAIGN_VERIFY,   CAMPAIGN_UPDATED};
    int n = 0;
    for (int i = 0; i < r->n_campaign_state; i++)
        if (r->campaign_state[i].device == entity_make("dev", 2))
            assert_int_equal(r->campaign_state[i].state, states[n++]);
    assert_int_equal(n, sizeof states / sizeof *states);
    assert_int_equal(r->n_phase, 5);
    assert_string_equal(r->phase[2].phase, "transmit");
    assert_int_equal(r->phase[2].row.n_frames, 22);
    assert_int_equal(r->phase[4].row.n_updated, 4);
    run_free(r);
}

/* The octets on every device are those of the block, with losses repaired by parity. */
static void octets(void **state)
{
    (void)state;
    struct setup s = base(CAMPAIGN ", redundancy: 50%, session_index: 2" PLAIN "}");
    struct trace trace;
    struct world *w;
    s.multicast = GROUP ", loss: {kind: bernoulli, loss_ratio: 20%}}";
    struct run *r = run_begin(&s, &trace, &w);
    world_run_until(w, SIM_S(6 * 3600));
    const struct campaign_block *b = &w->blocks[0];
    assert_int_equal(b->len, 995);
    assert_int_equal(b->m, 20);
    for (uint32_t i = 0; i < 4; i++) {
        size_t len;
        const uint8_t *data = ts004_device_block(&pk_find(w->packages, i)->ts004->device, 2, &len);
        assert_non_null(data);
        assert_int_equal(len, 995);
        assert_memory_equal(data, b->data, len);
    }
    run_end(w);
    all_updated(r);
    int64_t n_coded = 0;
    for (int i = 0; i < r->n_recovery; i++)
        n_coded += r->recovery[i].n_coded;
    assert_true(n_coded > 0);
    run_free(r);
}

/* One device each that fails in its own way; the others are updated. */
static void reasons(void **state)
{
    (void)state;
    static const struct {
        const char *packages;
        int reason;
    } cases[] = {
        {"clock_sync: 2, multicast_setup: 2, fragmentation: 2, firmware: 1, refuse_data_rates: [5]",
         CAMPAIGN_R_DATA_RATE},
        {"clock_sync: 2, multicast_setup: 2, fragmentation: 2, firmware: 1, refuse_frequencies: "
         "[869.525MHz]",
         CAMPAIGN_R_FREQUENCY},
        {"clock_sync: 2, multicast_setup: 2, fragmentation: 2, firmware: 1, fragments: {memory: "
         "{block: 500B}}",
         CAMPAIGN_R_MEMORY},
        {"clock_sync: 2, multicast_setup: 2, fragmentation: 2, firmware: 1, firmware_device: "
         "{hardware: 9}",
         CAMPAIGN_R_IMAGE_HARDWARE},
        {"clock_sync: 2, multicast_setup: 2, fragmentation: 2, firmware: 1, firmware_device: "
         "{boot: fails}",
         CAMPAIGN_R_FW_VERSION},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char more[400];
        struct setup s = base(CAMPAIGN ", firmware: {version: 2}}");
        snprintf(more, sizeof more,
                 "{name: odd, data_rate: 5, placement: {kind: list, points: [{x: 0m, y: -80m}]}, "
                 "traffic: {" TRAFFIC "}, packages: {%s}}",
                 cases[k].packages);
        s.more_devices = more;
        s.multicast = "{name: g, members: [{devices: dev}, {devices: odd}], setup: over_the_air, "
                      "data_rate: 5}";
        struct run *r = run_setup(&s);
        int n_updated = 0;
        for (int i = 0; i < r->n_campaign_device; i++) {
            const struct row_campaign_device *d = &r->campaign_device[i];
            n_updated += d->state == CAMPAIGN_UPDATED;
            if (d->device == entity_make("odd", 0))
                assert_int_equal(d->reason, cases[k].reason);
        }
        assert_int_equal(n_updated, 4);
        run_free(r);
    }
}

/* A block that needs three sessions: McFCnt goes on, nothing is sent outside of sessions, and
 * nothing twice. */
static void sessions(void **state)
{
    (void)state;
    struct setup s = base("{name: c, group: g, size: 4000B, fragment_size: 50B, redundancy: 0%, "
                          "period: 1s, session: {lead: 12min, timeout: 5}" PLAIN "}");
    struct run *r = run_setup(&s);
    all_updated(r);
    assert_int_equal(n_multicast(r), 80);
    assert_int_equal(verdict(r, 0)->n_sessions, 3);
    int64_t fcnt = 0;
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].kind == FRAME_MULTICAST_DOWN)
            assert_int_equal(r->tx[i].fcnt, fcnt++);
    int n = 0;
    for (int i = 0; i < r->n_phase; i++)
        if (strcmp(r->phase[i].phase, "transmit") == 0) {
            n++;
            assert_int_equal(r->phase[i].row.session, n);
            assert_true(r->phase[i].row.end_ns - r->phase[i].row.start_ns <= SIM_S(32) + 10);
        }
    assert_int_equal(n, 3);
    run_free(r);
}

/* Receipts end the transmission before its redundancy. */
static void acknowledged(void **state)
{
    (void)state;
    struct setup s = base(CAMPAIGN ", redundancy: 400%, period: 2s, end: acknowledged, "
                                   "block_ack_delay: 0" PLAIN "}");
    struct run *r = run_setup(&s);
    all_updated(r);
    assert_in_range(n_multicast(r), 21, 59);
    assert_int_equal(n_messages(r, "FragDataBlockReceivedReq", "received"), 4);
    assert_int_equal(n_messages(r, "FragSessionStatusReq", "sent"), 0);
    run_free(r);
}

/* The group is asked in its session, and what is missing follows in it. */
static void asked_as_a_group(void **state)
{
    (void)state;
    struct setup s = base(CAMPAIGN ", redundancy: 0%, end: status, block_ack_delay: 0, repair: "
                                   "{rounds: 6}, session: {lead: 12min, timeout: 10}" PLAIN "}");
    s.campaigns =
        "{name: c, group: g, size: 995B, fragment_size: 50B, redundancy: 0%, end: status, "
        "block_ack_delay: 0, repair: {rounds: 6}, session: {lead: 12min, timeout: 10}" PLAIN "}";
    s.multicast = GROUP ", loss: {kind: bernoulli, loss_ratio: 30%}}";
    struct run *r = run_setup(&s);
    all_updated(r);
    assert_true(n_multicast(r) > 22);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(verdict(r, i)->n_sessions, 1);
    run_free(r);
}

static void by_unicast(void **state)
{
    (void)state;
    struct setup s = base(CAMPAIGN ", redundancy: 0%, repair: {rounds: 3, unicast: 4}" PLAIN "}");
    s.multicast = GROUP ", loss: {kind: bernoulli, loss_ratio: 30%}}";
    struct run *r = run_setup(&s);
    all_updated(r);
    assert_int_equal(n_multicast(r), 20);
    int64_t fed = 0;
    for (uint32_t i = 0; i < 4; i++)
        fed += verdict(r, i)->n_fed;
    assert_true(fed > 0);
    assert_int_equal(n_messages(r, "DataFragment", "sent"), fed);
    run_free(r);
    s.campaigns = "{name: c, group: g, size: 9B, fragment_size: 3B, session: {max: 0}" PLAIN "}";
    s.multicast = GROUP "}";
    r = run_setup(&s);
    all_updated(r);
    assert_int_equal(n_multicast(r), 0);
    assert_int_equal(n_messages(r, "DataFragment", "sent"), 4 * 3);
    assert_int_equal(n_messages(r, "McGroupSetupReq", "sent"), 0);
    run_free(r);
}

/* Nobody is told anything, and nobody says anything. */
static void provisioned(void **state)
{
    (void)state;
    struct setup s = base("{name: c, group: g, size: 995B, fragment_size: 50B, session: {start: "
                          "60s}, status: none" PLAIN "}");
    s.device = "count: 4, packages: {fragmentation: 1}";
    s.traffic = NULL;
    s.multicast = "{name: g, members: [{devices: dev}], data_rate: 5}";
    struct run *r = run_setup(&s);
    all_updated(r);
    assert_int_equal(r->n_message, 0);
    assert_int_equal(n_multicast(r), 22);
    for (int i = 0; i < r->n_tx; i++)
        assert_true(r->tx[i].start_ns >= SIM_S(62));
    run_free(r);
}

static void clocks(void **state)
{
    (void)state;
    struct setup s = base(CAMPAIGN PLAIN "}");
    s.device = "count: 4, data_rate: 5, clock: {offset: 45s}, packages: {multicast_setup: 2, "
               "fragmentation: 2}";
    struct run *r = run_setup(&s);
    for (uint32_t i = 0; i < 4; i++) {
        ends(r, i, CAMPAIGN_FAILED, CAMPAIGN_R_CLOCK);
        assert_in_range(verdict(r, i)->clock_error_ns, SIM_S(44), SIM_S(46));
    }
    run_free(r);
    s.campaigns = CAMPAIGN ", clock: {check: ts003}" PLAIN "}";
    s.device = "count: 4, data_rate: 5, clock: {offset: 45s}, packages: {clock_sync: 2, "
               "time_requests: {starts: network}, multicast_setup: 2, fragmentation: 2}";
    r = run_setup(&s);
    all_updated(r);
    for (uint32_t i = 0; i < 4; i++)
        assert_in_range(verdict(r, i)->clock_error_ns + SIM_S(1), 0, SIM_S(2));
    run_free(r);
}

/* Group and fragmentation session are gone at the end; the image is not. */
static void removal(void **state)
{
    (void)state;
    static const char *const names[] = {"FragSessionDeleteReq", "FragSessionDeleteAns",
                                        "McGroupDeleteReq", "McGroupDeleteAns"};
    struct setup s = base(CAMPAIGN ", remove: true, firmware: {version: 7}}");
    struct trace trace;
    struct world *w;
    struct run *r = run_begin(&s, &trace, &w);
    world_run_until(w, SIM_S(6 * 3600));
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(packages_missing(w->packages, i, 0), -1);
    run_end(w);
    all_updated(r);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(n_messages(r, names[i], "received"), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(r->recovery[i].end_reason, SESSION_END_DELETED);
    run_free(r);
}

/* The run ends in the middle: a reason all the same. A member that no gateway reaches. */
static void cut_short(void **state)
{
    (void)state;
    struct setup s = base(CAMPAIGN ", firmware: {version: 2}}");
    s.run = "duration: 20min";
    s.device_points = "{x: 100m, y: 0m}, {x: 0m, y: 100m}, {x: 50m, y: 50m}, {x: 900km, y: 0m}";
    struct run *r = run_setup(&s);
    for (uint32_t i = 0; i < 3; i++)
        ends(r, i, CAMPAIGN_FAILED, CAMPAIGN_R_ENDED);
    ends(r, 3, CAMPAIGN_FAILED, CAMPAIGN_R_UNREACHED);
    run_free(r);
}

static void add(struct row_energy *sum, const struct row_energy *e)
{
    sum->length_ns += e->length_ns;
    sum->tx_ns += e->tx_ns;
    sum->rx_ns += e->rx_ns;
    sum->rxc_ns += e->rxc_ns;
    sum->idle_ns += e->idle_ns;
    sum->tx_uj += e->tx_uj;
    sum->rxc_uj += e->rxc_uj;
}

/* Times of the phases add up to those of the run, to the nanosecond; the session is in the phase of
 * that name, apart from what is heard of it before the server knows of it and after the block is
 * known to be there; nobody repairs where nothing is lost. */
static void energy_by_phase(void **state)
{
    (void)state;
    struct setup s = base(CAMPAIGN "}");
    struct run *r = run_setup(&s);
    for (uint32_t i = 0; i < 4; i++) {
        struct row_energy sum = {0}, whole_run = {0}, session = {0};
        unsigned phases = 0;
        for (int k = 0; k < r->n_energy; k++) {
            const struct row_energy *e = &r->energy[k];
            if (e->device != entity_make("dev", i))
                continue;
            assert_false(phases & 1u << e->phase);
            phases |= 1u << e->phase;
            if (e->phase == ENERGY_PHASE_SESSION)
                add(&session, e);
            add(e->phase == ENERGY_PHASE_RUN ? &whole_run : &sum, e);
        }
        assert_int_equal(phases, 1u << ENERGY_PHASE_RUN | 1u << ENERGY_PHASE_SETUP |
                                     1u << ENERGY_PHASE_SESSION | 1u << ENERGY_PHASE_REST);
        assert_int_equal(sum.length_ns, SIM_S(6 * 3600));
        assert_int_equal(sum.length_ns, whole_run.length_ns);
        assert_int_equal(sum.tx_ns, whole_run.tx_ns);
        assert_int_equal(sum.rx_ns, whole_run.rx_ns);
        assert_int_equal(sum.rxc_ns, whole_run.rxc_ns);
        assert_int_equal(sum.idle_ns, whole_run.idle_ns);
        assert_in_range(sum.tx_uj - whole_run.tx_uj + 3, 0, 6);
        assert_in_range(sum.rxc_uj - whole_run.rxc_uj + 3, 0, 6);
        assert_true(session.rxc_ns > 0 && session.rxc_ns * 2 > whole_run.rxc_ns);
        assert_true(session.tx_ns < whole_run.tx_ns);
    }
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),           cmocka_unit_test(octets),
        cmocka_unit_test(reasons),         cmocka_unit_test(sessions),
        cmocka_unit_test(acknowledged),    cmocka_unit_test(asked_as_a_group),
        cmocka_unit_test(by_unicast),      cmocka_unit_test(provisioned),
        cmocka_unit_test(clocks),          cmocka_unit_test(cut_short),
        cmocka_unit_test(energy_by_phase), cmocka_unit_test(removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
