/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the code of fragmented blocks: rows, encoder, decoder, block MIC and blind spots, against
 * the vectors; any order, repetitions and little memory; that a decoder on ranks alone goes the
 * same way as one with data, step by step; that nothing is called complete which is wrong.
 *
 * frag_decode_loramac_quirks.json is what LoRaMac-node's decoder does. We differ on purpose:
 * (a) more is lost than the store holds: there the block is called finished although it is wrong;
 *     here the coded fragments are refused (FRAGDEC_NO_ROOM) and it stays incomplete.
 * (b) an uncoded fragment older than the last one: dropped there, used here, so that we complete as
 *     the order-insensitive eliminator of the file does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <nettle/sha2.h>

#include "models/packages/fragblind.h"
#include "models/packages/fragdecode.h"
#include "models/packages/fragmic.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/rng.h"
#include "tests/vectors.h"

enum { MAX_WORDS = FRAG_MAX_N / 64 + 1 };

/* The byte generator of the vectors. */
static void lcg_fill(uint8_t *p, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (uint8_t)(seed >> 24);
    }
}

static uint8_t *lcg_block(const json_t *c, size_t len)
{
    uint8_t *p = mem_alloc(len, 1);
    lcg_fill(p, len, (uint32_t)vec_int(c, "data_lcg_seed"));
    return p;
}

static struct fragrows *open_rows(enum frag_code code, unsigned m)
{
    struct fragrows *rows;
    assert_int_equal(fragrows_open(&rows, code, m), SIM_OK);
    return rows;
}

static void check_row(enum frag_code code, unsigned m, unsigned n, const char *want)
{
    uint64_t row[MAX_WORDS];
    assert_int_equal(strlen(want), m);
    assert_int_equal(fragcode_row(code, m, n, row), SIM_OK);
    for (unsigned i = 0; i < m; i++)
        assert_int_equal(row[i / 64] >> i % 64 & 1, want[i] - '0');
    for (size_t i = m; i < fragcode_words(m) * 64; i++)
        assert_int_equal(row[i / 64] >> i % 64 & 1, 0);
    if (n <= m)
        return;
    struct fragrows *rows = open_rows(code, m);
    assert_memory_equal(fragrows_get(rows, n), row, fragcode_words(m) * sizeof *row);
    fragrows_close(rows);
}

static void test_matrix_lines(void **state)
{
    (void)state;
    json_t *root = VECTORS("frag_matrix_lines.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        unsigned m = (unsigned)vec_int(c, "M"), n = (unsigned)vec_int(c, "fragment_number");
        assert_int_equal(n, m + vec_int(c, "coded_index"));
        check_row(FRAG_CODE_V1, m, n, vec_text(c, "v1"));
        check_row(FRAG_CODE_V2, m, n, vec_text(c, "v2_deployed"));
        check_row(FRAG_CODE_V2_LITERAL, m, n, vec_text(c, "v2_spec_literal"));
    }
    assert_int_equal(i, 31);
    json_decref(root);
}

static void test_row_limits(void **state)
{
    (void)state;
    uint64_t row[MAX_WORDS];
    struct fragrows *rows;
    check_row(FRAG_CODE_V1, 5, 3, "00100");
    check_row(FRAG_CODE_V1, 1, 2, "0"); /* M = 1 has no parity */
    for (int v = 1; v <= 3; v++) {      /* start values over 23 bits end too */
        assert_int_equal(fragcode_row((enum frag_code)v, 2, FRAG_MAX_N, row), SIM_OK);
        assert_int_equal(fragcode_row((enum frag_code)v, 8192, FRAG_MAX_N, row), SIM_OK);
        assert_int_equal(fragcode_row((enum frag_code)v, FRAG_MAX_N, FRAG_MAX_N, row), SIM_OK);
    }
    assert_int_equal(fragcode_row(FRAG_CODE_V1, 0, 1, row), SIM_ERANGE);
    assert_int_equal(fragcode_row(FRAG_CODE_V1, FRAG_MAX_N + 1, 1, row), SIM_ERANGE);
    assert_int_equal(fragcode_row(FRAG_CODE_V1, 5, 0, row), SIM_ERANGE);
    assert_int_equal(fragcode_row(FRAG_CODE_V1, 5, FRAG_MAX_N + 1, row), SIM_ERANGE);
    assert_int_equal(fragcode_row((enum frag_code)0, 5, 6, row), SIM_EINVAL);
    assert_int_equal(fragcode_row((enum frag_code)4, 5, 6, row), SIM_EINVAL);
    assert_int_equal(fragrows_open(&rows, FRAG_CODE_V1, 0), SIM_ERANGE);
    assert_int_equal(fragrows_open(&rows, (enum frag_code)9, 5), SIM_EINVAL);
}

