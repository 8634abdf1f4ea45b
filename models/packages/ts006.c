/* SPDX-License-Identifier: GPL-2.0-only
 * TS006 commands: | CID 1 | payload |, one after another, little endian; the table at the end
 * drives both directions. RFU bits are sent as 0 and ignored. Source: TS006-1.0.0, section 3. */
#include "models/packages/ts006.h"

#include "sim/bytes.h"
#include "sim/err.h"

enum {
    MAX_U24 = 0xFFFFFF,
    MAX_U2 = 3,
    NO_VALID_IMAGE = 0x01,
    INVALID_VERSION = 0x02,
    NEXT_VERSION_LEN = 4,
};

static void dec_none(struct rd *r, struct ts006 *c)
{
    (void)r;
    (void)c;
}

static int enc_none(struct wr *w, const struct ts006 *c)
{
    (void)w;
    (void)c;
    return SIM_OK;
}

/* | PackageIdentifier 1 | PackageVersion 1 | */
static void dec_package_version_ans(struct rd *r, struct ts006 *c)
{
    c->u.package_version_ans.identifier = rd_u8(r);
    c->u.package_version_ans.version = rd_u8(r);
}

static int enc_package_version_ans(struct wr *w, const struct ts006 *c)
{
    wr_u8(w, c->u.package_version_ans.identifier);
    wr_u8(w, c->u.package_version_ans.version);
    return SIM_OK;
}

/* | FWVersion 4 | HWVersion 4 | */
static void dec_dev_version_ans(struct rd *r, struct ts006 *c)
{
    c->u.dev_version_ans.fw_version = rd_u32le(r);
    c->u.dev_version_ans.hw_version = rd_u32le(r);
}

static int enc_dev_version_ans(struct wr *w, const struct ts006 *c)
{
    wr_u32le(w, c->u.dev_version_ans.fw_version);
    wr_u32le(w, c->u.dev_version_ans.hw_version);
    return SIM_OK;
}

/* | RebootTime 4 | */
static void dec_reboot_time(struct rd *r, struct ts006 *c)
{
    c->u.reboot_time.time_s = rd_u32le(r);
}

static int enc_reboot_time(struct wr *w, const struct ts006 *c)
{
    wr_u32le(w, c->u.reboot_time.time_s);
    return SIM_OK;
}

/* | Countdown 3 | */
static void dec_reboot_countdown(struct rd *r, struct ts006 *c)
{
    c->u.reboot_countdown.countdown_s = rd_u24le(r);
}

static int enc_reboot_countdown(struct wr *w, const struct ts006 *c)
{
    if (c->u.reboot_countdown.countdown_s > MAX_U24)
        return SIM_ERANGE;
    wr_u24le(w, c->u.reboot_countdown.countdown_s);
    return SIM_OK;
}

/* | RFU 7:2, UpImageStatus 1:0 | nextFirmwareVersion 4, with a valid image only | */
static void dec_upgrade_image_ans(struct rd *r, struct ts006 *c)
{
    c->u.upgrade_image_ans.status = rd_u8(r) & MAX_U2;
    if (c->u.upgrade_image_ans.status == TS006_IMAGE_VALID)
        c->u.upgrade_image_ans.next_firmware_version = rd_u32le(r);
}

static int enc_upgrade_image_ans(struct wr *w, const struct ts006 *c)
{
    if (c->u.upgrade_image_ans.status > MAX_U2)
        return SIM_ERANGE;
    wr_u8(w, c->u.upgrade_image_ans.status);
    if (c->u.upgrade_image_ans.status == TS006_IMAGE_VALID)
        wr_u32le(w, c->u.upgrade_image_ans.next_firmware_version);
    return SIM_OK;
}

/* | FirmwareToDeleteVersion 4 | */
static void dec_delete_image_req(struct rd *r, struct ts006 *c)
{
    c->u.delete_image_req.firmware_version = rd_u32le(r);
}

static int enc_delete_image_req(struct wr *w, const struct ts006 *c)
{
    wr_u32le(w, c->u.delete_image_req.firmware_version);
    return SIM_OK;
}

/* | RFU 7:2, ErrorInvalidVersion 1, ErrorNoValidImage 0 | */
static void dec_delete_image_ans(struct rd *r, struct ts006 *c)
{
    uint8_t v = rd_u8(r);
    c->u.delete_image_ans.no_valid_image = v & NO_VALID_IMAGE;
    c->u.delete_image_ans.invalid_version = v & INVALID_VERSION;
}

