/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the device share: its state and its steps. */
#ifndef LORAWAN_DEVICES_INTERNAL_H
#define LORAWAN_DEVICES_INTERNAL_H

#include "models/lorawan/device_packages.h"
#include "models/lorawan/devices.h"
#include "models/lorawan/frame.h"
#include "models/lorawan/maccmd.h"
#include "models/radio/duty.h"
#include "sim/rng.h"

enum { DEV_ANSWERS = 15, DEV_PAYLOAD_MAX = 242 };

/* The frame being sent, for repetitions: the same counter and content until it is done. */
struct dev_frame {
    uint32_t message; /* its number; UINT32_MAX: no application payload */
    uint8_t tries;    /* transmissions so far */
    uint8_t fopts_len;
    uint8_t fopts[DEV_ANSWERS];
    bool active, confirmed, ack, adrackreq;
    bool package, adr_off; /* carries the first packet of the packages; with ADR off, once */
};

/* A time in which the radio of a class C device is not on RXC. */
struct dev_gap {
    sim_time from, to;
    enum loss_reason reason; /* LOSS_DEVICE_TX or LOSS_WINDOW */
};

enum { DEV_GROUPS = 4, DEV_GAPS = 6 }; /* transmission, RX1 and RX2 of the last two uplinks */

/* What only devices with a clock of their own need. */
struct dev_clock {
    struct clock clock;
    struct dev_span rx[2]; /* RX1, RX2 of the last transmission, true time */
    sim_time asked_end;    /* end of the uplink that asked for the time; -1: none, or answered */
};

/* What only class C devices need. */
struct dev_class_c {
    struct dev_gap gaps[DEV_GAPS];
    unsigned n_gaps; /* ever: a ring */
    sim_time since;  /* RXC is open from here on, but for the gaps; SIM_NEVER: class A by itself */
    struct device_mc *mc; /* n_mc, room for as many as there ever were */
    unsigned n_mc;
};

/* In which states a device was. */
struct dev_energy {
    sim_time until;            /* shared out up to here */
    struct dev_span window[2]; /* of the last transmission, frames received included; empty: shut */
    int64_t tx_na;             /* of the last transmission */
    bool joining;              /* that is a join-request */
    struct energy_use use;
    struct dev_energy_phases *phases; /* NULL: the device is in no campaign */
};

enum { DEV_PACKETS = 4 };

/* A packet that waits, and its earliest time. */
struct dev_packet {
    struct device_packet packet;
    sim_time due;
};

/* What only devices with application packages need. */
struct dev_packages {
    struct dev_packet *queue; /* a ring of DEV_PACKETS, from the first packet on; the first one in
                                 it is also the one being sent */
    unsigned head, n;
};

struct device {
    sim_entity id;
    sim_time wake;       /* the pending event that counts */
    sim_time message_at; /* next message of the traffic */
    sim_time free_at;    /* windows closed, reception ended: may transmit */
    sim_time retry_at;   /* repetition or postponed transmission: not before */
    sim_time tx_end;     /* of the last transmission; -1 before the first */
    sim_time rx_until;   /* busy with a reception */
    sim_time rx_from;    /* its start */
    sim_entity rx_node;  /* its sender */
    int16_t rx_power_cdbm;
    bool rx_in_c;       /* in RXC or a ping slot: transmissions and class A windows interrupt it */
    uint32_t class_b;   /* place in ds->beacons + 1; 0: no class B device */
    sim_time duty_next; /* aggregated duty cycle (DutyCycleReq) */
    sim_time join_used,
        join_since; /* air time of join-requests in the current period of the back-off */
    sim_time powered_at;
    uint32_t seq;                         /* transmissions */
    uint32_t n_messages, head;            /* made; first not yet sent */
    uint32_t devaddr, fcnt_up, fcnt_down; /* next to be used, next expected */
    keyring_id keys;
    uint16_t group, network, plan;
    uint16_t devnonce, join_attempt;
    uint16_t adr_ack_cnt;
    uint16_t rx1_channel; /* medium channel of the open RX1 */
    int16_t max_eirp_cdbm;
    int32_t rx2_frequency_100hz;
    uint8_t dr, power_index, nb_trans;
    uint8_t rx1_dr, rx1_dr_offset, rx2_dr, rx1_delay_s, max_duty;
    uint8_t rx_delay_now_s; /* of the windows now open: join or data */
    bool joined, got_downlink, ack_owed, uplink_wanted, up_dwell, down_dwell;
    uint8_t n_answers, answers[DEV_ANSWERS]; /* for the next uplink */
    uint8_t n_sticky, sticky[DEV_ANSWERS];   /* repeated until a downlink comes */
    int16_t last_snr_cdb;
    struct dev_frame frame;
    struct dev_class_c *c;   /* or NULL */
    struct dev_clock *clock; /* NULL: perfect */
    struct dev_packages *p;  /* or NULL */
    struct duty_band *bands; /* one a sub-band of the region */
    /* What it did. */
    uint32_t n_join_requests, n_dropped, n_delivered, n_received, n_rx, n_duty_refused;
    uint32_t n_downlinks, n_downlinks_delivered, n_multicast;
    uint32_t last_downlink; /* number of the last message that was delivered */
    sim_time joined_at, airtime, gap_min, gap_max, first_tx, last_tx;
    struct dev_energy energy;
};