static void test_split(void **state)
{
    (void)state;
    unsigned m, padding;
    assert_int_equal(fragcode_split(995, 50, &m, &padding), SIM_OK);
    assert_int_equal(m, 20);
    assert_int_equal(padding, 5);
    assert_int_equal(fragcode_split(FRAG_MAX_LEN, 255, &m, &padding), SIM_OK);
    assert_int_equal(m, FRAG_MAX_N);
    assert_int_equal(fragcode_split(FRAG_MAX_LEN + 1, 255, &m, &padding), SIM_ERANGE);
    assert_int_equal(fragcode_split(0, 50, &m, &padding), SIM_ERANGE);
    assert_int_equal(fragcode_split(1, 0, &m, &padding), SIM_ERANGE);
    assert_int_equal(fragcode_split(1, 256, &m, &padding), SIM_ERANGE);
}

static void check_sha256(const uint8_t *p, size_t len, const char *want)
{
    struct sha256_ctx ctx;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char hex[2 * SHA256_DIGEST_SIZE + 1];
    sha256_init(&ctx);
    sha256_update(&ctx, len, p);
    sha256_digest(&ctx, sizeof digest, digest);
    assert_string_equal(hex_print(digest, sizeof digest, hex), want);
}

static void check_encode(const json_t *c, enum frag_code code, const char *name)
{
    unsigned m = (unsigned)vec_int(c, "M"), size = (unsigned)vec_int(c, "frag_size");
    unsigned redundancy = (unsigned)vec_int(c, "redundancy");
    const json_t *want = vec_get(c, name);
    uint8_t *block = lcg_block(c, (size_t)m * size);
    uint8_t *coded = mem_alloc((size_t)redundancy * size, 1), one[FRAG_MAX_SIZE];
    struct fragrows *rows = open_rows(code, m);
    check_sha256(block, (size_t)m * size, vec_text(c, "data_sha256"));
    for (unsigned k = 0; k < redundancy; k++)
        assert_int_equal(fragcode_encode(rows, block, size, m + k + 1, coded + (size_t)k * size),
                         SIM_OK);
    check_sha256(coded, (size_t)redundancy * size, vec_text(want, "coded_sha256"));
    assert_int_equal(fragcode_encode(rows, block, size, m, one), SIM_OK);
    assert_memory_equal(one, block + (size_t)(m - 1) * size, size);
    assert_int_equal(fragcode_encode(rows, block, size, 0, one), SIM_ERANGE);
    assert_int_equal(fragcode_encode(rows, block, size, FRAG_MAX_N + 1, one), SIM_ERANGE);
    fragrows_close(rows);
    free(coded);
    free(block);
}

static void test_encode(void **state)
{
    (void)state;
    json_t *root = VECTORS("frag_encode.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        check_encode(c, FRAG_CODE_V1, "v1");
        check_encode(c, FRAG_CODE_V2, "v2_deployed");
    }
    assert_int_equal(i, 10);
    json_decref(root);
}

/* A decoder with data and one on ranks beside it, fed with the fragments of one block. */
struct pair {
    struct fragrows *rows;
    struct fragdec bytes, ranks;
    uint8_t *block, *rebuilt;
    unsigned m, size;
};

