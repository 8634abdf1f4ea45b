/* SPDX-License-Identifier: GPL-2.0-only
 * calc igmp, calc mld and calc mld-code: packets of group membership, and codes of times. */
#include <stdlib.h>

#include "models/ip/gmp_packet.h"
#include "models/ip/maxresp.h"
#include "sim/mem.h"
#include "tools/calc.h"

static void set_int(json_t *o, const char *name, int64_t value)
{
    json_object_set_new(o, name, json_integer(value));
}

static void set_addr(json_t *o, const char *name, const struct ip_addr *a)
{
    char text[IP_TEXT_SIZE];
    json_object_set_new(o, name, json_string(ip_addr_print(a, text)));
}

static json_t *addr_list(const struct ip_addr *a, size_t n)
{
    char text[IP_TEXT_SIZE];
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(ip_addr_print(&a[i], text)));
    return list;
}

/* MLDv1 is the second version in the family of IGMP, and calls itself the first. */
static int own_version(const struct gmp_msg *m)
{
    return m->family == IP_V6 ? m->version - 1 : m->version;
}

static void set_query_v3(json_t *o, const struct gmp_packet *p)
{
    const struct gmp_msg *m = &p->msg;
    set_int(o, "max_resp_code", p->max_resp_code);
    set_int(o, "S", m->s_flag);
    set_int(o, "QRV", m->qrv);
    set_int(o, "QQIC", p->qqic);
    set_int(o, "qqi_s", m->qqi / SIM_S(1));
    set_int(o, "nsrc", (int64_t)m->n_sources);
    json_object_set_new(o, "sources", addr_list(m->sources, m->n_sources));
}

static const char *query_name(const struct gmp_msg *m)
{
    if (ip_addr_is_any(&m->group))
        return "general";
    return m->n_sources > 0 ? "multicast-address-and-source-specific"
                            : "multicast-address-specific";
}

static void set_query(json_t *o, const struct gmp_packet *p)
{
    const struct gmp_msg *m = &p->msg;
    json_object_set_new(o, "query", json_string(query_name(m)));
    set_addr(o, "group", &m->group);
    if (m->family == IP_V6)
        set_int(o, m->version == GMP_V3 ? "max_resp_ms" : "max_resp_delay_ms",
                m->max_resp / SIM_MS(1));
    else
        set_int(o, "max_resp_01s", m->max_resp / SIM_MS(100));
    if (m->version == GMP_V1)
        set_int(o, "treat_as_s", 10);
    if (m->version == GMP_V3)
        set_query_v3(o, p);
}

static void set_report(json_t *o, const struct gmp_msg *m)
{
    if (m->version != GMP_V3) {
        set_addr(o, "group", &m->group);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < m->n_records; i++) {
        const struct gmp_record *r = &m->records[i];
        json_t *one = json_object();
        set_int(one, "type", r->type);
        json_object_set_new(one, "name", json_string(gmp_record_name(r->type)));
        set_addr(one, "group", &r->group);
        json_object_set_new(one, "sources", addr_list(r->sources, r->n_sources));
        if (r->aux_words > 0)
            set_int(one, "aux_words", r->aux_words);
        json_array_append_new(list, one);
    }
    json_object_set_new(o, "records", list);
    set_int(o, "ignored", m->n_ignored);
}

static json_t *packet_json(const struct gmp_packet *p)
{
    static const char *const kinds[] = {"query", "report", "leave"};
    const struct gmp_msg *m = &p->msg;
    json_t *o = json_object();
    json_object_set_new(o, "used", json_boolean(p->reason == GMP_DROP_NONE));
    json_object_set_new(o, "reason", json_string(gmp_reason_text(p->reason)));
    set_addr(o, "src", &p->ip.src);
    set_addr(o, "dst", &p->ip.dst);
    set_int(o, "ttl", p->ip.ttl);
    json_object_set_new(o, "router_alert", json_boolean(p->ip.router_alert));
    set_int(o, "type", p->type);
    set_int(o, m->family == IP_V6 ? "icmp_len" : "len", (int64_t)p->ip.payload_len);
    if (!p->readable)
        return o;
    json_object_set_new(o, "kind", json_string(kinds[m->kind]));
    set_int(o, "version", own_version(m));
    if (m->kind == GMP_QUERY)
        set_query(o, p);
    else
        set_report(o, m);
    return o;
}

