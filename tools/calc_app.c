/* SPDX-License-Identifier: GPL-2.0-only
 * calc app: commands of the application packages as JSON, with the field names of the test vectors.
 * One table of ports; for each port one function a command. */
#include <stdlib.h>
#include <string.h>

#include "models/packages/ts003.h"
#include "models/packages/ts004.h"
#include "models/packages/ts005.h"
#include "models/packages/ts006.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/calc.h"

enum { MAX_PAYLOAD = 242 };

static json_t *number(uint32_t v)
{
    return json_integer(v);
}

/* Bits 0 to 3 as booleans, bit 0 first. */
static json_t *group_mask(uint8_t mask)
{
    json_t *array = json_array();
    for (int i = 0; i < TS005_MAX_GROUPS; i++)
        json_array_append_new(array, json_boolean(mask >> i & 1));
    return array;
}

static json_t *address(uint32_t mc_addr)
{
    char text[9];
    snprintf(text, sizeof text, "%08x", (unsigned)mc_addr);
    return json_string(text);
}

static json_t *version_fields(uint8_t identifier, uint8_t version)
{
    return json_pack("{s:i, s:i}", "PackageIdentifier", identifier, "PackageVersion", version);
}

static json_t *ts003_up_fields(const struct ts003 *c)
{
    switch ((enum ts003_cid)c->cid) {
    case TS003_PACKAGE_VERSION:
        return version_fields(c->u.package_version_ans.identifier,
                              c->u.package_version_ans.version);
    case TS003_APP_TIME:
        return json_pack("{s:o, s:{s:b, s:i}}", "DeviceTime",
                         number(c->u.app_time_req.device_time_s), "Param", "AnsRequired",
                         c->u.app_time_req.ans_required, "TokenReq", c->u.app_time_req.token);
    case TS003_PERIODICITY:
        return json_pack("{s:{s:b}, s:o}", "Status", "NotSupported",
                         c->u.periodicity_ans.not_supported, "Time",
                         number(c->u.periodicity_ans.time_s));
    case TS003_FORCE_RESYNC:
        break; /* has no answer */
    }
    return json_object();
}

static json_t *ts003_down_fields(const struct ts003 *c)
{
    switch ((enum ts003_cid)c->cid) {
    case TS003_PACKAGE_VERSION:
        break;
    case TS003_APP_TIME:
        return json_pack("{s:i, s:{s:i}}", "TimeCorrection", (int)c->u.app_time_ans.correction_s,
                         "Param", "TokenAns", c->u.app_time_ans.token);
    case TS003_PERIODICITY:
        return json_pack("{s:{s:i}}", "Periodicity", "Period", c->u.periodicity_req.period);
    case TS003_FORCE_RESYNC:
        return json_pack("{s:{s:i}}", "ForceConf", "NbTransmissions",
                         c->u.force_resync.nb_transmissions);
    }
    return json_object();
}

static json_t *status_items(const struct ts005 *c)
{
    json_t *items = json_array();
    int i = 0;
    for (int mask = c->u.group_status_ans.group_mask; mask; mask &= mask - 1, i++)
        json_array_append_new(items, json_pack("{s:i, s:o}", "McGroupID",
                                               c->u.group_status_ans.items[i].mc_group_id, "McAddr",
                                               address(c->u.group_status_ans.items[i].mc_addr)));
    return items;
}

static json_t *session_ans_fields(const struct ts005_session_ans *a, int version)
{
    json_t *status =
        json_pack("{s:b, s:b, s:b, s:i}", "McGroupUndefined", a->mc_group_undefined, "FreqError",
                  a->freq_error, "DRError", a->dr_error, "McGroupID", a->mc_group_id);
    if (version >= 2) {
        json_object_set_new(status, "StartMissed", json_boolean(a->start_missed));
        json_object_set_new(status, "Reserved", json_integer(a->reserved));
    }
    return json_pack("{s:o, s:o}", "StatusAndMcGroupID", status, "TimeToStart",
                     ts005_session_ok(a) ? number(a->time_to_start_s) : json_null());
}

