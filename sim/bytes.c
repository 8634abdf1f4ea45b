/* SPDX-License-Identifier: GPL-2.0-only
 * Checked readers and writers, and hex text. */
#include "sim/bytes.h"

#include <string.h>

#include "sim/err.h"

void rd_init(struct rd *r, const void *p, size_t len)
{
    r->p = p;
    r->end = r->p ? r->p + len : NULL;
    r->err = SIM_OK;
}

size_t rd_left(const struct rd *r)
{
    return r->p ? (size_t)(r->end - r->p) : 0;
}

const uint8_t *rd_bytes(struct rd *r, size_t len)
{
    if (r->err || rd_left(r) < len) {
        r->err = SIM_ETRUNC;
        return NULL;
    }
    const uint8_t *p = r->p;
    r->p += len;
    return p;
}

static uint64_t rd_le(struct rd *r, size_t len)
{
    const uint8_t *p = rd_bytes(r, len);
    uint64_t v = 0;
    for (size_t i = 0; p && i < len; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint8_t rd_u8(struct rd *r)
{
    return (uint8_t)rd_le(r, 1);
}

uint16_t rd_u16le(struct rd *r)
{
    return (uint16_t)rd_le(r, 2);
}

uint32_t rd_u24le(struct rd *r)
{
    return (uint32_t)rd_le(r, 3);
}

uint32_t rd_u32le(struct rd *r)
{
    return (uint32_t)rd_le(r, 4);
}

uint64_t rd_u64le(struct rd *r)
{
    return rd_le(r, 8);
}

uint16_t rd_u16be(struct rd *r)
{
    uint16_t v = rd_u16le(r);
    return (uint16_t)(v << 8 | v >> 8);
}

uint32_t rd_u32be(struct rd *r)
{
    uint32_t hi = rd_u16be(r);
    return hi << 16 | rd_u16be(r);
}

void wr_init(struct wr *w, void *p, size_t size)
{
    w->start = p;
    w->p = p;
    w->end = w->p + size;
    w->err = SIM_OK;
}

size_t wr_len(const struct wr *w)
{
    return (size_t)(w->p - w->start);
}

void wr_bytes(struct wr *w, const void *p, size_t len)
{
    if (w->err || (size_t)(w->end - w->p) < len) {
        w->err = SIM_ENOSPC;
        return;
    }
    if (len)
        memcpy(w->p, p, len);
    w->p += len;
}

static void wr_le(struct wr *w, uint64_t v, size_t len)
{
    uint8_t b[8];
    for (size_t i = 0; i < len; i++)
        b[i] = (uint8_t)(v >> (8 * i));
    wr_bytes(w, b, len);
}

void wr_u8(struct wr *w, uint8_t v)
{
    wr_bytes(w, &v, 1);
}

void wr_u16le(struct wr *w, uint16_t v)
{
    wr_le(w, v, 2);
}

void wr_u24le(struct wr *w, uint32_t v)
{
    wr_le(w, v, 3);
}

void wr_u32le(struct wr *w, uint32_t v)
{
    wr_le(w, v, 4);
}

void wr_u64le(struct wr *w, uint64_t v)
{
    wr_le(w, v, 8);
}

void wr_u16be(struct wr *w, uint16_t v)
{
    wr_u16le(w, (uint16_t)(v << 8 | v >> 8));
}

void wr_u32be(struct wr *w, uint32_t v)
{
    wr_u16be(w, (uint16_t)(v >> 16));
    wr_u16be(w, (uint16_t)v);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int hex_parse(const char *text, uint8_t *out, size_t max, size_t *len)
{
    size_t n = 0;
    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        int hi = hex_digit(text[0]);
        int lo = hi < 0 ? -1 : hex_digit(text[1]);
        if (lo < 0)
            return SIM_ESYNTAX;
        if (n == max)
            return SIM_ELONG;
        out[n++] = (uint8_t)(hi << 4 | lo);
        text += 2;
    }
    *len = n;
    return SIM_OK;
}

char *hex_print(const uint8_t *p, size_t len, char *buf)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        buf[2 * i] = digits[p[i] >> 4];
        buf[2 * i + 1] = digits[p[i] & 15];
    }
    buf[2 * len] = 0;
    return buf;
}
