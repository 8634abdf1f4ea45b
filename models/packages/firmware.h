/* SPDX-License-Identifier: GPL-2.0-only
 * The firmware of a device: the version that runs, the slot that a new image is written to, what
 * the check of its signature says, and the boot loader, which takes a valid image at a restart and
 * goes back to the former one when the new one does not start. Bytes of images are its owner's.
 * Source: TS006-1.0.0 (what a device reports); the boot loader is a model of our own. */
#ifndef PACKAGES_FIRMWARE_H
#define PACKAGES_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "models/packages/ts006.h"

struct firmware_cfg {
    uint32_t hw_version;
    uint32_t fw_version; /* at the start */
    uint32_t slot_size;  /* octets of the largest image; 0: any */
    bool boots;          /* a new image starts; false: it does not, and the former one comes back */
    bool unchecked;      /* the boot loader takes an image whose signature is wrong, too */
};

/* What is in the slot, and what became of it. */
struct firmware {
    const struct firmware_cfg *cfg;
    uint32_t version;      /* that runs */
    uint32_t former;       /* that ran before the last update */
    uint8_t image;         /* enum ts006_image, in the slot */
    uint32_t next_version; /* of it */
    uint16_t n_updates, n_rollbacks, n_restarts;
};

/* A new image, complete. */
struct firmware_image {
    uint32_t version, hw_version, size;
    bool signature_ok; /* of these bytes */
};

/* What a restart did. */
enum firmware_boot {
    FIRMWARE_BOOT_SAME, /* there was no valid image */
    FIRMWARE_BOOT_NEW,  /* the image in the slot runs; the slot is empty */
    FIRMWARE_BOOT_BACK, /* it did not start: the former version runs; the slot is empty */
};

/* cfg is borrowed for the device's life. */
void firmware_init(struct firmware *f, const struct firmware_cfg *cfg);
/* Write an image to the slot; a former one is lost. Returns its status. An image that is larger
 * than the slot is cut: its signature is wrong. */
enum ts006_image firmware_store(struct firmware *f, const struct firmware_image *image);
/* Empty the slot, if the image in it has this version. Returns SIM_OK, SIM_ENOENT (no valid image),
 * SIM_ERANGE (another version). */
int firmware_delete(struct firmware *f, uint32_t version);
enum firmware_boot firmware_restart(struct firmware *f);

#endif
