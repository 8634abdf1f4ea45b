/* SPDX-License-Identifier: GPL-2.0-only
 * A parcel with everything it borrows, copied into one piece of memory, for those that keep it
 * beyond a call. */
#ifndef IP_PARCEL_COPY_H
#define IP_PARCEL_COPY_H

#include "models/ip/parcel.h"

/* Copy a parcel and its contents; to borrows from room (size octets, aligned for any type). Returns
 * the octets of room that are needed: when they are more than size, to is not set, and the call is
 * to be made again with as many. */
size_t ip_parcel_copy(struct ip_parcel *to, const struct ip_parcel *from, void *room, size_t size);

#endif
