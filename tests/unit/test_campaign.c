/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the campaign's machine against a fleet made of a few lines: the order of requests, that a
 * device that fails holds up nobody, one reason for each failure, sessions that are too short,
 * early ends, repair rounds by multicast and by unicast, wrong clocks, fixed and provisioned
 * sessions, the removal of group and fragmentation session, and a server's mistakes. Left open:
 * packages, radio and bytes (run.campaign). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/packages/campaign.h"
#include "sim/err.h"

enum { N = 6, M = 20, ANSWERS = 4000, LOG = 200 };

/* How one device behaves. */
struct behaviour {
    int what; /* enum campaign_request that it treats so; -1: none */
    enum campaign_outcome outcome;
    uint8_t reason;      /* with REFUSED */
    uint8_t version;     /* of its packages; 0: 2 */
    uint32_t fw_version; /* 0: that of the image */
    int64_t clock_error_ns;
    bool clock_stays; /* setting it does not help */
    unsigned loses;   /* every loses-th frame; 0: none */
    sim_time delay;   /* 0: 100 s */
    bool cannot;      /* asking fails at once */
};

struct pending {
    sim_time at;
    uint32_t member;
    struct campaign_answer a;
};

/* The fleet and what it was told. */
struct fleet {
    struct campaign_rules rules;
    struct campaign c;
    struct campaign_member members[N];
    struct behaviour b[N];
    struct pending pending[ANSWERS];
    unsigned n_pending, got[N];
    bool receiver[N], acknowledges;
    sim_time now, next_frame, pace;
    bool sending;
    struct campaign_session session;
    unsigned n_sessions, n_frames, n_status, n_phases, n_fed;
    uint8_t asked[LOG];
    unsigned n_asked;
};

static void post(struct fleet *f, sim_time in, uint32_t member, struct campaign_answer a)
{
    assert_true(f->n_pending < ANSWERS);
    f->pending[f->n_pending++] = (struct pending){f->now + in, member, a};
}

static unsigned missing(const struct fleet *f, uint32_t i)
{
    return f->got[i] >= M ? 0 : M - f->got[i];
}

static int ask(void *ctx, uint32_t i, enum campaign_request what)
{
    struct fleet *f = ctx;
    struct behaviour *b = &f->b[i];
    struct campaign_answer a = {.what = what,
                                .version = b->version ? b->version : 2,
                                .clock_known = true,
                                .clock_error_ns = b->clock_error_ns,
                                .fw_version = b->fw_version ? b->fw_version : 7,
                                .reboot_in = SIM_S(60)};
    if (i == 0 && f->n_asked < LOG)
        f->asked[f->n_asked++] = (uint8_t)what;
    sim_time delay = b->delay ? b->delay : SIM_S(100);
    if ((int)what == b->what) {
        if (b->cannot)
            return SIM_ENOENT;
        a.outcome = b->outcome;
        a.reason = b->reason;
        delay = a.outcome == CAMPAIGN_SILENT ? SIM_S(10000) : delay;
    }
    if (what == CAMPAIGN_ASK_CLOCK && !b->clock_stays)
        b->clock_error_ns = 0;
    post(f, delay, i, a);
    return SIM_OK;
}

static void session(void *ctx, const struct campaign_session *s)
{
    struct fleet *f = ctx;
    assert_int_equal((f->rules.gps_at_0 + s->open) % f->rules.unit, 0);
    assert_int_equal(s->close - s->open, f->rules.unit << s->timeout);
    assert_int_equal(s->number, ++f->n_sessions);
    f->session = *s;
}

static void receiver(void *ctx, uint32_t i, bool yes)
{
    struct fleet *f = ctx;
    assert_int_not_equal(f->receiver[i], yes);
    f->receiver[i] = yes;
}

static void wake_sender(void *ctx)
{
    struct fleet *f = ctx;
    sim_time from = f->session.open + f->rules.margin;
    f->sending = true;
    f->next_frame = f->now + 1 > from ? f->now + 1 : from;
}

