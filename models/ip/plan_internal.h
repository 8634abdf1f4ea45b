/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of a plan share: names, and its later steps. */
#ifndef IP_PLAN_INTERNAL_H
#define IP_PLAN_INTERNAL_H

#include "models/ip/plan.h"

struct ip_list {
    uint32_t *v;
    uint32_t n;
};

/* Nodes or links by name, or name/index; many: names of several may stand there, with spaces or
 * commas between. The caller frees out->v, also after an error. */
int plan_nodes(const struct ip_plan *p, const char *const *field, bool many, struct ip_list *out,
               struct sim_error *e);
/* One word of such a list; it is added to out. */
int plan_node_word(const struct ip_plan *p, const char *const *field, const char *word,
                   struct ip_list *out, struct sim_error *e);
int plan_links(const struct ip_plan *p, const char *const *field, struct ip_list *out,
               struct sim_error *e);
/* The interface (from 1 on) of a node on one of the links of a name. */
int plan_iface_on(const struct ip_plan *p, uint32_t node, const char *const *field, uint32_t *iface,
                  struct sim_error *e);

/* Keep memory (of mem_alloc) for the plan's life; it is returned. */
void *plan_keep(struct ip_plan *p, void *memory);
/* Name the nodes of a group from its first on: group/0, ... */
void plan_name_nodes(struct ip_plan *p, uint32_t group);
/* Add the nodes and links of a topology's file. */
int plan_read_file(struct ip_plan *p, const struct ip_topology_cfg *c, uint32_t group,
                   struct sim_error *e);

/* A group that is joined; filter is taken over. */
struct ip_plan_wish *plan_add_wish(struct ip_plan *p, const struct ip_plan_wish *w);
void plan_add_stay(struct ip_plan *p, const struct ip_plan_join *j);
/* By how much a node is later than its membership says. */
sim_time plan_lateness(const struct ip_plan *p, const struct ip_membership_cfg *c, uint32_t node);
/* The stays of a node that is in one of the n wishes from number first on at a time; j says when.
 */
void plan_add_stays(struct ip_plan *p, struct ip_plan_join j, uint32_t first, uint32_t n);

/* Steps of ip_plan_make. */
int plan_taps(struct ip_plan *p, struct sim_error *e);
int plan_addresses(struct ip_plan *p, struct sim_error *e);
int plan_networks(struct ip_plan *p, struct sim_error *e);
int plan_cast(struct ip_plan *p, struct sim_error *e);
int plan_pim(struct ip_plan *p, struct sim_error *e);
void plan_pim_free(struct ip_plan *p);

/* Give a warning about a field. */
void plan_warn(struct ip_plan *p, const void *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A word of a list, cut off at spaces and commas; NULL: no more. */
const char *plan_word(const char **at, char *buf, size_t size);

#endif
