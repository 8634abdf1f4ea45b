/* SPDX-License-Identifier: GPL-2.0-only
 * The join server's memory of each device. */
#include "models/server/join_server.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

struct js_device {
    uint64_t joineui, deveui;
    uint8_t appkey[16];
    uint32_t device;
    uint32_t joinnonce;    /* the next */
    int32_t last_devnonce; /* 1.0.4; -1: none */
    bool devnonce_counts;
    uint16_t *used; /* 1.0.3: every DevNonce seen */
    uint32_t n_used, cap_used;
};

struct join_server {
    struct js_device *d;
    uint32_t n, cap;
    uint32_t *slots; /* open addressing by DevEUI: index + 1, 0 empty */
    uint32_t n_slots;
    uint32_t *by_device; /* index + 1 */
    uint32_t n_devices;
};

struct join_server *join_server_open(uint32_t n_devices)
{
    struct join_server *js = mem_alloc(1, sizeof *js);
    js->n_devices = n_devices;
    js->n_slots = 16;
    while (js->n_slots < 2 * n_devices)
        js->n_slots *= 2;
    js->slots = mem_alloc(js->n_slots, sizeof *js->slots);
    js->by_device = mem_alloc(n_devices, sizeof *js->by_device);
    return js;
}

void join_server_close(struct join_server *js)
{
    if (!js)
        return;
    for (uint32_t i = 0; i < js->n; i++)
        free(js->d[i].used);
    free(js->d);
    free(js->slots);
    free(js->by_device);
    free(js);
}

static uint32_t slot_of(const struct join_server *js, uint64_t deveui)
{
    uint64_t h = deveui * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t i = (uint32_t)(h >> 40) & (js->n_slots - 1);
    while (js->slots[i] && js->d[js->slots[i] - 1].deveui != deveui)
        i = (i + 1) & (js->n_slots - 1);
    return i;
}

void join_server_add(struct join_server *js, uint32_t device, uint64_t joineui, uint64_t deveui,
                     const uint8_t appkey[16], bool devnonce_counts)
{
    SIM_CHECK(js->n < js->n_devices && device < js->n_devices, "device %u of %u", device,
              js->n_devices);
    if (js->n == js->cap) {
        js->cap = js->cap ? 2 * js->cap : 64;
        js->d = mem_grow(js->d, js->cap, sizeof *js->d);
    }
    struct js_device *d = &js->d[js->n];
    *d = (struct js_device){.joineui = joineui,
                            .deveui = deveui,
                            .device = device,
                            .joinnonce = 1,
                            .last_devnonce = -1,
                            .devnonce_counts = devnonce_counts};
    memcpy(d->appkey, appkey, 16);
    js->slots[slot_of(js, deveui)] = ++js->n;
    js->by_device[device] = js->n;
}

static int take_devnonce(struct js_device *d, uint16_t devnonce)
{
    if (d->devnonce_counts) {
        if (devnonce <= d->last_devnonce)
            return SIM_EREPLAY;
        d->last_devnonce = devnonce;
        return SIM_OK;
    }
    for (uint32_t i = 0; i < d->n_used; i++)
        if (d->used[i] == devnonce)
            return SIM_EREPLAY;
    if (d->n_used == d->cap_used) {
        d->cap_used = d->cap_used ? 2 * d->cap_used : 4;
        d->used = mem_grow(d->used, d->cap_used, sizeof *d->used);
    }
    d->used[d->n_used++] = devnonce;
    return SIM_OK;
}

int join_server_request(struct join_server *js, const uint8_t *phy, size_t len, uint32_t netid,
                        struct join_answer *answer)
{
    struct lw_join_request r;
    int rc = lw_join_request_parse(&r, phy, len);
    if (rc)
        return rc;
    uint32_t slot = js->slots[slot_of(js, r.deveui)];
    if (!slot || js->d[slot - 1].joineui != r.joineui)
        return SIM_ENOENT;
    struct js_device *d = &js->d[slot - 1];
    if (!lw_join_request_mic_ok(&r, d->appkey, phy))
        return SIM_EMIC;
    rc = take_devnonce(d, r.devnonce);
    if (rc)
        return rc;
    answer->device = d->device;
    answer->joinnonce = d->joinnonce++;
    lw_join_keys(d->appkey, answer->joinnonce, netid, r.devnonce, answer->nwkskey, answer->appskey);
    return SIM_OK;
}

int join_server_accept(const struct join_server *js, uint32_t device,
                       const struct lw_join_accept *a, uint8_t *phy)
{
    SIM_CHECK(device < js->n_devices && js->by_device[device], "device %u is unknown", device);
    return lw_join_accept_encode(a, js->d[js->by_device[device] - 1].appkey, phy);
}
