/* SPDX-License-Identifier: GPL-2.0-only
 * Clock synchronisation on FPort 202: its commands, both ways. Versions 1 and 2 have the same
 * bytes; only a name differs. Source: TS003-1.0.0 and TS003-2.0.0. */
#ifndef PACKAGES_TS003_H
#define PACKAGES_TS003_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS003_FPORT = 202, TS003_PACKAGE_ID = 1 };

enum ts003_cid {
    TS003_PACKAGE_VERSION = 0x00,
    TS003_APP_TIME = 0x01,
    TS003_PERIODICITY = 0x02,
    TS003_FORCE_RESYNC = 0x03,
};

/* One command with its fields; which member of u counts follows from (cid, uplink). */
struct ts003 {
    uint8_t cid;
    bool uplink; /* direction on the air */
    union {
        struct {
            uint8_t identifier, version;
        } package_version_ans;
        struct {
            uint32_t
                device_time_s; /* the device's clock, GPS seconds modulo 2^32, at the first bit */
            bool ans_required;
            uint8_t token; /* 0..15 */
        } app_time_req;
        struct {
            int32_t correction_s; /* to be added to the device's clock */
            uint8_t token;
        } app_time_ans;
        struct {
            uint8_t period; /* 0..15: every 128 * 2^period s */
        } periodicity_req;
        struct {
            bool not_supported;
            uint32_t time_s; /* the device's clock, as above */
        } periodicity_ans;
        struct {
            uint8_t nb_transmissions; /* 0..7 */
        } force_resync;
    } u;
};

/* Name as in the specification of this version (1 or 2), e.g. "AppTimeReq", or NULL for an unknown
 * (cid, direction). */
const char *ts003_name(uint8_t cid, bool uplink, int version);
/* Payload octets behind the CID, or SIM_ENOENT for an unknown (cid, direction). */
int ts003_len(uint8_t cid, bool uplink);

/* Read the next command at buf[*at] and move *at behind it. Returns 1, 0 at the end, SIM_EPROTO at
 * an unknown CID (the rest cannot be read), SIM_ETRUNC when the payload is cut. RFU bits are
 * ignored. */
int ts003_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, struct ts003 *c);

/* Append a command at buf[*at], size bytes in all. Errors: SIM_ENOSPC, SIM_ERANGE (a field does not
 * fit its bits), SIM_ENOENT (unknown). */
int ts003_put(uint8_t *buf, size_t size, size_t *at, const struct ts003 *c);

#endif