static json_t *ts005_up_fields(const struct ts005 *c, int version)
{
    switch ((enum ts005_cid)c->cid) {
    case TS005_PACKAGE_VERSION:
        return version_fields(c->u.package_version_ans.identifier,
                              c->u.package_version_ans.version);
    case TS005_GROUP_STATUS:
        return json_pack("{s:{s:i, s:o}, s:o}", "Status", "NbTotalGroups",
                         c->u.group_status_ans.nb_total_groups, "AnsGroupMask",
                         group_mask(c->u.group_status_ans.group_mask), "Items", status_items(c));
    case TS005_GROUP_SETUP:
        return json_pack("{s:{s:b, s:i}}", "McGroupIDHeader", "IDError",
                         c->u.group_setup_ans.id_error, "McGroupID",
                         c->u.group_setup_ans.mc_group_id);
    case TS005_GROUP_DELETE:
        return json_pack("{s:{s:b, s:i}}", "McGroupIDHeader", "McGroupUndefined",
                         c->u.group_delete_ans.mc_group_undefined, "McGroupID",
                         c->u.group_delete_ans.mc_group_id);
    case TS005_CLASS_C_SESSION:
    case TS005_CLASS_B_SESSION:
        return session_ans_fields(&c->u.session_ans, version);
    }
    return json_object();
}

static json_t *setup_req_fields(const struct ts005 *c)
{
    json_t *key = json_array();
    for (int i = 0; i < 16; i++)
        json_array_append_new(key, json_integer(c->u.group_setup_req.mc_key_encrypted[i]));
    return json_pack("{s:{s:i}, s:o, s:o, s:o, s:o}", "McGroupIDHeader", "McGroupID",
                     c->u.group_setup_req.mc_group_id, "McAddr",
                     address(c->u.group_setup_req.mc_addr), "McKeyEncrypted", key, "MinMcFCnt",
                     number(c->u.group_setup_req.min_mc_fcnt), "MaxMcFCnt",
                     number(c->u.group_setup_req.max_mc_fcnt));
}

static json_t *session_req_fields(const struct ts005 *c)
{
    const struct ts005_session_req *q = &c->u.session_req;
    bool class_b = c->cid == TS005_CLASS_B_SESSION;
    json_t *time_out = json_pack("{s:i}", "TimeOut", q->time_out);
    if (class_b)
        json_object_set_new(time_out, "Periodicity", json_integer(q->periodicity));
    return json_pack("{s:{s:i}, s:o, s:o, s:o, s:i}", "McGroupIDHeader", "McGroupID",
                     q->mc_group_id, "SessionTime", number(q->session_time_s),
                     class_b ? "TimeOutPeriodicity" : "SessionTimeOut", time_out, "DLFrequency",
                     number(q->frequency_hz), "DR", q->dr);
}

static json_t *ts005_down_fields(const struct ts005 *c)
{
    switch ((enum ts005_cid)c->cid) {
    case TS005_PACKAGE_VERSION:
        break;
    case TS005_GROUP_STATUS:
        return json_pack("{s:{s:o}}", "CmdMask", "RegGroupMask",
                         group_mask(c->u.group_status_req.group_mask));
    case TS005_GROUP_SETUP:
        return setup_req_fields(c);
    case TS005_GROUP_DELETE:
        return json_pack("{s:{s:i}}", "McGroupIDHeader", "McGroupID",
                         c->u.group_delete_req.mc_group_id);
    case TS005_CLASS_C_SESSION:
    case TS005_CLASS_B_SESSION:
        return session_req_fields(c);
    }
    return json_object();
}

/* Octets as an array of numbers. */
static json_t *octets(const uint8_t *p, size_t len)
{
    json_t *array = json_array();
    for (size_t i = 0; i < len; i++)
        json_array_append_new(array, json_integer(p[i]));
    return array;
}

/* Octets as Base64 with padding (RFC 4648). */
static json_t *base64(const uint8_t *p, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = mem_alloc((len + 2) / 3 * 4 + 1, 1), *t = text;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
        v |= i + 2 < len ? p[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            *t++ = k > len - i ? '=' : digits[v >> (18 - 6 * k) & 63];
    }
    json_t *string = json_string(text);
    free(text);
    return string;
}

