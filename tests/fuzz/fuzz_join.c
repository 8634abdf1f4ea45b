/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as a join-request, as a join-accept and as a CFList. What parses must
 * encode. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/lorawan/join.h"
#include "sim/err.h"

static void try_cflist(const uint8_t *cflist)
{
    int64_t frequency_hz[5];
    uint16_t mask[6];
    uint8_t again[16];
    int type = lw_cflist_parse(cflist, frequency_hz, mask);
    if (type == 0) {
        lw_cflist_frequencies(frequency_hz, again);
        SIM_CHECK(memcmp(again, cflist, 16) == 0, "other CFList");
    } else if (type == 1) {
        lw_cflist_masks(mask, again);
        SIM_CHECK(memcmp(again, cflist, 12) == 0, "other masks");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t appkey[16] = {1, 2, 3};
    struct lw_join_request r;
    struct lw_join_accept a, b;
    uint8_t phy[LW_JOIN_ACCEPT_MAX];
    if (size >= 16)
        try_cflist(data + size - 16);
    if (lw_join_request_parse(&r, data, size) == SIM_OK) {
        lw_join_request_mic_ok(&r, appkey, data);
        lw_join_request_encode(&r, appkey, phy);
        SIM_CHECK(memcmp(phy + 1, data + 1, 18) == 0, "other octets");
    }
    int rc = lw_join_accept_open(&a, appkey, data, size);
    if (rc != SIM_OK && rc != SIM_EMIC)
        return 0;
    int len = lw_join_accept_encode(&a, appkey, phy);
    SIM_CHECK(len == (int)size, "%d octets instead of %zu", len, size);
    SIM_CHECK(lw_join_accept_open(&b, appkey, phy, size) == SIM_OK, "own join-accept refused");
    SIM_CHECK(a.joinnonce == b.joinnonce && a.devaddr == b.devaddr, "other fields");
    return 0;
}