static unsigned feed(void *ctx, uint32_t i, unsigned first, unsigned n)
{
    struct fleet *f = ctx;
    assert_in_range(n, 1, CAMPAIGN_MAX_FEED);
    assert_true(first >= 1);
    f->n_fed += n;
    f->got[i] += n;
    return n;
}

static unsigned look(void *ctx, uint32_t i)
{
    return missing(ctx, i);
}

static sim_time frames_take(void *ctx, unsigned n)
{
    return (sim_time)n * ((const struct fleet *)ctx)->pace;
}

static void changed(void *ctx, uint32_t i)
{
    (void)ctx;
    assert_true(i < N);
}

static void phase_over(void *ctx)
{
    ((struct fleet *)ctx)->n_phases++;
}

static struct fleet *fleet(void)
{
    static struct fleet f;
    memset(&f, 0, sizeof f);
    f.rules = (struct campaign_rules){.inventory = true,
                                      .set_clocks = true,
                                      .check_clocks = true,
                                      .check_image = true,
                                      .reboot = true,
                                      .verify = true,
                                      .packages = 15,
                                      .versions = {2, 2, 2, 2},
                                      .max_clock_error_ns = SIM_S(2),
                                      .m = M,
                                      .n_parity = 5,
                                      .repair_parity = 4,
                                      .max_sessions = 5,
                                      .max_rounds = 3,
                                      .ack_wait = SIM_S(40),
                                      .start = SIM_S(5),
                                      .first_session = SIM_NEVER,
                                      .lead = SIM_S(600),
                                      .margin = SIM_S(2),
                                      .unit = SIM_S(1),
                                      .timeout = -1,
                                      .gps_at_0 = SIM_MS(300),
                                      .fw_version = 7};
    f.pace = SIM_S(1);
    for (int i = 0; i < N; i++)
        f.b[i].what = -1;
    return &f;
}

/* A frame goes to everybody who listens; the next one follows. */
static void send_frame(struct fleet *f)
{
    unsigned n = 0;
    enum campaign_frame_kind kind = campaign_next_frame(&f->c, &n);
    if (kind == CAMPAIGN_FRAME_NONE || kind == CAMPAIGN_FRAME_END) {
        f->sending = false;
        return;
    }
    if (f->now + f->pace > f->session.close) {
        f->sending = false;
        campaign_session_full(&f->c, f->now);
        return;
    }
    campaign_frame_taken(&f->c, f->now);
    f->n_frames++;
    f->n_status += kind == CAMPAIGN_FRAME_STATUS;
    f->next_frame = f->now + f->pace;
    for (uint32_t i = 0; i < N; i++) {
        struct campaign_answer a = {.what = CAMPAIGN_ASK_STATUS};
        if (!f->receiver[i])
            continue;
        if (kind == CAMPAIGN_FRAME_FRAGMENT) {
            assert_in_range(n, 1, 100);
            f->got[i] += f->b[i].loses == 0 || n % f->b[i].loses != 0;
            if (f->acknowledges && f->got[i] == M)
                post(f, SIM_S(3), i, a);
        } else {
            a.missing = (uint16_t)missing(f, i);
            post(f, SIM_S(20), i, a);
        }
    }
    campaign_frame_over(&f->c, f->now);
}

static void answer_first(struct fleet *f, unsigned k)
{
    struct pending p = f->pending[k];
    f->pending[k] = f->pending[--f->n_pending];
    if (p.a.what == CAMPAIGN_ASK_STATUS && p.a.outcome == CAMPAIGN_ACCEPTED)
        p.a.missing = (uint16_t)missing(f, p.member);
    campaign_answer(&f->c, f->now, p.member, &p.a);
}

