/* SPDX-License-Identifier: GPL-2.0-only
 * Reads the regions' tables. Nothing here knows a region by name: what differs is data in
 * region_*.c. Sources: RP001-1.0.3rA, RP002-1.0.4 and 1.0.5; LoRaWAN L2 1.0.4 for LinkADRReq and
 * TxParamSetupReq. */
#include "models/radio/region.h"

#include <string.h>

#include "models/radio/region_plan.h"
#include "sim/err.h"

static const struct region *const all[] = {
    &region_eu868,   &region_us915,   &region_au915, &region_as923_1, &region_as923_2,
    &region_as923_3, &region_as923_4, &region_in865, &region_kr920,   &region_cn470,
};
enum { N_REGIONS = sizeof all / sizeof all[0] };

const char *const region_names[] = {"EU868",   "US915", "AU915", "AS923-1", "AS923-2", "AS923-3",
                                    "AS923-4", "IN865", "KR920", "CN470",   NULL};

const region_rx1_row region_rx1_plain[8] = {
    {0, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, {2, 1, 0, 0, 0, 0}, {3, 2, 1, 0, 0, 0},
    {4, 3, 2, 1, 0, 0}, {5, 4, 3, 2, 1, 0}, {6, 5, 4, 3, 2, 1}, {7, 6, 5, 4, 3, 2},
};

const struct region *region_find(const char *name)
{
    for (size_t i = 0; i < N_REGIONS; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

size_t region_count(void)
{
    return N_REGIONS;
}

const struct region *region_at(size_t i)
{
    SIM_CHECK(i < N_REGIONS, "region %zu of %d", i, N_REGIONS);
    return all[i];
}

static struct region_channel channel_of_run(const struct region_channel_run *run, int i)
{
    return (struct region_channel){
        .frequency_hz = run->first_hz + i * run->step_hz,
        .min_dr = run->min_dr,
        .max_dr = run->max_dr,
    };
}

struct region_channel region_default_channel(const struct region *r, int i)
{
    if (i < 0 || i >= r->n_default_channels)
        return (struct region_channel){0};
    if (!r->fixed_channels)
        return r->plan->dynamic[i];
    if (i < r->plan->fixed[0].n)
        return channel_of_run(&r->plan->fixed[0], i);
    return channel_of_run(&r->plan->fixed[1], i - r->plan->fixed[0].n);
}

int region_rx1_dr(const struct region *r, int uplink_dr, int rx1_dr_offset, bool downlink_dwell)
{
    const struct region_plan *plan = r->plan;
    if (uplink_dr < 0 || uplink_dr >= plan->n_rx1_rows || (plan->rx1_missing >> uplink_dr & 1))
        return SIM_EINVAL;
    if (rx1_dr_offset < 0 || rx1_dr_offset > r->rx1_max_offset)
        return SIM_EINVAL;
    if (downlink_dwell && plan->rx1_dwell)
        return plan->rx1_dwell[uplink_dr][rx1_dr_offset];
    return plan->rx1[uplink_dr][rx1_dr_offset];
}

int64_t region_rx1_frequency(const struct region *r, int channel, int64_t uplink_frequency_hz)
{
    if (!r->fixed_channels)
        return uplink_frequency_hz;
    SIM_CHECK(channel >= 0, "channel %d", channel);
    return channel_of_run(&r->plan->downlinks, channel % r->plan->downlinks.n).frequency_hz;
}

int region_max_mac_payload(const struct region *r, int dr, bool dwell)
{
    if (dr < 0 || dr >= REGION_N_DR)
        return 0;
    return r->dr[dr].max_mac_payload[dwell ? 1 : 0];
}

int region_tx_power_cdbm(const struct region *r, int index, int max_eirp_cdbm)
{
    if (index < 0 || index >= r->n_tx_powers)
        return SIM_EINVAL;
    return max_eirp_cdbm - 200 * index;
}

int region_sub_band(const struct region *r, int64_t frequency_hz)
{
    for (int i = 0; i < r->n_sub_bands; i++)
        if (frequency_hz >= r->sub_bands[i].from_hz && frequency_hz < r->sub_bands[i].to_hz)
            return i;
    return -1;
}

int region_max_eirp_code_cdbm(int code)
{
    static const int dbm[16] = {8, 10, 12, 13, 14, 16, 18, 20, 21, 24, 26, 27, 29, 30, 33, 36};
    SIM_CHECK(code >= 0 && code < 16, "MaxEIRP code %d", code);
    return 100 * dbm[code];
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Fixed plans without 500 kHz channels (CN470): groups of 8 in turn, the rate as wished. Those with
 * them: even attempts 125 kHz at the lowest joining rate, odd ones the group's 500 kHz channel. The
 * groups go in turn, so that eight attempts of a kind meet every 8-channel gateway. */
void region_join_channel(const struct region *r, unsigned attempt, uint32_t random, int dr_wanted,
                         int *channel, int *dr)
{
    if (!r->fixed_channels) {
        *channel = (int)(((uint64_t)random * (uint32_t)r->n_default_channels) >> 32);
        *dr = clamp(dr_wanted, r->join_min_dr, r->join_max_dr);
        return;
    }
    int in_group = (int)(random >> 29);
    unsigned groups = (unsigned)r->plan->fixed[0].n / 8;
    if (r->channels_min_dr_500 < 0) {
        *channel = (int)(attempt % groups) * 8 + in_group;
        *dr = clamp(dr_wanted, r->join_min_dr, r->join_max_dr);
        return;
    }
    int group = (int)(attempt / 2 % groups);
    bool wide = attempt % 2 == 1;
    *channel = wide ? r->plan->fixed[0].n + group : group * 8 + in_group;
    *dr = wide ? r->channels_min_dr_500 : r->join_min_dr;
}

enum { MASK_WORDS = 6 };

static void mask_fill_125(uint16_t mask[MASK_WORDS], uint16_t value)
{
    for (int i = 0; i < 4; i++)
        mask[i] = value;
}

static int mask_dynamic(const uint16_t defined[MASK_WORDS], int cntl, uint16_t bits,
                        uint16_t mask[MASK_WORDS])
{
    if (cntl == 0)
        mask[0] = bits;
    else if (cntl == 6)
        mask[0] = defined[0];
    else
        return SIM_EINVAL;
    return SIM_OK;
}

static int mask_72(int cntl, uint16_t bits, uint16_t mask[MASK_WORDS])
{
    uint16_t low = bits & 0xff; /* the upper half is RFU where eight channels or groups are meant */
    switch (cntl) {
    case 4:
        mask[4] = low;
        break;
    case 5:
        for (int i = 0; i < 4; i++)
            mask[i] = (uint16_t)((bits >> (2 * i) & 1 ? 0x00ff : 0) |
                                 (bits >> (2 * i + 1) & 1 ? 0xff00 : 0));
        mask[4] = low;
        break;
    case 6:
    case 7:
        mask_fill_125(mask, cntl == 6 ? 0xffff : 0);
        mask[4] = low;
        break;
    default:
        mask[cntl] = bits;
        break;
    }
    return SIM_OK;
}

static int mask_96(int cntl, uint16_t bits, uint16_t mask[MASK_WORDS])
{
    if (cntl == 7)
        return SIM_EINVAL;
    if (cntl < MASK_WORDS)
        mask[cntl] = bits;
    for (int i = 0; cntl == 6 && i < MASK_WORDS; i++)
        mask[i] = 0xffff;
    return SIM_OK;
}

int region_apply_channel_mask(const struct region *r, const uint16_t defined[6], int ch_mask_cntl,
                              uint16_t ch_mask, uint16_t mask[6])
{
    if (ch_mask_cntl < 0 || ch_mask_cntl > 7)
        return SIM_EINVAL;
    uint16_t next[MASK_WORDS];
    memcpy(next, mask, sizeof next);
    int rc;
    switch (r->plan->mask_control) {
    case REGION_MASK_72:
        rc = mask_72(ch_mask_cntl, ch_mask, next);
        break;
    case REGION_MASK_96:
        rc = mask_96(ch_mask_cntl, ch_mask, next);
        break;
    default:
        rc = mask_dynamic(defined, ch_mask_cntl, ch_mask, next);
        break;
    }
    if (rc)
        return rc;
    bool some = false;
    for (int i = 0; i < MASK_WORDS; i++) {
        if (next[i] & ~defined[i])
            return SIM_ERANGE;
        some = some || next[i];
    }
    memcpy(mask, next,
           sizeof next); /* also when empty: a later command of the block may enable some */
    return some ? SIM_OK : SIM_ERANGE;
}
