/* SPDX-License-Identifier: GPL-2.0-only
 * Checked readers and writers of bytes on the air: bounds are kept, the first error sticks. */
#ifndef SIM_BYTES_H
#define SIM_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct rd {
    const uint8_t *p;   /* next byte */
    const uint8_t *end; /* behind the last */
    int err;            /* SIM_OK, or SIM_ETRUNC once more was asked than there is */
};

struct wr {
    uint8_t *start;
    uint8_t *p;
    uint8_t *end;
    int err; /* SIM_OK, or SIM_ENOSPC once more was written than there is room */
};

void rd_init(struct rd *r, const void *p, size_t len);
size_t rd_left(const struct rd *r);
/* Little-endian values; after an error they read as 0 and nothing moves. */
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16le(struct rd *r);
uint32_t rd_u24le(struct rd *r);
uint32_t rd_u32le(struct rd *r);
uint64_t rd_u64le(struct rd *r);
uint16_t rd_u16be(struct rd *r);
uint32_t rd_u32be(struct rd *r);
/* len bytes, borrowed from the input; NULL after an error. */
const uint8_t *rd_bytes(struct rd *r, size_t len);

void wr_init(struct wr *w, void *p, size_t size);
size_t wr_len(const struct wr *w);
void wr_u8(struct wr *w, uint8_t v);
void wr_u16le(struct wr *w, uint16_t v);
void wr_u24le(struct wr *w, uint32_t v);
void wr_u32le(struct wr *w, uint32_t v);
void wr_u64le(struct wr *w, uint64_t v);
void wr_u16be(struct wr *w, uint16_t v);
void wr_u32be(struct wr *w, uint32_t v);
void wr_bytes(struct wr *w, const void *p, size_t len);

/* Hex text (spaces allowed between octets) to bytes. Writes *len <= max.
 * Errors: SIM_ESYNTAX (odd or other digits), SIM_ELONG. */
int hex_parse(const char *text, uint8_t *out, size_t max, size_t *len);
/* len bytes as lower-case hex with a zero behind; buf: 2 * len + 1 bytes; returns buf. */
char *hex_print(const uint8_t *p, size_t len, char *buf);

#endif
