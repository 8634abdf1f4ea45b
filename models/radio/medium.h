/* SPDX-License-Identifier: GPL-2.0-only
 * The air: who hears whom, overlap, capture, demodulators, half duplex.
 *
 * An uplink is followed at every gateway that can hear it, from its first bit to its last; a
 * downlink at the device it is for. Interference is gathered pair by pair when a transmission
 * starts, because both ends are known by then. Every decision compares times of half-open intervals
 * [start, end), so the order of events at one instant does not matter. Powers are integer
 * centi-dBm; sums are kept in linear units. The models' definitions are in models/radio/README.md.
 */
#ifndef RADIO_MEDIUM_H
#define RADIO_MEDIUM_H

#include <stdbool.h>
#include <stdint.h>

#include "models/radio/links.h"
#include "models/radio/tally.h"
#include "sim/entity.h"
#include "sim/evq.h"
#include "sim/trace.h"

enum { MEDIUM_N_SF = 7, MEDIUM_FSK = 6, MEDIUM_N_BW = 3, MEDIUM_MAX_PHY = 255 };

struct medium;
struct reception;

/* Which receive window a downlink is for, as the column window of the rows tells it. */
enum medium_window { MEDIUM_RX1 = 1, MEDIUM_RX2, MEDIUM_RXC, MEDIUM_PING, MEDIUM_N_WINDOWS };

/* A receiver that got the frame. */
struct medium_copy {
    uint16_t gateway;
    int16_t power_cdbm;
    int16_t snr_cdb;
    bool
        at_server; /* set by whoever brings it there, where that takes more than a constant delay */
};

/* One transmission. Made by medium_tx_take, filled in by the sender, kept until the last release.
 */
struct medium_tx {
    sim_entity node;         /* who transmits */
    uint32_t seq;            /* its number within the node */
    uint32_t device;         /* index of the device: sender of an uplink, target of a downlink */
    sim_entity target;       /* downlink: the device's node.id; multicast: 0 */
    const uint32_t *targets; /* multicast: the devices that it may reach, borrowed until its end */
    uint32_t n_targets;      /* 0: one device */
    uint16_t gateway;        /* downlink: who transmits */
    uint16_t network;        /* whose frame it is */
    enum frame_kind kind;
    bool uplink;
    uint8_t dr, sfi;  /* sfi: SF - 7, or MEDIUM_FSK */
    bool gps_timed;   /* downlink in RXC: sent at a GPS time, not at once */
    uint8_t window;   /* downlink: enum medium_window */
    uint16_t channel; /* of medium_channel */
    int32_t power_cdbm;
    sim_time symbol;           /* ns; 0 for FSK */
    sim_time start, lock, end; /* lock: end of the preamble */
    sim_time timed_from;       /* downlink in RX1, RX2: end of the uplink that it is timed by */
    uint32_t devaddr, fcnt;
    sim_time made; /* downlink: when the application gave what it carries; -1: nothing of it */
    int16_t fport; /* -1: none */
    uint8_t len;
    uint8_t phy[MEDIUM_MAX_PHY];
    /* The outcome, set at the end of an uplink. */
    enum loss_reason reason; /* for its own network: LOSS_NONE, or the best gateway's reason; of a
                                downlink that a backhaul carries: why it was not sent */
    int32_t best_power_cdbm; /* at the strongest gateway of the network; INT32_MIN without one */
    uint16_t n_copies;       /* decoded by gateways of any network, strongest link first */
    struct medium_copy *copies;
    /* The medium's own. */
    struct reception *receptions;
    uint32_t n_receptions, cap_receptions;
    uint16_t cap_copies;
    uint16_t refs;
    bool on_air;
    uint32_t index;
    int snr_cdb;     /* of a downlink at its target */
    int64_t miss_us; /* of a downlink that its target lost for LOSS_WINDOW */
    struct medium_tx *next_free;
};

struct medium_interval {
    sim_time from, to;
};

struct medium_gateway {
    sim_entity id;
    uint16_t network;
    int16_t sensitivity_cdbm[MEDIUM_N_SF][MEDIUM_N_BW];
    uint32_t n_demodulators;       /* UINT32_MAX: unlimited */
    const int64_t *frequencies_hz; /* that it listens to */
    unsigned n_frequencies;
    const struct medium_interval *down; /* failures, in order of time */
    unsigned n_down;
};

/* What the layers above do with what the air brings. */
struct medium_ops {
    void *ctx;
    /* An uplink ended: tx->reason, tx->copies. Take a reference (medium_tx_hold) to keep it. */
    void (*uplink)(void *ctx, struct medium_tx *tx);
    /* A downlink begins: does a device that it is for listen so that it can detect the preamble, at
     * this power at its antenna? LOSS_NONE (it is then busy until tx->end, and writes the SNR), or
     * why not. */
    enum loss_reason (*listen)(void *ctx, const struct medium_tx *tx, uint32_t device,
                               int power_cdbm, int *snr_cdb);
    /* After listen gave LOSS_WINDOW: by how much the preamble missed the window, in us, negative:
     * it came too early; or ROW_NULL. NULL: nobody knows. */
    int64_t (*miss_us)(void *ctx, const struct medium_tx *tx, uint32_t device);
    /* Did the device stay with it until its end? LOSS_NONE, or why not. */
    enum loss_reason (*stayed)(void *ctx, const struct medium_tx *tx, uint32_t device);
    /* A downlink ended at a device that it is for; tx->best_power_cdbm, tx->snr_cdb and tx->miss_us
     * are those of this device. */
    void (*downlink)(void *ctx, struct medium_tx *tx, uint32_t device, enum loss_reason reason);
    /* It ended at all of them. */
    void (*downlink_done)(void *ctx, struct medium_tx *tx);
};

