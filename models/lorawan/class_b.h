/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of class B devices share: state, beacons, ping slots. */
#ifndef LORAWAN_CLASS_B_H
#define LORAWAN_CLASS_B_H

#include "models/lorawan/beacon.h"
#include "models/lorawan/devices_internal.h"
#include "models/lorawan/pingslot.h"
#include "models/radio/airtime.h"

enum { DEV_B_BUSY = 8, DEV_B_MEMO = 64 };

/* What it does. LOCKED: it has received a beacon, and keeps time by its clock since. */
enum dev_b_state { DEV_B_OFF, DEV_B_ASK, DEV_B_SEARCH, DEV_B_COLD, DEV_B_PAUSE, DEV_B_LOCKED };

/* A window on the device's clock: opened before its planned instant. */
struct dev_b_width {
    sim_time before, length; /* by the device's crystals */
};

/* The radio is the class A part's: a ring. */
struct dev_b_busy {
    struct dev_gap gap[DEV_B_BUSY];
    unsigned n; /* ever */
};

/* What only class B devices need, and every beacon touches: two cache lines. Beacons are known by
 * number: GPS seconds / 128. */
struct dev_class_b {
    struct device *d;
    struct clock *clock;          /* of the device; NULL: perfect */
    const struct device_cfg *cfg; /* of the group */
    struct medium_beacon_at at;   /* what it gets of the beacons of a set */
    uint32_t set;
    uint32_t last;   /* LOCKED: latest beacon received; SEARCH: period of the answer */
    uint32_t addr;   /* DevAddr */
    uint16_t random; /* bits behind the ping offset in one beacon period */
    uint8_t state;
    bool reached;
    bool informed;                /* PingSlotInfoAns came */
    uint8_t periodicity, ping_dr; /* of its own ping slots */
    bool shared;                  /* groups or packages look at the device's clock too */
    uint32_t random_of;           /* period of random */
    int16_t sensitivity_cdbm;     /* to beacons */
    sim_entity id;
    sim_time rx_time;                 /* listening to beacons and in ping slots */
    sim_time busy_until;              /* the last end of busy */
    int32_t beacon_100hz, ping_100hz; /* set by commands; 0: the region's */
    uint32_t ask_at, ask_gap;         /* next request: not before that beacon; how far apart */
    sim_time since;                   /* COLD: listens since; PAUSE: until */
};

struct dev_ping_memo {
    uint32_t number, addr;
    uint16_t random;
};

/* The width that was worked out last. */
struct dev_b_width_memo {
    const struct device_cfg *cfg;
    uint32_t age;
    int dr;
    struct dev_b_width w;
};

/* What all share. */
struct dev_beacons {
    struct dev_class_b *b;
    struct dev_b_busy *busy; /* of b */
    uint32_t n, cap;
    bool ticking; /* the event for all is posted */
    const struct beacon_layout *layout;
    sim_time symbol, airtime;
    uint32_t number;       /* of the beacon that is being evaluated, or was last */
    sim_time planned;      /* its start by a perfect clock, TBeaconDelay included */
    bool sent;             /* by any gateway */
    uint32_t told;         /* the number in its bytes */
    struct medium_tx name; /* for losses */
    struct lw_aes zero_key;
    struct rng_key loss_key, ask_key;
    evq_kind tick_event, one_event;
    bool log_all;                          /* store: all */
    struct dev_ping_memo memo[DEV_B_MEMO]; /* of multicast addresses */
    struct dev_b_width_memo beacon_width, ping_width;
};

/* NULL: no class B device. */
static inline struct dev_class_b *dev_b_of(const struct devices *ds, const struct device *d)
{
    return d->class_b ? &ds->beacons->b[d->class_b - 1] : NULL;
}

static inline struct dev_b_busy *dev_b_busy_of(const struct devices *ds,
                                               const struct dev_class_b *b)
{
    return &ds->beacons->busy[b - ds->beacons->b];
}

/* Is it a class A device, in class B for multicast sessions only? */
static inline bool dev_b_is_lent(const struct dev_class_b *b)
{
    return b->cfg->device_class != LW_CLASS_B;
}
/* Does it follow beacons now, or begin to? */
bool dev_b_wants_beacons(const struct devices *ds, const struct dev_class_b *b);

/* Device time at a true time. */
sim_time dev_b_time(const struct dev_class_b *b, sim_time t);
/* By the device's clock: start of beacon n with TBeaconDelay, since the start of the run. */
sim_time dev_b_planned(const struct devices *ds, uint32_t number);
/* True times of a window that is planned for a device time. */
struct dev_span dev_b_open(const struct dev_class_b *b, sim_time planned, struct dev_b_width w);
/* Symbols that an error on both sides asks for, centred on the middle of a preamble. */
struct dev_b_width dev_b_centred(sim_time symbol, int preamble_sym, int64_t min_sym,
                                 sim_time error);
/* Two hours behind the last beacon, by the device's clock: it leaves class B. */
sim_time dev_b_deadline(const struct devices *ds, const struct dev_class_b *b);
/* Locked and in time? The same, and in class B by itself? */
bool dev_b_keeps_time(const struct devices *ds, const struct device *d, sim_time at);

/* The first busy time that meets a span, of those that began before a time; or NULL. */
const struct dev_gap *dev_b_first_busy(const struct devices *ds, const struct dev_class_b *b,
                                       struct dev_span s, sim_time known);

/* The beacon of ds->beacons at a device that listens in s (close SIM_NEVER: without a break):
 * LOSS_NONE or why not; part: the gateway's part too. */
enum loss_reason dev_beacon_hear(struct devices *ds, struct dev_class_b *b, struct dev_span s,
                                 bool *part, int64_t *miss_us);
struct dev_span dev_beacon_window(struct devices *ds, const struct dev_class_b *b);
/* What it gets of the latest beacon: b->at, b->reached. */
void dev_beacon_arrive(struct devices *ds, struct dev_class_b *b);

/* Listening time of its ping slots in the beacon period, from a true time on. */
sim_time dev_ping_rx_time(struct devices *ds, const struct dev_class_b *b, sim_time from);
sim_time dev_ping_rx_time_of_groups(struct devices *ds, const struct dev_class_b *b);

#endif