static int one_packet(const struct calc *c, int argc, char **argv, uint8_t family)
{
    static const int protocols[] = {[IP_V4] = IP_PROTO_IGMP, [IP_V6] = IP_PROTO_ICMPV6};
    const char *hex;
    enum calc_go go = calc_args(c, argc, argv, NULL, 0, &hex, 1);
    if (go != CALC_GO)
        return go == CALC_HELP_SHOWN ? CALC_OK : CALC_USAGE;
    if (!hex)
        return calc_fail(c, "the packet is missing");
    uint8_t *buf = mem_alloc(IP_MAX_PACKET, 1);
    struct gmp_room room;
    struct gmp_packet p = {0};
    size_t len;
    gmp_room_init(&room);
    int rc = CALC_USAGE;
    if (calc_hex(c, "HEX", hex, buf, IP_MAX_PACKET, &len)) {
        gmp_packet_decode(&p, buf, len, &room);
        if (p.reason == GMP_DROP_IP || p.reason == GMP_DROP_FRAGMENT || p.ip.src.family != family ||
            p.ip.protocol != protocols[family]) {
            rc = calc_fail(c, "HEX is no %s packet from its IP header on%s%s",
                           family == IP_V4 ? "IGMP" : "ICMPv6", p.reason ? ": " : "",
                           p.reason ? gmp_reason_text(p.reason) : "");
        } else {
            rc = calc_print(c, packet_json(&p));
            if (p.reason && rc == CALC_OK)
                rc = CALC_NO;
            if (p.reason)
                calc_note(c, "the packet is dropped: %s", gmp_reason_text(p.reason));
        }
    }
    gmp_room_fini(&room);
    free(buf);
    return rc;
}

int calc_igmp(const struct calc *c, int argc, char **argv)
{
    return one_packet(c, argc, argv, IP_V4);
}

int calc_mld(const struct calc *c, int argc, char **argv)
{
    return one_packet(c, argc, argv, IP_V6);
}

int calc_mld_code(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[] = {{.name = "--encode"}, {.name = "--bits"}};
    const char *text;
    int64_t bits = 16, n;
    enum calc_go go = calc_args(c, argc, argv, opts, 2, &text, 1);
    if (go != CALC_GO)
        return go == CALC_HELP_SHOWN ? CALC_OK : CALC_USAGE;
    if (opts[1].value && !calc_int(c, "--bits", opts[1].value, 8, 16, &bits))
        return CALC_USAGE;
    if (bits != 8 && bits != 16)
        return calc_fail(c, "--bits is 8 or 16");
    if (!text == !opts[0].value)
        return calc_fail(c, "either CODE or --encode VALUE is needed");
    int64_t max_code = bits == 8 ? UINT8_MAX : UINT16_MAX;
    if (text && !calc_int(c, "CODE", text, 0, max_code, &n))
        return CALC_USAGE;
    if (!text && !calc_int(c, "--encode", opts[0].value, 0, UINT32_MAX, &n))
        return CALC_USAGE;
    json_t *o = json_object();
    if (!text) {
        set_int(o, "wanted", n);
        n = bits == 8 ? maxresp8_encode((uint32_t)n) : maxresp16_encode((uint32_t)n);
    }
    set_int(o, "bits", bits);
    set_int(o, "code", n);
    calc_set_number_hex(o, "code_hex", (uint64_t)n, (int)bits / 4);
    set_int(o, "value", bits == 8 ? maxresp8_decode((uint8_t)n) : maxresp16_decode((uint16_t)n));
    return calc_print(c, o);
}
