/* SPDX-License-Identifier: GPL-2.0-only
 * Sentences about plans of campaigns. */
#include "models/packages/campaign_say.h"

#include <stdio.h>

#include "sim/err.h"

enum { TIME_SIZE = 32 };

char *campaign_say_time(sim_time t, char *buf, size_t size)
{
    double s = (double)t / 1e9;
    if (s < 120)
        snprintf(buf, size, "%.2f s", s);
    else if (s < 7200)
        snprintf(buf, size, "%.1f min", s / 60);
    else
        snprintf(buf, size, "%.1f h", s / 3600);
    return buf;
}

static void say_fragments(const struct campaign_plan *p, const struct campaign_plan_input *c,
                          char *buf, size_t size)
{
    size_t least = (c->image_len + FRAG_MAX_N - 1) / FRAG_MAX_N;
    if (p->m)
        snprintf(
            buf, size,
            "%u fragments and their parity need more than the %d numbers there are; use larger "
            "fragments or less redundancy",
            p->m, FRAG_MAX_N);
    else
        snprintf(
            buf, size,
            "%zu B in fragments of %u B are more than the %d that have a number; use fragments "
            "of at least %zu B, at a data rate with room for them",
            c->image_len, p->frag_size, FRAG_MAX_N, least);
}

/* What it would take, were there sessions enough. */
static sim_time end_of_all(const struct campaign_plan_input *c)
{
    struct campaign_plan_input free_input = *c;
    struct campaign_plan all;
    free_input.timeout = CAMPAIGN_PLAN_AUTO;
    free_input.max_sessions = 0;
    campaign_plan_make(&all, &free_input);
    sim_time end = all.end;
    campaign_plan_free(&all);
    return end;
}

static void say_sessions(const struct campaign_plan *p, const struct campaign_plan_input *c,
                         char *buf, size_t size)
{
    char length[TIME_SIZE], end[TIME_SIZE], air[TIME_SIZE];
    int timeout = c->timeout == CAMPAIGN_PLAN_AUTO ? CAMPAIGN_PLAN_MAX_TIMEOUT : c->timeout;
    campaign_say_time(campaign_plan_session_length(c->class_b, timeout), length, sizeof length);
    campaign_say_time(p->total_airtime, air, sizeof air);
    campaign_say_time(end_of_all(c), end, sizeof end);
    snprintf(buf, size,
             "%u of %u frames go into %u session%s of %s; all of them take %s (%s of air time a "
             "gateway, duty cycle %g %%); allow longer or more sessions, or a faster data rate",
             p->n_placed, p->n_frames, p->n_sessions, p->n_sessions == 1 ? "" : "s", length, end,
             air, p->duty_ppm / 1e4);
}

static void say_slot(const struct campaign_plan_input *c, char *buf, size_t size)
{
    snprintf(buf, size, "the image has %zu B, a member has room for %zu B", c->image_len,
             c->slot_len);
}

char *campaign_say_problem(const struct campaign_plan *p, const struct campaign_plan_input *c,
                           char *buf, size_t size)
{
    const char *region = c->region->name;
    char air[TIME_SIZE];
    campaign_say_time(p->airtime, air, sizeof air);
    switch (p->problem) {
    case CAMPAIGN_PLAN_NO_DATA_RATE:
        snprintf(buf, size, "no fragment can be sent at DR%d of %s", c->dr, region);
        break;
    case CAMPAIGN_PLAN_NO_SUB_BAND:
        snprintf(buf, size, "%.4f MHz is in no sub-band of %s", (double)c->frequency_hz / 1e6,
                 region);
        break;
    case CAMPAIGN_PLAN_EMPTY:
        snprintf(buf, size, "the image is empty");
        break;
    case CAMPAIGN_PLAN_NO_GATEWAY:
        snprintf(buf, size, "no gateway can send: none reaches a member");
        break;
    case CAMPAIGN_PLAN_SLOT:
        say_slot(c, buf, size);
        break;
    case CAMPAIGN_PLAN_FRAG_SIZE:
        snprintf(buf, size,
                 "fragments of %u B and %d B before them do not go into the %d B of a payload at "
                 "DR%d of %s; at most %d B",
                 p->frag_size, CAMPAIGN_PLAN_FRAGMENT_HEAD, p->max_payload, c->dr, region,
                 p->max_payload - CAMPAIGN_PLAN_FRAGMENT_HEAD);
        break;
    case CAMPAIGN_PLAN_TOO_MANY:
        say_fragments(p, c, buf, size);
        break;
    case CAMPAIGN_PLAN_OVER_DUTY:
        snprintf(buf, size, "one frame of %s breaks the duty cycle of %g %%", air,
                 p->duty_ppm / 1e4);
        break;
    case CAMPAIGN_PLAN_SESSION_SHORT:
        say_sessions(p, c, buf, size);
        break;
    case CAMPAIGN_PLAN_POSSIBLE:
        SIM_CHECK(false, "there is no problem to tell");
    }
    return buf;
}

char *campaign_say_blind(const struct campaign_plan_advice *a, char *buf, size_t size)
{
    const struct fragblind *b = &a->spot;
    char spot[160], way[160] = "no other size is good";
    if (b->n_shown && b->shown[0].second)
        snprintf(spot, sizeof spot, "fragments %u and %u are in the same parity rows",
                 b->shown[0].first, b->shown[0].second);
    else
        snprintf(spot, sizeof spot, "fragment %u is in no parity row",
                 b->n_shown ? b->shown[0].first : 1);
    int n = 0;
    if (a->by_size.m)
        n = snprintf(way, sizeof way, "fragments of %u B (M %u)", a->by_size.frag_size,
                     a->by_size.m);
    if (a->by_padding.m)
        snprintf(way + n, sizeof way - (size_t)n, "%spadding of %u B (M %u)", n ? ", or " : "",
                 a->by_padding.padding, a->by_padding.m);
    if (b->apart_after)
        snprintf(buf, size,
                 "M %u has a blind spot: %s for the first %u rows, so that losing them cannot be "
                 "repaired; good are %s",
                 b->m, spot, b->apart_after, way);
    else
        snprintf(buf, size,
                 "M %u has a blind spot: %s, all %u of them, so that losing them cannot be "
                 "repaired; good are %s",
                 b->m, spot, b->n_rows, way);
    return buf;
}
