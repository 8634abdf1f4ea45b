/* SPDX-License-Identifier: GPL-2.0-only
 * Sets of a router's interfaces as bits, and the lists of outgoing interfaces that PIM makes of
 * them. A set is n words of its owner; all sets of a router have the same n.
 * Source: RFC 7761 section 4.1.6. */
#ifndef IP_PIM_SET_H
#define IP_PIM_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PIM_SET_END = -1 };

/* Words for interfaces 0..n_ifaces - 1. */
size_t pim_set_words(size_t n_ifaces);
void pim_set_clear(uint64_t *s, size_t n);
void pim_set_copy(uint64_t *to, const uint64_t *from, size_t n);
void pim_set_put(uint64_t *s, size_t iface, bool in);
bool pim_set_has(const uint64_t *s, size_t iface);
bool pim_set_empty(const uint64_t *s, size_t n);
bool pim_set_equal(const uint64_t *a, const uint64_t *b, size_t n);
size_t pim_set_count(const uint64_t *s, size_t n);
void pim_set_add(uint64_t *s, const uint64_t *other, size_t n);
void pim_set_remove(uint64_t *s, const uint64_t *other, size_t n);
/* The first interface from `from` on, or PIM_SET_END. */
int pim_set_next(const uint64_t *s, size_t n, size_t from);

/* What the lists of a group and a source are made of. */
struct pim_sets {
    size_t n; /* words */
    /* Of the group. */
    const uint64_t *joins_star, *include_star, *lost_star;
    /* Of the source. */
    const uint64_t *joins, *include, *lost;
    const uint64_t *prunes_rpt, *exclude, *lost_rpt;
};

/* immediate_olist(*,G) and immediate_olist(S,G). */
void pim_olist_star(const struct pim_sets *s, uint64_t *out);
void pim_olist_immediate(const struct pim_sets *s, uint64_t *out);
/* inherited_olist(S,G,rpt): along the shared tree. */
void pim_olist_rpt(const struct pim_sets *s, uint64_t *out);
/* inherited_olist(S,G): along the source's tree; what both trees want. */
void pim_olist_inherited(const struct pim_sets *s, uint64_t *out);
/* Where an assert of the source makes sense: inherited, but for its own asserts. */
void pim_olist_assertable(const struct pim_sets *s, uint64_t *out);

#endif
