/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as firmware management commands; the first octet is direction and state of
 * the device. What is read must be written in the same length, and read again as the same command;
 * the machine on that side takes the payload. */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "models/packages/ts006_device.h"
#include "models/packages/ts006_server.h"
#include "sim/err.h"

static void check_codec(const uint8_t *data, size_t size, bool uplink)
{
    size_t at = 0, start = 0;
    struct ts006 m, n;
    while (ts006_next(data, size, &at, uplink, &m) == 1) {
        uint8_t first[TS006_MAX_LEN], second[TS006_MAX_LEN];
        size_t put = 0, again = 0, read = 0;
        SIM_CHECK(ts006_put(first, sizeof first, &put, &m) == SIM_OK, "cid %02x", m.cid);
        SIM_CHECK(put == at - start, "cid %02x: %zu octets", m.cid, put);
        SIM_CHECK((size_t)ts006_size(&m) == put, "cid %02x: size", m.cid);
        SIM_CHECK(ts006_next(first, put, &read, uplink, &n) == 1, "cid %02x", m.cid);
        SIM_CHECK(ts006_put(second, sizeof second, &again, &n) == SIM_OK, "cid %02x", m.cid);
        SIM_CHECK(again == put && memcmp(first, second, put) == 0, "cid %02x", m.cid);
        start = at;
    }
}

static void run_device(const struct pkg_payload *p, uint8_t flags)
{
    const struct firmware_cfg board = {.hw_version = 7, .fw_version = 1, .boots = flags & 8};
    const struct ts006_device_cfg cfg = {.absolute_answer = flags & 16, .no_clock = flags & 32};
    const struct firmware_image image = {5, flags & 64 ? 7 : 8, 100, flags & 128};
    struct pkg_now now = {.gps_ns = SIM_S(1400000000), .room = 51};
    struct firmware f;
    struct ts006_device d;
    struct ts006_device_out out;
    firmware_init(&f, &board);
    firmware_store(&f, &image);
    ts006_device_init(&d, &cfg, &f);
    ts006_device_out_init(&out);
    ts006_device_receive(&d, &now, p, &out);
    SIM_CHECK(out.len <= now.room, "%zu octets", out.len);
    sim_time at = ts006_device_next_at(&d);
    int64_t gps_ns = ts006_device_next_gps_ns(&d);
    SIM_CHECK(at == SIM_NEVER || gps_ns == INT64_MAX, "two reboots are planned");
    if (at == SIM_NEVER && gps_ns == INT64_MAX)
        return;
    SIM_CHECK(at > now.at && gps_ns > now.gps_ns, "a reboot in the past");
    now.at = at == SIM_NEVER ? now.at : at;
    now.gps_ns = gps_ns == INT64_MAX ? now.gps_ns : gps_ns;
    ts006_device_out_init(&out);
    ts006_device_wake(&d, &now, &out);
    SIM_CHECK(out.reboot, "no reboot");
}

static void run_server(const struct pkg_payload *p)
{
    const struct ts006_server_cfg cfg = {.retry = {.n_tries = 1, .spacing = SIM_S(9)}};
    static const uint8_t cids[] = {TS006_DEV_VERSION, TS006_REBOOT_TIME, TS006_REBOOT_COUNTDOWN,
                                   TS006_UPGRADE_IMAGE};
    const struct pkg_now now = {.gps_ns = SIM_S(1400000000)};
    struct ts006_server s;
    struct ts006_server_out out;
    ts006_server_init(&s, &cfg);
    ts006_server_out_init(&out);
    for (size_t i = 0; i < sizeof cids; i++)
        ts006_server_ask(&s, &now, &(struct ts006){.cid = cids[i]}, &out);
    ts006_server_receive(&s, &now, p, &out);
    SIM_CHECK(ts006_server_n_open(&s) + out.n_news == ASKS_MAX, "%d news", out.n_news);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bool uplink = data[0] & 1;
    const struct pkg_payload p = {.buf = data + 1, .len = size - 1, .multicast = data[0] & 4};
    check_codec(p.buf, p.len, uplink);
    if (uplink)
        run_server(&p);
    else
        run_device(&p, data[0]);
    return 0;
}
