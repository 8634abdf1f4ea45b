/* SPDX-License-Identifier: GPL-2.0-only
 * Plans of campaigns. The placing of frames follows models/server/multicast: copies in the order of
 * the schedule, each at the earliest time that gap, period and the duty cycle of its gateways
 * allow, and none that would end behind its session. */
#include "models/packages/campaign_plan.h"

#include <stdlib.h>

#include "models/lorawan/beacon.h"
#include "models/lorawan/crypto.h"
#include "models/lorawan/devices.h"
#include "models/lorawan/frame.h"
#include "models/lorawan/pingslot.h"
#include "models/radio/duty.h"
#include "sim/err.h"
#include "sim/mem.h"

enum {
    MAC_HEAD = 8, /* FHDR without FOpts, and FPort */
    MAX_ROUNDS = 64,
    MAX_EMPTY = 4, /* sessions in a row into which no frame goes */
};

sim_time campaign_plan_session_length(bool class_b, int timeout)
{
    return (class_b ? BEACON_PERIOD : SIM_S(1)) << timeout;
}

/* A plan that is being made. */
struct making {
    const struct campaign_plan_input *c;
    struct campaign_plan *p;
    struct duty_band *bands; /* of each gateway */
    struct lw_aes *zero_key; /* class B */
    unsigned cap_sessions;
    sim_time next_at;  /* not before */
    sim_time frame_at; /* start of the first copy of the frame under way; SIM_NEVER: none yet */
};

static struct campaign_plan_session *session(const struct making *k)
{
    return &k->p->sessions[k->p->n_sessions - 1];
}

static bool begin_session(struct making *k, sim_time open)
{
    struct campaign_plan *p = k->p;
    if (k->c->max_sessions && p->n_sessions == k->c->max_sessions)
        return false;
    if (p->n_sessions == k->cap_sessions) {
        k->cap_sessions = k->cap_sessions ? 2 * k->cap_sessions : 4;
        p->sessions = mem_grow(p->sessions, k->cap_sessions, sizeof *p->sessions);
    }
    int timeout = k->c->timeout == CAMPAIGN_PLAN_AUTO ? CAMPAIGN_PLAN_MAX_TIMEOUT : k->c->timeout;
    p->sessions[p->n_sessions++] = (struct campaign_plan_session){
        .open = open,
        .close = open + campaign_plan_session_length(k->c->class_b, timeout),
        .first = SIM_NEVER,
        .timeout = timeout};
    k->next_at = open + k->c->margin > k->next_at ? open + k->c->margin : k->next_at;
    return true;
}

/* The next session starts on a whole second, in class B on a beacon, and not before it is of use:
 * a frame may start at a time. */
static bool next_session(struct making *k, sim_time start)
{
    sim_time grid = k->c->class_b ? BEACON_PERIOD : SIM_S(1);
    sim_time open = session(k)->close + k->c->pause, of_use = start - k->c->margin;
    open = of_use > open ? of_use : open;
    return begin_session(k, (open + grid - 1) / grid * grid);
}

/* First ping slot from a time on in which a frame ends before the next beacon's guard. */
static sim_time slot_from(const struct making *k, sim_time at)
{
    for (;;) {
        struct pingslot s =
            pingslot_next(k->zero_key, k->c->mc_addr, k->c->periodicity, k->c->start_gps_ns + at);
        if (s.start_gps_ns + k->p->airtime <= s.beacon_gps_ns + BEACON_PERIOD - BEACON_GUARD)
            return s.start_gps_ns - k->c->start_gps_ns;
        at = s.start_gps_ns + 1 - k->c->start_gps_ns;
    }
}

/* Earliest start for the copies of gateways first..first+n-1 together. */
static sim_time start_for(struct making *k, unsigned first, unsigned n)
{
    sim_time at = k->next_at;
    for (int round = 0; round < MAX_ROUNDS; round++) {
        sim_time before = at;
        if (k->c->class_b)
            at = slot_from(k, at);
        for (unsigned g = first; k->c->duty_cycle && g < first + n && at != SIM_NEVER; g++)
            at = duty_earliest(&k->bands[g], k->c->duty_rule, k->p->duty_ppm, at, k->p->airtime);
        if (at == SIM_NEVER || at == before)
            break;
    }
    return at;
}

