/* SPDX-License-Identifier: GPL-2.0-only
 * Whole campaigns against numbers: M 100, 10 % loss, no repair, 10,000 devices on ranks, the share
 * that is updated within 0.02 of published shares; and the end of the transmission within 1 % of
 * what castbed plan says, for both rules of the duty cycle, several gateways and sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rows.h"
#include "tools/world_internal.h"
#include "tools/world_plan.h"

#define PLAIN "status: none, firmware: {check: false, reboot: none, verify: false}"

struct result {
    int n_updated, n_sessions;
    int64_t first_ns, end_ns; /* of the transmissions */
    int64_t plan_ns;          /* from the first session's start to the end */
    unsigned plan_sessions;
};

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct result *r = ctx;
    const struct row_campaign *c = row;
    if (table == ROW_CAMPAIGN_DEVICE)
        r->n_updated += ((const struct row_campaign_device *)row)->state == CAMPAIGN_UPDATED;
    if (table != ROW_CAMPAIGN || strcmp(c->phase, "transmit") != 0)
        return;
    r->n_sessions++;
    r->first_ns = r->first_ns ? r->first_ns : c->start_ns;
    r->end_ns = c->end_ns;
}

static void plan(const struct world *w, struct result *r)
{
    struct world_campaign c;
    struct campaign_plan p;
    world_campaign_find(w, 0, &c);
    campaign_plan_make(&p, &c.input);
    assert_int_equal(p.problem, CAMPAIGN_PLAN_POSSIBLE);
    r->plan_ns = p.end;
    r->plan_sessions = p.n_sessions;
    campaign_plan_free(&p);
    world_campaign_free(&c);
}

/* n devices, n_gateways around them, radio keys, a group's keys, a campaign's keys. */
static struct result run(int n, int version, const char *radio, int n_gateways, const char *group,
                         const char *campaign)
{
    char yaml[2000];
    struct world *w;
    struct sim_error e;
    struct trace trace;
    struct result r = {0};
    const struct trace_listener l = {
        .rows = 1u << ROW_CAMPAIGN_DEVICE | 1u << ROW_CAMPAIGN, .row = on_row, .ctx = &r};
    snprintf(yaml, sizeof yaml,
             "run: {duration: 4d}\n"
             "radio: {interference: none%s}\n"
             "networks: [{name: net, gateways: [{name: gw, count: %d, placement: {kind: grid, "
             "spacing_x: 10m}}]}]\n"
             "devices: [{name: dev, count: %d, placement: {kind: disc, radius: 100m}, data_rate: "
             "5, traffic: {kind: none}, packages: {fragmentation: %d, fragments: {real_bytes: "
             "0%%}}}]\n"
             "multicast: [{name: g, members: [{devices: dev}], gateways: all, %s}]\n"
             "campaigns: [{name: c, group: g, session: {start: 1min, lead: 10s}, " PLAIN ", %s}]\n",
             radio, n_gateways, n, version, group, campaign);
    if (world_load_text(&w, "campaign", yaml, strlen(yaml), ".", &e) || world_place(w, &e))
        fail_msg("%s", e.text);
    trace_init(&trace);
    trace_listen(&trace, &l);
    world_build(w, &trace);
    plan(w, &r);
    world_run_until(w, world_cfg(w)->run.duration_ns);
    assert_int_equal(world_finish(w), 0);
    world_close(w);
    return r;
}

static void check_share(int version, int redundancy, double want)
{
    char campaign[200];
    snprintf(campaign, sizeof campaign,
             "size: 1000B, fragment_size: 10B, redundancy: %d%%, repair: {rounds: 0}", redundancy);
    struct result r = run(10000, version, "", 1,
                          "data_rate: 5, loss: {kind: bernoulli, loss_ratio: 10%}", campaign);
    double got = r.n_updated / 10000.0;
    if (got < want - 0.02 || got > want + 0.02)
        fail_msg("version %d, %d %%: %.4f updated, not %.3f", version, redundancy, got, want);
}

static void shares(void **state)
{
    (void)state;
    check_share(1, 10, .254);
    check_share(1, 15, .677);
    check_share(1, 20, .950);
    check_share(2, 10, .284);
    check_share(2, 15, .750);
    check_share(2, 20, .962);
}

static void check_end(const char *radio, int n_gateways, const char *group, const char *campaign)
{
    struct result r = run(3, 2, radio, n_gateways, group, campaign);
    double plan_s = (double)r.plan_ns / 1e9, run_s = (double)(r.end_ns - r.first_ns) / 1e9;
    assert_int_equal(r.n_sessions, r.plan_sessions);
    assert_int_equal(r.n_updated, 3);
    if (run_s < plan_s * 0.99 || run_s > plan_s * 1.01)
        fail_msg("%s, %d gateways, %s: %.3f s, planned %.3f s", radio, n_gateways, group, run_s,
                 plan_s);
}

static void ends(void **state)
{
    (void)state;
    check_end(", duty_rule: toff", 1, "data_rate: 0", "size: 5kB");
    check_end(", duty_rule: toff", 1, "data_rate: 3", "size: 20kB");
    check_end(", duty_rule: sliding_hour", 1, "data_rate: 0", "size: 20kB");
    check_end(", duty_rule: sliding_hour", 2, "data_rate: 3", "size: 100kB");
    check_end(", duty_rule: toff", 3, "data_rate: 4, schedule: simultaneous", "size: 10kB");
    check_end(", duty_rule: toff", 2, "data_rate: 5, schedule: one_by_one", "size: 10kB");
    check_end("", 1, "data_rate: 5", "size: 30kB, period: 3s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares),
        cmocka_unit_test(ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
