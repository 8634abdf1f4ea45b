/* SPDX-License-Identifier: GPL-2.0-only
 * CMAC and counter mode over nettle's AES-128, and the keyring of expanded session keys.
 *
 * B0 and A_i: | 49 or 01 | 0 0 0 0 | dir 1 | DevAddr 4 | FCnt32 4 | 0 | length or i |
 * little endian. Source: TS001-1.0.4, sections 4.3.3 and 4.4; CMAC: RFC 4493. */
#include "models/lorawan/crypto.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"
#include "sim/prefetch.h"

enum { BLOCK = 16, CTR_BLOCKS = 16 /* 256 octets: any FRMPayload in one go */ };

void lw_aes_init(struct lw_aes *a, const uint8_t key[16])
{
    aes128_set_encrypt_key(&a->ctx, key);
}

/* nettle wants a cipher behind void pointers. */
static void encrypt_any(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
    aes128_encrypt(ctx, len, dst, src);
}

void lw_cmac_init(struct lw_cmac *c, const uint8_t key[16])
{
    aes128_set_encrypt_key(&c->ctx, key);
    cmac128_set_key(&c->sub, &c->ctx, encrypt_any);
}

void lw_aes_encrypt(const struct lw_aes *a, const uint8_t in[16], uint8_t out[16])
{
    aes128_encrypt(&a->ctx, BLOCK, out, in);
}

/* x ^= b, 16 octets. */
static void xor_block(uint8_t *x, const uint8_t *b)
{
    uint64_t p[2], q[2];
    memcpy(p, x, BLOCK);
    memcpy(q, b, BLOCK);
    p[0] ^= q[0];
    p[1] ^= q[1];
    memcpy(x, p, BLOCK);
}

static uint32_t get_u32le(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_u32le(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

uint32_t lw_cmac4(const struct lw_cmac *c, const uint8_t *prefix, const uint8_t *msg, size_t len)
{
    uint8_t x[BLOCK] = {0}, last[BLOCK] = {0};
    if (prefix && len > 0)
        aes128_encrypt(&c->ctx, BLOCK, x, prefix);
    if (prefix && len == 0) { /* the prefix is the whole message, and a full last block */
        msg = prefix;
        len = BLOCK;
    }
    while (len > BLOCK) {
        xor_block(x, msg);
        aes128_encrypt(&c->ctx, BLOCK, x, x);
        msg += BLOCK;
        len -= BLOCK;
    }
    if (len)
        memcpy(last, msg, len);
    if (len < BLOCK)
        last[len] = 0x80;
    xor_block(x, last);
    xor_block(x, len < BLOCK ? c->sub.K2.b : c->sub.K1.b);
    aes128_encrypt(&c->ctx, BLOCK, x, x);
    return get_u32le(x);
}

static void make_block(uint8_t b[BLOCK], uint8_t kind, bool uplink, uint32_t devaddr,
                       uint32_t fcnt32)
{
    memset(b, 0, BLOCK);
    b[0] = kind;
    b[5] = uplink ? 0 : 1;
    put_u32le(b + 6, devaddr);
    put_u32le(b + 10, fcnt32);
}

void lw_crypt_payload(const struct lw_aes *a, bool uplink, uint32_t devaddr, uint32_t fcnt32,
                      uint8_t *payload, size_t len)
{
    uint8_t first[BLOCK], stream[CTR_BLOCKS * BLOCK];
    make_block(first, 0x01, uplink, devaddr, fcnt32);
    for (uint8_t i = 1; len > 0;) {
        size_t part = len < sizeof stream ? len : sizeof stream;
        size_t n_blocks = (part + BLOCK - 1) / BLOCK;
        for (size_t b = 0; b < n_blocks; b++) {
            memcpy(stream + b * BLOCK, first, BLOCK);
            stream[b * BLOCK + 15] = i++;
        }
        aes128_encrypt(&a->ctx, n_blocks * BLOCK, stream, stream);
        size_t at = 0;
        for (; at + BLOCK <= part; at += BLOCK)
            xor_block(payload + at, stream + at);
        for (; at < part; at++)
            payload[at] ^= stream[at];
        payload += part;
        len -= part;
    }
}

uint32_t lw_data_mic(const struct lw_cmac *nwkskey, bool uplink, uint32_t devaddr, uint32_t fcnt32,
                     const uint8_t *msg, size_t len)
{
    uint8_t b0[BLOCK];
    make_block(b0, 0x49, uplink, devaddr, fcnt32);
    b0[15] = (uint8_t)len;
    return lw_cmac4(nwkskey, b0, msg, len);
}

/* The keyring: expanded keys in chunks that never move, found by an open-addressing table of ids.
 */

enum { CHUNK_SLOTS = 64, TABLE_MIN = 64 };

struct key_slot {
    struct lw_session_keys keys;
    uint32_t n_refs;      /* 0: free */
    keyring_id next_free; /* while free */
};

struct keyring {
    struct key_slot **chunks;
    uint32_t n_chunks, n_made; /* slots ever made */
    keyring_id free_list;
    keyring_id *table;           /* 0: empty */
    uint32_t table_size, n_used; /* table_size: a power of two, at least twice n_used */
};

static struct key_slot *slot_of(const struct keyring *k, keyring_id id)
{
    return &k->chunks[(id - 1) / CHUNK_SLOTS][(id - 1) % CHUNK_SLOTS];
}

/* Place of these keys in a table; only speed depends on it. */
static uint32_t hash_keys(const uint8_t *nwkskey, const uint8_t *appskey)
{
    uint64_t h = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t v;
        memcpy(&v, (i < 2 ? nwkskey : appskey) + 8 * (i & 1), sizeof v);
        h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    return (uint32_t)(h >> 16);
}

static uint32_t home_of(const struct keyring *k, keyring_id id)
{
    const struct lw_session_keys *s = &slot_of(k, id)->keys;
    return hash_keys(s->nwkskey, s->appskey) & (k->table_size - 1);
}

struct keyring *keyring_open(void)
{
    struct keyring *k = mem_alloc(1, sizeof *k);
    k->table_size = TABLE_MIN;
    k->table = mem_alloc(TABLE_MIN, sizeof *k->table);
    return k;
}

void keyring_close(struct keyring *k)
{
    if (!k)
        return;
    for (uint32_t i = 0; i < k->n_chunks; i++)
        free(k->chunks[i]);
    free(k->chunks);
    free(k->table);
    free(k);
}

static void table_insert(struct keyring *k, keyring_id id)
{
    uint32_t at = home_of(k, id);
    while (k->table[at])
        at = (at + 1) & (k->table_size - 1);
    k->table[at] = id;
}

static void table_grow(struct keyring *k)
{
    keyring_id *old = k->table;
    uint32_t old_size = k->table_size;
    SIM_CHECK(old_size < UINT32_C(1) << 31, "%u keys are too many", k->n_used);
    k->table_size = old_size * 2;
    k->table = mem_alloc(k->table_size, sizeof *k->table);
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i])
            table_insert(k, old[i]);
    free(old);
}

