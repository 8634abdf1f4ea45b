/* SPDX-License-Identifier: GPL-2.0-only
 * castbed plan for people. */
#include <inttypes.h>

#include "tools/plan.h"

enum { TIME = 32 };

static const char *const schedules[] = {"staggered", "simultaneous", "one by one"};
static const char *const codes[] = {"", "version 1", "version 2", "version 2, literal seed"};

static void print_head(FILE *f, const struct plan_report *r)
{
    const struct campaign_plan_input *in = &r->campaign.input;
    const struct world_group *g = &r->campaign.group;
    fprintf(f,
            "Campaign %s to group %s: %" PRIu32 " member%s, %u gateway%s that send%s%s%s, class C\n"
            "Image %zu B, TS004 %s, %.4f MHz, duty cycle %s\n",
            r->campaign.cfg->name, g->cfg->name, g->n_members, g->n_members == 1 ? "" : "s",
            g->n_gateways, g->n_gateways == 1 ? "" : "s", g->n_gateways == 1 ? "s" : "",
            g->n_gateways > 1 ? ", " : "", g->n_gateways > 1 ? schedules[in->schedule] : "",
            in->image_len, codes[in->code], (double)in->frequency_hz / 1e6,
            in->duty_cycle ? (in->duty_rule == DUTY_TOFF ? "by silence after each frame (toff)"
                                                         : "in each hour (sliding_hour)")
                           : "not obeyed");
}

static void print_rate(FILE *f, const struct plan_report *r, const struct plan_rate *x)
{
    const struct campaign_plan *p = &x->plan;
    char air[TIME], total[TIME], earliest[TIME], end[TIME];
    fprintf(f, "%c DR%-3d", x == r->chosen ? '*' : ' ', x->dr);
    if (!p->n_frames) {
        char why[CAMPAIGN_SAY_SIZE];
        fprintf(f, " %s\n", campaign_say_problem(p, &x->input, why, sizeof why));
        return;
    }
    bool possible = p->problem == CAMPAIGN_PLAN_POSSIBLE;
    fprintf(f, " %6u B %6u %6u  %9s  %9s  %9s  %9s %8u  %7" PRIu32 "\n", p->frag_size, p->m,
            p->n_coded, campaign_say_time(p->airtime, air, sizeof air),
            campaign_say_time(p->total_airtime, total, sizeof total),
            campaign_say_time(x->earliest_end, earliest, sizeof earliest),
            possible ? campaign_say_time(p->end, end, sizeof end) : "too long", p->n_sessions,
            x->n_in_reach);
}

static void print_rates(FILE *f, const struct plan_report *r)
{
    fputs("\n        fragment      M parity  frame air  total air   earliest   sessions       in"
          "      in\n"
          "                                           a gateway        end        end sessions   "
          "reach\n",
          f);
    for (unsigned i = 0; i < r->n_rates; i++)
        print_rate(f, r, &r->rates[i]);
    fputs("  * the group's data rate. Earliest end: by the duty cycle alone; sessions end: with "
          "sessions, margins and gaps, after\n"
          "    the start of the first session. In reach: members, by mean power without fading\n",
          f);
}

static void print_sessions(FILE *f, const struct plan_report *r)
{
    const struct campaign_plan *p = &r->chosen->plan;
    char open[TIME], length[TIME], end[TIME];
    if (!p->n_sessions)
        return;
    fputs("\nSessions at the group's data rate (times after the start of the first one)\n", f);
    for (unsigned i = 0; i < p->n_sessions; i++) {
        const struct campaign_plan_session *s = &p->sessions[i];
        fprintf(f, "  %2u: starts %9s, TimeOut %2d (%9s), %5u frames, the last ends %9s\n", i + 1,
                campaign_say_time(s->open, open, sizeof open), s->timeout,
                campaign_say_time(s->close - s->open, length, sizeof length), s->n_frames,
                campaign_say_time(s->end, end, sizeof end));
    }
}

static void print_share(FILE *f, const struct campaign_recovery_share *s)
{
    double half = (s->high - s->low) * 50;
    fprintf(f, "  %6.2f +-%4.2f", s->share * 100, half);
}

static void print_recovery(FILE *f, const struct plan_report *r)
{
    const struct campaign_plan *p = &r->chosen->plan;
    if (!p->n_frames)
        return;
    fprintf(f,
            "\nExpected share of members with the whole block, %%, by loss and parity fragments, "
            "without repair (95 %% interval)\n  parity ");
    for (unsigned k = 0; k < r->n_columns; k++)
        fprintf(f, "  %6u %4.0f%%%s", r->n_coded[k], r->n_coded[k] * 100. / p->m,
                r->n_coded[k] == p->n_coded ? "*" : " ");
    fputc('\n', f);
    for (unsigned i = 0; i < PLAN_N_LOSS; i++) {
        fprintf(f, "  %4.0f %% ", r->losses[i] * 100);
        for (unsigned k = 0; k < r->n_columns; k++)
            print_share(f, &r->shares[i][k]);
        fputc('\n', f);
    }
    if (r->has_own)
        fprintf(f,
                "  with the group's own loss model and %u parity fragments: %.2f (%.2f to %.2f)\n",
                p->n_coded, r->own.share * 100, r->own.low * 100, r->own.high * 100);
}

static void print_setup(FILE *f, const struct plan_report *r)
{
    char duty[TIME], uplinks[TIME];
    unsigned n = r->setup.n_gateways;
    if (r->not_told)
        fputs("\nThe group is provisioned, its members are asked nothing. Requests to each member "
              "of one set "
              "up over the air,\nin class A downlinks\n",
              f);
    else
        fputs("\nRequests to each member, in class A downlinks\n", f);
    for (unsigned i = 0; i < r->n_requests; i++)
        fprintf(f, "%s%u %s (%u B)",
                i % 4 ? ", "
                : i   ? ",\n  "
                      : "  ",
                r->requests[i].n, r->requests[i].name, r->requests[i].len);
    fprintf(f, "\n  %" PRIu64 " in all: at least %s by the duty cycle of %u gateway%s, ",
            r->setup.n_requests, campaign_say_time(r->setup.by_duty, duty, sizeof duty), n,
            n == 1 ? "" : "s");
    if (r->setup.by_uplinks == SIM_NEVER)
        fputs("never by the members' uplinks: some send nothing\n", f);
    else
        fprintf(f, "%s by the members' uplinks (one before each)\n",
                campaign_say_time(r->setup.by_uplinks, uplinks, sizeof uplinks));
}

void plan_print(FILE *f, const struct plan_report *r)
{
    print_head(f, r);
    print_rates(f, r);
    print_sessions(f, r);
    print_recovery(f, r);
    print_setup(f, r);
    if (r->n_warnings)
        fputc('\n', f);
    for (unsigned i = 0; i < r->n_warnings; i++)
        fprintf(f, "Warning: %s\n", r->warnings[i]);
    if (*r->problem)
        fprintf(f, "\nThis cannot work: %s\n", r->problem);
}
