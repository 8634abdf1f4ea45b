/* SPDX-License-Identifier: GPL-2.0-only
 * Counts of frames and their balance. */
#include "models/radio/tally.h"

#include <stdlib.h>

#include "sim/err.h"
#include "sim/mem.h"

void tally_init(struct tally *t, unsigned n_networks)
{
    t->n_networks = n_networks;
    t->cells = mem_alloc((size_t)n_networks * N_FRAME_KIND * TALLY_N_DR, sizeof *t->cells);
}

void tally_fini(struct tally *t)
{
    free(t->cells);
    t->cells = NULL;
}

struct tally_cell *tally_at(const struct tally *t, unsigned network, enum frame_kind kind, int dr)
{
    SIM_CHECK(network < t->n_networks && dr >= 0 && dr < TALLY_N_DR, "network %u, dr %d", network,
              dr);
    return &t->cells[((size_t)network * N_FRAME_KIND + kind) * TALLY_N_DR + (size_t)dr];
}

static void cell_rows(const struct tally_cell *c, int64_t network, int kind, int dr,
                      const struct trace *trace)
{
    if (c->n_sent == 0)
        return;
    struct row_traffic_stat s = {.network = network,
                                 .kind = kind,
                                 .dr = dr,
                                 .n_sent = (int64_t)c->n_sent,
                                 .n_received = (int64_t)c->n_received,
                                 .airtime_ns = c->airtime};
    trace_row(trace, ROW_TRAFFIC_STAT, &s);
    for (int r = 1; r < N_LOSS; r++) {
        if (c->n_lost[r] == 0)
            continue;
        struct row_loss_stat l = {
            .network = network, .kind = kind, .dr = dr, .reason = r, .n = (int64_t)c->n_lost[r]};
        trace_row(trace, ROW_LOSS_STAT, &l);
    }
}

void tally_rows(const struct tally *t, const int64_t *networks, const struct trace *trace)
{
    for (unsigned n = 0; n < t->n_networks; n++)
        for (int k = 0; k < N_FRAME_KIND; k++)
            for (int dr = 0; dr < TALLY_N_DR; dr++)
                cell_rows(tally_at(t, n, (enum frame_kind)k, dr), networks[n], k, dr, trace);
}

unsigned tally_unbalanced(const struct tally *t)
{
    unsigned bad = 0;
    size_t n = (size_t)t->n_networks * N_FRAME_KIND * TALLY_N_DR;
    for (size_t i = 0; i < n; i++) {
        uint64_t sum = t->cells[i].n_received;
        for (int r = 0; r < N_LOSS; r++)
            sum += t->cells[i].n_lost[r];
        bad += sum != t->cells[i].n_sent;
    }
    return bad;
}
