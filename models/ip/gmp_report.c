/* SPDX-License-Identifier: GPL-2.0-only
 * Filling reports up to the MTU. Source: see gmp_report.h. */
#include "models/ip/gmp_report.h"

static size_t empty_size(const struct gmp_report *r)
{
    const struct gmp_msg m = {.kind = GMP_REPORT, .version = GMP_V3, .family = r->family};
    return gmp_size(&m);
}

void gmp_report_init(struct gmp_report *r, uint8_t family, size_t mtu, struct gmp_room *room)
{
    *r = (struct gmp_report){.family = family, .mtu = mtu, .room = room};
    r->size = empty_size(r);
    gmp_room_reserve(room, mtu / gmp_record_size(family, 0), mtu / ip_addr_len(family));
}

void gmp_report_end(struct gmp_report *r)
{
    if (r->room->n_records > 0) {
        const struct gmp_msg m = {.kind = GMP_REPORT,
                                  .family = r->family,
                                  .version = GMP_V3,
                                  .records = r->room->records,
                                  .n_records = r->room->n_records};
        r->send(r->obj, &m);
    }
    r->room->n_records = r->room->n_sources = 0;
    r->size = empty_size(r);
}

static void add_part(struct gmp_report *r, enum gmp_record_type type, const struct ip_addr *group,
                     const struct ip_addr *v, size_t n)
{
    size_t size = gmp_record_size(r->family, n);
    if (r->size + size > r->mtu)
        gmp_report_end(r);
    gmp_room_record(r->room, type, group);
    for (size_t i = 0; i < n; i++)
        gmp_room_source(r->room, &v[i]);
    r->size += size;
}

void gmp_report_add(struct gmp_report *r, enum gmp_record_type type, const struct ip_addr *group,
                    const struct ip_set *sources)
{
    size_t max = gmp_max_sources(r->family, GMP_REPORT, r->mtu), left = sources->n;
    if (type == GMP_IS_EX || type == GMP_TO_EX)
        left = left > max ? max : left;
    const struct ip_addr *v = sources->v;
    do {
        size_t n = left > max ? max : left;
        add_part(r, type, group, v, n);
        left -= n;
        v = n > 0 ? v + n : v;
    } while (left > 0);
}