static int enc_delete_image_ans(struct wr *w, const struct ts006 *c)
{
    wr_u8(w, (uint8_t)((c->u.delete_image_ans.no_valid_image ? NO_VALID_IMAGE : 0) |
                       (c->u.delete_image_ans.invalid_version ? INVALID_VERSION : 0)));
    return SIM_OK;
}

struct command {
    uint8_t cid;
    bool uplink;
    const char *name;
    uint8_t len; /* payload octets behind the CID; DevUpgradeImageAns: the least */
    void (*decode)(struct rd *r, struct ts006 *c);
    int (*encode)(struct wr *w, const struct ts006 *c);
};

enum { UP = true, DOWN = false };

static const struct command commands[] = {
    {TS006_PACKAGE_VERSION, DOWN, "PackageVersionReq", 0, dec_none, enc_none},
    {TS006_PACKAGE_VERSION, UP, "PackageVersionAns", 2, dec_package_version_ans,
     enc_package_version_ans},
    {TS006_DEV_VERSION, DOWN, "DevVersionReq", 0, dec_none, enc_none},
    {TS006_DEV_VERSION, UP, "DevVersionAns", 8, dec_dev_version_ans, enc_dev_version_ans},
    {TS006_REBOOT_TIME, DOWN, "DevRebootTimeReq", 4, dec_reboot_time, enc_reboot_time},
    {TS006_REBOOT_TIME, UP, "DevRebootTimeAns", 4, dec_reboot_time, enc_reboot_time},
    {TS006_REBOOT_COUNTDOWN, DOWN, "DevRebootCountdownReq", 3, dec_reboot_countdown,
     enc_reboot_countdown},
    {TS006_REBOOT_COUNTDOWN, UP, "DevRebootCountdownAns", 3, dec_reboot_countdown,
     enc_reboot_countdown},
    {TS006_UPGRADE_IMAGE, DOWN, "DevUpgradeImageReq", 0, dec_none, enc_none},
    {TS006_UPGRADE_IMAGE, UP, "DevUpgradeImageAns", 1, dec_upgrade_image_ans,
     enc_upgrade_image_ans},
    {TS006_DELETE_IMAGE, DOWN, "DevDeleteImageReq", 4, dec_delete_image_req, enc_delete_image_req},
    {TS006_DELETE_IMAGE, UP, "DevDeleteImageAns", 1, dec_delete_image_ans, enc_delete_image_ans},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find_command(uint8_t cid, bool uplink)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (commands[i].cid == cid && commands[i].uplink == uplink)
            return &commands[i];
    return NULL;
}

/* Octets behind the fixed part. */
static size_t more(const struct command *k, uint8_t status)
{
    bool image = k->uplink && k->cid == TS006_UPGRADE_IMAGE;
    return image && (status & MAX_U2) == TS006_IMAGE_VALID ? NEXT_VERSION_LEN : 0;
}

const char *ts006_name(uint8_t cid, bool uplink)
{
    const struct command *c = find_command(cid, uplink);
    return c ? c->name : NULL;
}

int ts006_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, struct ts006 *c)
{
    if (*at >= len)
        return 0;
    const struct command *k = find_command(buf[*at], uplink);
    if (!k)
        return SIM_EPROTO;
    size_t left = len - *at - 1, need = k->len;
    if (left < need)
        return SIM_ETRUNC;
    need += need ? more(k, buf[*at + 1]) : 0;
    if (left < need)
        return SIM_ETRUNC;
    struct rd r;
    rd_init(&r, buf + *at + 1, need);
    *c = (struct ts006){.cid = k->cid, .uplink = uplink};
    k->decode(&r, c);
    *at += 1 + need;
    return 1;
}

int ts006_size(const struct ts006 *c)
{
    const struct command *k = find_command(c->cid, c->uplink);
    if (!k)
        return SIM_ENOENT;
    bool image = c->uplink && c->cid == TS006_UPGRADE_IMAGE;
    return (int)(1 + k->len + (image ? more(k, c->u.upgrade_image_ans.status) : 0));
}

int ts006_put(uint8_t *buf, size_t size, size_t *at, const struct ts006 *c)
{
    const struct command *k = find_command(c->cid, c->uplink);
    if (!k)
        return SIM_ENOENT;
    size_t len = (size_t)ts006_size(c);
    if (*at > size || size - *at < len)
        return SIM_ENOSPC;
    struct wr w;
    wr_init(&w, buf + *at, len);
    wr_u8(&w, k->cid);
    int rc = k->encode(&w, c);
    if (rc)
        return rc;
    *at += len;
    return SIM_OK;
}