/* Everything in the order of time, until nothing more happens. */
static void run(struct fleet *f)
{
    struct campaign_ops ops = {f,    ask,  session,     receiver, wake_sender,
                               feed, look, frames_take, changed,  phase_over};
    campaign_init(&f->c, &f->rules, &ops, f->members, N);
    for (;;) {
        unsigned first = 0;
        for (unsigned i = 1; i < f->n_pending; i++)
            first = f->pending[i].at < f->pending[first].at ? i : first;
        sim_time answer = f->n_pending ? f->pending[first].at : SIM_NEVER;
        sim_time frame = f->sending ? f->next_frame : SIM_NEVER, wake = campaign_next(&f->c);
        f->now = answer < frame ? answer : frame;
        f->now = wake < f->now ? wake : f->now;
        if (f->now == SIM_NEVER)
            break;
        if (f->now == answer)
            answer_first(f, first);
        else if (f->now == frame)
            send_frame(f);
        else
            campaign_wake(&f->c, f->now);
    }
    assert_int_equal(f->c.phase, CAMPAIGN_PHASE_DONE);
    assert_int_equal(f->c.n_busy, 0);
    assert_int_equal(f->c.n_under_way, 0);
    for (uint32_t i = 0; i < N; i++) {
        assert_false(f->receiver[i]);
        assert_true(f->members[i].over_at >= 0);
    }
}

static void ends(const struct fleet *f, uint32_t i, enum campaign_state state, int reason)
{
    assert_int_equal(f->members[i].state, state);
    assert_int_equal(f->members[i].reason, reason);
}

static void all_updated_but(const struct fleet *f, uint32_t but)
{
    for (uint32_t i = 0; i < N; i++)
        if (i != but)
            ends(f, i, CAMPAIGN_UPDATED, CAMPAIGN_R_NONE);
}

static void all_well(void **state)
{
    (void)state;
    static const uint8_t order[] = {CAMPAIGN_ASK_VERSION_CLOCK,
                                    CAMPAIGN_ASK_VERSION_GROUP,
                                    CAMPAIGN_ASK_VERSION_FRAGMENTS,
                                    CAMPAIGN_ASK_VERSION_FIRMWARE,
                                    CAMPAIGN_ASK_CLOCK,
                                    CAMPAIGN_ASK_GROUP,
                                    CAMPAIGN_ASK_FRAGMENTS,
                                    CAMPAIGN_ASK_SESSION,
                                    CAMPAIGN_ASK_STATUS,
                                    CAMPAIGN_ASK_IMAGE,
                                    CAMPAIGN_ASK_REBOOT,
                                    CAMPAIGN_ASK_FW_VERSION};
    struct fleet *f = fleet();
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_asked, sizeof order);
    assert_memory_equal(f->asked, order, sizeof order);
    assert_int_equal(f->n_sessions, 1);
    assert_int_equal(f->session.timeout, 5); /* 2 s and 25 frames in 32 s */
    assert_int_equal(f->n_frames, M + 5);
    assert_int_equal(f->members[0].set_up_at, SIM_S(405));
    /* 405 s, an hour's sixth later, at the next whole second of GPS time. */
    assert_int_equal(f->session.open, SIM_MS(1005700));
    assert_int_equal(f->n_phases, 5); /* set-up, invite, transmit, status, firmware */
}

/* One device that fails; the others are done as if it were not there, but for the time of its
 * silence. */
