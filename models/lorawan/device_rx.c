/* SPDX-License-Identifier: GPL-2.0-only
 * A device receives: is a window open, is the frame for it, what does it bring. */
#include "models/lorawan/devices_internal.h"
#include "sim/err.h"

enum { MAX_FCNT_GAP_1_0_3 = 16384 };

bool dev_window_fits(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                     int window)
{
    int dr = window == 1 ? d->rx1_dr : d->rx2_dr;
    if (tx->dr != dr || d->tx_end < 0)
        return false;
    return window == 1 ? tx->channel == d->rx1_channel
                       : medium_channel_frequency(ds->s.medium, tx->channel) ==
                             (int64_t)d->rx2_frequency_100hz * 100;
}

static bool in_window(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                      int window)
{
    return dev_window_fits(ds, d, tx, window) &&
           dev_preamble_seen(tx, tx->start, dev_rx_window(ds, d, window));
}

static int sensitivity(const struct devices *ds, const struct device *d, const struct medium_tx *tx)
{
    int64_t bw = medium_channel_bandwidth(ds->s.medium, tx->channel);
    return dev_group_of(ds, d)->sensitivity_cdbm[tx->sfi][bw == 500000 ? 2 : bw == 250000 ? 1 : 0];
}

/* Keep the radio's listening time: the window became a reception; a good RX1 leaves RX2 shut. */
static void count_reception(const struct devices *ds, struct device *d, const struct medium_tx *tx,
                            int window)
{
    d->energy.window[window - 1].close = tx->end;
    if (d->class_b)
        dev_b_reception(ds, d, tx);
}

/* When the device may act again: 1 ns behind the frame's end, so that what it brought counts, in
 * whatever order the events of that instant run. */
static sim_time after(const struct medium_tx *tx)
{
    return tx->end + 1;
}

/* Which class A window sees the downlink's preamble: 1, 2 or 0. */
static int open_window(const struct devices *ds, const struct device *d, const struct medium_tx *tx)
{
    if (in_window(ds, d, tx, 1))
        return 1;
    if (in_window(ds, d, tx, 2) && !d->got_downlink)
        return 2;
    return 0;
}

/* Of frames that begin at one instant the receiver takes the strongest, then that of the lowest
 * sender. */
static bool takes_over(const struct device *d, const struct medium_tx *tx, int power_cdbm)
{
    if (d->rx_from != tx->start)
        return false;
    return power_cdbm != d->rx_power_cdbm ? power_cdbm > d->rx_power_cdbm : tx->node < d->rx_node;
}

/* Busy with a frame that goes on; RXC leaves one for a transmission that began before. */
static bool is_busy(const struct device *d, const struct medium_tx *tx, int power_cdbm)
{
    if (d->rx_until <= tx->start)
        return false;
    bool left = d->rx_in_c && d->last_tx >= d->rx_from && d->last_tx < tx->start;
    return !left && !takes_over(d, tx, power_cdbm);
}

static void receive(struct device *d, const struct medium_tx *tx, int power_cdbm, int sens,
                    int *snr_cdb)
{
    *snr_cdb = power_cdbm - sens + radio_required_snr_cdb(tx->sfi == MEDIUM_FSK ? 0 : tx->sfi + 7);
    d->rx_until = tx->end;
    d->rx_from = tx->start;
    d->rx_node = tx->node;
    d->rx_power_cdbm = (int16_t)power_cdbm;
    d->rx_in_c = tx->window >= MEDIUM_RXC;
}

/* The order of the reasons is such that an own transmission or another frame of this very instant
 * changes nothing. */
static enum loss_reason listen_in_rxc(const struct devices *ds, struct device *d,
                                      const struct medium_tx *tx, int power_cdbm, int *snr_cdb)
{
    int sens = sensitivity(ds, d, tx);
    if (power_cdbm < sens)
        return LOSS_SENSITIVITY;
    enum loss_reason reason = tx->targets ? dev_mc_hears(ds, d, tx) : dev_c_hears(ds, d, tx);
    if (reason == LOSS_WINDOW && d->last_tx < tx->start && d->tx_end > tx->start)
        return LOSS_DEVICE_TX; /* whether or not it would have listened */
    if (reason != LOSS_NONE)
        return reason;
    if (is_busy(d, tx, power_cdbm))
        return LOSS_RECEIVER_BUSY;
    receive(d, tx, power_cdbm, sens, snr_cdb);
    return LOSS_NONE;
}

