/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as multicast set-up commands; the first octet is direction and version.
 * What is read must be written in the same length, and read again as the same command; the machine
 * on that side takes the payload. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/packages/ts005_device.h"
#include "models/packages/ts005_server.h"
#include "sim/err.h"

static void check_codec(const uint8_t *data, size_t size, bool uplink, int version)
{
    size_t at = 0, start = 0;
    struct ts005 m, n;
    while (ts005_next(data, size, &at, uplink, version, &m) == 1) {
        uint8_t first[TS005_MAX_LEN], second[TS005_MAX_LEN];
        size_t put = 0, again = 0, read = 0;
        SIM_CHECK(ts005_put(first, sizeof first, &put, &m) == SIM_OK, "cid %02x", m.cid);
        SIM_CHECK(put == at - start, "cid %02x: %zu octets", m.cid, put);
        SIM_CHECK((size_t)ts005_size(&m) == put, "cid %02x: %d octets", m.cid, ts005_size(&m));
        SIM_CHECK(ts005_next(first, put, &read, uplink, version, &n) == 1, "cid %02x", m.cid);
        SIM_CHECK(ts005_put(second, sizeof second, &again, &n) == SIM_OK, "cid %02x", m.cid);
        SIM_CHECK(again == put && memcmp(first, second, put) == 0, "cid %02x", m.cid);
        start = at;
    }
}

static void run_device(const struct pkg_payload *p, uint8_t version)
{
    const struct ts005_device_cfg cfg = {
        .version = version,
        .n_groups = 3,
        .past = TS005_PAST_OPEN,
        .dr_mask = 0x3F3F,
        .n_ranges = 1,
        .ranges = {{100000000, 1677721500}},
    };
    struct pkg_now now = {.gps_ns = SIM_S(1400000000), .room = 51};
    struct ts005_device d;
    struct ts005_device_out out;
    ts005_device_init(&d, &cfg);
    ts005_device_out_init(&out);
    ts005_device_receive(&d, &now, p, &out);
    SIM_CHECK(out.len <= now.room, "%zu octets", out.len);
    for (int i = 0; i < 8 && ts005_device_next(&d) != INT64_MAX; i++) {
        SIM_CHECK(ts005_device_next(&d) > now.gps_ns, "a wake at once");
        now.gps_ns = ts005_device_next(&d);
        ts005_device_out_init(&out);
        ts005_device_wake(&d, &now, &out);
        SIM_CHECK(out.n_events > 0, "a wake for nothing");
    }
    SIM_CHECK(ts005_device_next(&d) == INT64_MAX, "a session without an end");
}

static void run_server(const struct pkg_payload *p, uint8_t version)
{
    const struct ts005_server_cfg cfg = {
        .version = version, .send_anyway = true, .retry = {.n_tries = 1, .spacing = SIM_S(9)}};
    const struct pkg_now now = {.gps_ns = SIM_S(1400000000)};
    static const uint8_t cids[] = {TS005_GROUP_STATUS, TS005_GROUP_SETUP, TS005_CLASS_C_SESSION,
                                   TS005_CLASS_B_SESSION};
    struct ts005_server s;
    struct ts005_server_out out = {0};
    ts005_server_init(&s, &cfg);
    for (size_t i = 0; i < sizeof cids; i++)
        ts005_server_ask(&s, &now, &(struct ts005){.cid = cids[i]}, &out);
    ts005_server_receive(&s, &now, p, &out);
    SIM_CHECK(ts005_server_n_open(&s) + out.n_news == TS005_MAX_OPEN, "%d news", out.n_news);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bool uplink = data[0] & 1;
    uint8_t version = data[0] & 2 ? 2 : 1;
    struct pkg_payload p = {.buf = data + 1, .len = size - 1, .multicast = data[0] & 4};
    check_codec(p.buf, p.len, uplink, version);
    if (uplink)
        run_server(&p, version);
    else
        run_device(&p, version);
    return 0;
}
