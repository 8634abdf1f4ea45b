/* SPDX-License-Identifier: GPL-2.0-only
 * PIM messages from octets. Sources: see pim.h. */
#ifndef IP_PIM_READ_H
#define IP_PIM_READ_H

#include "models/ip/pim.h"

/* Read the octets of a PIM message (behind the IP headers) into m, lists into room; the checksum
 * is not looked at. Unknown options of a Hello, and addresses of other families in its list, are
 * skipped. PIM_DROP_NONE, or the first thing that is wrong: then only m->kind counts. */
enum pim_reason pim_decode(struct pim_msg *m, uint8_t family, const uint8_t *p, size_t len,
                           struct pim_room *room);

#endif
