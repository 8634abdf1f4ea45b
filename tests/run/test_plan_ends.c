/* SPDX-License-Identifier: GPL-2.0-only
 * Plans of campaigns against runs: the last frame of a multicast session ends when the plan says,
 * within 1 %, for both duty cycle rules and all schedules; as many frames go into a short session;
 * the share of members that can rebuild the block from what they received is the expected one. Left
 * open: whole campaigns, sessions of class B. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "models/packages/campaign_plan.h"
#include "models/packages/campaign_recovery.h"
#include "models/packages/fragdecode.h"
#include "models/server/multicast.h"
#include "sim/err.h"
#include "tests/harness.h"

enum { FRAG_SIZE = 112, DR = 3 };

struct ends {
    sim_time first, last;
    int n_copies;
};

static struct ends run_session(const char *rule, const char *schedule, int n_frames, int timeout)
{
    char radio[80], group[300];
    snprintf(radio, sizeof radio, "region: EU868, duty_rule: %s", rule);
    snprintf(group, sizeof group,
             "{name: fleet, members: [{devices: dev}], data_rate: %d, gateways: all, schedule: %s, "
             "session: {start: 60s, timeout: %d}, traffic: {count: %d, period: 0s, size: %dB}}",
             DR, schedule, timeout, n_frames, FRAG_SIZE + CAMPAIGN_PLAN_FRAGMENT_HEAD);
    struct run *r = run_setup(&(struct setup){.run = "duration: 10h",
                                              .radio = radio,
                                              .gateway = "count: 2",
                                              .gateway_points = "{x: 0m, y: 0m}, {x: 0m, y: 10m}",
                                              .device = "count: 1",
                                              .multicast = group});
    struct ends ends = {.first = SIM_NEVER};
    for (int i = 0; i < r->n_tx; i++) {
        if (r->tx[i].kind != FRAME_MULTICAST_DOWN)
            continue;
        ends.first = ends.first == SIM_NEVER ? r->tx[i].start_ns : ends.first;
        ends.last = r->tx[i].end_ns > ends.last ? r->tx[i].end_ns : ends.last;
        ends.n_copies++;
    }
    run_free(r);
    return ends;
}

static struct campaign_plan_input plan_input(enum radio_duty_rule rule,
                                             enum campaign_plan_schedule schedule, int n_frames)
{
    return (struct campaign_plan_input){.region = region_find("EU868"),
                                        .frequency_hz = 869525000,
                                        .dr = DR,
                                        .duty_cycle = true,
                                        .duty_rule = rule,
                                        .image_len = (size_t)n_frames * FRAG_SIZE,
                                        .n_coded = 0,
                                        .code = FRAG_CODE_V1,
                                        .n_gateways = 2,
                                        .repeats = 1,
                                        .schedule = schedule,
                                        .gap = MULTICAST_GAP,
                                        .margin = SIM_S(2),
                                        .timeout = CAMPAIGN_PLAN_AUTO};
}

static const struct {
    const char *name;
    enum radio_duty_rule rule;
} rules[] = {{"toff", DUTY_TOFF}, {"sliding_hour", DUTY_SLIDING_HOUR}};
static const struct {
    const char *name;
    enum campaign_plan_schedule schedule;
} schedules[] = {{"staggered", CAMPAIGN_PLAN_STAGGERED},
                 {"simultaneous", CAMPAIGN_PLAN_SIMULTANEOUS},
                 {"one_by_one", CAMPAIGN_PLAN_ONE_BY_ONE}};

/* 600 frames: with sliding_hour they need a second hour's share. */
static void test_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 3; k++) {
            struct ends found = run_session(rules[i].name, schedules[k].name, 600, 15);
            struct campaign_plan p;
            struct campaign_plan_input c = plan_input(rules[i].rule, schedules[k].schedule, 600);
            campaign_plan_make(&p, &c);
            assert_int_equal(p.problem, CAMPAIGN_PLAN_POSSIBLE);
            assert_int_equal(found.n_copies, 1200);
            assert_true(found.first == SIM_S(60) + p.sessions[0].first);
            double off = (double)(found.last - SIM_S(60) - p.end) / (double)p.end;
            if (off < -.01 || off > .01)
                fail_msg("%s, %s: ends after %.3f s, planned %.3f s", rules[i].name,
                         schedules[k].name, (double)(found.last - SIM_S(60)) / 1e9,
                         (double)p.end / 1e9);
            campaign_plan_free(&p);
        }
}

