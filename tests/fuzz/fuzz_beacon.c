/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as a beacon of every layout. The first octet says whether the CRCs are set
 * right first, so that what lies behind them is reached; what decodes must encode to the same
 * fields. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/lorawan/beacon.h"
#include "sim/err.h"

static void set_crc(uint8_t *p, size_t len)
{
    uint16_t crc = beacon_crc(p, len);
    p[len] = (uint8_t)crc;
    p[len + 1] = (uint8_t)(crc >> 8);
}

static void check_descriptors(const struct beacon *b)
{
    struct beacon again = *b;
    double lat_deg, lon_deg;
    uint32_t netid, gateway_id;
    beacon_position_get(b, &lat_deg, &lon_deg);
    beacon_position_set(&again, lat_deg, lon_deg);
    SIM_CHECK(memcmp(again.info, b->info, sizeof b->info) == 0, "other position");
    beacon_netid_get(b, &netid, &gateway_id);
    SIM_CHECK(beacon_netid_set(&again, netid, gateway_id) == SIM_OK, "NetID refused");
    SIM_CHECK(memcmp(again.info, b->info, sizeof b->info) == 0, "other NetID");
}

static void check(const struct beacon_layout *l, const uint8_t *data, size_t size)
{
    struct beacon b, again;
    uint8_t out[BEACON_MAX_LEN];
    if (beacon_decode(l, &b, data, size) != SIM_OK)
        return;
    check_descriptors(&b);
    b.param &= BEACON_MAX_PREC;
    SIM_CHECK(beacon_encode(l, &b, out) == l->len, "not encoded");
    SIM_CHECK(beacon_decode(l, &again, out, (size_t)l->len) == SIM_OK, "own beacon refused");
    SIM_CHECK(again.gateway_ok && again.time_s == b.time_s && again.param == b.param &&
                  again.info_desc == b.info_desc && memcmp(again.info, b.info, 6) == 0,
              "other fields");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int sf[] = {8, 9, 10, 12};
    for (size_t i = 0; i < sizeof sf / sizeof *sf; i++) {
        const struct beacon_layout *l = beacon_layout(sf[i]);
        check(l, data, size);
        uint8_t frame[BEACON_MAX_LEN];
        if (size != (size_t)l->len + 1)
            continue;
        memcpy(frame, data + 1, size - 1);
        size_t first = (size_t)l->rfu1_len + 5;
        if (data[0] & 1)
            set_crc(frame, first);
        if (data[0] & 2)
            set_crc(frame + first + 2, 7 + (size_t)l->rfu2_len);
        check(l, frame, size - 1);
    }
    return 0;
}
