/* SPDX-License-Identifier: GPL-2.0-only
 * Pins group membership packets: the vectors decode to their fields and encode to the same octets,
 * each fault of an envelope has its reason, sizes are those of the encoders, timers those of the
 * vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/gmp_packet.h"
#include "models/ip/igmp.h"
#include "models/ip/mld.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"

enum { MAX = 2000 };

static enum gmp_reason decode_copy(struct gmp_packet *p, const uint8_t *buf, size_t len,
                                   struct gmp_room *room, uint8_t **copy)
{
    *copy = mem_copy(buf, len);
    return gmp_packet_decode(p, *copy, len, room);
}

/* Fields that a codec does not carry back: auxiliary data, other paddings and classes. */
static void check_encoded(const json_t *c, const struct gmp_packet *p, const uint8_t *buf,
                          size_t len)
{
    uint8_t again[MAX];
    int n = gmp_packet_encode(&p->msg, &p->ip.src, again, sizeof again);
    assert_int_equal(n, gmp_size(&p->msg));
    const char *id = vec_text(c, "id");
    if (strcmp(id, "mld2-rep-aux") == 0 || strcmp(id, "igmp1-q") == 0)
        return;
    assert_int_equal(n, len);
    size_t header = ip_header_len(p->ip.src.family, true);
    assert_memory_equal(again + header, buf + header, len - header);
    assert_memory_equal(again + (header == 24 ? 12 : 8), buf + (header == 24 ? 12 : 8),
                        header == 24 ? 8 : 32);
    assert_int_equal(gmp_packet_encode(&p->msg, &p->ip.src, again, len - 1), SIM_ENOSPC);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("igmp_mld.json"), *c;
    struct gmp_room room;
    size_t i;
    gmp_room_init(&room);
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t buf[MAX], *copy;
        size_t len = vec_hex(c, "packet_hex", buf, sizeof buf);
        struct gmp_packet p;
        if (decode_copy(&p, buf, len, &room, &copy))
            fail_msg("%s: %s", vec_text(c, "id"), gmp_reason_text(p.reason));
        assert_true(p.readable);
        assert_int_equal(p.type, vec_int(vec_get(c, "decoded"), "type"));
        check_encoded(c, &p, buf, len);
        free(copy);
    }
    assert_int_equal(i, 15);
    json_decref(root);
    gmp_room_fini(&room);
}

/* Items of a list of addresses, from at on. */
static size_t check_list(const json_t *list, size_t at, const struct ip_addr *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ip_addr want = ip_addr_of(json_string_value(json_array_get(list, at + i)));
        assert_true(ip_addr_equal(&want, &v[i]));
    }
    return at + n;
}

static void check_capture(const json_t *c, const struct gmp_packet *p)
{
    const json_t *groups = vec_get(c, "groups"), *sources = vec_get(c, "sources");
    const struct gmp_msg *m = &p->msg;
    size_t n_sources = 0;
    if (m->kind == GMP_QUERY) {
        check_list(groups, 0, &m->group, 1);
        n_sources = check_list(sources, 0, m->sources, m->n_sources);
    }
    assert_int_equal(m->n_records, json_array_size(vec_get(c, "record_types")));
    for (size_t i = 0; i < m->n_records; i++) {
        const struct gmp_record *r = &m->records[i];
        assert_int_equal(r->type,
                         json_integer_value(json_array_get(vec_get(c, "record_types"), i)));
        check_list(groups, i, &r->group, 1);
        n_sources = check_list(sources, n_sources, r->sources, r->n_sources);
    }
    assert_int_equal(n_sources, json_array_size(sources));
}

/* Whole captures of other programs: all used, and written in the same octets. */
static void test_captures(void **state)
{
    (void)state;
    json_t *root = VECTORS("gmp_captures.json"), *c;
    struct gmp_room room;
    size_t i;
    gmp_room_init(&room);
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t buf[MAX], again[MAX], *copy;
        size_t len = vec_hex(c, "packet_hex", buf, sizeof buf);
        struct gmp_packet p;
        assert_int_equal(decode_copy(&p, buf, len, &room, &copy), GMP_DROP_NONE);
        check_capture(c, &p);
        size_t header = ip_header_len(p.ip.src.family, true);
        assert_int_equal(gmp_packet_encode(&p.msg, &p.ip.src, again, sizeof again), len);
        assert_memory_equal(again + header, buf + header, len - header);
        free(copy);
    }
    assert_int_equal(i, 20);
    json_decref(root);
    gmp_room_fini(&room);
}