/* One transmission, or those that go together; false: the sessions are over. */
static bool place_copy(struct making *k, unsigned frame, unsigned first, unsigned n, bool new_frame)
{
    if (new_frame && k->frame_at != SIM_NEVER && k->frame_at + k->c->period > k->next_at)
        k->next_at = k->frame_at + k->c->period;
    sim_time start = start_for(k, first, n);
    for (int i = 0; start + k->p->airtime > session(k)->close; i++) {
        if (i == MAX_EMPTY || !next_session(k, start))
            return false;
        start = start_for(k, first, n);
    }
    struct campaign_plan_session *s = session(k);
    if (s->first == SIM_NEVER) {
        s->first = start;
        s->first_frame = frame;
    }
    s->end = k->p->end = start + k->p->airtime;
    for (unsigned g = first; k->c->duty_cycle && g < first + n; g++)
        duty_add(&k->bands[g], k->c->duty_rule, k->p->duty_ppm, start, k->p->airtime);
    if (new_frame) {
        k->frame_at = start;
        s->n_frames++;
    }
    k->next_at = s->end + k->c->gap;
    return true;
}

static bool place_frame(struct making *k, unsigned frame, unsigned gateway)
{
    const struct campaign_plan_input *c = k->c;
    unsigned n_groups = c->schedule == CAMPAIGN_PLAN_STAGGERED ? c->n_gateways : 1;
    unsigned together = c->schedule == CAMPAIGN_PLAN_SIMULTANEOUS ? c->n_gateways : 1;
    for (unsigned i = 0; i < n_groups * c->repeats; i++)
        if (!place_copy(k, frame, gateway + i % n_groups, together, i == 0))
            return false;
    return true;
}

static void place_all(struct making *k)
{
    const struct campaign_plan_input *c = k->c;
    unsigned n_rounds = c->schedule == CAMPAIGN_PLAN_ONE_BY_ONE ? c->n_gateways : 1;
    begin_session(k, 0);
    for (unsigned g = 0; g < n_rounds; g++)
        for (unsigned f = 0; f < k->p->n_frames; f++) {
            if (!place_frame(k, f, g)) {
                k->p->problem = CAMPAIGN_PLAN_SESSION_SHORT;
                return;
            }
            k->p->n_placed += g == n_rounds - 1;
        }
}

/* The last session ends as early as it can. */
static void shorten_last(struct making *k)
{
    struct campaign_plan_session *s = session(k);
    while (k->c->timeout == CAMPAIGN_PLAN_AUTO && s->timeout > 0 &&
           s->open + campaign_plan_session_length(k->c->class_b, s->timeout - 1) >= s->end)
        s->timeout--;
    s->close = s->open + campaign_plan_session_length(k->c->class_b, s->timeout);
}

/* Parity fragments of m uncoded ones. */
static uint64_t n_coded_of(unsigned m, const struct campaign_plan_input *c)
{
    if (c->n_coded != CAMPAIGN_PLAN_AUTO)
        return (unsigned)c->n_coded;
    return ((uint64_t)m * c->redundancy_ppm + CAMPAIGN_PLAN_PPM - 1) / CAMPAIGN_PLAN_PPM;
}

/* Sizes and numbers of fragments, air time; the first problem. */
static enum campaign_plan_problem size_up(struct campaign_plan *p,
                                          const struct campaign_plan_input *c)
{
    const struct region *r = c->region;
    if (c->dr < 0 || c->dr >= REGION_N_DR || !r->dr[c->dr].down)
        return CAMPAIGN_PLAN_NO_DATA_RATE;
    p->max_payload = region_max_mac_payload(r, c->dr, c->dwell) - MAC_HEAD;
    if (p->max_payload <= CAMPAIGN_PLAN_FRAGMENT_HEAD)
        return CAMPAIGN_PLAN_NO_DATA_RATE;
    int band = region_sub_band(r, c->frequency_hz);
    if (band < 0 && r->n_sub_bands)
        return CAMPAIGN_PLAN_NO_SUB_BAND;
    p->duty_ppm = c->duty_cycle && band >= 0 ? r->sub_bands[band].duty_ppm : CAMPAIGN_PLAN_PPM;
    p->frag_size =
        c->frag_size ? c->frag_size : (unsigned)p->max_payload - CAMPAIGN_PLAN_FRAGMENT_HEAD;
    if (c->image_len == 0)
        return CAMPAIGN_PLAN_EMPTY;
    if (c->n_gateways == 0 || c->repeats == 0)
        return CAMPAIGN_PLAN_NO_GATEWAY;
    if (c->slot_len && c->image_len > c->slot_len)
        return CAMPAIGN_PLAN_SLOT;
    if (p->frag_size > FRAG_MAX_SIZE ||
        p->frag_size + CAMPAIGN_PLAN_FRAGMENT_HEAD > (unsigned)p->max_payload)
        return CAMPAIGN_PLAN_FRAG_SIZE;
    if (fragcode_split(c->image_len, p->frag_size, &p->m, &p->padding) != SIM_OK)
        return CAMPAIGN_PLAN_TOO_MANY;
    uint64_t n_coded = n_coded_of(p->m, c);
    if (p->m + n_coded > FRAG_MAX_N)
        return CAMPAIGN_PLAN_TOO_MANY;
    p->n_coded = (unsigned)n_coded;
    p->n_frames = p->m + p->n_coded;
    p->airtime = devices_airtime(
        r, c->dr, (int)p->frag_size + CAMPAIGN_PLAN_FRAGMENT_HEAD + LW_DATA_OVERHEAD, true);
    p->total_airtime = p->airtime * p->n_frames * c->repeats;
    return CAMPAIGN_PLAN_POSSIBLE;
}