/* Receive window of a data rate: opening against the nominal time, and length, with a perfect
 * clock. */
struct dev_window {
    sim_time offset, length;
};

/* The windows of a device's last transmission that nothing has been on the air for, as rows. */
struct dev_window_log {
    struct row_window row[2];
    bool quiet[2];
};

struct dev_group {
    struct device_group g;
    struct dev_window_log *log; /* one a device, with log_windows; or NULL */
    int max_power_cdbm;
    int16_t sensitivity_cdbm[MEDIUM_N_SF][MEDIUM_N_BW];
    struct dev_window window[REGION_N_DR];
};

struct devices {
    struct devices_setup s;
    struct device *d;
    struct dev_group *groups;
    unsigned first_band, n_bands; /* sub-bands that uplinks use */
    uint16_t default_plan;        /* of a device that has not joined */
    evq_kind wake_event;
    struct device_package_ops packages;
    struct traffic_keys traffic_keys;
    struct dev_beacons *beacons; /* NULL: no class B devices */
    bool started;
    struct rng_key channel_key, ack_key, nonce_key, join_key, start_key, keys_key;
    struct {
        sim_time airtime, max_hour;
        uint64_t n_refused;
    } band_use[REGION_MAX_SUB_BANDS];
};

static inline struct dev_group *dev_group_of(const struct devices *ds, const struct device *d)
{
    return &ds->groups[d->group];
}

static inline uint32_t dev_index(const struct devices *ds, const struct device *d)
{
    return (uint32_t)(d - ds->d);
}

/* Fastest data rate of the plan that data_rate: auto finds for a link at full power; -1: none. */
int devices_best_dr(const struct devices *ds, uint32_t i, const struct link *l);

/* Place in its group. */
uint32_t dev_index_in_group(const struct devices *ds, const struct device *d);

/* Put back to what a fresh session of the network has. */
void dev_session_reset(struct devices *ds, struct device *d);

/* Pick a channel and time for a frame: SIM_OK with *channel (of the plan), or SIM_EBUSY with *when
 * it may be. */
int dev_pick_channel(struct devices *ds, struct device *d, int dr, sim_time airtime, int *channel,
                     sim_time *when);
/* Transmit bytes in tx (kind, len, phy, counters filled in) now; opens the windows. */
void dev_transmit(struct devices *ds, struct device *d, struct medium_tx *tx, int dr,
                  int64_t frequency_hz, int channel, int delay_s);
int dev_power_cdbm(const struct devices *ds, const struct device *d);

/* Join: send a request when it is time; returns when to wake again. */
sim_time dev_join_step(struct devices *ds, struct device *d, sim_time now);
void dev_join_accept(struct devices *ds, struct device *d, struct medium_tx *tx);

/* Data: send what there is; returns when to wake again. */
sim_time dev_send_step(struct devices *ds, struct device *d, sim_time now);
void dev_wake_at(struct devices *ds, struct device *d, sim_time at);

/* MAC commands of a downlink; snr of the frame for DevStatusAns. */
void dev_mac_downlink(struct devices *ds, struct device *d, const uint8_t *commands, size_t len);
/* Add LinkCheckReq or DeviceTimeReq for the next uplink. */
void dev_mac_request(struct devices *ds, struct device *d, uint8_t cid);

/* The next lower data rate that the channels allow; -1: there is none. */
int dev_lower_dr(const struct devices *ds, const struct device *d);

/* A good frame in RX1 leaves RX2 shut. To be called before anything changes RX2. */
void dev_shut_rx2(struct devices *ds, struct device *d, const struct medium_tx *tx);

