/* SPDX-License-Identifier: GPL-2.0-only
 * A block on the air without a campaign: fragments as the frames of a scenario's multicast group,
 * to devices whose fragmentation sessions are provisioned. */
#ifndef TESTS_FEED_H
#define TESTS_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "models/packages/fragcode.h"
#include "models/packages/ts004.h"
#include "tools/world.h"

struct feed {
    struct ts004_setup_req setup;
    enum frag_code code;
    uint32_t n_fragments; /* uncoded and coded */
    uint8_t *block;       /* padded */
    struct fragrows *rows;
    uint32_t n_sent;
    bool has_mic; /* each device gets the integrity code of its key; cleared: 0, for ranks */
};

/* Of a world that is built and has not run: its first multicast group, or the one with this index,
 * sends the block; devices first to first + n - 1 get the session. setup->mc_group_mask etc. are
 * the caller's; octet i of the block is a function of i and the size. */
void feed_open(struct feed *f, struct world *w, uint32_t group, const struct ts004_setup_req *setup,
               enum frag_code code, uint32_t n_fragments);
void feed_provision(const struct feed *f, struct world *w, uint32_t first, uint32_t n);
void feed_close(struct feed *f);

#endif