/* A frame that could never be sent would be looked for without end. */
static enum campaign_plan_problem check_frame(const struct campaign_plan *p,
                                              const struct campaign_plan_input *c)
{
    struct duty_band empty = {0};
    int timeout = c->timeout == CAMPAIGN_PLAN_AUTO ? CAMPAIGN_PLAN_MAX_TIMEOUT : c->timeout;
    if (c->duty_cycle &&
        duty_earliest(&empty, c->duty_rule, p->duty_ppm, 0, p->airtime) == SIM_NEVER)
        return CAMPAIGN_PLAN_OVER_DUTY;
    if (c->margin + p->airtime > campaign_plan_session_length(c->class_b, timeout))
        return CAMPAIGN_PLAN_SESSION_SHORT;
    return CAMPAIGN_PLAN_POSSIBLE;
}

void campaign_plan_make(struct campaign_plan *p, const struct campaign_plan_input *c)
{
    *p = (struct campaign_plan){0};
    p->problem = size_up(p, c);
    if (p->problem == CAMPAIGN_PLAN_POSSIBLE)
        p->problem = check_frame(p, c);
    if (p->problem != CAMPAIGN_PLAN_POSSIBLE)
        return;
    struct lw_aes zero_key;
    struct making k = {.c = c, .p = p, .zero_key = &zero_key, .frame_at = SIM_NEVER};
    pingslot_key_init(&zero_key);
    k.bands = mem_alloc(c->n_gateways, sizeof *k.bands);
    place_all(&k);
    shorten_last(&k);
    for (unsigned g = 0; g < c->n_gateways; g++)
        duty_free(&k.bands[g]);
    free(k.bands);
}

void campaign_plan_free(struct campaign_plan *p)
{
    free(p->sessions);
    *p = (struct campaign_plan){0};
}

/* Has a number of fragments no blind spot? */
static bool is_good(const struct campaign_plan_input *c, unsigned m)
{
    struct fragblind b;
    return fragblind_check(c->code, m, &b) == SIM_OK && !fragblind_bad(&b);
}

/* Fits it, with the parity behind it, and is it good? */
static bool try_size(const struct campaign_plan *p, const struct campaign_plan_input *c,
                     unsigned size, struct campaign_plan_fragments *f)
{
    if (size < 1 || size + CAMPAIGN_PLAN_FRAGMENT_HEAD > (unsigned)p->max_payload ||
        fragcode_split(c->image_len, size, &f->m, &f->padding) != SIM_OK ||
        f->m + n_coded_of(f->m, c) > FRAG_MAX_N || f->m == p->m || !is_good(c, f->m))
        return false;
    f->frag_size = size;
    return true;
}

void campaign_plan_advise(const struct campaign_plan *p, const struct campaign_plan_input *c,
                          struct campaign_plan_advice *a)
{
    *a = (struct campaign_plan_advice){0};
    if (fragblind_check(c->code, p->m, &a->spot) != SIM_OK || !fragblind_bad(&a->spot))
        return;
    a->blind = true;
    for (unsigned d = 1; d < FRAG_MAX_SIZE; d++)
        if (try_size(p, c, p->frag_size + d, &a->by_size) ||
            (d < p->frag_size && try_size(p, c, p->frag_size - d, &a->by_size)))
            break;
    if (!a->by_size.frag_size)
        a->by_size = (struct campaign_plan_fragments){0};
    for (unsigned n = 1; p->padding + n * p->frag_size <= CAMPAIGN_PLAN_MAX_PADDING; n++)
        if (p->m + n + n_coded_of(p->m + n, c) <= FRAG_MAX_N && is_good(c, p->m + n)) {
            a->by_padding = (struct campaign_plan_fragments){p->m + n, p->frag_size,
                                                             p->padding + n * p->frag_size};
            break;
        }
}
