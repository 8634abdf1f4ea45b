/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the campaign share. */
#ifndef PACKAGES_CAMPAIGN_INTERNAL_H
#define PACKAGES_CAMPAIGN_INTERNAL_H

#include "models/packages/campaign.h"

/* Tell of a member's state; change it; its verdict. */
void cm_changed(struct campaign *c, uint32_t i);
void cm_set(struct campaign *c, uint32_t i, enum campaign_state state);
void cm_fail(struct campaign *c, sim_time now, uint32_t i, enum campaign_reason reason);
/* The phase waits for it, or no more. */
void cm_busy(struct campaign *c, uint32_t i);
void cm_free(struct campaign *c, uint32_t i);

static inline bool cm_is_over(const struct campaign_member *m)
{
    return m->state == CAMPAIGN_UPDATED || m->state == CAMPAIGN_FAILED;
}

/* The block is known to be there. */
static inline bool cm_has_block(const struct campaign_member *m)
{
    return m->complete_at >= 0;
}

/* Set-up of one member from a state on: the next thing that it is asked. */
void cm_set_up_from(struct campaign *c, sim_time now, uint32_t i, enum campaign_state step);
void cm_invite(struct campaign *c, sim_time now, uint32_t i);
void cm_ask_status(struct campaign *c, sim_time now, uint32_t i);
void cm_feed(struct campaign *c, sim_time now, uint32_t i);
/* Group and fragmentation session of a member that was set up. */
void cm_remove(struct campaign *c, uint32_t i);
/* Firmware of one member whose block is there. */
void cm_check_image(struct campaign *c, sim_time now, uint32_t i);
void cm_wake_reboot(struct campaign *c, sim_time now, uint32_t i);

/* What came of a request, for the member alone. */
void cm_answer(struct campaign *c, sim_time now, uint32_t i, const struct campaign_answer *a);

/* Why a member that was not heard of is given up, by its state. */
enum campaign_reason cm_silence(const struct campaign_member *m);

#endif
