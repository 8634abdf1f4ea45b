/* SPDX-License-Identifier: GPL-2.0-only
 * calc join: what a join-request and its join-accept agree on, with the session keys of 1.0.x. */
#include <inttypes.h>
#include <string.h>

#include "models/lorawan/join.h"
#include "sim/err.h"
#include "tools/calc.h"

/* cflist: as the vectors write it, "none", "mask" or "[Hz Hz ...]"; the numbers again as an array.
 */
static void set_cflist(json_t *o, const struct lw_join_accept *a)
{
    int64_t frequency_hz[5];
    uint16_t mask[6];
    calc_set_hex(o, "cflist_hex", a->cflist, a->has_cflist ? sizeof a->cflist : 0);
    int type = a->has_cflist ? lw_cflist_parse(a->cflist, frequency_hz, mask) : -1;
    json_t *array = json_array();
    if (type == 0) {
        char text[80] = "[";
        for (int i = 0; i < 5; i++) {
            size_t at = strlen(text);
            snprintf(text + at, sizeof text - at, "%" PRId64 "%s", frequency_hz[i],
                     i < 4 ? " " : "]");
            json_array_append_new(array, json_integer(frequency_hz[i]));
        }
        json_object_set_new(o, "cflist", json_string(text));
        json_object_set(o, "cflist_frequencies_hz", array);
    } else if (type == 1) {
        for (int i = 0; i < 6; i++)
            json_array_append_new(array, json_integer(mask[i]));
        json_object_set_new(o, "cflist", json_string("mask"));
        json_object_set(o, "cflist_masks", array);
    } else {
        json_object_set_new(o, "cflist", json_string(a->has_cflist ? "unknown type" : "none"));
    }
    json_decref(array);
}

void calc_set_join_accept(json_t *o, const struct lw_join_accept *a)
{
    json_object_set_new(o, "joinnonce", json_integer(a->joinnonce));
    calc_set_number_hex(o, "netid", a->netid, 6);
    calc_set_number_hex(o, "devaddr", a->devaddr, 8);
    json_t *dl = json_object();
    json_object_set_new(dl, "optneg", json_boolean(a->optneg));
    json_object_set_new(dl, "rx1droffset", json_integer(a->rx1_dr_offset));
    json_object_set_new(dl, "rx2dr", json_integer(a->rx2_dr));
    json_object_set_new(o, "dlsettings", dl);
    json_object_set_new(o, "rxdelay", json_integer(a->rx_delay));
    set_cflist(o, a);
}

/* The two frames of a join, parsed. */
struct join {
    uint8_t appkey[16], request_phy[LW_JOIN_REQUEST_LEN];
    struct lw_join_request request;
    struct lw_join_accept accept;
    bool request_ok, accept_ok;
};

static bool read_request(const struct calc *c, const char *hex, struct join *j)
{
    uint8_t phy[64];
    size_t len;
    if (!calc_hex(c, "REQUEST_HEX", hex, phy, sizeof phy, &len))
        return false;
    int rc = lw_join_request_parse(&j->request, phy, len);
    if (rc) {
        calc_fail(c, "REQUEST_HEX is not a join-request (23 octets, the first 00): %s",
                  sim_strerror(rc));
        return false;
    }
    memcpy(j->request_phy, phy, len);
    j->request_ok = lw_join_request_mic_ok(&j->request, j->appkey, j->request_phy);
    return true;
}

static bool read_accept(const struct calc *c, const char *hex, struct join *j)
{
    uint8_t phy[64];
    size_t len;
    if (!calc_hex(c, "ACCEPT_HEX", hex, phy, sizeof phy, &len))
        return false;
    int rc = lw_join_accept_open(&j->accept, j->appkey, phy, len);
    if (rc && rc != SIM_EMIC) {
        calc_fail(c, "ACCEPT_HEX is not a join-accept (17 or 33 octets, the first 20): %s",
                  sim_strerror(rc));
        return false;
    }
    j->accept_ok = rc == SIM_OK;
    return true;
}

static int join_answer(const struct calc *c, const struct join *j)
{
    json_t *o = json_object();
    calc_set_number_hex(o, "joineui", j->request.joineui, 16);
    calc_set_number_hex(o, "deveui", j->request.deveui, 16);
    json_object_set_new(o, "devnonce", json_integer(j->request.devnonce));
    json_object_set_new(o, "join_request_mic_ok", json_boolean(j->request_ok));
    json_object_set_new(o, "join_accept_mic_ok", json_boolean(j->accept_ok));
    if (j->accept_ok) {
        uint8_t nwkskey[16], appskey[16];
        calc_set_join_accept(o, &j->accept);
        lw_join_keys(j->appkey, j->accept.joinnonce, j->accept.netid, j->request.devnonce, nwkskey,
                     appskey);
        calc_set_hex(o, "nwkskey", nwkskey, 16);
        calc_set_hex(o, "appskey", appskey, 16);
    }
    if (!j->request_ok)
        calc_note(c, "the MIC of the join-request does not fit this AppKey");
    if (!j->accept_ok)
        calc_note(c, "the MIC of the join-accept does not fit this AppKey: another key, or a "
                     "LoRaWAN 1.1 join (two root keys), which is not supported");
    int rc = calc_print(c, o);
    return rc ? rc : j->request_ok && j->accept_ok ? CALC_OK : CALC_NO;
}

int calc_join(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[] = {{"--appkey", false, NULL}};
    const char *pos[2];
    struct join j;
    enum calc_go go = calc_args(c, argc, argv, opts, 1, pos, 2);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    if (!pos[1])
        return calc_fail(c, "two frames are needed: REQUEST_HEX and ACCEPT_HEX");
    if (!opts[0].value)
        return calc_fail(c, "--appkey is missing");
    if (!calc_hex_exact(c, "--appkey", opts[0].value, j.appkey, 16) ||
        !read_request(c, pos[0], &j) || !read_accept(c, pos[1], &j))
        return CALC_USAGE;
    return join_answer(c, &j);
}
