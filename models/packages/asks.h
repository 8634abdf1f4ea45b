/* SPDX-License-Identifier: GPL-2.0-only
 * Requests to one device that are not yet answered, a few at a time, told apart by their CID and by
 * what they speak of (a session, a version; 0 where it does not matter). Only one of each kind is
 * open: a new one replaces it. The commands themselves are with the machine that asks. */
#ifndef PACKAGES_ASKS_H
#define PACKAGES_ASKS_H

#include "models/packages/package.h"

enum { ASKS_MAX = 4 };

/* All zeros: nothing is open. */
struct asks {
    struct {
        struct pkg_request request;
        uint8_t cid;
        uint8_t about;
    } open[ASKS_MAX];
};

/* The open request of this kind, 0..ASKS_MAX - 1, or -1. */
int asks_find(const struct asks *a, uint8_t cid, uint8_t about);
/* Open one (again), which the caller sends now. Returns its place, or SIM_EBUSY: too many others
 * are open. */
int asks_start(struct asks *a, uint8_t cid, uint8_t about, const struct pkg_retry *retry,
               sim_time at);
/* It is answered. */
void asks_answer(struct asks *a, int place, bool accepted);
/* Time has passed: what is to be done with the one at place? */
enum pkg_request_act asks_wake(struct asks *a, int place, const struct pkg_retry *retry,
                               sim_time at);
/* When the next wake is due; SIM_NEVER: none is. */
sim_time asks_next(const struct asks *a);
void asks_cancel(struct asks *a);
int asks_n_open(const struct asks *a);

#endif
