/* SPDX-License-Identifier: GPL-2.0-only
 * TS003 commands: | CID 1 | payload |, one after another, little endian; the table at the end
 * drives both directions. RFU bits are sent as 0 and ignored. Source: TS003-2.0.0, section 3. */
#include "models/packages/ts003.h"

#include "sim/bytes.h"
#include "sim/err.h"

enum { MAX_U4 = 15, MAX_U3 = 7, ANS_REQUIRED = 0x10, NOT_SUPPORTED = 0x01 };

static void dec_none(struct rd *r, struct ts003 *c)
{
    (void)r;
    (void)c;
}

static int enc_none(struct wr *w, const struct ts003 *c)
{
    (void)w;
    (void)c;
    return SIM_OK;
}

/* | PackageIdentifier 1 | PackageVersion 1 | */
static void dec_package_version_ans(struct rd *r, struct ts003 *c)
{
    c->u.package_version_ans.identifier = rd_u8(r);
    c->u.package_version_ans.version = rd_u8(r);
}

static int enc_package_version_ans(struct wr *w, const struct ts003 *c)
{
    wr_u8(w, c->u.package_version_ans.identifier);
    wr_u8(w, c->u.package_version_ans.version);
    return SIM_OK;
}

/* | DeviceTime 4 | RFU 7:5, AnsRequired 4, TokenReq 3:0 | */
static void dec_app_time_req(struct rd *r, struct ts003 *c)
{
    c->u.app_time_req.device_time_s = rd_u32le(r);
    uint8_t param = rd_u8(r);
    c->u.app_time_req.ans_required = param & ANS_REQUIRED;
    c->u.app_time_req.token = param & MAX_U4;
}

static int enc_app_time_req(struct wr *w, const struct ts003 *c)
{
    if (c->u.app_time_req.token > MAX_U4)
        return SIM_ERANGE;
    wr_u32le(w, c->u.app_time_req.device_time_s);
    wr_u8(w,
          (uint8_t)((c->u.app_time_req.ans_required ? ANS_REQUIRED : 0) | c->u.app_time_req.token));
    return SIM_OK;
}

/* | TimeCorrection 4, signed | RFU 7:4, TokenAns 3:0 | */
static void dec_app_time_ans(struct rd *r, struct ts003 *c)
{
    uint32_t v = rd_u32le(r);
    c->u.app_time_ans.correction_s =
        v > INT32_MAX ? (int32_t)((int64_t)v - ((int64_t)1 << 32)) : (int32_t)v;
    c->u.app_time_ans.token = rd_u8(r) & MAX_U4;
}

static int enc_app_time_ans(struct wr *w, const struct ts003 *c)
{
    if (c->u.app_time_ans.token > MAX_U4)
        return SIM_ERANGE;
    wr_u32le(w, (uint32_t)c->u.app_time_ans.correction_s);
    wr_u8(w, c->u.app_time_ans.token);
    return SIM_OK;
}

/* | RFU 7:4, Period 3:0 | */
static void dec_periodicity_req(struct rd *r, struct ts003 *c)
{
    c->u.periodicity_req.period = rd_u8(r) & MAX_U4;
}

static int enc_periodicity_req(struct wr *w, const struct ts003 *c)
{
    if (c->u.periodicity_req.period > MAX_U4)
        return SIM_ERANGE;
    wr_u8(w, c->u.periodicity_req.period);
    return SIM_OK;
}

/* | RFU 7:1, NotSupported 0 | Time 4 | */
static void dec_periodicity_ans(struct rd *r, struct ts003 *c)
{
    c->u.periodicity_ans.not_supported = rd_u8(r) & NOT_SUPPORTED;
    c->u.periodicity_ans.time_s = rd_u32le(r);
}

static int enc_periodicity_ans(struct wr *w, const struct ts003 *c)
{
    wr_u8(w, c->u.periodicity_ans.not_supported ? NOT_SUPPORTED : 0);
    wr_u32le(w, c->u.periodicity_ans.time_s);
    return SIM_OK;
}

/* | RFU 7:3, NbTransmissions 2:0 | */
static void dec_force_resync(struct rd *r, struct ts003 *c)
{
    c->u.force_resync.nb_transmissions = rd_u8(r) & MAX_U3;
}

static int enc_force_resync(struct wr *w, const struct ts003 *c)
{
    if (c->u.force_resync.nb_transmissions > MAX_U3)
        return SIM_ERANGE;
    wr_u8(w, c->u.force_resync.nb_transmissions);
    return SIM_OK;
}

struct command {
    uint8_t cid;
    bool uplink;
    const char *name, *name_v2; /* name_v2: NULL where it is the same */
    uint8_t len; /* payload octets behind the CID: decode may read so many, encode writes so many */
    void (*decode)(struct rd *r, struct ts003 *c);
    int (*encode)(struct wr *w, const struct ts003 *c);
};

enum { UP = true, DOWN = false };

static const struct command commands[] = {
    {TS003_PACKAGE_VERSION, DOWN, "PackageVersionReq", NULL, 0, dec_none, enc_none},
    {TS003_PACKAGE_VERSION, UP, "PackageVersionAns", NULL, 2, dec_package_version_ans,
     enc_package_version_ans},
    {TS003_APP_TIME, UP, "AppTimeReq", NULL, 5, dec_app_time_req, enc_app_time_req},
    {TS003_APP_TIME, DOWN, "AppTimeAns", NULL, 5, dec_app_time_ans, enc_app_time_ans},
    {TS003_PERIODICITY, DOWN, "DeviceAppTimePeriodicityReq", NULL, 1, dec_periodicity_req,
     enc_periodicity_req},
    {TS003_PERIODICITY, UP, "DeviceAppTimePeriodicityAns", NULL, 5, dec_periodicity_ans,
     enc_periodicity_ans},
    {TS003_FORCE_RESYNC, DOWN, "ForceDeviceResyncReq", "ForceDeviceResyncCmd", 1, dec_force_resync,
     enc_force_resync},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find_command(uint8_t cid, bool uplink)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (commands[i].cid == cid && commands[i].uplink == uplink)
            return &commands[i];
    return NULL;
}

const char *ts003_name(uint8_t cid, bool uplink, int version)
{
    const struct command *c = find_command(cid, uplink);
    if (!c)
        return NULL;
    return version >= 2 && c->name_v2 ? c->name_v2 : c->name;
}

int ts003_len(uint8_t cid, bool uplink)
{
    const struct command *c = find_command(cid, uplink);
    return c ? c->len : SIM_ENOENT;
}

int ts003_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, struct ts003 *c)
{
    if (*at >= len)
        return 0;
    const struct command *k = find_command(buf[*at], uplink);
    if (!k)
        return SIM_EPROTO;
    if (len - *at - 1 < k->len)
        return SIM_ETRUNC;
    struct rd r;
    rd_init(&r, buf + *at + 1, k->len);
    *c = (struct ts003){.cid = k->cid, .uplink = uplink};
    k->decode(&r, c);
    *at += 1 + (size_t)k->len;
    return 1;
}

int ts003_put(uint8_t *buf, size_t size, size_t *at, const struct ts003 *c)
{
    const struct command *k = find_command(c->cid, c->uplink);
    if (!k)
        return SIM_ENOENT;
    if (*at > size || size - *at < 1 + (size_t)k->len)
        return SIM_ENOSPC;
    struct wr w;
    wr_init(&w, buf + *at, 1 + (size_t)k->len);
    wr_u8(&w, k->cid);
    int rc = k->encode(&w, c);
    if (rc)
        return rc;
    *at += 1 + (size_t)k->len;
    return SIM_OK;
}
