/* SPDX-License-Identifier: GPL-2.0-only
 * TS005 commands: | CID 1 | payload |, one after another, little endian; the table at the end
 * drives both directions. Two answers have a length that follows from their first octet. RFU bits
 * are sent as 0 and ignored. Source: TS005-1.0.0, section 4; TS005-2.0.0, section 4. */
#include "models/packages/ts005.h"

#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"

enum {
    FREQ_UNIT_HZ = 100,
    MAX_U24 = 0xFFFFFF,
    MAX_U4 = 15,
    MAX_U3 = 7,
    MAX_U2 = 3,
    ID_ERROR = 0x04,         /* McGroupSetupAns */
    DELETE_UNDEFINED = 0x04, /* McGroupDeleteAns */
    DR_ERROR = 0x04,         /* session answers from here */
    FREQ_ERROR = 0x08,
    SESSION_UNDEFINED = 0x10,
    START_MISSED = 0x20,
    RESERVED_SHIFT = 6,
    STATUS_BITS_V1 = 0x1F,
    STATUS_BITS_V2 = 0xFF,
    TIME_TO_START_LEN = 3,
    STATUS_ITEM_LEN = 5,
    KEY_LEN = 16,
};

static uint8_t n_bits(uint8_t mask)
{
    uint8_t n = 0;
    for (; mask; mask &= (uint8_t)(mask - 1))
        n++;
    return n;
}

static int put_group_id(struct wr *w, uint8_t mc_group_id, uint8_t flags)
{
    if (mc_group_id > MAX_U2)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)(flags | mc_group_id));
    return SIM_OK;
}

static void dec_none(struct rd *r, struct ts005 *c)
{
    (void)r;
    (void)c;
}

static int enc_none(struct wr *w, const struct ts005 *c)
{
    (void)w;
    (void)c;
    return SIM_OK;
}

/* | PackageIdentifier 1 | PackageVersion 1 | */
static void dec_package_version_ans(struct rd *r, struct ts005 *c)
{
    c->u.package_version_ans.identifier = rd_u8(r);
    c->u.package_version_ans.version = rd_u8(r);
}

static int enc_package_version_ans(struct wr *w, const struct ts005 *c)
{
    wr_u8(w, c->u.package_version_ans.identifier);
    wr_u8(w, c->u.package_version_ans.version);
    return SIM_OK;
}

/* | RFU 7:4, ReqGroupMask 3:0 | */
static void dec_group_status_req(struct rd *r, struct ts005 *c)
{
    c->u.group_status_req.group_mask = rd_u8(r) & MAX_U4;
}

static int enc_group_status_req(struct wr *w, const struct ts005 *c)
{
    if (c->u.group_status_req.group_mask > MAX_U4)
        return SIM_ERANGE;
    wr_u8(w, c->u.group_status_req.group_mask);
    return SIM_OK;
}

/* | RFU 7, NbTotalGroups 6:4, AnsGroupMask 3:0 | (McGroupID 1, McAddr 4) for each bit of the mask |
 */
static void dec_group_status_ans(struct rd *r, struct ts005 *c)
{
    uint8_t status = rd_u8(r);
    c->u.group_status_ans.nb_total_groups = status >> 4 & MAX_U3;
    c->u.group_status_ans.group_mask = status & MAX_U4;
    for (int i = 0; i < n_bits(status & MAX_U4); i++) {
        c->u.group_status_ans.items[i].mc_group_id = rd_u8(r) & MAX_U2;
        c->u.group_status_ans.items[i].mc_addr = rd_u32le(r);
    }
}

static int enc_group_status_ans(struct wr *w, const struct ts005 *c)
{
    uint8_t total = c->u.group_status_ans.nb_total_groups, mask = c->u.group_status_ans.group_mask;
    if (total > MAX_U3 || mask > MAX_U4)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)(total << 4 | mask));
    for (int i = 0; i < n_bits(mask); i++) {
        int rc = put_group_id(w, c->u.group_status_ans.items[i].mc_group_id, 0);
        if (rc)
            return rc;
        wr_u32le(w, c->u.group_status_ans.items[i].mc_addr);
    }
    return SIM_OK;
}