/* A session of 1,024 s, which is too short: as many frames as the plan says. */
static void test_short_session(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ends found = run_session(rules[i].name, "staggered", 600, 10);
        struct campaign_plan p;
        struct campaign_plan_input c = plan_input(rules[i].rule, CAMPAIGN_PLAN_STAGGERED, 600);
        c.timeout = 10;
        c.max_sessions = 1;
        campaign_plan_make(&p, &c);
        assert_int_equal(p.problem, CAMPAIGN_PLAN_SESSION_SHORT);
        if (found.n_copies / 2 < (int)p.n_placed - 1 || found.n_copies / 2 > (int)p.n_placed + 1)
            fail_msg("%s: %d frames, planned %u", rules[i].name, found.n_copies / 2, p.n_placed);
        campaign_plan_free(&p);
    }
}

enum { N_MEMBERS = 600, M = 100, N_CODED = 15, SPAN = M + N_CODED };

/* The frames that each member lost, by the rows of a run. */
static void read_losses(const struct run *r, bool lost[N_MEMBERS][SPAN + 1])
{
    for (int i = 0; i < r->n_loss; i++) {
        const struct row_loss *l = &r->loss[i];
        if (!l->final || l->reason != LOSS_RANDOM)
            continue;
        int k = 0, d = 0;
        while (r->tx[k].node != l->node || r->tx[k].seq != l->seq)
            k++;
        while (entity_make("dev", (uint32_t)d) != l->receiver)
            d++;
        lost[d][r->tx[k].fcnt + 1] = true; /* McFCnt 0 is fragment 1 */
    }
}

static unsigned n_whole(struct fragrows *rows, bool lost[N_MEMBERS][SPAN + 1])
{
    const struct fragdec_cfg cfg = {.rows = rows, .max_lost = FRAG_MAX_N};
    unsigned n = 0;
    for (int i = 0; i < N_MEMBERS; i++) {
        struct fragdec d;
        assert_int_equal(fragdec_init(&d, &cfg), SIM_OK);
        for (unsigned f = 1; f <= SPAN; f++)
            if (!lost[i][f])
                fragdec_push(&d, f, NULL);
        n += fragdec_complete(&d);
        fragdec_fini(&d);
    }
    return n;
}

/* 600 members, M 100, 15 parity fragments, 10 % loss: the interval of the run and that of the plan
 * overlap. */
static void test_share(void **state)
{
    (void)state;
    static bool lost[N_MEMBERS][SPAN + 1];
    static char points[N_MEMBERS * 24];
    size_t at = 0;
    for (int i = 0; i < N_MEMBERS; i++)
        at += (size_t)snprintf(points + at, sizeof points - at, "%s{x: %dm, y: 50m}", i ? ", " : "",
                               i);
    struct run *r = run_setup(
        &(struct setup){.run = "duration: 1h",
                        .radio = "region: EU868, duty_cycle: false",
                        .device = "count: 600",
                        .device_points = points,
                        .multicast = "{name: fleet, members: [{devices: dev}], data_rate: 5, "
                                     "session: {timeout: 11}, traffic: {count: 115, period: 1s}, "
                                     "loss: {kind: bernoulli, loss_ratio: 10%}}"});
    read_losses(r, lost);
    run_free(r);
    const struct loss_model_cfg loss = {.kind = LOSS_MODEL_BERNOULLI, .loss_ratio = .1};
    struct fragrows *rows;
    struct campaign_recovery found;
    struct sim_error e;
    assert_int_equal(fragrows_open(&rows, FRAG_CODE_V1, M), SIM_OK);
    const struct campaign_recovery_input in = {
        .rows = rows, .max_coded = N_CODED, .max_lost = FRAG_MAX_N, .loss = &loss, .seed = 1};
    assert_int_equal(campaign_recovery_find(&found, &in, &e), SIM_OK);
    struct campaign_recovery_share plan = campaign_recovery_share(&found, N_CODED),
                                   run = campaign_recovery_interval(n_whole(rows, lost), N_MEMBERS);
    if (run.high < plan.low || run.low > plan.high)
        fail_msg("%.3f to %.3f of the members, planned %.3f to %.3f", run.low, run.high, plan.low,
                 plan.high);
    campaign_recovery_free(&found);
    fragrows_close(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_short_session),
        cmocka_unit_test(test_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
