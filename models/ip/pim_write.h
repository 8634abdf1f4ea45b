/* SPDX-License-Identifier: GPL-2.0-only
 * PIM messages to octets. Sources: see pim.h. */
#ifndef IP_PIM_WRITE_H
#define IP_PIM_WRITE_H

#include "models/ip/pim.h"

/* Write a message, without IP headers; its checksum stays 0. Returns the length, or SIM_EINVAL
 * (lists longer than their counters, a Register without a packet),
 * SIM_ENOSPC. */
int pim_encode(const struct pim_msg *m, uint8_t *buf, size_t size);

#endif