static void test_rejects(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        enum gmp_reason reason;
    } want[] = {{"mldneg-cksum", GMP_DROP_CHECKSUM},
                {"mldneg-hlim", GMP_DROP_TTL},
                {"mldneg-len26", GMP_DROP_LENGTH}};
    json_t *root = VECTORS("igmp_mld_reject.json"), *c;
    struct gmp_room room;
    size_t i;
    gmp_room_init(&room);
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t buf[MAX], *copy;
        size_t len = vec_hex(c, "packet_hex", buf, sizeof buf);
        struct gmp_packet p;
        assert_string_equal(vec_text(c, "id"), want[i].id);
        assert_int_equal(decode_copy(&p, buf, len, &room, &copy), want[i].reason);
        free(copy);
    }
    assert_int_equal(i, 3);
    json_decref(root);
    gmp_room_fini(&room);
}

/* Every beginning of every packet is refused, whatever its IP header says. */
static void test_cut(void **state)
{
    (void)state;
    json_t *root = VECTORS("igmp_mld.json"), *c;
    struct gmp_room room;
    size_t i;
    gmp_room_init(&room);
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t buf[MAX], *copy;
        size_t len = vec_hex(c, "packet_hex", buf, sizeof buf);
        for (size_t cut = 0; cut < len; cut++) {
            struct gmp_packet p;
            assert_int_equal(decode_copy(&p, buf, cut, &room, &copy), GMP_DROP_IP);
            free(copy);
        }
    }
    json_decref(root);
    gmp_room_fini(&room);
}

/* A message as its own packet, with one field of the envelope or the body changed. */
struct bent {
    const char *what;
    const char *src, *dst; /* NULL: as it should be */
    int ttl;               /* 0: 1 */
    bool no_alert;
    int type;  /* 0: as it is */
    size_t at; /* octet of the payload that is set to value; 0: none */
    uint8_t value;
    size_t len; /* of the payload; 0: whole */
    enum gmp_reason reason;
};

/* Wrap the payload of packet in other headers, with a checksum that is right. */
static size_t bend(const struct bent *b, const struct gmp_packet *from, uint8_t *out)
{
    uint8_t payload[MAX];
    struct ip_packet ip = from->ip;
    memcpy(payload, ip.payload, ip.payload_len);
    if (b->len)
        ip.payload_len = b->len;
    if (b->type)
        payload[0] = (uint8_t)b->type;
    if (b->at)
        payload[b->at] = b->value;
    if (b->src)
        ip.src = ip_addr_of(b->src);
    if (b->dst)
        ip.dst = ip_addr_of(b->dst);
    ip.ttl = b->ttl ? (uint8_t)b->ttl : 1;
    ip.router_alert = !b->no_alert;
    payload[2] = payload[3] = 0;
    uint16_t sum = ip.src.family == IP_V4
                       ? ip_checksum(payload, ip.payload_len)
                       : ip_checksum_pseudo(&ip.src, &ip.dst, ip.protocol, payload, ip.payload_len);
    payload[2] = (uint8_t)(sum >> 8);
    payload[3] = (uint8_t)sum;
    ip.payload = payload;
    return (size_t)ip_packet_build(&ip, out, MAX);
}

static void check_bent(const struct gmp_msg *m, const char *src, const struct bent *b, size_t n)
{
    struct gmp_room room;
    gmp_room_init(&room);
    for (size_t i = 0; i < n; i++) {
        uint8_t buf[MAX], out[MAX], *copy;
        struct ip_addr from = ip_addr_of(src);
        struct gmp_packet p, q;
        int len = gmp_packet_encode(m, &from, buf, sizeof buf);
        assert_int_equal(gmp_packet_decode(&p, buf, (size_t)len, &room), GMP_DROP_NONE);
        size_t bent = bend(&b[i], &p, out);
        if (decode_copy(&q, out, bent, &room, &copy) != b[i].reason)
            fail_msg("%s: %s", b[i].what, gmp_reason_text(q.reason));
        free(copy);
    }
    gmp_room_fini(&room);
}

