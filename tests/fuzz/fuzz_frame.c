/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as a data frame. What parses must decrypt, and encode back to the same
 * length. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/lorawan/frame.h"
#include "sim/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lw_frame f, g;
    struct lw_session_keys k;
    uint8_t plain[LW_MAX_PHY], phy[LW_MAX_PHY];
    if (lw_frame_parse(&f, data, size))
        return 0;
    memset(&k, 0, sizeof k);
    lw_cmac_init(&k.nwk, k.nwkskey);
    lw_aes_init(&k.app, k.appskey);
    uint32_t fcnt32 = lw_fcnt_extend(70000, f.fcnt);
    lw_frame_mic_ok(&f, &k, fcnt32, data, size);
    lw_frame_decrypt(&f, &k, fcnt32, plain);
    f.payload = plain;
    int len = lw_frame_encode(&f, &k, fcnt32, phy);
    SIM_CHECK(len == (int)size, "%d octets instead of %zu", len, size);
    SIM_CHECK(lw_frame_parse(&g, phy, size) == SIM_OK, "own frame refused");
    SIM_CHECK(lw_frame_mic_ok(&g, &k, fcnt32, phy, size), "own MIC refused");
    /* All but the RFU bits of MHDR and FCtrl and the MIC is as it was. */
    SIM_CHECK(memcmp(phy + 6, data + 6, size - 10) == 0, "other octets");
    return 0;
}
