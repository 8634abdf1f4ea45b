/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about the firmware of the devices of a group, as read. */
#ifndef LORAWAN_PACKAGE_FIRMWARE_CFG_H
#define LORAWAN_PACKAGE_FIRMWARE_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario.h"

enum package_signature { PACKAGE_SIGNATURE_AS_SENT, PACKAGE_SIGNATURE_CORRUPT };
enum package_boot { PACKAGE_BOOT_STARTS, PACKAGE_BOOT_FAILS };
enum package_reboot { PACKAGE_REBOOT_ON_REQUEST, PACKAGE_REBOOT_AUTOMATIC };
enum package_reboot_answer { PACKAGE_ANSWER_SECONDS, PACKAGE_ANSWER_ABSOLUTE, PACKAGE_ANSWER_ZERO };

struct package_firmware_cfg {
    int64_t hardware;   /* HWVersion */
    int64_t version;    /* FWVersion at the start */
    int64_t slot_bytes; /* SCN_WORD: enough */
    int image;          /* enum package_signature: what the signature check says */
    bool checked;       /* the boot loader checks it, too */
    int boot;           /* enum package_boot: of new images */
    int reboot;         /* enum package_reboot */
    int answer;         /* enum package_reboot_answer */
    int64_t restart_ns; /* off the air */
    bool rejoin;        /* OTAA: joins again */
};
extern const struct scn_section package_firmware_section;

#endif
