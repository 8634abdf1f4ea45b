/* SPDX-License-Identifier: GPL-2.0-only
 * Codes of times in IGMP and MLD; both widths are one form. Sources: see maxresp.h. */
#include "models/ip/maxresp.h"

/* The highest bit is set, then 3 bits of exponent, then n_bits of mantissa. */
static uint32_t decode(uint32_t code, unsigned n_bits)
{
    uint32_t one = 1u << n_bits;
    if (code >> (n_bits + 3) == 0)
        return code;
    return ((code & (one - 1)) | one) << ((code >> n_bits & 7) + 3);
}

static uint32_t encode(uint32_t value, unsigned n_bits)
{
    uint32_t one = 1u << n_bits, exponent = 0;
    if (value < one << 3)
        return value;
    while (exponent < 7 && value >> (exponent + 3) >= 2 * one)
        exponent++;
    uint32_t mantissa = value >> (exponent + 3);
    if (mantissa >= 2 * one)
        mantissa = 2 * one - 1;
    return one << 3 | exponent << n_bits | (mantissa & (one - 1));
}

uint32_t maxresp8_decode(uint8_t code)
{
    return decode(code, 4);
}

uint8_t maxresp8_encode(uint32_t value)
{
    return (uint8_t)encode(value, 4);
}

uint32_t maxresp16_decode(uint16_t code)
{
    return decode(code, 12);
}

uint16_t maxresp16_encode(uint32_t value_ms)
{
    return (uint16_t)encode(value_ms, 12);
}
