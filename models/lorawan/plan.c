/* SPDX-License-Identifier: GPL-2.0-only
 * Channel plans, kept once each. */
#include "models/lorawan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "models/lorawan/join.h"
#include "sim/err.h"
#include "sim/mem.h"

void plan_set_init(struct plan_set *s, const struct region *region)
{
    memset(s, 0, sizeof *s);
    s->region = region;
}

void plan_set_fini(struct plan_set *s)
{
    for (unsigned i = 0; i < s->n; i++)
        free(s->plans[i]);
    free(s->plans);
    memset(s, 0, sizeof *s);
}

static bool enabled(const struct plan *p, int i)
{
    return p->channel[i].frequency_hz && p->mask[i / 16] >> (i % 16) & 1;
}

static void enable(struct plan *p, int i, bool on)
{
    uint16_t bit = (uint16_t)(1u << (i % 16));
    p->mask[i / 16] = (uint16_t)(on ? p->mask[i / 16] | bit : p->mask[i / 16] & ~bit);
}

void plan_default(const struct region *region, struct plan *p)
{
    memset(p, 0, sizeof *p);
    for (int i = 0; i < region->n_default_channels; i++) {
        p->channel[i] = region_default_channel(region, i);
        enable(p, i, true);
    }
}

static void derive(struct plan *p)
{
    memset(p->n_usable, 0, sizeof p->n_usable);
    memset(p->usable, 0, sizeof p->usable);
    for (int i = 0; i < REGION_MAX_CHANNELS; i++) {
        if (!enabled(p, i))
            continue;
        for (int dr = p->channel[i].min_dr; dr <= p->channel[i].max_dr; dr++)
            p->usable[dr][p->n_usable[dr]++] = (uint8_t)i;
    }
}

uint16_t plan_intern(struct plan_set *s, const struct plan *p)
{
    struct plan *q = mem_copy(p, sizeof *p);
    derive(q);
    for (uint16_t i = 0; i < s->n; i++) {
        if (memcmp(s->plans[i], q, sizeof *q) == 0) {
            free(q);
            return i;
        }
    }
    SIM_CHECK(s->n < UINT16_MAX, "%u channel plans", s->n);
    if (s->n == s->cap) {
        s->cap = (uint16_t)(s->cap ? 2 * s->cap : 8);
        s->plans = mem_grow(s->plans, s->cap, sizeof *s->plans);
    }
    s->plans[s->n] = q;
    return s->n++;
}

const struct plan *plan_at(const struct plan_set *s, uint16_t number)
{
    SIM_CHECK(number < s->n, "channel plan %u of %u", number, s->n);
    return s->plans[number];
}

void plan_defined(const struct plan *p, uint16_t defined[PLAN_MASKS])
{
    memset(defined, 0, PLAN_MASKS * sizeof *defined);
    for (int i = 0; i < REGION_MAX_CHANNELS; i++)
        if (p->channel[i].frequency_hz)
            defined[i / 16] = (uint16_t)(defined[i / 16] | 1u << (i % 16));
}

bool plan_frequency_ok(const struct region *region, int64_t frequency_hz)
{
    return frequency_hz >= region->min_hz && frequency_hz <= region->max_hz;
}

int plan_set_channel(const struct region *region, struct plan *p, int i, struct region_channel c)
{
    if (region->fixed_channels || i < region->n_default_channels || i >= region->max_channels)
        return SIM_EINVAL;
    if (c.frequency_hz == 0) {
        memset(&p->channel[i], 0, sizeof p->channel[i]);
        p->rx1_frequency_hz[i] = 0;
        enable(p, i, false);
        return SIM_OK;
    }
    if (!plan_frequency_ok(region, c.frequency_hz) || c.min_dr > c.max_dr ||
        c.max_dr >= REGION_N_DR)
        return SIM_ERANGE;
    p->channel[i].frequency_hz = c.frequency_hz;
    p->channel[i].min_dr = c.min_dr;
    p->channel[i].max_dr = c.max_dr;
    p->rx1_frequency_hz[i] = 0;
    enable(p, i, true);
    return SIM_OK;
}

int plan_apply_cflist(const struct region *region, struct plan *p, const uint8_t cflist[16])
{
    int64_t frequency_hz[5];
    uint16_t mask[PLAN_MASKS];
    int type = lw_cflist_parse(cflist, frequency_hz, mask);
    if (type < 0 || (type == 1) != region->fixed_channels)
        return SIM_EPROTO;
    if (type == 1) {
        uint16_t defined[PLAN_MASKS], some = 0;
        plan_defined(p, defined);
        for (int i = 0; i < PLAN_MASKS; i++) {
            mask[i] &= defined[i];
            some |= mask[i];
        }
        if (!some)
            return SIM_EPROTO;
        memcpy(p->mask, mask, sizeof p->mask);
        return SIM_OK;
    }
    for (int i = 0; i < 5; i++) {
        struct region_channel c = {.frequency_hz = frequency_hz[i],
                                   .min_dr = region->default_min_dr,
                                   .max_dr = region->default_max_dr};
        plan_set_channel(region, p, region->n_default_channels + i,
                         c); /* what does not fit is ignored */
    }
    return SIM_OK;
}

void plan_keep_sub_band(const struct region *region, struct plan *p, int sub_band)
{
    memset(p->mask, 0, sizeof p->mask);
    for (int i = 0; i < 8; i++)
        enable(p, 8 * (sub_band - 1) + i, true);
    if (region->channels_min_dr_500 >= 0)
        enable(p, 64 + sub_band - 1, true);
}
