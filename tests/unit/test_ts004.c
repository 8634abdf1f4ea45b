/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the fragmentation commands against the vectors of both versions, both ways and with every
 * field. Unknown, cut, wrongly directed and oversize commands must give an error; what differs
 * between the versions and the status answer without a session have their own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/ts004.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"
#include "tools/calc.h"

enum { N_V1 = 50, N_V2 = 44 };

static void check_fields(const json_t *c, const uint8_t *buf, size_t len, int version)
{
    size_t at;
    json_t *array = json_array();
    const struct calc_app a = {TS004_FPORT, version, vec_bool(c, "uplink"), buf, len};
    assert_int_equal(calc_app_list(array, &a, &at), 0);
    assert_int_equal(json_array_size(array), 1);
    const json_t *fields = vec_get(json_array_get(array, 0), "fields");
    if (!json_equal(fields, vec_get(c, "fields")))
        fail_msg("%s: other fields", vec_text(c, "hex"));
    json_decref(array);
}

/* What is left after the cut can still be a command: the end of a fragment is not known, and a
 * status answer without a session may have one octet. */
static bool can_be_cut(const struct ts004 *m, size_t cut)
{
    return (m->cid == TS004_DATA_FRAGMENT && cut >= 3) ||
           (m->uplink && m->cid == TS004_SESSION_STATUS && m->u.status_ans.session_does_not_exist &&
            cut >= 2);
}

static void check_case(const json_t *c, int version)
{
    uint8_t buf[250], again[250];
    struct ts004 m, n;
    size_t at = 0, put = 0, len = vec_hex(c, "hex", buf, sizeof buf);
    bool uplink = vec_bool(c, "uplink");
    assert_int_equal(ts004_next(buf, len, &at, uplink, version, &m), 1);
    assert_int_equal(at, len);
    assert_int_equal(m.cid, vec_int(c, "cid"));
    assert_int_equal(ts004_size(&m, version), len);
    assert_int_equal(ts004_next(buf, len, &at, uplink, version, &n), 0);
    if (json_object_get(c, "fields"))
        check_fields(c, buf, len, version);
    const char *name = ts004_name(m.cid, uplink, version);
    if (json_object_get(c, "name"))
        assert_int_equal(strncmp(vec_text(c, "name"), name, strlen(name)), 0);
    if (json_object_get(c, "decoded"))
        assert_int_equal(strncmp(vec_text(c, "decoded"), name, strlen(name)), 0);
    assert_int_equal(ts004_put(again, len - 1, &put, version, &m), SIM_ENOSPC);
    assert_int_equal(ts004_put(again, sizeof again, &put, version, &m), SIM_OK);
    assert_int_equal(put, len);
    assert_memory_equal(again, buf, len);
    for (size_t cut = 1; cut < len; cut++) {
        uint8_t *piece = mem_copy(buf, cut);
        at = 0;
        int rc = ts004_next(piece, cut, &at, uplink, version, &n);
        assert_int_equal(rc, at > 0 && can_be_cut(&m, cut) ? 1 : SIM_ETRUNC);
        free(piece);
    }
}

static void check_file(json_t *root, int version, int n_want)
{
    size_t i;
    json_t *c;
    int n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const json_t *fport = json_object_get(c, "fport");
        if (!fport || json_integer_value(fport) != TS004_FPORT)
            continue;
        check_case(c, strstr(vec_text(c, "package"), "-v2") ? 2 : version);
        n++;
    }
    assert_int_equal(n, n_want);
    json_decref(root);
}

static void test_vectors(void **state)
{
    (void)state;
    check_file(VECTORS("app_commands_v1.json"), 1, N_V1);
    check_file(VECTORS("app_commands_v2.json"), 2, N_V2);
}

