/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as firmware management commands; the first octet is the direction. What is
 * read must be written in the same length, and read again as the same command. */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "models/packages/ts006.h"
#include "sim/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bool uplink = data[0] & 1;
    size_t at = 0, start = 0;
    struct ts006 m, n;
    while (ts006_next(data + 1, size - 1, &at, uplink, &m) == 1) {
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
    return 0;
}