static void one_fails(void **state)
{
    (void)state;
    static const struct {
        enum campaign_request what;
        enum campaign_outcome outcome;
        uint8_t reason, verdict;
    } cases[] = {
        {CAMPAIGN_ASK_VERSION_GROUP, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_VERSION},
        {CAMPAIGN_ASK_CLOCK, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_TIME},
        {CAMPAIGN_ASK_GROUP, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_GROUP},
        {CAMPAIGN_ASK_GROUP, CAMPAIGN_REFUSED, CAMPAIGN_R_GROUP_ID, CAMPAIGN_R_GROUP_ID},
        {CAMPAIGN_ASK_FRAGMENTS, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_FRAGMENTS},
        {CAMPAIGN_ASK_FRAGMENTS, CAMPAIGN_REFUSED, CAMPAIGN_R_MEMORY, CAMPAIGN_R_MEMORY},
        {CAMPAIGN_ASK_SESSION, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_SESSION},
        {CAMPAIGN_ASK_SESSION, CAMPAIGN_REFUSED, CAMPAIGN_R_FREQUENCY, CAMPAIGN_R_FREQUENCY},
        {CAMPAIGN_ASK_SESSION, CAMPAIGN_REFUSED, CAMPAIGN_R_START_MISSED, CAMPAIGN_R_START_MISSED},
        {CAMPAIGN_ASK_STATUS, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_STATUS},
        {CAMPAIGN_ASK_STATUS, CAMPAIGN_REFUSED, CAMPAIGN_R_MIC, CAMPAIGN_R_MIC},
        {CAMPAIGN_ASK_IMAGE, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_IMAGE_ANS},
        {CAMPAIGN_ASK_IMAGE, CAMPAIGN_REFUSED, CAMPAIGN_R_IMAGE_BAD, CAMPAIGN_R_IMAGE_BAD},
        {CAMPAIGN_ASK_REBOOT, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_REBOOT_ANS},
        {CAMPAIGN_ASK_REBOOT, CAMPAIGN_REFUSED, CAMPAIGN_R_REBOOT_REFUSED,
         CAMPAIGN_R_REBOOT_REFUSED},
        {CAMPAIGN_ASK_FW_VERSION, CAMPAIGN_SILENT, 0, CAMPAIGN_R_NO_FW_VERSION},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct fleet *f = fleet();
        f->b[3].what = (int)cases[k].what;
        f->b[3].outcome = cases[k].outcome;
        f->b[3].reason = cases[k].reason;
        run(f);
        ends(f, 3, CAMPAIGN_FAILED, cases[k].verdict);
        all_updated_but(f, 3);
        assert_true(f->members[0].over_at < SIM_S(14000));
    }
}

static void wrong_versions(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->b[0].version = 1;
    f->b[1].fw_version = 6; /* of the image; it is not booted */
    f->b[2].what = CAMPAIGN_ASK_VERSION_FIRMWARE;
    f->b[2].cannot = true;
    run(f);
    ends(f, 0, CAMPAIGN_FAILED, CAMPAIGN_R_VERSION);
    ends(f, 1, CAMPAIGN_FAILED, CAMPAIGN_R_IMAGE_VERSION);
    ends(f, 2, CAMPAIGN_FAILED, CAMPAIGN_R_NO_PACKAGE);
    f = fleet();
    f->rules.check_image = false;
    f->b[1].fw_version = 6; /* it rolled back */
    run(f);
    ends(f, 1, CAMPAIGN_FAILED, CAMPAIGN_R_FW_VERSION);
    all_updated_but(f, 1);
}

static void several_sessions(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.timeout = 3; /* 8 s: 6 frames */
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_sessions, 5);
    assert_int_equal(f->n_frames, M + 5);
    assert_int_equal(f->members[0].n_sessions, 5);
    f = fleet();
    f->rules.timeout = 3;
    f->rules.max_sessions = 2;
    f->rules.max_rounds = 0;
    run(f);
    assert_int_equal(f->n_frames, 12);
    for (uint32_t i = 0; i < N; i++)
        ends(f, i, CAMPAIGN_FAILED, CAMPAIGN_R_INCOMPLETE);
    assert_int_equal(f->members[0].missing, 8);
}

static void repair(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->b[2].loses = 3; /* 17 of 25, then 3 of 4 in each round: after one */
    f->b[4].loses = 2; /* 13 of 25, then 2 of 4 in each round: never in three */
    run(f);
    ends(f, 4, CAMPAIGN_FAILED, CAMPAIGN_R_INCOMPLETE);
    all_updated_but(f, 4);
    assert_int_equal(f->n_sessions, 4);
    assert_int_equal(f->n_frames, M + 5 + 3 * 4);
    assert_int_equal(f->members[0].n_sessions, 1);
    assert_int_equal(f->members[2].n_sessions, 2);
    assert_int_equal(f->members[4].missing, M - 13 - 3 * 2);
}

/* As many as are missing, a tenth more and five: one round is enough. */
static void repair_by_need(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.repair_parity = 0;
    f->b[2].loses = 3;
    f->b[4].loses = 2; /* misses 7: 13 more, of which 6 or 7 come */
    run(f);
    assert_int_equal(f->n_frames, M + 5 + 7 + 1 + 5 + (f->n_sessions == 3 ? 1 + 1 + 5 : 0));
    all_updated_but(f, N);
}

