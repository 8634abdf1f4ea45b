/* SPDX-License-Identifier: GPL-2.0-only
 * Writes a capture of one device's life for tests/cross/capture_tshark.sh: join-request,
 * join-accept, data frames of every kind in both directions, with commands in FOpts and on FPort 0,
 * LoRa and FSK. */
#include <stdio.h>
#include <string.h>

#include "models/lorawan/frame.h"
#include "models/lorawan/join.h"
#include "results/capture.h"

struct story {
    struct trace trace;
    struct lw_session_keys keys;
    sim_time now;
};

static void put(struct story *s, bool uplink, const uint8_t *phy, int len, int sf)
{
    struct trace_frame f = {.gateway = 5,
                            .uplink = uplink,
                            .start_ns = s->now,
                            .end_ns = s->now + SIM_MS(50),
                            .frequency_hz = 868300000,
                            .bandwidth_hz = sf ? 125000 : 0,
                            .sf = sf,
                            .power_cdbm = uplink ? -11400 : 1400,
                            .snr_cdb = -550,
                            .bytes = phy,
                            .len = len};

    trace_frame(&s->trace, &f);
    s->now += SIM_S(10);
}

static int put_data(struct story *s, struct lw_frame f, uint32_t fcnt32, int sf)
{
    uint8_t phy[LW_MAX_PHY];
    int len;

    f.devaddr = 0x26011bda;
    len = lw_frame_encode(&f, &s->keys, fcnt32, phy);
    if (len < 0)
        return len;
    put(s, f.mtype == LW_UNCONFIRMED_UP || f.mtype == LW_CONFIRMED_UP, phy, len, sf);
    return SIM_OK;
}

static int put_join(struct story *s)
{
    struct trace_session session = {
        .device = 1, .devaddr = 0x26011bda, .joineui = 0x70b3d57ed0000001};
    struct lw_join_request request = {
        .joineui = session.joineui, .deveui = 0x70b3d57ed0010203, .devnonce = 0x1234};
    struct lw_join_accept accept = {
        .joinnonce = 1, .netid = 0x13, .devaddr = session.devaddr, .rx_delay = 1};
    uint8_t phy[LW_JOIN_ACCEPT_MAX];
    int len;

    memset(session.appkey, 0xa5, sizeof session.appkey);
    lw_join_keys(session.appkey, accept.joinnonce, accept.netid, request.devnonce, session.nwkskey,
                 session.appskey);
    lw_cmac_init(&s->keys.nwk, session.nwkskey);
    lw_aes_init(&s->keys.app, session.appskey);
    memcpy(s->keys.nwkskey, session.nwkskey, sizeof session.nwkskey);
    memcpy(s->keys.appskey, session.appskey, sizeof session.appskey);
    len = lw_join_request_encode(&request, session.appkey, phy);
    if (len < 0)
        return len;
    put(s, true, phy, LW_JOIN_REQUEST_LEN, 9);
    len = lw_join_accept_encode(&accept, session.appkey, phy);
    if (len < 0)
        return len;
    put(s, false, phy, len, 9);
    trace_session(&s->trace, &session);
    return SIM_OK;
}

static int put_story(struct story *s)
{
    static const uint8_t text[] = "castbed says hello";
    static const uint8_t link_check[] = {0x02};
    static const uint8_t dev_status[] = {0x06};
    const struct lw_frame frames[] = {
        {.mtype = LW_UNCONFIRMED_UP, .fport = 1, .payload = text, .payload_len = 18},
        {.mtype = LW_CONFIRMED_UP,
         .adr = true,
         .fport = 2,
         .fopts = link_check,
         .fopts_len = 1,
         .payload = text,
         .payload_len = 18},
        {.mtype = LW_UNCONFIRMED_DOWN,
         .ack = true,
         .fport = -1,
         .fopts = dev_status,
         .fopts_len = 1},
        {.mtype = LW_CONFIRMED_DOWN, .fport = 7, .payload = text, .payload_len = 18},
        {.mtype = LW_UNCONFIRMED_DOWN, .fport = 0, .payload = dev_status, .payload_len = 1},
        {.mtype = LW_UNCONFIRMED_UP, .ack = true, .fport = -1},
    };
    int err = put_join(s);

    for (size_t i = 0; i < sizeof frames / sizeof frames[0] && err == SIM_OK; i++)
        err = put_data(s, frames[i], 100 + (uint32_t)i, i == 0 ? 0 : 12);
    return err;
}

int main(int argc, char **argv)
{
    static const struct capture_gateway gateways[] = {{5, "gw/0"}};
    struct story s = {.now = SIM_S(1)};
    struct capture *c;
    struct sim_error e = {0};
    int err;

    if (argc != 2) {
        fprintf(stderr, "usage: make_capture FOLDER\n");
        return 2;
    }
    trace_init(&s.trace);
    if (capture_open(&c, argv[1], INT64_C(1451260818) * 1000000000, gateways, 1, &e) != SIM_OK) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    capture_listen(c, &s.trace);
    err = put_story(&s);
    if (err != SIM_OK)
        fprintf(stderr, "encoding: %s\n", sim_strerror(err));
    if (capture_close(c, &e) != SIM_OK) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    return err == SIM_OK ? 0 : 1;
}