static json_t *frag_status_fields(const struct ts004_status_ans *a, int version)
{
    json_t *status = version >= 2
                         ? json_pack("{s:b, s:b, s:b}", "MemoryError", a->memory_error, "MICError",
                                     a->mic_error, "SessionDoesNotExist", a->session_does_not_exist)
                         : json_pack("{s:b}", "NotEnoughMatrixMemory", a->memory_error);
    if (!a->has_counts)
        return json_pack("{s:o, s:n, s:n}", "Status", status, "ReceivedAndIndex", "MissingFrag");
    return json_pack("{s:{s:i, s:i}, s:i, s:o}", "ReceivedAndIndex", "FragIndex", a->frag_index,
                     "NbFragReceived", a->nb_frag_received, "MissingFrag", a->missing_frag,
                     "Status", status);
}

static json_t *frag_setup_ans_fields(const struct ts004 *c, int version)
{
    json_t *status = json_pack("{s:i, s:b, s:b, s:b, s:b}", "FragIndex", c->u.setup_ans.frag_index,
                               "WrongDescriptor", c->u.setup_ans.wrong_descriptor,
                               "FragSessionIndexNotSupported", c->u.setup_ans.index_not_supported,
                               "NotEnoughMemory", c->u.setup_ans.not_enough_memory,
                               "EncodingUnsupported", c->u.setup_ans.encoding_unsupported);
    if (version >= 2)
        json_object_set_new(status, "SessionCntReplay",
                            json_boolean(c->u.setup_ans.session_cnt_replay));
    return json_pack("{s:o}", "StatusBitMask", status);
}

static json_t *ts004_up_fields(const struct ts004 *c, int version)
{
    switch ((enum ts004_cid)c->cid) {
    case TS004_PACKAGE_VERSION:
        return version_fields(c->u.package_version_ans.identifier,
                              c->u.package_version_ans.version);
    case TS004_SESSION_STATUS:
        return frag_status_fields(&c->u.status_ans, version);
    case TS004_SESSION_SETUP:
        return frag_setup_ans_fields(c, version);
    case TS004_SESSION_DELETE:
        return json_pack("{s:{s:i, s:b}}", "Status", "FragIndex", c->u.delete_ans.frag_index,
                         "SessionDoesNotExist", c->u.delete_ans.session_does_not_exist);
    case TS004_BLOCK_RECEIVED:
        return json_pack("{s:{s:i, s:b}}", "Status", "FragIndex",
                         c->u.block_received_req.frag_index, "MICError",
                         c->u.block_received_req.mic_error);
    case TS004_DATA_FRAGMENT:
        break; /* goes down only */
    }
    return json_object();
}

static json_t *frag_setup_req_fields(const struct ts004_setup_req *q, int version)
{
    json_t *control = json_pack("{s:i, s:i}", "FragmentationMatrix", q->frag_algo, "BlockAckDelay",
                                q->block_ack_delay);
    json_t *o = json_pack("{s:{s:i, s:o}, s:i, s:i, s:O, s:i, s:o}", "FragSession", "FragIndex",
                          q->frag_index, "McGroupBitMask", group_mask(q->mc_group_mask), "NbFrag",
                          q->nb_frag, "FragSize", q->frag_size, "Control", control, "Padding",
                          q->padding, "Descriptor", octets(q->descriptor, sizeof q->descriptor));
    if (version >= 2) {
        json_object_set_new(control, "AckReception", json_boolean(q->ack_reception));
        json_object_set_new(o, "SessionCnt", json_integer(q->session_cnt));
        json_object_set_new(o, "MIC", octets(q->mic, sizeof q->mic));
    }
    json_decref(control);
    return o;
}

static json_t *ts004_down_fields(const struct ts004 *c, int version)
{
    switch ((enum ts004_cid)c->cid) {
    case TS004_PACKAGE_VERSION:
        break;
    case TS004_SESSION_STATUS:
        return json_pack("{s:{s:i, s:b}}", "FragStatusReqParam", "FragIndex",
                         c->u.status_req.frag_index, "Participants", c->u.status_req.participants);
    case TS004_SESSION_SETUP:
        return frag_setup_req_fields(&c->u.setup_req, version);
    case TS004_SESSION_DELETE:
        return json_pack("{s:{s:i}}", "Param", "FragIndex", c->u.delete_req.frag_index);
    case TS004_BLOCK_RECEIVED:
        return json_pack("{s:{s:i}}", "Param", "FragIndex", c->u.block_received_ans.frag_index);
    case TS004_DATA_FRAGMENT:
        return json_pack("{s:{s:i, s:i}, s:o}", "IndexAndN", "FragIndex",
                         c->u.data_fragment.frag_index, "N", c->u.data_fragment.n, "Payload",
                         base64(c->u.data_fragment.data, c->u.data_fragment.len));
    }
    return json_object();
}

