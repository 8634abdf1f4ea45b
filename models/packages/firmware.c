/* SPDX-License-Identifier: GPL-2.0-only
 * The slot for a new image and the boot loader of a device. */
#include "models/packages/firmware.h"

#include "sim/err.h"

void firmware_init(struct firmware *f, const struct firmware_cfg *cfg)
{
    *f = (struct firmware){.cfg = cfg,
                           .version = cfg->fw_version,
                           .former = cfg->fw_version,
                           .image = TS006_IMAGE_NONE};
}

enum ts006_image firmware_store(struct firmware *f, const struct firmware_image *image)
{
    bool cut = f->cfg->slot_size && image->size > f->cfg->slot_size;
    f->next_version = image->version;
    f->image = (uint8_t)(!image->signature_ok || cut               ? TS006_IMAGE_BAD
                         : image->hw_version != f->cfg->hw_version ? TS006_IMAGE_OTHER_HARDWARE
                                                                   : TS006_IMAGE_VALID);
    return (enum ts006_image)f->image;
}

static void empty_slot(struct firmware *f)
{
    f->image = TS006_IMAGE_NONE;
    f->next_version = 0;
}

int firmware_delete(struct firmware *f, uint32_t version)
{
    if (f->image != TS006_IMAGE_VALID)
        return SIM_ENOENT;
    if (f->next_version != version)
        return SIM_ERANGE;
    empty_slot(f);
    return SIM_OK;
}

enum firmware_boot firmware_restart(struct firmware *f)
{
    bool bad = f->image == TS006_IMAGE_BAD && f->cfg->unchecked;
    f->n_restarts++;
    if (f->image != TS006_IMAGE_VALID && !bad)
        return FIRMWARE_BOOT_SAME;
    uint32_t version = f->next_version;
    empty_slot(f);
    if (bad || !f->cfg->boots) {
        f->n_rollbacks++;
        return FIRMWARE_BOOT_BACK;
    }
    f->former = f->version;
    f->version = version;
    f->n_updates++;
    return FIRMWARE_BOOT_NEW;
}
