/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any octets as a datagram of Semtech's UDP protocol. What is read is written, and
 * read to the same again. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/lorawan/semtech.h"
#include "sim/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct semtech_msg m, again;
    uint8_t out[SEMTECH_MAX_LEN], twice[SEMTECH_MAX_LEN];
    if (semtech_decode(&m, data, size))
        return 0;
    int len = semtech_encode(&m, out);
    if (len == SIM_ELONG)
        return 0; /* as read it was written with less */
    SIM_CHECK(len > 0, "what was read cannot be written: %s", sim_strerror(len));
    int rc = semtech_decode(&again, out, (size_t)len);
    SIM_CHECK(rc == SIM_OK, "own datagram refused: %s", sim_strerror(rc));
    SIM_CHECK(semtech_encode(&again, twice) == len && memcmp(out, twice, (size_t)len) == 0,
              "other octets");
    return 0;
}