static void pair_init(struct pair *p, enum frag_code code, const json_t *c, unsigned max_lost)
{
    p->m = (unsigned)vec_int(c, "M");
    p->size = (unsigned)vec_int(c, "frag_size");
    p->rows = open_rows(code, p->m);
    p->block = lcg_block(c, (size_t)p->m * p->size);
    p->rebuilt = mem_alloc((size_t)p->m * p->size, 1);
    struct fragdec_cfg cfg = {p->rows, p->size, max_lost, p->rebuilt};
    assert_int_equal(fragdec_init(&p->bytes, &cfg), SIM_OK);
    cfg.block = NULL;
    assert_int_equal(fragdec_init(&p->ranks, &cfg), SIM_OK);
}

static int pair_push(struct pair *p, unsigned n)
{
    uint8_t data[FRAG_MAX_SIZE];
    assert_int_equal(fragcode_encode(p->rows, p->block, p->size, n, data), SIM_OK);
    uint8_t *exact = mem_copy(data, p->size);
    int step = fragdec_push(&p->bytes, n, exact);
    free(exact);
    assert_int_equal(fragdec_push(&p->ranks, n, NULL), step);
    assert_int_equal(fragdec_rank(&p->ranks), fragdec_rank(&p->bytes));
    assert_int_equal(fragdec_missing(&p->ranks), p->m - fragdec_rank(&p->ranks));
    assert_int_equal(p->ranks.n_received, p->bytes.n_received);
    if (step == FRAGDEC_COMPLETE)
        assert_memory_equal(p->rebuilt, p->block, (size_t)p->m * p->size);
    return step;
}

static void pair_fini(struct pair *p)
{
    fragdec_fini(&p->bytes);
    fragdec_fini(&p->ranks);
    fragrows_close(p->rows);
    free(p->block);
    free(p->rebuilt);
}

static bool is_in(const json_t *array, unsigned n)
{
    size_t i;
    json_t *v;
    json_array_foreach(array, i, v) if (json_integer_value(v) == n) return true;
    return false;
}

static void check_decode(const json_t *c)
{
    struct pair p;
    pair_init(&p, vec_int(c, "version") == 2 ? FRAG_CODE_V2 : FRAG_CODE_V1, c, FRAG_MAX_N);
    unsigned last = p.m + (unsigned)vec_int(c, "redundancy"), done = 0, received = 0;
    for (unsigned n = 1; n <= last; n++) {
        if (is_in(vec_get(c, "erased"), n))
            continue;
        int step = pair_push(&p, n);
        received += done == 0;
        assert_int_equal(step == FRAGDEC_LATE, done != 0);
        if (step == FRAGDEC_COMPLETE)
            done = n;
    }
    assert_int_equal(done != 0, vec_bool(c, "recovered"));
    assert_int_equal(done, json_integer_value(vec_get(c, "completed_by_fragment_number")));
    if (done)
        assert_int_equal(received, vec_int(c, "received_count_when_done"));
    assert_int_equal(p.bytes.n_received, received);
    assert_int_equal(fragdec_rank(&p.bytes), vec_int(c, "rank_at_end"));
    pair_fini(&p);
}

