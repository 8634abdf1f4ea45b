/* SPDX-License-Identifier: GPL-2.0-only
 * What writing and reading of Semtech's UDP protocol share. */
#ifndef LORAWAN_SEMTECH_INTERNAL_H
#define LORAWAN_SEMTECH_INTERNAL_H

#include "models/lorawan/semtech.h"

enum { SEMTECH_VERSION = 2 };

#define SEMTECH_MAX_HZ INT64_C(10000000000)

/* Does a datagram name its gateway? */
bool semtech_has_eui(enum backhaul_kind kind);

#endif