static void acknowledged(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.end = CAMPAIGN_WHEN_ACKNOWLEDGED;
    f->acknowledges = true;
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_frames, M + 2); /* acknowledged 3 s after the last one needed */
    for (unsigned i = 0; i < f->n_asked; i++)
        assert_int_not_equal(f->asked[i], CAMPAIGN_ASK_STATUS);
    f = fleet();
    f->rules.end = CAMPAIGN_WHEN_ACKNOWLEDGED;
    f->acknowledges = true;
    f->b[5].loses = 2;
    run(f);
    ends(f, 5, CAMPAIGN_FAILED, CAMPAIGN_R_INCOMPLETE);
    all_updated_but(f, 5);
    assert_int_equal(f->n_frames, M + 5 + 3 * 4);
}

/* The group is asked in the session, and what is missing follows in it. */
static void status_of_the_group(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.end = CAMPAIGN_WHEN_STATUS;
    f->rules.timeout = 9;
    f->b[2].loses = 3;
    f->b[4].loses = 2;
    f->rules.max_rounds = 4;
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_sessions, 1);
    assert_int_equal(f->n_status, 5);
    assert_int_equal(f->n_frames, M + 5 + 4 * 4 + 5);
}

static void clocks(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.set_clocks = false;
    f->b[1].clock_error_ns = SIM_S(30);
    f->b[2].clock_error_ns = -SIM_S(2);
    run(f);
    ends(f, 1, CAMPAIGN_FAILED, CAMPAIGN_R_CLOCK);
    all_updated_but(f, 1);
    f = fleet();
    f->b[1].clock_error_ns = SIM_S(30); /* set by the first request */
    f->b[2].clock_error_ns = SIM_S(30);
    f->b[2].clock_stays = true;
    run(f);
    ends(f, 2, CAMPAIGN_FAILED, CAMPAIGN_R_CLOCK);
    all_updated_but(f, 2);
    f = fleet();
    f->rules.set_clocks = f->rules.check_clocks = false;
    f->b[1].clock_error_ns = SIM_S(30);
    run(f);
    all_updated_but(f, N);
}

/* The first session comes at a fixed time; a slow device has a later one. */
static void fixed_session(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.first_session = SIM_MS(999700);
    f->b[5].delay = SIM_S(500);
    f->rules.repair_parity = M;
    f->rules.lead = SIM_S(3000);
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_sessions, 2);
    assert_int_equal(f->members[0].n_sessions, 1);
    assert_int_equal(f->members[5].n_sessions, 1);
    assert_int_equal(f->n_frames, M + 5 + M);
}

static void provisioned(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.provisioned = true;
    f->rules.inventory = f->rules.set_clocks = f->rules.check_image = f->rules.reboot = false;
    f->rules.status = CAMPAIGN_LOOK_NONE;
    f->b[1].loses = 2;
    f->rules.max_rounds = 0;
    run(f);
    ends(f, 1, CAMPAIGN_FAILED, CAMPAIGN_R_INCOMPLETE);
    all_updated_but(f, 1);
    assert_int_equal(f->n_asked, 0);
}

static void unicast(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.unicast = 2;
    f->rules.max_rounds = 1;
    f->b[1].loses = 2;
    f->b[4].loses = 3;
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_sessions, 1);
    assert_int_equal(f->n_fed, (M - 13) + (M - 17));
    f = fleet(); /* no session at all */
    f->rules.max_sessions = 0;
    f->rules.max_rounds = 1;
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_frames, 0);
    assert_int_equal(f->n_fed, N * M);
}

/* Silence of the complete, when only those that miss fragments are asked to answer. */
static void silent_is_complete(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    f->rules.status = CAMPAIGN_LOOK_MISSING;
    f->b[3].what = CAMPAIGN_ASK_STATUS;
    f->b[3].outcome = CAMPAIGN_SILENT;
    run(f);
    all_updated_but(f, N);
}

