/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any order of fragments into a decoder with data and one on ranks. Octets: code, M,
 * fragment size, largest loss, then fragment numbers, two octets each. Both go the same way, and a
 * complete block is the right one. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "models/packages/fragdecode.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"

static void feed(struct rd *r, struct fragdec_cfg *cfg)
{
    size_t len = (size_t)fragrows_m(cfg->rows) * cfg->frag_size;
    uint8_t *block = mem_alloc(len, 1), *rebuilt = mem_alloc(len, 1), one[FRAG_MAX_SIZE] = {0};
    struct fragdec bytes, ranks;
    for (size_t i = 0; i < len; i++)
        block[i] = (uint8_t)(i * i / 7 + i);
    fragdec_init(&ranks, cfg);
    cfg->block = rebuilt;
    fragdec_init(&bytes, cfg);
    while (rd_left(r) >= 2) {
        unsigned n = rd_u16le(r) % 128;
        fragcode_encode(cfg->rows, block, cfg->frag_size, n, one);
        int step = fragdec_push(&bytes, n, one);
        SIM_CHECK(fragdec_push(&ranks, n, NULL) == step, "fragment %u: step %d", n, step);
        SIM_CHECK(fragdec_rank(&ranks) == fragdec_rank(&bytes), "fragment %u", n);
        if (fragdec_complete(&bytes))
            SIM_CHECK(memcmp(block, rebuilt, len) == 0, "a wrong block after fragment %u", n);
    }
    fragdec_fini(&bytes);
    fragdec_fini(&ranks);
    free(block);
    free(rebuilt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r;
    struct fragrows *rows;
    rd_init(&r, data, size);
    enum frag_code code = (enum frag_code)(1 + rd_u8(&r) % 3);
    if (fragrows_open(&rows, code, 1 + rd_u8(&r) % 40u) != SIM_OK)
        return 0;
    struct fragdec_cfg cfg = {.rows = rows, .frag_size = 1 + rd_u8(&r) % 9u};
    cfg.max_lost = rd_u8(&r);
    feed(&r, &cfg);
    fragrows_close(rows);
    return 0;
}