/* A ping slot's frame, then as in RXC. */
static enum loss_reason listen_in_ping_slot(struct devices *ds, struct device *d,
                                            const struct medium_tx *tx, int power_cdbm,
                                            int *snr_cdb)
{
    int sens = sensitivity(ds, d, tx);
    if (power_cdbm < sens)
        return LOSS_SENSITIVITY;
    enum loss_reason reason = dev_ping_hears(ds, d, tx);
    if (reason == LOSS_WINDOW && d->last_tx < tx->start && d->tx_end > tx->start)
        return LOSS_DEVICE_TX;
    if (reason != LOSS_NONE)
        return reason;
    if (is_busy(d, tx, power_cdbm))
        return LOSS_RECEIVER_BUSY;
    receive(d, tx, power_cdbm, sens, snr_cdb);
    struct dev_span s = {0, 0};
    sim_time start;
    dev_ping_span(ds, d, tx, &s, &start);
    d->energy.use.time[ENERGY_RX] += tx->end > s.close ? tx->end - s.close : 0;
    return LOSS_NONE;
}

/* A class A window that is not RXC's takes the receiver from RXC, and any from a ping slot. */
static bool interrupts(const struct device *d, const struct medium_tx *tx, int window)
{
    return d->rx_in_c && (d->class_b || window == 1 || dev_mc_in_session(d, tx->start));
}

static enum loss_reason listen(struct devices *ds, struct device *d, const struct medium_tx *tx,
                               int power_cdbm, int *snr_cdb)
{
    if (tx->window == MEDIUM_PING)
        return listen_in_ping_slot(ds, d, tx, power_cdbm, snr_cdb);
    if (tx->window == MEDIUM_RXC)
        return listen_in_rxc(ds, d, tx, power_cdbm, snr_cdb);
    if (d->tx_end > tx->start)
        return LOSS_DEVICE_TX;
    int window = open_window(ds, d, tx);
    if (window == 0)
        return LOSS_WINDOW;
    if (is_busy(d, tx, power_cdbm) && !interrupts(d, tx, window))
        return LOSS_RECEIVER_BUSY;
    int sens = sensitivity(ds, d, tx);
    if (power_cdbm < sens)
        return LOSS_SENSITIVITY;
    receive(d, tx, power_cdbm, sens, snr_cdb);
    d->free_at = after(tx) > d->free_at ? after(tx) : d->free_at;
    count_reception(ds, d, tx, window);
    return LOSS_NONE;
}

enum loss_reason devices_listen(struct devices *ds, const struct medium_tx *tx, uint32_t device,
                                int power_cdbm, int *snr_cdb)
{
    struct device *d = &ds->d[device];
    enum loss_reason reason = listen(ds, d, tx, power_cdbm, snr_cdb);
    if (reason != LOSS_DEVICE_TX && trace_wants(ds->s.trace, ROW_WINDOW))
        (tx->window == MEDIUM_PING ? dev_ping_row : dev_window_row)(ds, d, tx,
                                                                    reason != LOSS_WINDOW);
    return reason;
}

void dev_shut_rx2(struct devices *ds, struct device *d, const struct medium_tx *tx)
{
    sim_time rx2 = d->tx_end + SIM_S(d->rx_delay_now_s + 1);
    if (d->got_downlink || tx->start >= rx2 - SIM_MS(500))
        return;
    d->energy.window[1].close = d->energy.window[1].open;
    d->free_at = after(tx);
    if (d->c)
        dev_c_shut_rx2(ds, d);
    if (d->class_b)
        dev_b_shut_rx2(ds, d);
}

/* Counter and MIC: SIM_OK with the 32-bit counter, or the reason of the loss. */
static enum loss_reason check_counter(const struct devices *ds, const struct device *d,
                                      const struct lw_frame *f, const struct medium_tx *tx,
                                      uint32_t *fcnt32)
{
    *fcnt32 = lw_fcnt_extend(d->fcnt_down, f->fcnt);
    bool gap_limit = dev_group_of(ds, d)->g.cfg->version == LW_1_0_3;
    if (gap_limit && *fcnt32 - d->fcnt_down >= MAX_FCNT_GAP_1_0_3)
        return LOSS_REPLAY;
    if (!lw_frame_mic_ok(f, keyring_get(ds->s.keyring, d->keys), *fcnt32, tx->phy, tx->len))
        return LOSS_MIC;
    return LOSS_NONE;
}