static json_t *upgrade_image_fields(const struct ts006 *c)
{
    json_t *o = json_pack("{s:{s:i}}", "Status", "UpImageStatus", c->u.upgrade_image_ans.status);
    if (c->u.upgrade_image_ans.status == TS006_IMAGE_VALID)
        json_object_set_new(o, "nextFirmwareVersion",
                            number(c->u.upgrade_image_ans.next_firmware_version));
    return o;
}

static json_t *ts006_fields(const struct ts006 *c)
{
    switch ((enum ts006_cid)c->cid) {
    case TS006_PACKAGE_VERSION:
        return c->uplink ? version_fields(c->u.package_version_ans.identifier,
                                          c->u.package_version_ans.version)
                         : json_object();
    case TS006_DEV_VERSION:
        return c->uplink
                   ? json_pack("{s:o, s:o}", "FWversion", number(c->u.dev_version_ans.fw_version),
                               "HWversion", number(c->u.dev_version_ans.hw_version))
                   : json_object();
    case TS006_REBOOT_TIME:
        return json_pack("{s:o}", "RebootTime", number(c->u.reboot_time.time_s));
    case TS006_REBOOT_COUNTDOWN:
        return json_pack("{s:o}", "Countdown", number(c->u.reboot_countdown.countdown_s));
    case TS006_UPGRADE_IMAGE:
        return c->uplink ? upgrade_image_fields(c) : json_object();
    case TS006_DELETE_IMAGE:
        break;
    }
    if (!c->uplink)
        return json_pack("{s:o}", "FirmwareToDeleteVersion",
                         number(c->u.delete_image_req.firmware_version));
    return json_pack("{s:{s:i, s:i}}", "Status", "ErrorNoValidImage",
                     c->u.delete_image_ans.no_valid_image, "ErrorInvalidVersion",
                     c->u.delete_image_ans.invalid_version);
}

/* What the packages have in common here: read the next command at *at, and give its fields. Returns
 * as ts003_next. */
static int next_202(const struct calc_app *a, size_t *at, json_t **fields)
{
    struct ts003 c;
    int rc = ts003_next(a->buf, a->len, at, a->uplink, &c);
    if (rc > 0)
        *fields = a->uplink ? ts003_up_fields(&c) : ts003_down_fields(&c);
    return rc;
}

static int next_200(const struct calc_app *a, size_t *at, json_t **fields)
{
    struct ts005 c;
    int rc = ts005_next(a->buf, a->len, at, a->uplink, a->version, &c);
    if (rc > 0)
        *fields = a->uplink ? ts005_up_fields(&c, a->version) : ts005_down_fields(&c);
    return rc;
}

static int next_201(const struct calc_app *a, size_t *at, json_t **fields)
{
    struct ts004 c;
    int rc = ts004_next(a->buf, a->len, at, a->uplink, a->version, &c);
    if (rc > 0)
        *fields = a->uplink ? ts004_up_fields(&c, a->version) : ts004_down_fields(&c, a->version);
    return rc;
}

static int next_203(const struct calc_app *a, size_t *at, json_t **fields)
{
    struct ts006 c;
    int rc = ts006_next(a->buf, a->len, at, a->uplink, &c);
    if (rc > 0)
        *fields = ts006_fields(&c);
    return rc;
}

static const char *name_200(uint8_t cid, bool uplink, int version)
{
    (void)version;
    return ts005_name(cid, uplink);
}

static const char *name_203(uint8_t cid, bool uplink, int version)
{
    (void)version;
    return ts006_name(cid, uplink);
}

struct port {
    int fport;
    int max_version;
    int (*next)(const struct calc_app *a, size_t *at, json_t **fields);
    const char *(*name)(uint8_t cid, bool uplink, int version);
};