/* Take an entry out and close the gap, so that no later one becomes unreachable. */
static void table_remove(struct keyring *k, keyring_id id)
{
    uint32_t mask = k->table_size - 1;
    uint32_t gap = home_of(k, id);
    while (k->table[gap] != id)
        gap = (gap + 1) & mask;
    for (uint32_t at = (gap + 1) & mask; k->table[at]; at = (at + 1) & mask) {
        uint32_t home = home_of(k, k->table[at]);
        if (((at - home) & mask) < ((at - gap) & mask))
            continue; /* its home lies behind the gap */
        k->table[gap] = k->table[at];
        gap = at;
    }
    k->table[gap] = 0;
}

static keyring_id slot_new(struct keyring *k)
{
    keyring_id id = k->free_list;
    if (id) {
        k->free_list = slot_of(k, id)->next_free;
        return id;
    }
    if (k->n_made == k->n_chunks * CHUNK_SLOTS) {
        k->chunks = mem_grow(k->chunks, (size_t)k->n_chunks + 1, sizeof *k->chunks);
        k->chunks[k->n_chunks++] = mem_alloc(CHUNK_SLOTS, sizeof **k->chunks);
    }
    return ++k->n_made;
}

keyring_id keyring_take(struct keyring *k, const uint8_t nwkskey[16], const uint8_t appskey[16])
{
    uint32_t at = hash_keys(nwkskey, appskey) & (k->table_size - 1);
    for (; k->table[at]; at = (at + 1) & (k->table_size - 1)) {
        struct key_slot *s = slot_of(k, k->table[at]);
        if (memcmp(s->keys.nwkskey, nwkskey, 16) == 0 &&
            memcmp(s->keys.appskey, appskey, 16) == 0) {
            s->n_refs++;
            return k->table[at];
        }
    }
    keyring_id id = slot_new(k);
    struct key_slot *s = slot_of(k, id);
    lw_cmac_init(&s->keys.nwk, nwkskey);
    lw_aes_init(&s->keys.app, appskey);
    memcpy(s->keys.nwkskey, nwkskey, 16);
    memcpy(s->keys.appskey, appskey, 16);
    s->n_refs = 1;
    if (++k->n_used * 2 > k->table_size)
        table_grow(k);
    table_insert(k, id);
    return id;
}

void keyring_drop(struct keyring *k, keyring_id id)
{
    if (!id)
        return;
    SIM_CHECK(id <= k->n_made && slot_of(k, id)->n_refs > 0, "no reference to keys %u", id);
    struct key_slot *s = slot_of(k, id);
    if (--s->n_refs > 0)
        return;
    table_remove(k, id);
    k->n_used--;
    s->next_free = k->free_list;
    k->free_list = id;
}

const struct lw_session_keys *keyring_get(const struct keyring *k, keyring_id id)
{
    SIM_CHECK(id > 0 && id <= k->n_made && slot_of(k, id)->n_refs > 0, "no reference to keys %u",
              id);
    return &slot_of(k, id)->keys;
}

void keyring_hint(const struct keyring *k, keyring_id id)
{
    if (id > 0 && id <= k->n_made)
        prefetch(slot_of(k, id), sizeof *slot_of(k, id));
}