/* Class C: RXC opens when the device is powered (ABP) or has joined. */
void dev_c_open(struct devices *ds, struct device *d, sim_time since);
/* Class C: an uplink with its windows closes RXC for a while. */
void dev_c_uplink(struct devices *ds, struct device *d, const struct medium_tx *tx);
/* A good frame in RX1 leaves RX2 shut: in a session that gap does not come. */
void dev_c_shut_rx2(struct devices *ds, struct device *d);
/* Class C: RXC is shut for a while. */
void dev_c_restart(struct device *d, sim_time from, sim_time to);
/* Class C: can RXC detect a downlink's preamble, and, when it has ended, did it stay with it?
 * LOSS_NONE, or LOSS_WINDOW, LOSS_DEVICE_TX. */
enum loss_reason dev_c_hears(const struct devices *ds, const struct device *d,
                             const struct medium_tx *tx);
/* The same for any time in which RXC would be open. */
enum loss_reason dev_c_preamble(const struct devices *ds, const struct device *d,
                                const struct medium_tx *tx, struct dev_span s);
/* When RXC, with the parameters of a downlink, is open around its preamble; false: it has others.
 */
bool dev_c_span(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                struct dev_span *s);
/* What the gaps leave of a time in which RXC would be open, around a preamble. */
struct dev_span dev_c_without_gaps(const struct device *d, const struct medium_tx *tx,
                                   struct dev_span s);
/* Multicast: does a session's RXC detect a frame's preamble; is any session open. */
enum loss_reason dev_mc_hears(const struct devices *ds, const struct device *d,
                              const struct medium_tx *tx);
bool dev_mc_span(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                 struct dev_span *s);
bool dev_mc_in_session(const struct device *d, sim_time at);
/* How much of [from, to) lies in sessions. */
sim_time dev_mc_session_time(const struct dev_class_c *c, sim_time from, sim_time to);
/* Does the preamble of a downlink, when it begins to arrive at start, fall long enough into a
 * window? */
bool dev_preamble_seen(const struct medium_tx *tx, sim_time start, struct dev_span s);

/* Has class A window 1 or 2 the frequency and data rate of a downlink? */
bool dev_window_fits(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                     int window);
/* Rows of windows: of RX1 or RX2 for a downlink that was meant for it; of a session; of all. */
void dev_window_row(struct devices *ds, const struct device *d, const struct medium_tx *tx,
                    bool seen);
/* With log_windows: the windows of a transmission begin to wait; they are over, as the next one
 * begins or the run ends: rows of those that opened and in which nothing was. */
void dev_window_log_open(struct devices *ds);
void dev_window_log_close(struct devices *ds);
void dev_window_log_begin(struct devices *ds, const struct device *d);
void dev_window_log_end(struct devices *ds, const struct device *d);
void dev_window_session(const struct devices *ds, const struct device *d,
                        const struct device_mc *g);
void dev_window_sessions(const struct devices *ds, const struct device *d);

/* The windows of the last transmission: with a perfect clock, and as they open. */
struct dev_span dev_rx_nominal(const struct devices *ds, const struct device *d, int window);
struct dev_span dev_rx_window(const struct devices *ds, const struct device *d, int window);

/* The clock of a device, when its group has any. */
void dev_clock_open(const struct devices *ds, struct device *d);
/* A device with a clock begins a transmission, tx_end and the windows' parameters are set: compute
 * the windows, and put right free_at. */
void dev_clock_uplink(const struct devices *ds, struct device *d, const struct medium_tx *tx);
/* Map a new session, given by the device's clock, to true time; the session as it was at or is
 * after an instant. */
void dev_clock_session(const struct device *d, struct device_mc *g);
struct dev_span dev_session_at(const struct device_mc *g, sim_time at);
/* Set a clock right now by a step; false: of more than 36 years, and not believed. */
bool dev_clock_correct(const struct devices *ds, struct device *d, int64_t step_ns,
                       enum clock_source source);
void dev_clock_device_time(const struct devices *ds, struct device *d, const struct lw_mac *m);
/* Rows of all clocks that are not perfect. */
void dev_clock_sample(const struct devices *ds, sim_time at, enum clock_source source);

/* The same; log: with a row. */
void dev_clock_correct_quietly(const struct devices *ds, struct device *d, int64_t step_ns,
                               bool log);

/* For a clock that nobody else looks at: no session, no package. */
void dev_clock_shift(struct clock *c, int64_t step_ns);

