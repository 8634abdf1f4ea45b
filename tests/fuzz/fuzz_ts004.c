/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as fragmentation commands; the first octet is direction and version. What
 * is read must be written in the same length, and read again as the same command. */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "models/packages/ts004.h"
#include "sim/err.h"

enum { MAX_LEN = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > MAX_LEN)
        return 0;
    bool uplink = data[0] & 1;
    int version = data[0] & 2 ? 2 : 1;
    size_t at = 0, start = 0;
    struct ts004 m, n;
    while (ts004_next(data + 1, size - 1, &at, uplink, version, &m) == 1) {
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
    return 0;
}
