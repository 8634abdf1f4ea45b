/* SPDX-License-Identifier: GPL-2.0-only
 * Times of IGMP and MLD as codes on the air: small values as they are, larger ones as a kind of
 * floating-point number.
 *
 * 8 bits:  | 1 | exponent 3 | mantissa 4 |    (mantissa + 16) << (exponent + 3)
 * 16 bits: | 1 | exponent 3 | mantissa 12 |   (mantissa + 4096) << (exponent + 3)
 * Sources: RFC 3376 sections 4.1.1 and 4.1.7, RFC 3810 sections 5.1.3 and 5.1.9. */
#ifndef IP_MAXRESP_H
#define IP_MAXRESP_H

#include <stdint.h>

enum { MAXRESP8_MAX = 31744, MAXRESP16_MAX = 8387584 };

/* IGMP Max Resp Code (units of 0.1 s), QQIC of both (s). */
uint32_t maxresp8_decode(uint8_t code);
/* The largest code that means no more than the value (RFC 3810 section 9.8); 255 for all above. */
uint8_t maxresp8_encode(uint32_t value);

/* MLD Maximum Response Code (ms). */
uint32_t maxresp16_decode(uint16_t code);
uint16_t maxresp16_encode(uint32_t value_ms);

#endif
