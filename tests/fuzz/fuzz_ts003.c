/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as clock synchronisation commands; the first octet is direction and
 * version. What is read must be written in the same length, and read again as the same command; the
 * machine on that side takes the payload. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/packages/ts003_device.h"
#include "models/packages/ts003_server.h"
#include "sim/err.h"

static void check_codec(const uint8_t *data, size_t size, bool uplink)
{
    size_t at = 0, start = 0;
    struct ts003 m, n;
    while (ts003_next(data, size, &at, uplink, &m) == 1) {
        uint8_t first[8], second[8];
        size_t put = 0, again = 0, read = 0;
        SIM_CHECK(ts003_put(first, sizeof first, &put, &m) == SIM_OK, "cid %02x", m.cid);
        SIM_CHECK(put == at - start, "cid %02x: %zu octets", m.cid, put);
        SIM_CHECK(ts003_next(first, put, &read, uplink, &n) == 1, "cid %02x", m.cid);
        SIM_CHECK(ts003_put(second, sizeof second, &again, &n) == SIM_OK, "cid %02x", m.cid);
        SIM_CHECK(again == put && memcmp(first, second, put) == 0, "cid %02x", m.cid);
        start = at;
    }
}

static void run_device(const struct pkg_payload *p, uint8_t version)
{
    const struct ts003_device_cfg cfg = {
        .version = version, .periodicity_supported = true, .n_tries = 2, .spacing = SIM_S(6)};
    struct pkg_now now = {.gps_ns = SIM_S(1400000000), .random = 1, .room = 51};
    struct ts003_device d;
    struct ts003_device_out out = {0};
    ts003_device_init(&d, &cfg);
    ts003_device_start(&d, &now, &out);
    ts003_device_receive(&d, &now, p, &out);
    for (int i = 0; i < 10 && ts003_device_next(&d) != SIM_NEVER; i++) {
        SIM_CHECK(ts003_device_next(&d) > now.at, "a wake at once");
        now.at = ts003_device_next(&d);
        out = (struct ts003_device_out){0};
        ts003_device_wake(&d, &now, &out);
        SIM_CHECK(out.len <= now.room, "%zu octets", out.len);
    }
}

static void run_server(const struct pkg_payload *p, uint8_t version)
{
    const struct ts003_server_cfg cfg = {.version = version,
                                         .retry = {.n_tries = 1, .spacing = SIM_S(9)}};
    const struct pkg_now now = {.gps_ns = SIM_S(1400000000)};
    struct ts003_server s;
    struct ts003_server_out out = {0};
    ts003_server_init(&s, &cfg);
    ts003_server_ask(&s, &now, TS003_ASK_PERIOD, 3, &out);
    ts003_server_ask(&s, &now, TS003_ASK_RESYNC, 3, &out);
    ts003_server_receive(&s, &now, p, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bool uplink = data[0] & 1;
    uint8_t version = data[0] & 2 ? 2 : 1;
    struct pkg_payload p = {.buf = data + 1, .len = size - 1, .multicast = data[0] & 4};
    check_codec(p.buf, p.len, uplink);
    if (uplink)
        run_server(&p, version);
    else
        run_device(&p, version);
    return 0;
}