static void acknowledged(struct device *d)
{
    struct dev_frame *f = &d->frame;
    if (!f->active || !f->confirmed || f->tries == 0)
        return;
    f->active = false;
    d->fcnt_up++;
    d->retry_at = 0;
    d->n_delivered += f->message != UINT32_MAX;
}

/* An application downlink; a confirmed one that comes again counts once: it carries its number. */
static void take_message(struct device *d, const uint8_t *plain, int len)
{
    uint32_t number = 0;
    for (int i = 0; i < len && i < 4; i++)
        number |= (uint32_t)plain[i] << (8 * i);
    if (d->n_downlinks_delivered && number == d->last_downlink)
        return;
    d->last_downlink = number;
    d->n_downlinks_delivered++;
}

static void take_content(struct devices *ds, struct device *d, const struct lw_frame *f,
                         uint32_t fcnt32, bool in_ping_slot)
{
    uint8_t plain[DEV_PAYLOAD_MAX];
    d->adr_ack_cnt = 0;
    d->n_sticky = 0;
    if (f->ack)
        acknowledged(d);
    if (f->confirmed)
        d->ack_owed = true;
    if (f->confirmed || (f->fpending && !in_ping_slot))
        d->uplink_wanted = true; /* what waits for a class B device comes in its next slots */
    if (f->fopts_len)
        dev_mac_downlink(ds, d, f->fopts, f->fopts_len);
    if (f->payload_len && f->payload_len <= sizeof plain) {
        lw_frame_decrypt(f, keyring_get(ds->s.keyring, d->keys), fcnt32, plain);
        if (f->fport == 0)
            dev_mac_downlink(ds, d, plain, f->payload_len);
        struct device_received r = {.fport = f->fport, .bytes = plain, .len = f->payload_len};
        if (f->fport > 0 && !dev_package_received(ds, d, &r))
            take_message(d, plain, f->payload_len);
    }
}

static enum loss_reason data_down(struct devices *ds, struct device *d, struct medium_tx *tx)
{
    struct lw_frame f;
    uint32_t fcnt32;
    if (!d->joined || lw_frame_parse(&f, tx->phy, tx->len) != SIM_OK || f.uplink)
        return LOSS_MALFORMED;
    if (f.devaddr != d->devaddr)
        return LOSS_UNKNOWN_DEVICE;
    enum loss_reason reason = check_counter(ds, d, &f, tx, &fcnt32);
    if (reason != LOSS_NONE)
        return reason;
    d->fcnt_down = fcnt32 + 1;
    d->last_snr_cdb = (int16_t)tx->snr_cdb;
    if (tx->window != MEDIUM_PING) {
        dev_shut_rx2(ds, d, tx);
        d->got_downlink = true;
    }
    d->n_rx++;
    take_content(ds, d, &f, fcnt32, tx->window == MEDIUM_PING);
    return LOSS_NONE;
}

void devices_downlink(struct devices *ds, struct medium_tx *tx, uint32_t device,
                      enum loss_reason reason)
{
    struct device *d = &ds->d[device];
    if (reason != LOSS_NONE) {
        medium_settle(ds->s.medium, tx, reason, d->id);
        return;
    }
    if (lw_mtype_of(tx->phy, tx->len) == LW_JOIN_ACCEPT) {
        dev_join_accept(ds, d, tx);
        return;
    }
    reason = data_down(ds, d, tx);
    medium_settle(ds->s.medium, tx, reason, d->id);
    sim_time ready = d->free_at > after(tx) ? d->free_at : after(tx);
    if (d->frame.active || d->head < d->n_messages)
        dev_wake_at(ds, d, ready); /* maybe earlier than it was planned */
    if (d->uplink_wanted)
        dev_wake_at(ds, d,
                    ready + SIM_S(1) +
                        (sim_time)(rng_draw_uniform(ds->ack_key, (uint64_t)d->id,
                                                    (uint64_t)d->seq | UINT64_C(1) << 32) *
                                   2e9));
}
