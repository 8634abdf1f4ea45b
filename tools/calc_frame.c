/* SPDX-License-Identifier: GPL-2.0-only
 * calc frame: every field of a frame, MIC and plain text where keys are given. Frames of 1.0.x;
 * of 1.1 the fields only. */
#include <string.h>

#include "models/lorawan/frame.h"
#include "models/lorawan/join.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "tools/calc.h"

enum {
    OPT_NWKSKEY,
    OPT_APPSKEY,
    OPT_FCNT32,
    OPT_APPKEY,
    OPT_ENCODE,
    OPT_FNWKSINTKEY, /* from here on: keys of 1.1 */
    OPT_SNWKSINTKEY,
    OPT_NWKSENCKEY,
    OPT_NWKKEY,
    N_FRAME,
};

/* The frame at hand and what was given with it. */
struct job {
    const struct calc *c;
    const struct calc_opt *opts;
    uint8_t phy[LW_MAX_PHY];
    size_t len;
    bool v11; /* keys of 1.1 were given */
    json_t *o;
    int exit_code;
};

static void set_bool(json_t *o, const char *name, bool value)
{
    json_object_set_new(o, name, json_boolean(value));
}

static void set_start(struct job *j, const char *mtype)
{
    calc_set_hex(j->o, "phypayload", j->phy, j->len);
    json_object_set_new(j->o, "mtype", json_string(mtype));
}

/* The four octets of the MIC at the end, in the order on the air. */
static void set_mic(struct job *j)
{
    calc_set_hex(j->o, "mic", j->phy + j->len - LW_MIC_LEN, LW_MIC_LEN);
}

static void set_mic_ok(struct job *j, bool ok, const char *with)
{
    set_bool(j->o, "mic_ok", ok);
    if (ok)
        return;
    j->exit_code = CALC_NO;
    calc_note(j->c, "the MIC does not fit %s (a frame of LoRaWAN 1.1? Its keys are not supported)",
              with);
}

/* An option of the other kind of frame is a mistake, not to be passed over. */
static bool refuse_options(const struct job *j, int first, int last, const char *frame)
{
    for (int i = first; i <= last; i++) {
        if (j->opts[i].value) {
            calc_fail(j->c, "%s does not belong to a %s", j->opts[i].name, frame);
            return false;
        }
    }
    return true;
}

static void set_mac_commands(struct job *j, const uint8_t *buf, size_t len, bool uplink)
{
    size_t at;
    json_t *array = json_array();
    int rc = calc_mac_list(array, buf, len, uplink, &at);
    json_object_set_new(j->o, "mac_commands", array);
    if (rc) {
        calc_set_hex(j->o, "mac_commands_unread", buf + at, len - at);
        calc_mac_complain(j->c, rc, buf, at, uplink);
    }
}

static void set_data_fields(struct job *j, const struct lw_frame *f)
{
    set_bool(j->o, "uplink", f->uplink);
    set_bool(j->o, "confirmed", f->confirmed);
    calc_set_number_hex(j->o, "devaddr", f->devaddr, 8);
    set_bool(j->o, "adr", f->adr);
    if (f->uplink)
        set_bool(j->o, "adrackreq", f->adrackreq);
    set_bool(j->o, "ack", f->ack);
    set_bool(j->o, f->uplink ? "classb" : "fpending", f->uplink ? f->classb : f->fpending);
    json_object_set_new(j->o, "fcnt", json_integer(f->fcnt));
    calc_set_hex(j->o, j->v11 ? "fopts_encrypted" : "fopts_plain", f->fopts, f->fopts_len);
    json_object_set_new(j->o, "fport", f->fport < 0 ? json_null() : json_integer(f->fport));
    calc_set_hex(j->o, "frmpayload", f->payload, f->payload_len);
    set_mic(j);
}

/* Everything that needs keys; k is zero where a key was not given. */
static void set_opened(struct job *j, const struct lw_frame *f, const struct lw_session_keys *k,
                       uint32_t fcnt32)
{
    uint8_t plain[LW_MAX_PHY];
    bool mic_ok = true;
    json_object_set_new(j->o, "fcnt32", json_integer(fcnt32));
    if (j->opts[OPT_NWKSKEY].value) {
        mic_ok = lw_frame_mic_ok(f, k, fcnt32, j->phy, j->len);
        set_mic_ok(j, mic_ok, "this NwkSKey and counter");
    }
    if (!j->opts[f->fport == 0 ? OPT_NWKSKEY : OPT_APPSKEY].value && f->payload_len > 0)
        return;
    lw_frame_decrypt(f, k, fcnt32, plain);
    calc_set_hex(j->o, "frmpayload_plain", plain, f->payload_len);
    if (f->fport == 0 && mic_ok)
        set_mac_commands(j, plain, f->payload_len, f->uplink);
}