static struct ts004 read_hex(const char *hex, bool uplink, int version, int want)
{
    uint8_t buf[60];
    size_t len, at = 0;
    struct ts004 m = {0};
    assert_int_equal(hex_parse(hex, buf, sizeof buf, &len), SIM_OK);
    uint8_t *piece = mem_copy(buf, len);
    assert_int_equal(ts004_next(piece, len, &at, uplink, version, &m), want);
    assert_true(want == 1 ? at > 0 : at == 0);
    free(piece); /* the data of a fragment is gone with it */
    return m;
}

/* The fields of the second version's vectors are a text of another program: some by hand. */
static void test_fields_v2(void **state)
{
    (void)state;
    struct ts004 m = read_hex("022f095bd26835e9076a17b5a3b7103800", false, 2, 1);
    const struct ts004_setup_req *q = &m.u.setup_req;
    assert_int_equal(q->frag_index, 2);
    assert_int_equal(q->mc_group_mask, 15);
    assert_int_equal(q->nb_frag, 23305);
    assert_int_equal(q->frag_size, 210);
    assert_int_equal(q->frag_algo, 5);
    assert_true(q->ack_reception);
    assert_int_equal(q->block_ack_delay, 0);
    assert_int_equal(q->padding, 53);
    assert_memory_equal(q->descriptor, ((uint8_t[]){233, 7, 106, 23}), 4);
    assert_int_equal(q->session_cnt, 41909);
    assert_memory_equal(q->mic, ((uint8_t[]){183, 16, 56, 0}), 4);
    m = read_hex("0100a2681c", true, 2, 1);
    assert_int_equal(m.u.status_ans.nb_frag_received, 10402);
    assert_int_equal(m.u.status_ans.frag_index, 1);
    assert_int_equal(m.u.status_ans.missing_frag, 28);
    m = read_hex("0294", true, 2, 1);
    assert_true(m.u.setup_ans.index_not_supported && m.u.setup_ans.session_cnt_replay);
    m = read_hex("0407", true, 2, 1);
    assert_true(m.u.block_received_req.mic_error);
    assert_int_equal(m.u.block_received_req.frag_index, 3);
    m = read_hex("086eafce27", false, 2, 1);
    assert_int_equal(m.u.data_fragment.n, 12142);
    assert_int_equal(m.u.data_fragment.frag_index, 2);
    assert_int_equal(m.u.data_fragment.len, 2);
}

/* Without a session: by the text one octet; with the counts behind it when they end the payload. */
static void test_status_without_session(void **state)
{
    (void)state;
    struct ts004 m = read_hex("0104", true, 2, 1);
    assert_true(m.u.status_ans.session_does_not_exist);
    assert_false(m.u.status_ans.has_counts);
    assert_int_equal(ts004_size(&m, 2), 2);
    m = read_hex("0104004000", true, 2, 1);
    assert_true(m.u.status_ans.has_counts);
    assert_int_equal(m.u.status_ans.frag_index, 1);
    static const uint8_t two[] = {0x01, 0x04, 0x03, 0x07};
    size_t at = 0;
    assert_int_equal(ts004_next(two, sizeof two, &at, true, 2, &m), 1);
    assert_int_equal(ts004_next(two, sizeof two, &at, true, 2, &m), 1);
    assert_int_equal(m.cid, TS004_SESSION_DELETE);
    read_hex("0103", true, 2, SIM_ETRUNC);
}

static void test_versions(void **state)
{
    (void)state;
    struct ts004 m = read_hex("02ff0100ff7f00 00000000", false, 1, 1);
    assert_false(m.u.setup_req.ack_reception); /* RFU in version 1 */
    read_hex("02ff0100ff7f00 00000000", false, 2, SIM_ETRUNC);
    m = read_hex("0210", true, 1, 1);
    assert_false(m.u.setup_ans.session_cnt_replay);
    read_hex("0400", true, 1, SIM_EPROTO);
    read_hex("0400", false, 1, SIM_EPROTO);
    assert_null(ts004_name(TS004_BLOCK_RECEIVED, true, 1));
    assert_string_equal(ts004_name(TS004_BLOCK_RECEIVED, true, 2), "FragDataBlockReceivedReq");
}