/* | RFU 7:2, McGroupID 1:0 | McAddr 4 | McKey_encrypted 16 | minMcFCnt 4 | maxMcFCnt 4 | */
static void dec_group_setup_req(struct rd *r, struct ts005 *c)
{
    c->u.group_setup_req.mc_group_id = rd_u8(r) & MAX_U2;
    c->u.group_setup_req.mc_addr = rd_u32le(r);
    const uint8_t *key = rd_bytes(r, KEY_LEN);
    if (key)
        memcpy(c->u.group_setup_req.mc_key_encrypted, key, KEY_LEN);
    c->u.group_setup_req.min_mc_fcnt = rd_u32le(r);
    c->u.group_setup_req.max_mc_fcnt = rd_u32le(r);
}

static int enc_group_setup_req(struct wr *w, const struct ts005 *c)
{
    int rc = put_group_id(w, c->u.group_setup_req.mc_group_id, 0);
    if (rc)
        return rc;
    wr_u32le(w, c->u.group_setup_req.mc_addr);
    wr_bytes(w, c->u.group_setup_req.mc_key_encrypted, KEY_LEN);
    wr_u32le(w, c->u.group_setup_req.min_mc_fcnt);
    wr_u32le(w, c->u.group_setup_req.max_mc_fcnt);
    return SIM_OK;
}

/* | RFU 7:3, IDerror 2, McGroupID 1:0 | */
static void dec_group_setup_ans(struct rd *r, struct ts005 *c)
{
    uint8_t v = rd_u8(r);
    c->u.group_setup_ans.id_error = v & ID_ERROR;
    c->u.group_setup_ans.mc_group_id = v & MAX_U2;
}

static int enc_group_setup_ans(struct wr *w, const struct ts005 *c)
{
    return put_group_id(w, c->u.group_setup_ans.mc_group_id,
                        c->u.group_setup_ans.id_error ? ID_ERROR : 0);
}

/* | RFU 7:2, McGroupID 1:0 | */
static void dec_group_delete_req(struct rd *r, struct ts005 *c)
{
    c->u.group_delete_req.mc_group_id = rd_u8(r) & MAX_U2;
}

static int enc_group_delete_req(struct wr *w, const struct ts005 *c)
{
    return put_group_id(w, c->u.group_delete_req.mc_group_id, 0);
}

/* | RFU 7:3, McGroupUndefined 2, McGroupID 1:0 | */
static void dec_group_delete_ans(struct rd *r, struct ts005 *c)
{
    uint8_t v = rd_u8(r);
    c->u.group_delete_ans.mc_group_undefined = v & DELETE_UNDEFINED;
    c->u.group_delete_ans.mc_group_id = v & MAX_U2;
}

static int enc_group_delete_ans(struct wr *w, const struct ts005 *c)
{
    return put_group_id(w, c->u.group_delete_ans.mc_group_id,
                        c->u.group_delete_ans.mc_group_undefined ? DELETE_UNDEFINED : 0);
}

/* | RFU 7:2, McGroupID 1:0 | SessionTime 4 | RFU 7, Periodicity 6:4, TimeOut 3:0 | DLFreq 3 | DR 1
 * |; Periodicity is RFU in class C. */
static void dec_session_req(struct rd *r, struct ts005 *c)
{
    struct ts005_session_req *q = &c->u.session_req;
    q->mc_group_id = rd_u8(r) & MAX_U2;
    q->session_time_s = rd_u32le(r);
    uint8_t v = rd_u8(r);
    q->periodicity = c->cid == TS005_CLASS_B_SESSION ? v >> 4 & MAX_U3 : 0;
    q->time_out = v & MAX_U4;
    q->frequency_hz = rd_u24le(r) * FREQ_UNIT_HZ;
    q->dr = rd_u8(r);
}

static int enc_session_req(struct wr *w, const struct ts005 *c)
{
    const struct ts005_session_req *q = &c->u.session_req;
    uint8_t max_periodicity = c->cid == TS005_CLASS_B_SESSION ? MAX_U3 : 0;
    if (q->time_out > MAX_U4 || q->periodicity > max_periodicity ||
        q->frequency_hz % FREQ_UNIT_HZ || q->frequency_hz / FREQ_UNIT_HZ > MAX_U24)
        return SIM_ERANGE;
    int rc = put_group_id(w, q->mc_group_id, 0);
    if (rc)
        return rc;
    wr_u32le(w, q->session_time_s);
    wr_u8(w, (uint8_t)(q->periodicity << 4 | q->time_out));
    wr_u24le(w, q->frequency_hz / FREQ_UNIT_HZ);
    wr_u8(w, q->dr);
    return SIM_OK;
}