struct medium_setup {
    const struct radio_cfg *radio;
    struct evq *evq;
    const struct trace *trace;
    struct tally *tally;
    const struct links *links;
    const sim_entity *device_ids;
    const struct place *devices; /* positions: for imperfect IQ isolation and listen before talk */
    int64_t frequency_hz;        /* for path loss between devices */
    const struct medium_gateway *gateways;
    const struct place *gateway_places; /* NULL: signals take no time */
    unsigned n_gateways;
    unsigned n_networks;
    const int64_t *network_ids; /* node.id of each */
    uint64_t seed, run;
};

struct medium *medium_open(const struct medium_setup *s);
void medium_close(struct medium *m);
void medium_set_ops(struct medium *m, const struct medium_ops *ops);

/* The number of a (frequency, bandwidth; 0: FSK) pair. */
uint16_t medium_channel(struct medium *m, int64_t frequency_hz, int64_t bw_hz);
int64_t medium_channel_frequency(const struct medium *m, uint16_t channel);
int64_t medium_channel_bandwidth(const struct medium *m, uint16_t channel);

/* A blank transmission with one reference. */
struct medium_tx *medium_tx_take(struct medium *m);
void medium_tx_hold(struct medium_tx *tx);
void medium_tx_release(struct medium *m, struct medium_tx *tx);

/* Put a filled-in transmission on the air now (tx->start is now); takes over the caller's
 * reference. */
void medium_send_uplink(struct medium *m, struct medium_tx *tx);
void medium_send_downlink(struct medium *m, struct medium_tx *tx);

/* A beacon: one frame that several gateways send together, but for the part in which they differ.
 */
struct medium_beacon_copy {
    uint16_t gateway;
    int32_t power_cdbm;
    sim_time offset; /* its start against the others' */
    uint32_t seq;    /* of the gateway's transmissions */
};
struct medium_beacon {
    sim_time start, lock, end; /* without offset; lock: end of the common part */
    sim_time symbol;
    uint16_t channel;
    uint8_t dr, sfi, len;
    uint8_t phy[32]; /* of the first copy: the common part is that of all */
    uint32_t number; /* of the beacon period */
    unsigned n_copies;
    const struct medium_beacon_copy *copies; /* in order of gateways, copied */
    uint32_t set; /* set by the medium: the same number, the same gateways, powers and offsets */
};
/* Send it now (b->start is now): rows, half duplex, interference. The latest one is kept. */
void medium_send_beacon(struct medium *m, const struct medium_beacon *b);
/* The latest beacon, or NULL. */
const struct medium_beacon *medium_beacon(const struct medium *m);

/* The latest beacon at a device. */
struct medium_beacon_at {
    int32_t power_cdbm; /* of the strongest copy and those in step with it */
    uint32_t seq;       /* of the strongest copy */
    uint16_t gateway;   /* its sender */
    bool part;          /* the gateway's part stands out of the others' */
    bool torn;          /* copies that are out of step are too strong */
    sim_time delay;     /* its start here against b->start: offset, and way at 3.3 us/km */
};
/* False: no link to any of its gateways. The same for beacons of one set, unless medium_fades. */
bool medium_beacon_at(const struct medium *m, uint32_t device, struct medium_beacon_at *out);
bool medium_fades(const struct medium *m);
/* Was it, in [from, to), destroyed by what else was on its channel? */
bool medium_beacon_disturbed(const struct medium *m, uint32_t device, int power_cdbm, sim_time from,
                             sim_time to);

sim_entity medium_gateway_id(const struct medium *m, unsigned gateway);
/* Time of the way from a gateway to a device. */
sim_time medium_travel(const struct medium *m, uint32_t device, unsigned gateway);

/* Is a gateway failed at some time in [from, to)? */
bool medium_gateway_down(const struct medium *m, unsigned gateway, sim_time from, sim_time to);

/* Sensitivity of a gateway at sf (7..12; 0: FSK) and a bandwidth. */
int medium_sensitivity_cdbm(const struct medium *m, unsigned gateway, int sf, int64_t bw_hz);

/* Listen before talk: is every uplink on the channel weaker than this at the device? */
bool medium_channel_clear(const struct medium *m, uint32_t device, uint16_t channel,
                          int limit_cdbm);

/* Count a multicast frame, or a beacon, as sent to one more expected receiver; medium_settle must
 * follow. */
void medium_count_sent(struct medium *m, const struct medium_tx *tx);

/* Count a frame as lost or received for its expected receiver, with its row. receiver: node.id. */
void medium_settle(struct medium *m, const struct medium_tx *tx, enum loss_reason reason,
                   int64_t receiver);

/* At the end of the run: settle what is still on the air as LOSS_ENDED, and give the gateways'
 * rows. */
void medium_finish(struct medium *m);

#endif
