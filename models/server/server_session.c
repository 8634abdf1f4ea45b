/* SPDX-License-Identifier: GPL-2.0-only
 * Sessions: found by DevAddr and proven by MIC; several devices may share an address. */
#include <string.h>

#include "models/server/server_internal.h"
#include "sim/mem.h"
#include "sim/prefetch.h"

enum { MAX_FCNT_GAP_1_0_3 = 16384 };

static uint32_t slot_of(const struct server *ns, uint32_t devaddr)
{
    return (uint32_t)((devaddr * UINT64_C(0x9e3779b97f4a7c15)) >> 36) & (ns->n_slots - 1);
}

static void add_to_index(struct server *ns, uint32_t i)
{
    uint32_t slot = slot_of(ns, ns->sessions[i].devaddr);
    ns->sessions[i].next = ns->slots[slot];
    ns->slots[slot] = i + 1;
}

/* What the device's parameters are when a session begins. */
static void reset(struct server *ns, struct session *ss, const struct device_identity *id)
{
    const struct device_network *n = ns->s.network;
    ss->fcnt_up = ss->fcnt_down = 0;
    ss->heard = false;
    ss->dr = id->dr;
    ss->power_index = 0;
    ss->nb_trans = 1;
    ss->adr_pending = false;
    ss->rx1_dr_offset = n->rx1_dr_offset;
    ss->rx2_dr = n->rx2_dr;
    ss->rx1_delay_s = n->rx1_delay_s;
    ss->rx2_frequency_100hz = (uint32_t)(n->rx2_frequency_hz / 100);
    ss->plan = n->plan;
    ss->down_dwell = false;
    ss->n_commands = ss->n_sent = ss->n_tries = 0;
    ss->n_snr = ss->at_snr = 0;
    ss->wants_ack = ss->by_timeout = false;
    ns_class_b_reset(ns, ss);
}

static void open_session(struct server *ns, uint32_t i, uint32_t device)
{
    struct device_identity id = devices_identity(ns->s.devices, device);
    struct session *ss = &ns->sessions[i];
    ss->device = device;
    ss->devaddr = id.devaddr;
    ss->version = (uint8_t)id.version;
    ss->max_power_cdbm = id.max_power_cdbm;
    ss->status_asked = 0;
    ss->class_c = id.cfg->device_class == LW_CLASS_C;
    ss->slot_at = SIM_NEVER;
    reset(ns, ss, &id);
    ns->session_of_device[device] = i + 1;
    add_to_index(ns, i);
    if (id.otaa) {
        join_server_add(ns->js, device, id.joineui, id.deveui, id.appkey, id.version == LW_1_0_4);
        return;
    }
    ss->active = true;
    ss->keys = keyring_take(ns->s.keyring, id.nwkskey, id.appskey);
}

void sessions_open(struct server *ns)
{
    uint32_t all = devices_count(ns->s.devices);
    ns->session_of_device = mem_alloc(all, sizeof *ns->session_of_device);
    ns->js = join_server_open(all);
    for (uint32_t d = 0; d < all; d++)
        ns->n_sessions += devices_identity(ns->s.devices, d).network == ns->s.index;
    ns->sessions = mem_alloc(ns->n_sessions, sizeof *ns->sessions);
    ns->n_slots = 16;
    while (ns->n_slots < 2 * ns->n_sessions)
        ns->n_slots *= 2;
    ns->slots = mem_alloc(ns->n_slots, sizeof *ns->slots);
    uint32_t i = 0;
    for (uint32_t d = 0; d < all; d++)
        if (devices_identity(ns->s.devices, d).network == ns->s.index)
            open_session(ns, i++, d);
}

/* Does this session's key fit, as a new frame or as the last one again? */
static bool fits(const struct server *ns, const struct session *ss, const struct lw_frame *f,
                 const struct medium_tx *tx, uint32_t *fcnt32, bool *repeated)
{
    const struct lw_session_keys *keys = keyring_get(ns->s.keyring, ss->keys);
    *repeated = ss->heard && f->fcnt == (uint16_t)(ss->fcnt_up - 1);
    *fcnt32 = *repeated ? ss->fcnt_up - 1 : lw_fcnt_extend(ss->fcnt_up, f->fcnt);
    if (ss->version == LW_1_0_3 && !*repeated && *fcnt32 - ss->fcnt_up >= MAX_FCNT_GAP_1_0_3)
        return false;
    return lw_frame_mic_ok(f, keys, *fcnt32, tx->phy, tx->len);
}

int session_find(struct server *ns, const struct lw_frame *f, const struct medium_tx *tx,
                 uint32_t *fcnt32, bool *repeated, enum loss_reason *why)
{
    *why = LOSS_UNKNOWN_DEVICE;
    for (uint32_t i = ns->slots[slot_of(ns, f->devaddr)]; i; i = ns->sessions[i - 1].next) {
        const struct session *ss = &ns->sessions[i - 1];
        if (ss->devaddr != f->devaddr || !ss->active)
            continue;
        if (fits(ns, ss, f, tx, fcnt32, repeated))
            return (int)(i - 1);
        *why = LOSS_MIC;
    }
    return -1;
}

void session_hint(const struct server *ns, const struct medium_tx *tx, unsigned stage)
{
    const uint32_t *slot = &ns->slots[slot_of(ns, tx->devaddr)];
    if (stage == 0)
        prefetch(slot, sizeof *slot);
    else if (*slot && stage == 1)
        prefetch(&ns->sessions[*slot - 1], sizeof *ns->sessions);
    else if (*slot)
        keyring_hint(ns->s.keyring, ns->sessions[*slot - 1].keys);
}

void session_start(struct server *ns, struct session *ss, const uint8_t nwkskey[16],
                   const uint8_t appskey[16])
{
    struct device_identity id = devices_identity(ns->s.devices, ss->device);
    /* What was queued for a device that has not been heard yet still waits for it. */
    uint8_t kept = ss->heard ? 0 : ss->n_commands;
    bool again = ss->active && !ss->heard; /* its join-accept got lost */
    keyring_drop(ns->s.keyring, ss->keys);
    ss->keys = keyring_take(ns->s.keyring, nwkskey, appskey);
    reset(ns, ss, &id);
    ss->n_commands = kept;
    ss->active = true;
    /* The join-accept gives RX2's data rate but not its frequency. */
    ss->rx2_frequency_100hz = (uint32_t)(ns->s.region->rx2_frequency_hz / 100);
    if (ns->s.network->rx2_frequency_hz != ns->s.region->rx2_frequency_hz && !again) {
        struct lw_mac m = {
            .cid = LW_RX_PARAM_SETUP,
            .u.rx_param_setup_req = {.rx1_dr_offset = ss->rx1_dr_offset,
                                     .rx2_dr = ss->rx2_dr,
                                     .frequency_hz = (uint32_t)ns->s.network->rx2_frequency_hz}};
        ns_queue_command(ss, &m);
    }
}