static bool read_keys(const struct job *j, struct lw_session_keys *k)
{
    const char *nwkskey = j->opts[OPT_NWKSKEY].value, *appskey = j->opts[OPT_APPSKEY].value;
    memset(k, 0, sizeof *k);
    if (nwkskey && !calc_hex_exact(j->c, "--nwkskey", nwkskey, k->nwkskey, 16))
        return false;
    if (appskey && !calc_hex_exact(j->c, "--appskey", appskey, k->appskey, 16))
        return false;
    lw_cmac_init(&k->nwk, k->nwkskey);
    lw_aes_init(&k->app, k->appskey);
    return true;
}

static bool read_fcnt32(const struct job *j, uint16_t fcnt, uint32_t *fcnt32)
{
    int64_t v = fcnt;
    const char *text = j->opts[OPT_FCNT32].value;
    if (text && !calc_int(j->c, "--fcnt32", text, 0, UINT32_MAX, &v))
        return false;
    if ((v & 0xFFFF) != fcnt) {
        calc_fail(j->c, "--fcnt32: the low 16 bits of %s are %d, but the frame has FCnt %u", text,
                  (int)(v & 0xFFFF), fcnt);
        return false;
    }
    *fcnt32 = (uint32_t)v;
    return true;
}

static void frame_data(struct job *j)
{
    static const char *const names[] = {"unconfirmed-data-up", "unconfirmed-data-down",
                                        "confirmed-data-up", "confirmed-data-down"};
    struct lw_frame f;
    struct lw_session_keys k;
    uint32_t fcnt32;
    j->exit_code = CALC_USAGE;
    int rc = lw_frame_parse(&f, j->phy, j->len);
    if (rc == SIM_EPROTO) {
        calc_fail(j->c, "FOpts together with FPort 0: such a frame is not allowed and dropped");
        return;
    }
    if (rc) {
        calc_fail(j->c, "%zu octets are too few for the header and MIC of this data frame", j->len);
        return;
    }
    if (!refuse_options(j, OPT_APPKEY, OPT_APPKEY, "data frame") || !read_keys(j, &k) ||
        !read_fcnt32(j, f.fcnt, &fcnt32))
        return;
    j->exit_code = CALC_OK;
    set_start(j, names[f.mtype - LW_UNCONFIRMED_UP]);
    set_data_fields(j, &f);
    if (j->v11)
        return;
    if (f.fport != 0)
        set_mac_commands(j, f.fopts, f.fopts_len, f.uplink);
    if (j->opts[OPT_NWKSKEY].value || j->opts[OPT_APPSKEY].value || j->opts[OPT_FCNT32].value)
        set_opened(j, &f, &k, fcnt32);
}

static bool read_appkey(struct job *j, uint8_t appkey[16])
{
    if (!refuse_options(j, OPT_NWKSKEY, OPT_FCNT32, "join frame") ||
        (j->opts[OPT_APPKEY].value &&
         !calc_hex_exact(j->c, "--appkey", j->opts[OPT_APPKEY].value, appkey, 16))) {
        j->exit_code = CALC_USAGE;
        return false;
    }
    return true;
}

static void frame_join_request(struct job *j)
{
    struct lw_join_request r;
    uint8_t appkey[16];
    int rc = lw_join_request_parse(&r, j->phy, j->len);
    if (rc) {
        j->exit_code = calc_fail(j->c, "a join-request has 23 octets, this one %zu", j->len);
        return;
    }
    if (!read_appkey(j, appkey))
        return;
    set_start(j, "join-request");
    calc_set_number_hex(j->o, "joineui", r.joineui, 16);
    calc_set_number_hex(j->o, "deveui", r.deveui, 16);
    json_object_set_new(j->o, "devnonce", json_integer(r.devnonce));
    set_mic(j);
    if (j->opts[OPT_APPKEY].value)
        set_mic_ok(j, lw_join_request_mic_ok(&r, appkey, j->phy), "this AppKey");
}

static void frame_join_accept(struct job *j)
{
    struct lw_join_accept a;
    uint8_t appkey[16] = {0}, mic[LW_MIC_LEN];
    struct wr w;
    int rc = lw_join_accept_open(&a, appkey, j->phy, j->len);
    if (rc && rc != SIM_EMIC) {
        j->exit_code = calc_fail(j->c, "a join-accept has 17 or 33 octets, this one %zu", j->len);
        return;
    }
    if (!read_appkey(j, appkey))
        return;
    set_start(j, "join-accept");
    if (!j->opts[OPT_APPKEY].value) {
        calc_note(j->c, "a join-accept is encrypted: its fields need --appkey");
        return;
    }
    rc = lw_join_accept_open(&a, appkey, j->phy, j->len);
    calc_set_join_accept(j->o, &a);
    wr_init(&w, mic, sizeof mic);
    wr_u32le(&w, a.mic);
    calc_set_hex(j->o, "mic", mic, sizeof mic);
    set_mic_ok(j, rc == SIM_OK, "this AppKey");
}

