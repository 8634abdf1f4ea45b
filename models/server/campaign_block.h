/* SPDX-License-Identifier: GPL-2.0-only
 * The block of data that a campaign sends: its octets, and how they are cut into fragments. */
#ifndef SERVER_CAMPAIGN_BLOCK_H
#define SERVER_CAMPAIGN_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "models/packages/fragcode.h"
#include "models/server/campaign_cfg.h"

struct campaign_block {
    uint8_t *data; /* m * frag_size octets: len of the image, then padding of zeros; owned */
    size_t len;
    unsigned frag_size, m, padding, n_parity;
    int version; /* of TS004 */
    enum frag_code code;
};

/* Take over an image of len octets and cut it. max_payload: application payload at the group's data
 * rate. version: of the members' package. Errors, and then the image is freed: SIM_ERANGE
 * (fragcode_split; or fragments and parity are more than FRAG_MAX_N). */
int campaign_block_make(struct campaign_block *b, const struct campaign_cfg *c, uint8_t *image,
                        size_t len, int max_payload, int version);
void campaign_block_free(struct campaign_block *b);

/* Octets of an image that is made of a seed; the caller frees. */
uint8_t *campaign_block_generate(uint64_t seed, size_t len);

/* Parity fragments for a share of m, rounded up; at most what fragment numbers leave. */
unsigned campaign_block_parity(unsigned m, double ratio);

#endif
