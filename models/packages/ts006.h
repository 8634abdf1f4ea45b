/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware management on FPort 203, version 1: its commands, both ways. Source: TS006-1.0.0. */
#ifndef PACKAGES_TS006_H
#define PACKAGES_TS006_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TS006_FPORT = 203,
    TS006_PACKAGE_ID = 4,
    TS006_MAX_LEN = 9, /* the longest command with its CID */
    TS006_COUNTDOWN_NOW = 0,
    TS006_COUNTDOWN_CANCEL = 0xFFFFFF,
};

#define TS006_REBOOT_NOW    0u
#define TS006_REBOOT_CANCEL 0xFFFFFFFFu

enum ts006_cid {
    TS006_PACKAGE_VERSION = 0x00,
    TS006_DEV_VERSION = 0x01,
    TS006_REBOOT_TIME = 0x02,
    TS006_REBOOT_COUNTDOWN = 0x03,
    TS006_UPGRADE_IMAGE = 0x04,
    TS006_DELETE_IMAGE = 0x05,
};

/* UpImageStatus. */
enum ts006_image {
    TS006_IMAGE_NONE = 0,
    TS006_IMAGE_BAD = 1, /* corrupt, or its signature is wrong */
    TS006_IMAGE_OTHER_HARDWARE = 2,
    TS006_IMAGE_VALID = 3,
};

/* One command with its fields; which member of u counts follows from (cid, uplink). */
struct ts006 {
    uint8_t cid;
    bool uplink; /* direction on the air */
    union {
        struct {
            uint8_t identifier, version;
        } package_version_ans;
        struct {
            uint32_t fw_version, hw_version;
        } dev_version_ans;
        struct {
            /* Request: GPS seconds modulo 2^32. Answer: seconds from its sending to the reboot, no
             * absolute time; 0: cannot. TS006_REBOOT_NOW, TS006_REBOOT_CANCEL. */
            uint32_t time_s;
        } reboot_time;
        struct {
            uint32_t countdown_s; /* 24 bits, both ways; TS006_COUNTDOWN_... */
        } reboot_countdown;
        struct {
            uint8_t status;                 /* enum ts006_image */
            uint32_t next_firmware_version; /* on the air only with TS006_IMAGE_VALID */
        } upgrade_image_ans;
        struct {
            uint32_t firmware_version;
        } delete_image_req;
        struct {
            bool no_valid_image, invalid_version;
        } delete_image_ans;
    } u;
};

/* Name as in the specification, e.g. "DevVersionReq", or NULL for an unknown (cid, direction). */
const char *ts006_name(uint8_t cid, bool uplink);

/* Octets of this command with its CID, or SIM_ENOENT for an unknown (cid, direction). */
int ts006_size(const struct ts006 *c);

/* Read the next command at buf[*at] and move *at behind it. Returns 1, 0 at the end, SIM_EPROTO at
 * an unknown CID (the rest cannot be read), SIM_ETRUNC when the payload is cut. RFU bits are
 * ignored. */
int ts006_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, struct ts006 *c);

/* Append a command at buf[*at], size bytes in all. Errors: SIM_ENOSPC, SIM_ERANGE (a field does not
 * fit its bits), SIM_ENOENT (unknown). */
int ts006_put(uint8_t *buf, size_t size, size_t *at, const struct ts006 *c);

#endif
