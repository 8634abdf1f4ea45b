/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as fragmentation commands; the first octet is direction, version and
 * address. What is read must be written in the same length, and read again as the same command; the
 * machine on that side takes the payloads, which are cut at a length octet each. */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "models/packages/ts004_device.h"
#include "models/packages/ts004_server.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { MAX_LEN = 4096 };

static void check_codec(const uint8_t *data, size_t size, bool uplink, int version)
{
    size_t at = 0, start = 0;
    struct ts004 m, n;
    while (ts004_next(data, size, &at, uplink, version, &m) == 1) {
        uint8_t first[MAX_LEN], second[MAX_LEN];
        size_t put = 0, again = 0, read = 0;
        SIM_CHECK(ts004_put(first, sizeof first, &put, version, &m) == SIM_OK, "cid %02x", m.cid);
        SIM_CHECK(put == at - start, "cid %02x: %zu octets", m.cid, put);
        SIM_CHECK((size_t)ts004_size(&m, version) == put, "cid %02x: size", m.cid);
        SIM_CHECK(ts004_next(first, put, &read, uplink, version, &n) == 1, "cid %02x", m.cid);
        SIM_CHECK(ts004_put(second, sizeof second, &again, version, &n) == SIM_OK, "cid %02x",
                  m.cid);
        SIM_CHECK(again == put && memcmp(first, second, put) == 0, "cid %02x", m.cid);
        start = at;
    }
}

static void check_sessions(const struct ts004_device *d)
{
    for (uint8_t i = 0; i < TS004_MAX_SESSIONS; i++) {
        size_t len;
        if (!ts004_device_has_session(d, i))
            continue;
        struct ts004_report r = ts004_device_report(d, i);
        SIM_CHECK(r.complete == (r.missing == 0), "session %u: %u missing", i, r.missing);
        SIM_CHECK(r.n_uncoded <= r.setup.nb_frag, "session %u: %u uncoded", i, r.n_uncoded);
        SIM_CHECK(!ts004_device_block(d, i, &len) || r.complete, "session %u: a block", i);
    }
}

static void run_device(struct rd *r, uint8_t version, bool multicast)
{
    const struct ts004_device_cfg cfg = {.version = version,
                                         .code = (uint8_t)version,
                                         .n_sessions = 3,
                                         .max_frag_size = 40,
                                         .max_frags = 300,
                                         .max_lost = 20,
                                         .max_block = 4000,
                                         .memory = 6000,
                                         .acknowledge = {.n_tries = 2, .spacing = SIM_S(5)}};
    static const uint8_t key[16] = {1};
    struct pkg_now now = {.room = 51, .random = 0xFFFFFFFF};
    struct fragpool *pool = fragpool_open();
    struct ts004_device d;
    struct ts004_device_out out;
    ts004_device_init(&d, &cfg, pool, key, true);
    while (rd_left(r)) {
        size_t len = rd_u8(r);
        len = len < rd_left(r) ? len : rd_left(r);
        struct pkg_payload p = {
            .buf = rd_bytes(r, len), .len = len, .multicast = multicast, .mc_group_id = 1};
        ts004_device_out_init(&out);
        ts004_device_receive(&d, &now, &p, &out);
        SIM_CHECK(out.len <= now.room, "%zu octets", out.len);
        check_sessions(&d);
        now.at++;
    }
    for (int i = 0; i < 12 && ts004_device_next(&d) != SIM_NEVER; i++) {
        SIM_CHECK(ts004_device_next(&d) >= now.at, "a wake in the past");
        now.at = ts004_device_next(&d);
        ts004_device_out_init(&out);
        ts004_device_wake(&d, &now, &out);
        SIM_CHECK(out.n_send > 0, "a wake for nothing");
    }
    SIM_CHECK(ts004_device_next(&d) == SIM_NEVER, "it never ends");
    ts004_device_fini(&d);
    fragpool_close(pool);
}

static void run_server(const uint8_t *data, size_t size, uint8_t version)
{
    const struct ts004_server_cfg cfg = {.version = version,
                                         .retry = {.n_tries = 1, .spacing = SIM_S(9)}};
    static const uint8_t cids[] = {TS004_PACKAGE_VERSION, TS004_SESSION_STATUS, TS004_SESSION_SETUP,
                                   TS004_SESSION_DELETE};
    static struct ts004_server_out out;
    const struct pkg_now now = {.gps_ns = SIM_S(1400000000)};
    const struct pkg_payload p = {.buf = data, .len = size};
    struct ts004_server s;
    int n_answered = 0;
    ts004_server_init(&s, &cfg);
    ts004_server_out_init(&out);
    for (size_t i = 0; i < sizeof cids; i++)
        ts004_server_ask(&s, &now, &(struct ts004){.cid = cids[i]}, &out);
    ts004_server_receive(&s, &now, &p, &out);
    for (int i = 0; i < out.n_news; i++)
        n_answered += out.news[i].result != TS004_TOLD;
    SIM_CHECK(ts004_server_n_open(&s) + n_answered == ASKS_MAX, "%d answers", n_answered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > MAX_LEN)
        return 0;
    bool uplink = data[0] & 1;
    uint8_t version = data[0] & 2 ? 2 : 1;
    struct rd r;
    check_codec(data + 1, size - 1, uplink, version);
    rd_init(&r, data + 1, size - 1);
    if (uplink)
        run_server(data + 1, size - 1, version);
    else
        run_device(&r, version, data[0] & 4);
    return 0;
}