static const struct port ports[] = {
    {TS005_FPORT, 2, next_200, name_200},
    {TS004_FPORT, 2, next_201, ts004_name},
    {TS003_FPORT, 2, next_202, ts003_name},
    {TS006_FPORT, 1, next_203, name_203},
};
enum { N_PORTS = sizeof ports / sizeof *ports };

static const struct port *find_port(int fport)
{
    for (size_t i = 0; i < N_PORTS; i++)
        if (ports[i].fport == fport)
            return &ports[i];
    return NULL;
}

int calc_app_list(json_t *array, const struct calc_app *a, size_t *at)
{
    const struct port *p = find_port(a->fport);
    SIM_CHECK(p, "there is no package on FPort %d", a->fport);
    json_t *fields;
    int rc;
    size_t start = *at = 0;
    while ((rc = p->next(a, at, &fields)) > 0) {
        json_t *o = json_object();
        uint8_t cid = a->buf[start];
        json_object_set_new(o, "cid", json_integer(cid));
        json_object_set_new(o, "name", json_string(p->name(cid, a->uplink, a->version)));
        json_object_set_new(o, "uplink", json_boolean(a->uplink));
        calc_set_hex(o, "hex", a->buf + start, *at - start);
        json_object_set_new(o, "fields", fields);
        json_array_append_new(array, o);
        start = *at;
    }
    return rc;
}

static void complain(const struct calc *c, const struct calc_app *a, int rc, size_t at)
{
    const char *name = find_port(a->fport)->name(a->buf[at], a->uplink, a->version);
    if (rc == SIM_ETRUNC && name)
        calc_note(c, "command %02x (%s) at octet %zu is cut", a->buf[at], name, at);
    else
        calc_note(c,
                  "there is no command %02x in the %slink direction of FPort %d (octet %zu): its "
                  "length is unknown, so the rest cannot be read",
                  a->buf[at], a->uplink ? "up" : "down", a->fport, at);
}

/* Sort out port, direction and version; false after a message. */
static bool read_options(const struct calc *c, const struct calc_opt *opts, struct calc_app *a)
{
    int64_t fport = 0, version = 1;
    if (!opts[0].value) {
        calc_fail(c, "--port is missing: the same CID means another command on each port");
        return false;
    }
    if (!calc_int(c, "--port", opts[0].value, 1, 223, &fport))
        return false;
    if (!find_port((int)fport)) {
        calc_fail(c,
                  "--port %d has no package: 200 (multicast set-up), 201 (fragments), 202 (clock) "
                  "or 203 (firmware)",
                  (int)fport);
        return false;
    }
    if (!opts[1].value == !opts[2].value) {
        calc_fail(c, "give either --up or --down: the same CID means two commands");
        return false;
    }
    if (opts[3].value && !calc_int(c, "--version", opts[3].value, 1, 2, &version))
        return false;
    if (version > find_port((int)fport)->max_version) {
        calc_fail(c, "the package on --port %d has no version %d", (int)fport, (int)version);
        return false;
    }
    a->fport = (int)fport;
    a->version = (int)version;
    a->uplink = opts[1].value;
    return true;
}

int calc_app(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[] = {{"--port", false, NULL},
                              {"--up", true, NULL},
                              {"--down", true, NULL},
                              {"--version", false, NULL}};
    const char *hex;
    enum calc_go go = calc_args(c, argc, argv, opts, 4, &hex, 1);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    if (!hex)
        return calc_fail(c, "the commands are missing (HEX)");
    uint8_t buf[MAX_PAYLOAD];
    struct calc_app a = {.buf = buf};
    if (!read_options(c, opts, &a) || !calc_hex(c, "HEX", hex, buf, sizeof buf, &a.len))
        return CALC_USAGE;
    size_t at;
    json_t *array = json_array(), *answer = json_object();
    int rc = calc_app_list(array, &a, &at);
    json_object_set_new(answer, "fport", json_integer(a.fport));
    json_object_set_new(answer, "version", json_integer(a.version));
    json_object_set_new(answer, "uplink", json_boolean(a.uplink));
    json_object_set_new(answer, "commands", array);
    if (rc) {
        calc_set_hex(answer, "unread", buf + at, a.len - at);
        complain(c, &a, rc, at);
    }
    int written = calc_print(c, answer);
    return written ? written : rc ? CALC_USAGE : CALC_OK;
}