static void test_bent_mld(void **state)
{
    (void)state;
    static const struct bent query[] = {
        {.what = "as it is"},
        {.what = "global source", .src = "2001:db8::1", .reason = GMP_DROP_SOURCE},
        {.what = "no source", .src = "::", .reason = GMP_DROP_SOURCE},
        {.what = "multicast source", .src = "ff02::5", .reason = GMP_DROP_SOURCE},
        {.what = "hop limit", .ttl = 255, .reason = GMP_DROP_TTL},
        {.what = "no alert", .no_alert = true, .reason = GMP_DROP_ALERT},
        {.what = "another group", .dst = "ff15::8", .reason = GMP_DROP_DESTINATION},
        {.what = "the group", .dst = "ff15::7"},
        {.what = "all nodes", .dst = "ff02::1"},
        {.what = "unicast", .dst = "fe80::9"},
        {.what = "group is unicast", .at = 8, .value = 0x20, .reason = GMP_DROP_GROUP},
        {.what = "27 octets", .len = 27, .reason = GMP_DROP_LENGTH},
        {.what = "4 octets", .len = 4, .reason = GMP_DROP_LENGTH},
        {.what = "a source is missing", .len = 28 + 16, .reason = GMP_DROP_TRUNCATED},
        {.what = "N too large", .at = 27, .value = 3, .reason = GMP_DROP_TRUNCATED},
        {.what = "echo reply", .type = 129, .reason = GMP_DROP_TYPE},
        {.what = "done", .type = MLD_V1_DONE, .dst = "ff02::2", .len = 24},
        {.what = "short done",
         .type = MLD_V1_DONE,
         .dst = "ff02::2",
         .len = 23,
         .reason = GMP_DROP_LENGTH},
    };
    static const struct bent report[] = {
        {.what = "as it is"},
        {.what = "no source yet", .src = "::"},
        {.what = "global source", .src = "2001:db8::1", .reason = GMP_DROP_SOURCE},
        {.what = "all routers", .dst = "ff02::2", .reason = GMP_DROP_DESTINATION},
        {.what = "unicast", .dst = "fe80::9"},
        {.what = "M too large", .at = 7, .value = 3, .reason = GMP_DROP_TRUNCATED},
        {.what = "record's N too large", .at = 11, .value = 9, .reason = GMP_DROP_TRUNCATED},
        {.what = "aux data is missing", .at = 9 + 36, .value = 1, .reason = GMP_DROP_TRUNCATED},
    };
    const struct ip_addr sources[] = {ip_addr_of("2001:db8::1"), ip_addr_of("2001:db8::2")};
    const struct gmp_record records[] = {{.type = GMP_IS_IN,
                                          .group = ip_addr_of("ff3e::8000:1"),
                                          .sources = sources,
                                          .n_sources = 1},
                                         {.type = GMP_TO_EX, .group = ip_addr_of("ff15::7")}};
    const struct gmp_msg q = {.kind = GMP_QUERY,
                              .family = IP_V6,
                              .version = GMP_V3,
                              .max_resp = SIM_S(1),
                              .group = ip_addr_of("ff15::7"),
                              .sources = sources,
                              .n_sources = 2};
    const struct gmp_msg r = {
        .kind = GMP_REPORT, .family = IP_V6, .version = GMP_V3, .records = records, .n_records = 2};
    check_bent(&q, "fe80::1", query, sizeof query / sizeof *query);
    check_bent(&r, "fe80::1", report, sizeof report / sizeof *report);
}

static void test_bent_igmp(void **state)
{
    (void)state;
    static const struct bent leave[] = {
        {.what = "as it is"},
        {.what = "to the group", .dst = "239.1.2.3"},
        {.what = "to all systems", .dst = "224.0.0.1", .reason = GMP_DROP_DESTINATION},
        {.what = "to somebody", .dst = "10.0.0.1", .reason = GMP_DROP_DESTINATION},
        {.what = "multicast source", .src = "224.0.0.5", .reason = GMP_DROP_SOURCE},
        {.what = "loopback source", .src = "127.0.0.1", .reason = GMP_DROP_SOURCE},
        {.what = "no source", .src = "0.0.0.0"},
        {.what = "TTL", .ttl = 2, .reason = GMP_DROP_TTL},
        {.what = "no alert", .no_alert = true, .reason = GMP_DROP_ALERT},
        {.what = "group is unicast", .at = 4, .value = 10, .reason = GMP_DROP_GROUP},
        {.what = "7 octets", .len = 7, .reason = GMP_DROP_LENGTH},
        {.what = "type 0x13", .type = 0x13, .reason = GMP_DROP_TYPE},
        {.what = "version 1 report", .type = IGMP_V1_REPORT, .no_alert = true, .dst = "239.1.2.3"},
        {.what = "version 2 report elsewhere",
         .type = IGMP_V2_REPORT,
         .dst = "239.1.2.4",
         .reason = GMP_DROP_DESTINATION},
    };
    static const struct bent query[] = {
        {.what = "as it is"},
        {.what = "group, to all systems", .at = 4, .value = 239},
        {.what = "unicast group", .at = 4, .value = 9, .reason = GMP_DROP_GROUP},
        {.what = "11 octets", .len = 11, .reason = GMP_DROP_LENGTH},
        {.what = "8 octets: version 2", .len = 8},
        {.what = "a source that is not there", .at = 11, .value = 1, .reason = GMP_DROP_TRUNCATED},
    };
    const struct gmp_msg l = {
        .kind = GMP_LEAVE, .family = IP_V4, .version = GMP_V2, .group = ip_addr_of("239.1.2.3")};
    const struct gmp_msg q = {.kind = GMP_QUERY,
                              .family = IP_V4,
                              .version = GMP_V3,
                              .max_resp = SIM_S(10),
                              .group = ip_addr_any(IP_V4)};
    check_bent(&l, "10.0.0.2", leave, sizeof leave / sizeof *leave);
    check_bent(&q, "10.0.0.2", query, sizeof query / sizeof *query);
}

