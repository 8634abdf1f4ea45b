/* SPDX-License-Identifier: GPL-2.0-only
 * The test speaks for a device's server, or for the device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/talk.h"

#include <string.h>

#include "models/lorawan/device_packages.h"
#include "sim/bytes.h"
#include "tools/world_internal.h"

void talk_begin(struct talk *t, const struct setup *s, int fport)
{
    memset(t, 0, sizeof *t);
    t->fport = fport;
    t->r = run_begin(s, &t->trace, &t->w);
}

void talk_end(struct talk *t)
{
    world_run_until(t->w, world_cfg(t->w)->run.duration_ns);
    run_end(t->w);
}

void talk_down(struct talk *t, sim_time at, const char *hex)
{
    uint8_t bytes[64];
    size_t len;
    world_run_until(t->w, at);
    assert_int_equal(hex_parse(hex, bytes, sizeof bytes, &len), 0);
    const struct row_tx *up = run_tx(t->r, "dev", 0, run_n_tx(t->r, "dev", 0) - 1);
    const struct trace_session *k = &t->r->session[0];
    struct keyring *ring = keyring_open();
    struct lw_frame f = {.mtype = LW_UNCONFIRMED_DOWN,
                         .devaddr = k->devaddr,
                         .fport = t->fport,
                         .payload = bytes,
                         .payload_len = (uint8_t)len};
    struct medium_tx *tx = medium_tx_take(t->w->medium);
    int n = lw_frame_encode(&f, keyring_get(ring, keyring_take(ring, k->nwkskey, k->appskey)),
                            t->fcnt++, tx->phy);
    assert_true(n > 0);
    tx->target = t->w->ids[0];
    tx->kind = FRAME_DOWN;
    tx->window = 1;
    tx->dr = (uint8_t)up->dr;
    tx->len = (uint8_t)n;
    tx->start = up->end_ns + SIM_S(1);
    tx->power_cdbm = 1400;
    devices_modulate(t->w->medium, t->w->region, tx, 868100000);
    gateways_submit(t->w->gateways, tx, (uint32_t)up->seq);
    keyring_close(ring);
}

void talk_up(struct talk *t, sim_time at, const char *hex)
{
    struct device_packet p = {.fport = (uint8_t)t->fport};
    size_t len;
    world_run_until(t->w, at);
    assert_int_equal(hex_parse(hex, p.bytes, sizeof p.bytes, &len), 0);
    p.len = (uint8_t)len;
    devices_send_packet(t->w->devices, 0, &p);
}

int talk_n_messages(const struct run *r, const char *name, const char *result)
{
    int n = 0;
    for (int i = 0; i < r->n_message; i++)
        n += (!name || strcmp(r->message[i].name, name) == 0) &&
             (!result || strcmp(r->message[i].result, result) == 0);
    return n;
}
