/* SPDX-License-Identifier: GPL-2.0-only
 * calc app: commands of the application packages as JSON, with the field names of the test vectors.
 * One table of ports; for each port one function a command. */
#include <string.h>

#include "models/packages/ts003.h"
#include "models/packages/ts005.h"
#include "sim/err.h"
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

static const char *name_200(uint8_t cid, bool uplink, int version)
{
    (void)version;
    return ts005_name(cid, uplink);
}

struct port {
    int fport;
    int (*next)(const struct calc_app *a, size_t *at, json_t **fields);
    const char *(*name)(uint8_t cid, bool uplink, int version);
};

static const struct port ports[] = {
    {TS005_FPORT, next_200, name_200},
    {TS003_FPORT, next_202, ts003_name},
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
        calc_fail(c, "--port %d has no package: 200 (multicast set-up) or 202 (clock)", (int)fport);
        return false;
    }
    if (!opts[1].value == !opts[2].value) {
        calc_fail(c, "give either --up or --down: the same CID means two commands");
        return false;
    }
    if (opts[3].value && !calc_int(c, "--version", opts[3].value, 1, 2, &version))
        return false;
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