/* Unknown types, groups and sources that cannot be leave the other records alone. */
static void test_ignored(void **state)
{
    (void)state;
    const struct ip_addr sources[] = {ip_addr_of("10.0.0.1"), ip_addr_of("224.0.0.9"),
                                      ip_addr_of("10.0.0.3")};
    const struct gmp_record records[] = {
        {.type = 9, .group = ip_addr_of("239.0.0.1"), .sources = sources, .n_sources = 3},
        {.type = GMP_ALLOW, .group = ip_addr_of("239.0.0.2"), .sources = sources, .n_sources = 3},
        {.type = GMP_TO_EX, .group = ip_addr_of("10.0.0.2")},
        {.type = GMP_TO_IN, .group = ip_addr_of("239.0.0.4"), .sources = sources, .n_sources = 1}};
    const struct gmp_msg m = {
        .kind = GMP_REPORT, .family = IP_V4, .version = GMP_V3, .records = records, .n_records = 4};
    uint8_t buf[MAX];
    struct ip_addr src = ip_addr_of("10.0.0.2");
    struct gmp_room room;
    struct gmp_packet p;
    gmp_room_init(&room);
    int len = gmp_packet_encode(&m, &src, buf, sizeof buf);
    assert_int_equal(gmp_packet_decode(&p, buf, (size_t)len, &room), GMP_DROP_NONE);
    assert_int_equal(p.msg.n_records, 2);
    assert_int_equal(p.msg.n_ignored, 3);
    assert_int_equal(p.msg.records[0].type, GMP_ALLOW);
    assert_int_equal(p.msg.records[0].n_sources, 2);
    assert_true(ip_addr_equal(&p.msg.records[0].sources[1], &sources[2]));
    assert_int_equal(p.msg.records[1].type, GMP_TO_IN);
    assert_int_equal(p.msg.records[1].n_sources, 1);
    gmp_room_fini(&room);
}

/* Versions that a family does not have. */
static void test_no_such_message(void **state)
{
    (void)state;
    static const struct {
        uint8_t family, version, kind;
    } bad[] = {{IP_V6, GMP_V1, GMP_QUERY},
               {IP_V6, GMP_V1, GMP_REPORT},
               {IP_V6, GMP_V3, GMP_LEAVE},
               {IP_V4, GMP_V1, GMP_LEAVE},
               {IP_V4, GMP_V3, GMP_LEAVE}};
    uint8_t buf[MAX];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct gmp_msg m = {.family = bad[i].family,
                                  .version = bad[i].version,
                                  .kind = bad[i].kind,
                                  .group = ip_addr_any(bad[i].family)};
        struct ip_addr src = ip_addr_any(bad[i].family);
        assert_int_equal(gmp_packet_encode(&m, &src, buf, sizeof buf), SIM_EINVAL);
    }
}