/* | MHDR 1 | type 1 | NetID 3 or JoinEUI 8 | DevEUI 8 | RJcount 2 | MIC 4 |. Source: TS001-1.1,
 * section 6.2.4. */
static void frame_rejoin(struct job *j)
{
    struct rd r;
    rd_init(&r, j->phy + 1, j->len - 1);
    uint8_t type = rd_u8(&r);
    size_t len = type == 1 ? 24 : 19;
    if (r.err || type > 2 || j->len != len) {
        j->exit_code = calc_fail(
            j->c, "not a rejoin-request: of type 0 or 2 it has 19 octets, of type 1 it has 24");
        return;
    }
    set_start(j, "rejoin-request");
    json_object_set_new(j->o, "rejoin_type", json_integer(type));
    if (type == 1)
        calc_set_number_hex(j->o, "joineui", rd_u64le(&r), 16);
    else
        calc_set_number_hex(j->o, "netid", rd_u24le(&r), 6);
    calc_set_number_hex(j->o, "deveui", rd_u64le(&r), 16);
    json_object_set_new(j->o, "rjcount", json_integer(rd_u16le(&r)));
    set_mic(j);
    calc_note(j->c,
              "rejoin-requests belong to LoRaWAN 1.1: fields only, its keys are not supported");
}

static void frame_any(struct job *j, int mtype)
{
    switch (mtype) {
    case LW_JOIN_REQUEST:
        frame_join_request(j);
        break;
    case LW_JOIN_ACCEPT:
        frame_join_accept(j);
        break;
    case LW_REJOIN_REQUEST:
        frame_rejoin(j);
        break;
    case LW_PROPRIETARY:
        set_start(j, "proprietary");
        break;
    default:
        frame_data(j);
    }
}

static int frame_decode(const struct calc *c, const struct calc_opt *opts, const char *hex)
{
    struct job j = {.c = c, .opts = opts, .exit_code = CALC_OK};
    if (!calc_hex(c, "HEX", hex, j.phy, sizeof j.phy, &j.len))
        return CALC_USAGE;
    int mtype = lw_mtype_of(j.phy, j.len);
    if (mtype == SIM_ETRUNC)
        return calc_fail(c, "the frame is empty");
    if (mtype < 0)
        return calc_fail(c, "MHDR %02x: major version %d is unknown, only 0 (LoRaWAN R1) is known",
                         j.phy[0], j.phy[0] & 3);
    for (int i = OPT_FNWKSINTKEY; i <= OPT_NWKKEY; i++)
        j.v11 |= opts[i].value != NULL;
    j.o = json_object();
    frame_any(&j, mtype);
    if (json_object_size(j.o) == 0) { /* refused, and said so */
        json_decref(j.o);
        return j.exit_code;
    }
    if (j.v11)
        j.exit_code = calc_fail(c, "keys of LoRaWAN 1.1 are not supported: the fields are shown, "
                                   "MIC and encrypted parts are not opened");
    int rc = calc_print(c, j.o);
    return rc ? rc : j.exit_code;
}

int calc_frame(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[N_FRAME] = {
        [OPT_NWKSKEY] = {"--nwkskey", false, NULL},
        [OPT_APPSKEY] = {"--appskey", false, NULL},
        [OPT_FCNT32] = {"--fcnt32", false, NULL},
        [OPT_APPKEY] = {"--appkey", false, NULL},
        [OPT_ENCODE] = {"--encode", false, NULL},
        [OPT_FNWKSINTKEY] = {"--fnwksintkey", false, NULL},
        [OPT_SNWKSINTKEY] = {"--snwksintkey", false, NULL},
        [OPT_NWKSENCKEY] = {"--nwksenckey", false, NULL},
        [OPT_NWKKEY] = {"--nwkkey", false, NULL},
    };
    const char *hex;
    enum calc_go go = calc_args(c, argc, argv, opts, N_FRAME, &hex, 1);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    if (!opts[OPT_ENCODE].value)
        return hex ? frame_decode(c, opts, hex) : calc_fail(c, "the frame is missing (HEX)");
    if (hex)
        return calc_fail(c, "give either a frame to decode or --encode JSON");
    for (int i = 0; i < N_FRAME; i++)
        if (i != OPT_ENCODE && opts[i].value)
            return calc_fail(c, "%s: with --encode the keys and counters stand in the JSON",
                             opts[i].name);
    return calc_encode(c, opts[OPT_ENCODE].value);
}
