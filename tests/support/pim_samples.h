/* SPDX-License-Identifier: GPL-2.0-only
 * For tests: PIM messages of every type, with and without their lists. */
#ifndef TESTS_PIM_SAMPLES_H
#define TESTS_PIM_SAMPLES_H

#include "models/ip/pim.h"

enum { PIM_SAMPLES_MAX = 40 };

/* Lists of the messages lie inside: it must not be copied. */
struct pim_samples {
    uint8_t family;
    size_t n;
    struct pim_msg msgs[PIM_SAMPLES_MAX];
    struct ip_addr src[PIM_SAMPLES_MAX];
    struct ip_addr dst[PIM_SAMPLES_MAX]; /* no family: all PIM routers */
    struct ip_addr link, routable, peer, far, group, sources[4];
    struct pim_source joins[4];
    struct pim_group groups[3];
    struct pim_rp rps[3];
    struct pim_range ranges[3];
    struct ip_prefix prefixes[2];
    uint8_t inner[200];
};

void pim_samples_init(struct pim_samples *s, uint8_t family);

#endif