static void nobody(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    for (int i = 0; i < N; i++) {
        f->b[i].what = CAMPAIGN_ASK_SESSION;
        f->b[i].outcome = CAMPAIGN_SILENT;
    }
    run(f);
    assert_int_equal(f->n_frames, 0);
    assert_int_equal(f->n_sessions, 2); /* then it gives up */
    for (uint32_t i = 0; i < N; i++)
        ends(f, i, CAMPAIGN_FAILED, CAMPAIGN_R_NO_SESSION);
}

static void cut_short(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    struct campaign_ops ops = {f,    ask,  session,     receiver, wake_sender,
                               feed, look, frames_take, changed,  phase_over};
    campaign_init(&f->c, &f->rules, &ops, f->members, N);
    campaign_refused(&f->c, 2, CAMPAIGN_R_UNREACHED);
    campaign_wake(&f->c, SIM_S(4));
    assert_int_equal(f->n_asked, 0);
    campaign_wake(&f->c, SIM_S(5));
    assert_int_equal(f->n_asked, 4);
    campaign_end(&f->c, SIM_S(6));
    ends(f, 2, CAMPAIGN_FAILED, CAMPAIGN_R_UNREACHED);
    for (uint32_t i = 0; i < N; i++)
        if (i != 2)
            ends(f, i, CAMPAIGN_FAILED, CAMPAIGN_R_ENDED);
}

/* Before the firmware, whatever devices answer. */
static void removal(void **state)
{
    (void)state;
    static const uint8_t order[] = {
        CAMPAIGN_ASK_SESSION,      CAMPAIGN_ASK_STATUS, CAMPAIGN_ASK_REMOVE_FRAGMENTS,
        CAMPAIGN_ASK_REMOVE_GROUP, CAMPAIGN_ASK_IMAGE,  CAMPAIGN_ASK_REBOOT,
        CAMPAIGN_ASK_FW_VERSION};
    struct fleet *f = fleet();
    f->rules.remove = true;
    f->b[1].what = CAMPAIGN_ASK_REMOVE_GROUP;
    f->b[1].outcome = CAMPAIGN_SILENT;
    f->b[2].what = CAMPAIGN_ASK_REMOVE_FRAGMENTS;
    f->b[2].outcome = CAMPAIGN_REFUSED;
    f->b[4].what = CAMPAIGN_ASK_REMOVE_FRAGMENTS;
    f->b[4].cannot = true;
    run(f);
    all_updated_but(f, N);
    assert_int_equal(f->n_phases, 6);
    assert_memory_equal(f->asked + f->n_asked - sizeof order, order, sizeof order);
    f = fleet();
    f->rules.remove = true;
    f->rules.max_sessions = 0; /* there is no group */
    run(f);
    all_updated_but(f, N);
    for (unsigned i = 0; i < f->n_asked; i++)
        assert_int_not_equal(f->asked[i], CAMPAIGN_ASK_REMOVE_GROUP);
}

static void mistakes(void **state)
{
    (void)state;
    struct fleet *f = fleet();
    unsigned n = 0;
    f->rules.group_removed_after = 7;
    run(f);
    for (unsigned i = 0; i < f->n_asked; i++)
        if (f->asked[i] == CAMPAIGN_ASK_REMOVE_GROUP) {
            assert_int_equal(f->asked[i - 1], CAMPAIGN_ASK_SESSION);
            assert_int_equal(f->asked[i + 1], CAMPAIGN_ASK_STATUS);
            n++;
        }
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_well),
        cmocka_unit_test(one_fails),
        cmocka_unit_test(wrong_versions),
        cmocka_unit_test(several_sessions),
        cmocka_unit_test(repair),
        cmocka_unit_test(repair_by_need),
        cmocka_unit_test(acknowledged),
        cmocka_unit_test(status_of_the_group),
        cmocka_unit_test(clocks),
        cmocka_unit_test(fixed_session),
        cmocka_unit_test(provisioned),
        cmocka_unit_test(unicast),
        cmocka_unit_test(silent_is_complete),
        cmocka_unit_test(nobody),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(removal),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
