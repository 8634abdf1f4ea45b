/* SPDX-License-Identifier: GPL-2.0-only
 * A run in which the test itself is the server of device dev/0, or the device: payloads of its own
 * in both directions. Needs the cmocka headers before it. */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include "tests/harness.h"
#include "tools/world.h"

struct talk {
    struct world *w;
    struct trace trace;
    struct run *r;
    int fport;
    uint32_t fcnt; /* of the next downlink */
};

/* Begin a run; its server should be down from the start when the test is to speak for it. */
void talk_begin(struct talk *t, const struct setup *s, int fport);
/* Let it run to its end, and finish it. */
void talk_end(struct talk *t);
/* At a time: a downlink in RX1 of dev's last uplink, which ended before. */
void talk_down(struct talk *t, sim_time at, const char *hex);
/* At a time: dev gets an uplink to send. */
void talk_up(struct talk *t, sim_time at, const char *hex);

/* Messages with these, in any order of the rest; NULL: any. */
int talk_n_messages(const struct run *r, const char *name, const char *result);

#endif
