/* SPDX-License-Identifier: GPL-2.0-only
 * Reports of version 3 that are filled record by record and sent whenever one is full. Inside of
 * models/ip only. Source: RFC 3376 section 4.2.16, RFC 3810 section 5.2.15. */
#ifndef IP_GMP_REPORT_H
#define IP_GMP_REPORT_H

#include "models/ip/filter.h"
#include "models/ip/gmp.h"

struct gmp_report {
    uint8_t family;
    size_t mtu, size; /* octets, the second so far */
    struct gmp_room *room;
    void *obj;
    void (*send)(void *obj, const struct gmp_msg *m);
};

/* Begin; the room is emptied. */
void gmp_report_init(struct gmp_report *r, uint8_t family, size_t mtu, struct gmp_room *room);
/* Add a record. One that is too long for a report is spread over several, and an EXCLUDE list is
 * cut, because half of it would mean something else. */
void gmp_report_add(struct gmp_report *r, enum gmp_record_type type, const struct ip_addr *group,
                    const struct ip_set *sources);
/* Send what is left. */
void gmp_report_end(struct gmp_report *r);

#endif
