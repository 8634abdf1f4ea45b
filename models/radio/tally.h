/* SPDX-License-Identifier: GPL-2.0-only
 * Counts of frames by network, kind and data rate: sent = received + losses by reason. */
#ifndef RADIO_TALLY_H
#define RADIO_TALLY_H

#include <stdint.h>

#include "sim/rows.h"
#include "sim/time.h"
#include "sim/trace.h"

enum { TALLY_N_DR = 16 };

struct tally_cell {
    uint64_t n_sent, n_received;
    uint64_t n_lost[N_LOSS];
    sim_time airtime;
};

struct tally {
    unsigned n_networks;
    struct tally_cell *cells; /* n_networks x N_FRAME_KIND x TALLY_N_DR */
};

void tally_init(struct tally *t, unsigned n_networks);
void tally_fini(struct tally *t);

/* The counts of a network (index), kind and data rate (0..15). */
struct tally_cell *tally_at(const struct tally *t, unsigned network, enum frame_kind kind, int dr);

/* Rows of traffic_stat and loss_stat; networks: node.id of each. */
void tally_rows(const struct tally *t, const int64_t *networks, const struct trace *trace);

/* Does every cell balance? Returns the number of cells that do not. */
unsigned tally_unbalanced(const struct tally *t);

#endif