static void check_put(const struct ts004 *m, int version, int want)
{
    uint8_t buf[40];
    size_t at = 0;
    assert_int_equal(ts004_put(buf, sizeof buf, &at, version, m), want);
    assert_int_equal(at > 0, want == SIM_OK);
}

static void test_ranges(void **state)
{
    (void)state;
    static const struct {
        struct ts004 m;
        int version, want;
    } cases[] = {
        {{0x01, false, .u.status_req = {4, false}}, 1, SIM_ERANGE},
        {{0x01, true, .u.status_ans = {.has_counts = true, .frag_index = 4}}, 1, SIM_ERANGE},
        {{0x01, true, .u.status_ans = {.has_counts = true, .nb_frag_received = 0x4000}},
         2,
         SIM_ERANGE},
        {{0x01, true, .u.status_ans = {.has_counts = false}}, 2, SIM_ERANGE},
        {{0x01, true, .u.status_ans = {.has_counts = true, .mic_error = true}}, 1, SIM_ERANGE},
        {{0x01, true, .u.status_ans = {.has_counts = true, .mic_error = true}}, 2, SIM_OK},
        {{0x02, false, .u.setup_req = {.mc_group_mask = 16}}, 1, SIM_ERANGE},
        {{0x02, false, .u.setup_req = {.frag_index = 4}}, 2, SIM_ERANGE},
        {{0x02, false, .u.setup_req = {.frag_algo = 8}}, 2, SIM_ERANGE},
        {{0x02, false, .u.setup_req = {.block_ack_delay = 8}}, 2, SIM_ERANGE},
        {{0x02, false, .u.setup_req = {.ack_reception = true}}, 1, SIM_ERANGE},
        {{0x02, true, .u.setup_ans = {.frag_index = 4}}, 1, SIM_ERANGE},
        {{0x02, true, .u.setup_ans = {.session_cnt_replay = true}}, 1, SIM_ERANGE},
        {{0x03, false, .u.delete_req = {4}}, 1, SIM_ERANGE},
        {{0x03, true, .u.delete_ans = {4, false}}, 1, SIM_ERANGE},
        {{0x04, true, .u.block_received_req = {4, false}}, 2, SIM_ERANGE},
        {{0x04, false, .u.block_received_ans = {4}}, 2, SIM_ERANGE},
        {{0x04, false, .u.block_received_ans = {3}}, 1, SIM_ENOENT},
        {{0x05, false, .u.delete_req = {0}}, 2, SIM_ENOENT},
        {{0x08, false, .u.data_fragment = {.n = 0x4000}}, 1, SIM_ERANGE},
        {{0x08, false, .u.data_fragment = {.frag_index = 4, .n = 1}}, 1, SIM_ERANGE},
        {{0x08, true, .u.data_fragment = {.n = 1}}, 1, SIM_ENOENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_put(&cases[i].m, cases[i].version, cases[i].want);
}

static void test_unknown_cids(void **state)
{
    (void)state;
    uint8_t buf[40] = {0};
    for (int v = 0; v < 1024; v++) {
        size_t at = 0;
        struct ts004 m;
        bool uplink = v & 1;
        int version = v & 2 ? 2 : 1;
        buf[0] = (uint8_t)(v >> 2);
        bool known = buf[0] <= 3 || (buf[0] == 4 && version == 2) || (buf[0] == 8 && !uplink);
        assert_int_equal(ts004_name(buf[0], uplink, version) != NULL, known);
        assert_int_equal(ts004_next(buf, sizeof buf, &at, uplink, version, &m),
                         known ? 1 : SIM_EPROTO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_fields_v2),
        cmocka_unit_test(test_status_without_session),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_unknown_cids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
