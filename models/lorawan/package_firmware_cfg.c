/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of the firmware of a group of devices. */
#include "models/lorawan/package_firmware_cfg.h"

#include <stddef.h>

#define F(field) offsetof(struct package_firmware_cfg, field)

static const char *const image_names[] = {"as_sent", "corrupt", NULL};
static const char *const boot_names[] = {"starts", "fails", NULL};
static const char *const reboot_names[] = {"on_request", "automatic", NULL};
static const char *const answer_names[] = {"seconds", "absolute", "zero", NULL};

static const struct scn_key firmware_keys[] = {
    {.name = "hardware",
     .kind = SCN_INT,
     .offset = F(hardware),
     .min = "0",
     .max = "4294967295",
     .def = "1",
     .help = "HWVersion; images for another one are not installed."},
    {.name = "version",
     .kind = SCN_INT,
     .offset = F(version),
     .min = "0",
     .max = "4294967295",
     .def = "1",
     .help = "FWVersion at the start of the run."},
    {.name = "slot",
     .kind = SCN_QUANTITY,
     .unit = SCN_SIZE,
     .offset = F(slot_bytes),
     .min = "1B",
     .max = "4177665B",
     .def = "unlimited",
     .word = "unlimited",
     .help = "Room for a new image; a larger one is cut, and its signature is wrong."},
    {.name = "image",
     .kind = SCN_ENUM,
     .offset = F(image),
     .names = image_names,
     .def = "as_sent",
     .help = "The check of an image's signature; as_sent: good when every octet is that of the "
             "image that was signed; corrupt: wrong in any case."},
    {.name = "signature_checked",
     .kind = SCN_BOOL,
     .offset = F(checked),
     .def = "true",
     .help = "The boot loader checks the signature, too; false: it takes any image, and a wrong "
             "one does not start."},
    {.name = "boot",
     .kind = SCN_ENUM,
     .offset = F(boot),
     .names = boot_names,
     .def = "starts",
     .help = "A valid new image after the reboot; fails: it does not start, and the boot loader "
             "goes back to the former version."},
    {.name = "reboot",
     .kind = SCN_ENUM,
     .offset = F(reboot),
     .names = reboot_names,
     .def = "on_request",
     .help = "automatic: also without a request when a valid image has come, after a random part "
             "of 2^(4 + BlockAckDelay) s."},
    {.name = "reboot_answer",
     .kind = SCN_ENUM,
     .offset = F(answer),
     .names = answer_names,
     .def = "seconds",
     .help = "Answer to DevRebootTimeReq; seconds: until the reboot; absolute: GPS time of the "
             "reboot, a known mistake; zero: the device does not know the time and does not "
             "reboot."},
    {.name = "restart_time",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = F(restart_ns),
     .min = "0s",
     .max = "1h",
     .def = "10s",
     .help = "Time that a reboot keeps the device off the air. Fragmentation sessions, and what "
             "waits to be sent, are lost; multicast groups, counters and the clock are kept."},
    {.name = "rejoin",
     .kind = SCN_BOOL,
     .offset = F(rejoin),
     .def = "false",
     .help = "OTAA: the device joins anew after a reboot; false: it has kept its session."},
    {.name = NULL},
};
const struct scn_section package_firmware_section = {.name = "firmware_device",
                                                     .help = "The firmware of the devices.",
                                                     .keys = firmware_keys,
                                                     .size = sizeof(struct package_firmware_cfg)};