bool ts005_session_ok(const struct ts005_session_ans *a)
{
    return !(a->mc_group_undefined || a->freq_error || a->dr_error || a->start_missed ||
             a->reserved);
}

/* | reserved 7:6, StartMissed 5, McGroupUndefined 4, FreqError 3, DRError 2, McGroupID 1:0 |
 * TimeToStart 3, without an error only |; in version 1 bits 7:5 are RFU */
static void dec_session_status(struct rd *r, struct ts005 *c, uint8_t known_bits)
{
    struct ts005_session_ans *a = &c->u.session_ans;
    uint8_t v = rd_u8(r) & known_bits;
    a->reserved = v >> RESERVED_SHIFT;
    a->start_missed = v & START_MISSED;
    a->mc_group_undefined = v & SESSION_UNDEFINED;
    a->freq_error = v & FREQ_ERROR;
    a->dr_error = v & DR_ERROR;
    a->mc_group_id = v & MAX_U2;
    if (ts005_session_ok(a))
        a->time_to_start_s = rd_u24le(r);
}

static void dec_session_ans_v1(struct rd *r, struct ts005 *c)
{
    dec_session_status(r, c, STATUS_BITS_V1);
}

static void dec_session_ans_v2(struct rd *r, struct ts005 *c)
{
    dec_session_status(r, c, STATUS_BITS_V2);
}

static int enc_session_ans(struct wr *w, const struct ts005 *c)
{
    const struct ts005_session_ans *a = &c->u.session_ans;
    if (a->reserved > MAX_U2 || a->time_to_start_s > MAX_U24)
        return SIM_ERANGE;
    int flags = a->reserved << RESERVED_SHIFT | (a->start_missed ? START_MISSED : 0) |
                (a->mc_group_undefined ? SESSION_UNDEFINED : 0) | (a->freq_error ? FREQ_ERROR : 0) |
                (a->dr_error ? DR_ERROR : 0);
    int rc = put_group_id(w, a->mc_group_id, (uint8_t)flags);
    if (rc)
        return rc;
    if (ts005_session_ok(a))
        wr_u24le(w, a->time_to_start_s);
    return SIM_OK;
}

/* Octets behind the first one of the answers whose length it tells. */
static size_t more_group_status(uint8_t status)
{
    return (size_t)STATUS_ITEM_LEN * n_bits(status & MAX_U4);
}

static size_t more_session_v1(uint8_t status)
{
    return status & STATUS_BITS_V1 & ~MAX_U2 ? 0 : TIME_TO_START_LEN;
}

static size_t more_session_v2(uint8_t status)
{
    return status & STATUS_BITS_V2 & ~MAX_U2 ? 0 : TIME_TO_START_LEN;
}

struct command {
    uint8_t cid;
    bool uplink;
    uint8_t versions; /* bit 0: version 1, bit 1: version 2 */
    const char *name;
    uint8_t len;                   /* payload octets behind the CID, with more: the least */
    size_t (*more)(uint8_t first); /* further octets, told by the first one; NULL: none */
    void (*decode)(struct rd *r, struct ts005 *c);
    int (*encode)(struct wr *w, const struct ts005 *c);
};

enum { UP = true, DOWN = false, V1 = 1, V2 = 2, ALL = 3 };