/* Class B (class_b.h), for devices that have it: the population; its first beacon. */
void dev_b_open_all(struct devices *ds);
void dev_b_close_all(struct devices *ds);
void dev_b_start(struct devices *ds);
/* A class A device follows beacons too, for its class B multicast sessions. */
void dev_b_lend(struct devices *ds, struct device *d);
/* A fresh session; is it in class B; what takes the radio from it. */
void dev_b_reset(struct devices *ds, struct device *d);
bool dev_b_is_on(const struct devices *ds, const struct device *d, sim_time at);
void dev_b_uplink(struct devices *ds, struct device *d, const struct medium_tx *tx);
void dev_b_shut_rx2(struct devices *ds, struct device *d);
void dev_b_reception(const struct devices *ds, struct device *d, const struct medium_tx *tx);
/* Groups look at the device's clock too, from now on. Fetch its state before an uplink. */
void dev_b_share(const struct devices *ds, const struct device *d);
void dev_b_hint(const struct devices *ds, const struct device *d);
/* DeviceTimeAns has come, PingSlotInfoAns has come; frequencies (0: the region's). */
void dev_b_device_time(struct devices *ds, struct device *d);
void dev_b_informed(struct devices *ds, struct device *d);
/* Listening time to beacons and in ping slots since the last call. */
sim_time dev_b_take_rx_time(const struct devices *ds, struct device *d);
void dev_b_set_beacon(const struct devices *ds, struct device *d, int64_t frequency_hz);
void dev_b_set_ping(const struct devices *ds, struct device *d, int64_t frequency_hz, uint8_t dr);
/* Ping slots: can one detect a downlink's preamble, and did the radio stay with it: LOSS_NONE, or
 * LOSS_WINDOW, LOSS_DEVICE_TX, LOSS_RECEIVER_BUSY; the window, and when the frame arrives; its row.
 */
enum loss_reason dev_ping_hears(struct devices *ds, const struct device *d,
                                const struct medium_tx *tx);
bool dev_ping_span(struct devices *ds, const struct device *d, const struct medium_tx *tx,
                   struct dev_span *span, sim_time *start);
void dev_ping_row(struct devices *ds, const struct device *d, const struct medium_tx *tx,
                  bool seen);
/* The group of an address, or NULL. */
const struct device_mc *dev_mc_find(const struct device *d, uint32_t mc_addr);
/* PingSlotInfoReq for the next uplink. */
void dev_mac_ping_slot_info(struct devices *ds, struct device *d, uint8_t periodicity);

/* Packages: state of a device that has them; the first waiting packet's earliest time (SIM_NEVER:
 * none) and the packet itself; the one to send now, or NULL, after those that are too long were
 * dropped; the first one is done. */
void dev_packages_init(struct device *d, const struct package_cfg *cfg);
sim_time dev_packet_due(const struct device *d);
struct device_packet *dev_packet_first(const struct device *d);
const struct device_packet *dev_packet_take(struct devices *ds, struct device *d, sim_time now);
void dev_packet_done(struct device *d);
/* The device can send from a time on. */
void dev_packages_joined(struct devices *ds, struct device *d, sim_time at);
/* A payload came: does it belong to a package? */
bool dev_package_received(struct devices *ds, struct device *d, const struct device_received *r);

/* Share out the time up to an instant that is now, or the end: to be called before a session
 * changes that is open or was. A transmission begins, its windows are known: what it draws. */
void dev_energy_advance(struct device *d, sim_time to);
void dev_energy_uplink(const struct devices *ds, struct device *d, int power_cdbm, bool joining);
/* Add to use what happened in now, in which nothing is decided any more. */
void dev_energy_share(const struct device *d, struct dev_span now, struct energy_use *use);
/* Take over the listening time to beacons and in ping slots so far. */
void dev_energy_beacons(const struct devices *ds, struct device *d);
/* At the end of the run: what the device drew, and its rows. */
struct energy_sum dev_energy_sum(const struct devices *ds, struct device *d);
void dev_energy_rows(const struct devices *ds, const struct device *d);
void dev_energy_phase_row(const struct devices *ds, const struct device *d, enum energy_phase phase,
                          sim_time from, sim_time length, const struct energy_use *u);
/* Phases of campaigns: share out s, in which nothing is decided any more; time in class B windows;
 * rows. */
void dev_energy_phases_advance(const struct device *d, struct dev_span s);
void dev_energy_phases_rx(struct dev_energy_phases *p, sim_time t);
void dev_energy_phases_rows(const struct devices *ds, const struct device *d);
void dev_energy_phases_free(struct dev_energy_phases *p);

/* One step of the ADR back-off, when no downlink came for too long. */
void dev_adr_back_off(struct devices *ds, struct device *d);

#endif
