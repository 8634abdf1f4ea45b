/* SPDX-License-Identifier: GPL-2.0-only
 * The state of a PIM router, as its parts share it. Inside of models/ip only. */
#ifndef IP_PIM_INTERNAL_H
#define IP_PIM_INTERNAL_H

#include "models/ip/pim_algo.h"
#include "models/ip/pim_router.h"
#include "models/ip/pim_timer.h"

enum { PIM_RANK_BSR = 0, PIM_RANK_IFACE = 1 /* + interface */, PIM_RANK_GROUP = INT32_MAX };

/* How many instants have had draws. */
struct pim_draws {
    sim_time at; /* the last */
    uint32_t n;
};

struct pim_neighbor {
    struct ip_addr addr;
    sim_time until;
    bool has_gen_id, has_priority, has_lan_delay, t_bit;
    uint32_t gen_id, dr_priority;
    uint16_t propagation_ms, override_ms;
    struct ip_addr *secondary;
    size_t n_secondary;
};

struct pim_iface {
    struct pim_iface_cfg cfg;
    uint32_t index;
    bool up;
    bool owes_hello; /* a neighbour may not know this router yet */
    uint32_t gen_id;
    sim_time hello_at;
    struct pim_neighbor *neighbors; /* ascending */
    uint32_t n_neighbors, max_neighbors;
    bool is_dr;
    struct pim_draws draws;
    struct pim_timer timer;
};

/* Downstream, of one interface (RFC 7761 sections 4.5.1 to 4.5.3). */
enum pim_down_state { PIM_DOWN_NONE, PIM_DOWN_JOIN, PIM_DOWN_PENDING, PIM_DOWN_N };
/* (S,G,rpt); the last two only while a message is read. */
enum pim_rpt_state {
    PIM_RPT_NONE,
    PIM_RPT_PRUNED,
    PIM_RPT_PENDING,
    PIM_RPT_PRUNED_TMP,
    PIM_RPT_PENDING_TMP,
    PIM_RPT_N
};

struct pim_down {
    uint32_t iface;
    uint8_t state;
    sim_time until;           /* ET */
    sim_time ppt;             /* of pending ones; 0: not yet decided */
    sim_time joined_at;       /* a Prune of the same instant does not count */
    struct ip_addr joined_by; /* no family: several neighbours in that instant */
};

struct pim_downs {
    struct pim_down *v; /* ascending; without those in the first state */
    uint32_t n, max;
};

enum pim_assert_state { PIM_ASSERT_NONE, PIM_ASSERT_WINNER, PIM_ASSERT_LOSER, PIM_ASSERT_N };

struct pim_assert_if {
    uint32_t iface;
    uint8_t state;
    bool was_rpf; /* the interface was that to the source when the assert was lost */
    struct pim_metric winner;
    uint32_t winner_gen_id;
    bool owes; /* an Assert is to be sent, if it is still the winner */
    sim_time at;
};

enum pim_reg_state { PIM_REG_NONE, PIM_REG_JOIN, PIM_REG_PRUNE, PIM_REG_PENDING, PIM_REG_N };
enum pim_rpt_up { PIM_UP_RPT_NOT_JOINED, PIM_UP_RPT_PRUNED, PIM_UP_RPT_NOT_PRUNED };

/* (*,G) or (S,G). */
struct pim_entry {
    struct ip_addr source; /* any: (*,G) */
    bool is_star;
    struct pim_downs down, rpt;
    struct pim_assert_if *asserts; /* ascending by interface */
    uint32_t n_asserts, max_asserts;
    uint64_t *include, *exclude; /* interfaces with members */
    uint64_t *oifs;              /* the forwarding entry */
    uint32_t iif;
    /* RPF: the route, and the neighbour that it leads to. */
    uint32_t route_version;
    bool reachable;
    struct pim_route route;
    struct ip_addr target; /* the source or RP */
    /* Upstream. */
    bool joined;
    sim_time join_at;                     /* JT */
    sim_time seen_join_at, seen_prune_at; /* of other routers; -1: none */
    sim_time join_was;                    /* JT before that Prune */
    struct ip_addr upstream;
    uint32_t upstream_iface;
    bool by_assert; /* upstream won an assert */
    /* (S,G) only. */
    bool spt;
    sim_time spt_at; /* when data has set it: what else comes in that instant does not see it yet */
    sim_time keepalive; /* KAT: runs until then */
    uint8_t rpt_up;
    sim_time override_at; /* OT */
    sim_time rpt_join_at; /* the last Join(S,G,rpt) from downstream, and where */
    uint32_t rpt_join_iface;
    sim_time rpt_seen_join_at; /* of another router to the same upstream one */
    struct ip_addr rpt_upstream;
    uint8_t reg_state;
    bool reg_stopped; /* a Register-Stop of this instant */
    sim_time reg_at;
    struct ip_addr reg_rp;
    sim_time rate_from;
    uint64_t rate_octets;
    struct pim_draws draws;
};

struct pim_group_state {
    struct ip_addr group;
    bool is_ssm, has_rp, am_rp;
    struct ip_addr rp;
    struct pim_entry *star; /* NULL: none */
    struct pim_entry **sg;  /* ascending */
    uint32_t n_sg, max_sg;
    sim_time eval_at;
    struct pim_timer timer;
};

/* Bootstrap (RFC 5059 section 3.1). */
enum pim_bsr_state { PIM_BSR_ANY, PIM_BSR_PREFERRED, PIM_BSR_PENDING, PIM_BSR_ELECTED };
struct pim_bsr {
    uint8_t state;
    struct ip_addr addr; /* no family: none known */
    uint8_t priority, hash_mask_len;
    uint16_t tag;
    sim_time at;     /* BS timer */
    sim_time adv_at; /* candidate RP: next advertisement */
    struct pim_timer timer;
    struct pim_room room; /* for messages of its own */
    struct pim_draws draws;
};

/* A Join or Prune to be sent; those of a group to one neighbour share a message. */
struct pim_owed {
    uint32_t iface;
    bool is_join, is_sent;
    struct ip_addr upstream;
    struct pim_source source;
};

enum { PIM_N_SCRATCH = 12 };

struct pim_router {
    struct pim_timers timers; /* first: every input looks at it */
    const struct pim_cfg *cfg;
    const struct pim_router_io *io;
    struct pim_iface *ifaces;
    uint32_t n_ifaces;
    size_t n_words;                  /* of sets: with one more interface for the Register tunnel */
    struct pim_group_state **groups; /* ascending */
    uint32_t n_groups, max_groups;
    uint32_t route_version;
    struct pim_rpset rps;
    struct pim_bsr bsr;
    uint64_t *scratch;     /* PIM_N_SCRATCH sets */
    struct pim_owed *owed; /* Joins and Prunes of the group at hand */
    size_t n_owed, max_owed;
    struct pim_source *list; /* of one message */
    size_t max_list;
};

/* What random delays are for. */
enum pim_draw {
    PIM_DRAW_HELLO = 1,
    PIM_DRAW_GEN_ID,
    PIM_DRAW_SUPPRESS,
    PIM_DRAW_OVERRIDE,
    PIM_DRAW_RPT_OVERRIDE,
    PIM_DRAW_REGISTER,
    PIM_DRAW_BSR
};

#endif