static void test_decode(void **state)
{
    (void)state;
    json_t *root = VECTORS("frag_decode.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c) check_decode(c);
    assert_int_equal(i, 70);
    json_decref(root);
}

/* Stock limits: five losses can be repaired. */
static void check_little_memory(const json_t *c)
{
    struct pair p;
    pair_init(&p, FRAG_CODE_V1, c, 5);
    unsigned last = p.m + (unsigned)vec_int(c, "redundancy"), done = 0, lost = 0;
    for (unsigned n = 1; n <= last; n++) {
        if (is_in(vec_get(c, "erased"), n)) {
            lost += n <= p.m;
            continue;
        }
        int step = pair_push(&p, n);
        if (n > p.m && lost > 5)
            assert_int_equal(step, FRAGDEC_NO_ROOM);
        if (step == FRAGDEC_COMPLETE)
            done = n;
    }
    assert_int_equal(lost, vec_int(c, "lost"));
    assert_int_equal(p.bytes.no_room, lost > 5);
    assert_int_equal(done, vec_bool(c, "block_correct") ? vec_int(c, "completed_by") : 0);
    pair_fini(&p);
}

static void check_arrival_order(const json_t *c)
{
    struct pair p;
    pair_init(&p, FRAG_CODE_V1, c, FRAG_MAX_N);
    const json_t *order = vec_get(c, "arrival_order");
    size_t i;
    json_t *v;
    json_array_foreach(order, i, v)
    {
        if (pair_push(&p, (unsigned)json_integer_value(v)) != FRAGDEC_COMPLETE)
            continue;
        assert_int_equal(i + 1, vec_int(c, "order_insensitive_frames_processed"));
        assert_int_equal(json_integer_value(v), vec_int(c, "order_insensitive_completed_by"));
    }
    assert_true(fragdec_complete(&p.bytes));
    pair_fini(&p);
}

static void test_loramac_quirks(void **state)
{
    (void)state;
    json_t *root = VECTORS("frag_decode_loramac_quirks.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (json_object_get(c, "arrival_order"))
            check_arrival_order(c);
        else
            check_little_memory(c);
    }
    assert_int_equal(i, 22);
    json_decref(root);
}

/* Any order, losses, repetitions, memory and code, by chance: the steps of both decoders and the
 * bytes are compared in pair_push; the rank grows by one for what is used, else not at all. */
static void test_random_sessions(void **state)
{
    (void)state;
    struct rng g = rng_open(4, 1, RNG_TEST, 0);
    for (int session = 0; session < 600; session++) {
        unsigned m = 1 + rng_below(&g, session % 50 == 0 ? 400 : 70);
        json_t *c = json_pack("{s:i, s:i, s:i}", "M", m, "frag_size", 1 + rng_below(&g, 9),
                              "data_lcg_seed", session);
        struct pair p;
        pair_init(&p, (enum frag_code)(1 + rng_below(&g, 3)), c,
                  rng_below(&g, 2) ? FRAG_MAX_N : rng_below(&g, m + 1));
        unsigned span = m + 1 + rng_below(&g, m + 20), rank = 0;
        for (unsigned i = 0; i < 3 * m; i++) {
            bool was_complete = fragdec_complete(&p.bytes);
            int step = pair_push(&p, 1 + rng_below(&g, span));
            bool grew = step == FRAGDEC_USED || step == FRAGDEC_COMPLETE;
            assert_int_equal(step == FRAGDEC_LATE, was_complete);
            assert_int_equal(fragdec_rank(&p.bytes), rank + grew);
            rank += grew;
        }
        json_decref(c);
        pair_fini(&p);
    }
}

static void test_decoder_limits(void **state)
{
    (void)state;
    struct fragrows *rows = open_rows(FRAG_CODE_V1, 3);
    struct fragdec d;
    uint8_t block[3 * 4], data[4] = {1, 2, 3, 4};
    struct fragdec_cfg cfg = {rows, 0, 3, block};
    assert_int_equal(fragdec_init(&d, &cfg), SIM_ERANGE);
    cfg.frag_size = 256;
    assert_int_equal(fragdec_init(&d, &cfg), SIM_ERANGE);
    cfg.frag_size = 4;
    assert_int_equal(fragdec_init(&d, &cfg), SIM_OK);
    assert_int_equal(fragdec_push(&d, 0, data), SIM_ERANGE);
    assert_int_equal(fragdec_push(&d, FRAG_MAX_N + 1, data), SIM_ERANGE);
    assert_int_equal(d.n_received, 0);
    assert_int_equal(fragdec_push(&d, FRAG_MAX_N, data), FRAGDEC_USED);
    for (int i = 0; i < 20000; i++)
        fragdec_push(&d, FRAG_MAX_N, data);
    assert_int_equal(d.n_received, FRAG_MAX_N);
    fragdec_fini(&d);
    fragrows_close(rows);
    assert_int_equal(fragdec_memory_size(1000, 100), 632 + 2000);
    assert_int_equal(fragdec_memory_size(21, 5), 2 + 42);
    assert_int_equal(fragdec_memory_size(10, 5000), 7 + 20);
}

static void test_mic(void **state)
{
    (void)state;
    json_t *root = VECTORS("frag_mic_v2.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t root_key[16], key[16], want[16], mic[4];
        size_t len = (size_t)vec_int(c, "data_len");
        uint8_t *block = lcg_block(c, len);
        struct fragmic_session s = {.session_cnt = (uint16_t)vec_int(c, "session_cnt"),
                                    .frag_index = (uint8_t)vec_int(c, "frag_index")};
        vec_hex(c, "descriptor_octets", s.descriptor, 4);
        vec_hex(c, "root_key", root_key, 16);
        fragmic_key(root_key, key);
        vec_hex(c, "data_block_int_key", want, 16);
        assert_memory_equal(key, want, 16);
        fragmic_block(key, &s, block, len, mic);
        vec_hex(c, "mic_octets", want, 4);
        assert_memory_equal(mic, want, 4);
        free(block);
    }
    assert_int_equal(i, 8);
    json_decref(root);
}

/* Whether two fragments, or one and none, are in the same of the first n_rows rows. */
static bool are_together(unsigned m, unsigned first, unsigned second, unsigned n_rows)
{
    uint64_t row[MAX_WORDS];
    for (unsigned k = 1; k <= n_rows; k++) {
        fragcode_row(FRAG_CODE_V1, m, m + k, row);
        unsigned a = row[(first - 1) / 64] >> (first - 1) % 64 & 1;
        unsigned b = second ? (unsigned)(row[(second - 1) / 64] >> (second - 1) % 64 & 1) : 0;
        if (a != b)
            return false;
    }
    return true;
}

static void test_blind_spots(void **state)
{
    (void)state;
    static const struct {
        unsigned m, apart_after, n_same, n_none, nearest;
    } cases[] = {{1, 0, 0, 1, 2},
                 {192, 128, 0, 0, 193},
                 {1408, 2528, 0, 0, 1409},
                 {16320, 0, 4, 0, 16321},
                 {16383, 0, 0, 16383, 16354}};
    struct fragblind b;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(fragblind_check(FRAG_CODE_V1, cases[i].m, &b), SIM_OK);
        assert_int_equal(b.apart_after, cases[i].apart_after);
        assert_int_equal(b.n_same, cases[i].n_same);
        assert_int_equal(b.n_none, cases[i].n_none);
        assert_true(b.n_shown > 0 || b.n_rows == 0);
        unsigned n_rows = b.apart_after ? FRAGBLIND_GOOD_ROWS : b.n_rows;
        bool last_apart = false;
        for (unsigned k = 0; k < b.n_shown; k++) {
            assert_true(are_together(b.m, b.shown[k].first, b.shown[k].second, n_rows));
            last_apart |= b.apart_after &&
                          are_together(b.m, b.shown[k].first, b.shown[k].second, b.apart_after - 1);
        }
        assert_int_equal(last_apart, b.apart_after != 0);
        assert_int_equal(fragblind_nearest(FRAG_CODE_V1, b.m, NULL), cases[i].nearest);
    }
    static const unsigned good[] = {100, 200, 300, 500, 1000};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(fragblind_check(FRAG_CODE_V1, good[i], &b), SIM_OK);
        assert_in_range(b.apart_after, 1, FRAGBLIND_GOOD_ROWS);
        assert_int_equal(b.n_shown, 0);
        assert_int_equal(fragblind_nearest(FRAG_CODE_V1, good[i], NULL), good[i]);
    }
    assert_int_equal(fragblind_check(FRAG_CODE_V1, 0, &b), SIM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix_lines),
        cmocka_unit_test(test_row_limits),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_loramac_quirks),
        cmocka_unit_test(test_random_sessions),
        cmocka_unit_test(test_decoder_limits),
        cmocka_unit_test(test_mic),
        cmocka_unit_test(test_blind_spots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
