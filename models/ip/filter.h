/* SPDX-License-Identifier: GPL-2.0-only
 * Sets of source addresses, and source filters: INCLUDE a set, or EXCLUDE it. How filters of
 * several sockets merge into one of an interface.
 * Sources: RFC 3376 section 3, RFC 3810 section 4. */
#ifndef IP_FILTER_H
#define IP_FILTER_H

#include "models/ip/address.h"

/* Ascending, each once. Zeroed: empty. */
struct ip_set {
    struct ip_addr *v;
    uint32_t n, cap;
};

void ip_set_fini(struct ip_set *s);
bool ip_set_has(const struct ip_set *s, const struct ip_addr *a);
/* false: it was there; it was not. */
bool ip_set_add(struct ip_set *s, const struct ip_addr *a);
bool ip_set_remove(struct ip_set *s, const struct ip_addr *a);
void ip_set_clear(struct ip_set *s);
/* n addresses in any order, with repetitions. */
void ip_set_assign(struct ip_set *s, const struct ip_addr *v, size_t n);
void ip_set_copy(struct ip_set *to, const struct ip_set *from);
bool ip_set_equal(const struct ip_set *a, const struct ip_set *b);
/* s becomes s with, without, or only where also in, other. */
void ip_set_unite(struct ip_set *s, const struct ip_set *other);
void ip_set_subtract(struct ip_set *s, const struct ip_set *other);
void ip_set_intersect(struct ip_set *s, const struct ip_set *other);

/* Zeroed: INCLUDE nobody, which is not to be a member. */
struct ip_filter {
    bool exclude;
    struct ip_set sources;
};

void ip_filter_fini(struct ip_filter *f);
void ip_filter_copy(struct ip_filter *to, const struct ip_filter *from);
bool ip_filter_equal(const struct ip_filter *a, const struct ip_filter *b);
/* Is anything wanted? */
bool ip_filter_is_member(const struct ip_filter *f);
/* Is what this source sends wanted? */
bool ip_filter_passes(const struct ip_filter *f, const struct ip_addr *source);
/* into then passes what either passes, as the filter of an interface does. Any order of merging
 * gives the same. */
void ip_filter_merge(struct ip_filter *into, const struct ip_filter *f);

#endif