/* Sizes of Linux's and FRR's packets: IP layer without link header. */
static void test_sizes(void **state)
{
    (void)state;
    struct ip_addr sources[3] = {ip_addr_of("10.0.0.1")};
    struct gmp_record r = {.type = GMP_IS_EX, .group = ip_addr_of("ff15::1")};
    struct gmp_msg m = {.kind = GMP_QUERY, .family = IP_V6, .version = GMP_V3};
    assert_int_equal(gmp_size(&m), 76);
    m.family = IP_V4;
    assert_int_equal(gmp_size(&m), 36);
    m.n_sources = 2;
    assert_int_equal(gmp_size(&m), 44);
    m = (struct gmp_msg){.kind = GMP_REPORT, .version = GMP_V3, .records = &r, .n_records = 1};
    m.family = IP_V6;
    assert_int_equal(gmp_size(&m), 76);
    m.family = IP_V4;
    assert_int_equal(gmp_size(&m), 40);
    r.n_sources = 3;
    r.sources = sources;
    assert_int_equal(gmp_size(&m), 52);
    m.version = GMP_V2;
    assert_int_equal(gmp_size(&m), 32);
    /* The largest that fit. */
    assert_int_equal(gmp_max_sources(IP_V4, GMP_QUERY, 1500), (1500 - 36) / 4);
    assert_int_equal(gmp_max_sources(IP_V6, GMP_REPORT, 1280), (1280 - 76) / 16);
    assert_int_equal(gmp_max_sources(IP_V6, GMP_REPORT, 50), 0);
}

static void test_coded_times(void **state)
{
    (void)state;
    assert_int_equal(gmp_coded_max_resp(IP_V4, GMP_V3, SIM_S(10)), SIM_S(10));
    assert_int_equal(gmp_coded_max_resp(IP_V4, GMP_V3, SIM_MS(12999)), SIM_MS(12800));
    assert_int_equal(gmp_coded_max_resp(IP_V4, GMP_V2, SIM_S(99)), SIM_MS(25500));
    assert_int_equal(gmp_coded_max_resp(IP_V4, GMP_V1, SIM_S(99)), 0);
    assert_int_equal(gmp_coded_max_resp(IP_V6, GMP_V2, SIM_S(99)), SIM_MS(65535));
    assert_int_equal(gmp_coded_max_resp(IP_V6, GMP_V3, SIM_MS(57770)), SIM_MS(57768));
    assert_int_equal(gmp_coded_max_resp(IP_V6, GMP_V3, SIM_S(1000000)), SIM_MS(8387584));
    assert_int_equal(gmp_coded_qqi(SIM_S(130)), SIM_S(128));
    assert_int_equal(gmp_coded_qqi(SIM_S(1000000)), SIM_S(31744));
}

static sim_time seconds(const json_t *o, const char *name)
{
    return (sim_time)(json_number_value(vec_get(o, name)) * 1e9);
}

static void test_timers(void **state)
{
    (void)state;
    json_t *root = VECTORS("mld_state.json"), *c;
    size_t i, n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strncmp(vec_text(c, "id"), "timer", 5) != 0)
            continue;
        const json_t *in = vec_get(c, "input"), *want = vec_get(c, "expect");
        struct gmp_cfg cfg = gmp_cfg_default(IP_V6);
        cfg.robustness = (uint8_t)vec_int(in, "RV");
        cfg.query_interval = seconds(in, "QI");
        cfg.query_response = seconds(in, "QRI");
        cfg.last_member_interval = seconds(in, "LLQI");
        cfg.last_member_count = (uint8_t)vec_int(in, "LLQC");
        struct gmp_times t = gmp_times_of(&cfg, cfg.robustness, cfg.query_interval);
        assert_int_equal(t.membership, seconds(want, "MALI_or_GMI"));
        assert_int_equal(t.other_querier, seconds(want, "OQPI"));
        assert_int_equal(t.startup_interval, seconds(want, "startup_qi"));
        assert_int_equal(t.startup_count, vec_int(want, "startup_qc"));
        assert_int_equal(t.last_member, seconds(want, "LLQT_or_LMQT"));
        assert_int_equal(t.older_host, seconds(want, "older_host_present"));
        n++;
    }
    assert_int_equal(n, 3);
    json_decref(root);
    struct gmp_cfg cfg = gmp_cfg_default(IP_V4);
    assert_int_equal(gmp_times_of(&cfg, 2, SIM_S(125)).unsolicited, SIM_S(1));
    cfg.version = GMP_V2;
    assert_int_equal(gmp_times_of(&cfg, 2, SIM_S(125)).unsolicited, SIM_S(10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),  cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_captures), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_bent_mld), cmocka_unit_test(test_bent_igmp),
        cmocka_unit_test(test_ignored),  cmocka_unit_test(test_no_such_message),
        cmocka_unit_test(test_sizes),    cmocka_unit_test(test_coded_times),
        cmocka_unit_test(test_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
