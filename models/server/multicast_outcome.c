/* SPDX-License-Identifier: GPL-2.0-only
 * What became of the frames of a multicast group. A frame counts once for each member: received
 * when any copy was, else lost for the reason at the loudest copy. */
#include <limits.h>
#include <stdlib.h>

#include "models/server/multicast_internal.h"
#include "sim/mem.h"

bool multicast_owns(const struct multicast *mc, const struct medium_tx *tx)
{
    return tx->kind == FRAME_MULTICAST_DOWN && tx->network == mc->s.network &&
           tx->devaddr == mc->s.mc_addr;
}

uint32_t mc_fcnt(const struct multicast *mc, uint32_t frame)
{
    bool swapped = mc->s.cfg->mistakes.counters == MC_SWAPPED;
    return (uint32_t)mc->s.cfg->min_mc_fcnt + (swapped ? frame ^ 1 : frame);
}

static struct mc_frame *frame_of(struct multicast *mc, const struct medium_tx *tx)
{
    bool swapped = mc->s.cfg->mistakes.counters == MC_SWAPPED;
    uint32_t k = tx->fcnt - (uint32_t)mc->s.cfg->min_mc_fcnt;
    return &mc->frames[swapped ? k ^ 1 : k];
}

void mc_frame_begin(struct multicast *mc)
{
    if (mc->n_frames == mc->cap_frames) {
        mc->cap_frames = mc->cap_frames ? 2 * mc->cap_frames : 64;
        mc->frames = mem_grow(mc->frames, mc->cap_frames, sizeof *mc->frames);
    }
    struct mc_frame *f = &mc->frames[mc->n_frames++];
    *f = (struct mc_frame){.copies_left =
                               (uint32_t)(mc->n_gateways * (uint64_t)mc->s.cfg->traffic.repeats)};
    f->live = mem_alloc(1, sizeof *f->live + mc->s.n_members * sizeof *f->live->outcomes);
    for (uint32_t m = 0; m < mc->s.n_members; m++)
        f->live->outcomes[m] = (struct mc_outcome){
            ROW_NULL, INT16_MIN, mc_is_ready(mc, m) ? LOSS_NO_LINK : (uint8_t)MC_NOT_EXPECTED};
}

void mc_frame_free(struct mc_frame *f)
{
    free(f->live);
    f->live = NULL;
    f->copies_left = 0;
}

/* All members get the same bytes. */
static void parse_once(struct multicast *mc, const struct medium_tx *tx)
{
    if (mc->parsed_of == tx)
        return;
    mc->parsed_of = tx;
    mc->parsed_ok = lw_frame_parse(&mc->parsed, tx->phy, tx->len) == SIM_OK;
}

/* The copy with more power tells why a frame was lost. Of equal ones, which may have ended at one
 * instant in any order, that of the first reason and miss. */
static bool counts_more(const struct mc_outcome *a, const struct mc_outcome *b)
{
    if (a->power_cdbm != b->power_cdbm || b->reason == LOSS_NO_LINK)
        return a->power_cdbm >= b->power_cdbm;
    return a->reason != b->reason ? a->reason < b->reason : a->miss_us < b->miss_us;
}

void multicast_heard(struct multicast *mc, struct medium_tx *tx, uint32_t device,
                     enum loss_reason reason)
{
    struct mc_live *live = frame_of(mc, tx)->live;
    struct mc_outcome *o = &live->outcomes[mc->position[device] - 1];
    if (o->reason == LOSS_NONE)
        return; /* another copy was received */
    if (reason == LOSS_NONE && loss_model_lost(mc->s.loss, mc->position[device] - 1, tx->fcnt))
        reason = LOSS_RANDOM;
    if (reason == LOSS_NONE) {
        parse_once(mc, tx);
        reason = mc->parsed_ok
                     ? devices_multicast(mc->s.devices, device, tx, &mc->parsed, &live->opened)
                     : LOSS_MALFORMED;
    }
    if (o->reason == MC_NOT_EXPECTED)
        return;
    int power = tx->best_power_cdbm == INT32_MIN ? INT16_MIN : tx->best_power_cdbm;
    struct mc_outcome own = {tx->miss_us, (int16_t)power, (uint8_t)reason};
    if (reason == LOSS_NONE || counts_more(&own, o))
        *o = own;
}

/* All copies have ended: one outcome for each member. */
static void settle(struct multicast *mc, struct mc_frame *f)
{
    struct medium_tx name = {.node = f->node,
                             .seq = f->seq,
                             .network = mc->s.network,
                             .kind = FRAME_MULTICAST_DOWN,
                             .dr = (uint8_t)mc->dr};
    for (uint32_t m = 0; m < mc->s.n_members; m++) {
        const struct mc_outcome *o = &f->live->outcomes[m];
        if (o->reason == MC_NOT_EXPECTED)
            continue;
        name.best_power_cdbm = o->power_cdbm == INT16_MIN ? INT32_MIN : o->power_cdbm;
        name.miss_us = o->miss_us;
        medium_count_sent(mc->s.medium, &name);
        medium_settle(mc->s.medium, &name, (enum loss_reason)o->reason, mc->member_ids[m]);
    }
    mc_frame_free(f);
}

static void copy_ended(struct multicast *mc, struct mc_frame *f)
{
    if (!f->copies_left || --f->copies_left)
        return;
    bool sent = f->named;
    if (sent)
        settle(mc, f);
    else
        mc_frame_free(f);
    if (mc->source.over)
        mc->source.over(mc->source.ctx, (uint32_t)(f - mc->frames), sent);
}

void multicast_copy_done(struct multicast *mc, const struct medium_tx *tx)
{
    struct mc_frame *f = frame_of(mc, tx);
    mc->parsed_of = NULL;
    if (!f->named || tx->start < f->start || (tx->start == f->start && tx->node < f->node)) {
        f->named = true;
        f->start = tx->start;
        f->node = tx->node;
        f->seq = tx->seq;
    }
    copy_ended(mc, f);
}

void multicast_refused(struct multicast *mc, const struct medium_tx *tx)
{
    struct mc_frame *f = frame_of(mc, tx);
    for (uint32_t i = 0; f->live && i < tx->n_targets; i++) {
        struct mc_outcome *o = &f->live->outcomes[mc->position[tx->targets[i]] - 1];
        if (o->reason == LOSS_NO_LINK)
            o->reason = (uint8_t)(tx->reason ? tx->reason : LOSS_GATEWAY_DOWN);
    }
    copy_ended(mc, f);
}

static void session_row(const struct multicast *mc, const struct multicast_session *s)
{
    struct row_session r = {.group_name = mc->s.cfg->name,
                            .devaddr = mc->s.mc_addr,
                            .planned_ns = s->open,
                            .length_ns = s->close - s->open,
                            .frequency_hz = mc->frequency_hz,
                            .dr = mc->dr,
                            .n_members = mc->s.n_members};
    trace_row(mc->s.trace, ROW_SESSION, &r);
}

void multicast_finish(struct multicast *mc)
{
    for (unsigned i = 0; i < mc->n_sessions; i++)
        session_row(mc, &mc->sessions[i]);
    for (uint32_t i = 0; i < mc->n_frames; i++) {
        struct mc_frame *f = &mc->frames[i];
        if (f->live && f->named)
            settle(mc, f);
        mc_frame_free(f);
    }
}