static const struct command commands[] = {
    {TS005_PACKAGE_VERSION, DOWN, ALL, "PackageVersionReq", 0, NULL, dec_none, enc_none},
    {TS005_PACKAGE_VERSION, UP, ALL, "PackageVersionAns", 2, NULL, dec_package_version_ans,
     enc_package_version_ans},
    {TS005_GROUP_STATUS, DOWN, ALL, "McGroupStatusReq", 1, NULL, dec_group_status_req,
     enc_group_status_req},
    {TS005_GROUP_STATUS, UP, ALL, "McGroupStatusAns", 1, more_group_status, dec_group_status_ans,
     enc_group_status_ans},
    {TS005_GROUP_SETUP, DOWN, ALL, "McGroupSetupReq", 29, NULL, dec_group_setup_req,
     enc_group_setup_req},
    {TS005_GROUP_SETUP, UP, ALL, "McGroupSetupAns", 1, NULL, dec_group_setup_ans,
     enc_group_setup_ans},
    {TS005_GROUP_DELETE, DOWN, ALL, "McGroupDeleteReq", 1, NULL, dec_group_delete_req,
     enc_group_delete_req},
    {TS005_GROUP_DELETE, UP, ALL, "McGroupDeleteAns", 1, NULL, dec_group_delete_ans,
     enc_group_delete_ans},
    {TS005_CLASS_C_SESSION, DOWN, ALL, "McClassCSessionReq", 10, NULL, dec_session_req,
     enc_session_req},
    {TS005_CLASS_C_SESSION, UP, V1, "McClassCSessionAns", 1, more_session_v1, dec_session_ans_v1,
     enc_session_ans},
    {TS005_CLASS_C_SESSION, UP, V2, "McClassCSessionAns", 1, more_session_v2, dec_session_ans_v2,
     enc_session_ans},
    {TS005_CLASS_B_SESSION, DOWN, ALL, "McClassBSessionReq", 10, NULL, dec_session_req,
     enc_session_req},
    {TS005_CLASS_B_SESSION, UP, V1, "McClassBSessionAns", 1, more_session_v1, dec_session_ans_v1,
     enc_session_ans},
    {TS005_CLASS_B_SESSION, UP, V2, "McClassBSessionAns", 1, more_session_v2, dec_session_ans_v2,
     enc_session_ans},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find_command(uint8_t cid, bool uplink, uint8_t versions)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (commands[i].cid == cid && commands[i].uplink == uplink &&
            commands[i].versions & versions)
            return &commands[i];
    return NULL;
}

const char *ts005_name(uint8_t cid, bool uplink)
{
    const struct command *c = find_command(cid, uplink, ALL);
    return c ? c->name : NULL;
}

int ts005_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int version,
               struct ts005 *c)
{
    if (*at >= len)
        return 0;
    const struct command *k = find_command(buf[*at], uplink, version >= 2 ? V2 : V1);
    if (!k)
        return SIM_EPROTO;
    size_t left = len - *at - 1, need = k->len;
    if (left < need)
        return SIM_ETRUNC;
    if (k->more)
        need += k->more(buf[*at + 1]);
    if (left < need)
        return SIM_ETRUNC;
    struct rd r;
    rd_init(&r, buf + *at + 1, need);
    *c = (struct ts005){.cid = k->cid, .uplink = uplink};
    k->decode(&r, c);
    *at += 1 + need;
    return 1;
}

int ts005_size(const struct ts005 *c)
{
    const struct command *k = find_command(c->cid, c->uplink, ALL);
    if (!k)
        return SIM_ENOENT;
    int more = 0;
    if (c->uplink && c->cid == TS005_GROUP_STATUS)
        more = (int)more_group_status(c->u.group_status_ans.group_mask);
    else if (k->more)
        more = ts005_session_ok(&c->u.session_ans) ? TIME_TO_START_LEN : 0;
    return 1 + k->len + more;
}

int ts005_put(uint8_t *buf, size_t size, size_t *at, const struct ts005 *c)
{
    const struct command *k = find_command(c->cid, c->uplink, ALL);
    if (!k)
        return SIM_ENOENT;
    uint8_t octets[TS005_MAX_LEN];
    struct wr w;
    wr_init(&w, octets, sizeof octets);
    wr_u8(&w, k->cid);
    int rc = k->encode(&w, c);
    if (rc)
        return rc;
    SIM_CHECK(w.err == SIM_OK, "%s is longer than %d octets", k->name, TS005_MAX_LEN);
    if (*at > size || size - *at < wr_len(&w))
        return SIM_ENOSPC;
    memcpy(buf + *at, octets, wr_len(&w));
    *at += wr_len(&w);
    return SIM_OK;
}
