/* SPDX-License-Identifier: GPL-2.0-only
 * Pins parcels at the edge between nodes and octets: what is read goes on as it came, but for its
 * TTL; what a node makes has the size and the contents of the encoders' packets; faults keep their
 * reasons. Leaves open: each message's codec, which has tests of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/parcel_copy.h"
#include "sim/err.h"

struct rig {
    struct gmp_room gmp;
    struct pim_room pim;
    struct ip_parcel_room room;
    uint8_t buf[IP_PARCEL_MTU + 100], again[IP_PARCEL_MTU];
};

static void rig_open(struct rig *r)
{
    *r = (struct rig){0};
    gmp_room_init(&r->gmp);
    pim_room_init(&r->pim);
    r->room = (struct ip_parcel_room){.gmp = &r->gmp, .pim = &r->pim};
}

static void rig_close(struct rig *r)
{
    gmp_room_fini(&r->gmp);
    pim_room_fini(&r->pim);
}

static struct ip_parcel datagram(const char *src, const char *dst)
{
    return (struct ip_parcel){
        .kind = IP_PARCEL_UDP,
        .protocol = IP_PROTO_UDP,
        .ttl = 9,
        .src = ip_addr_of(src),
        .dst = ip_addr_of(dst),
        .u.udp = {.src_port = 1, .dst_port = 2, .data = (const uint8_t *)"hello", .len = 5}};
}

/* Written, read, and written again with one hop less: nothing else changes. */
static void data_goes_on_as_it_came(void **state)
{
    static const char *const ends[][2] = {{"10.0.0.1", "239.1.1.1"}, {"fd00::1", "ff15::1"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig r;
        struct ip_parcel out = datagram(ends[i][0], ends[i][1]), in;
        struct ip_packet ip;
        struct ip_udp u;
        rig_open(&r);
        int len = ip_parcel_write(&out, r.buf, sizeof r.buf);
        assert_int_equal(len, ip_parcel_size(&out));
        ip_parcel_read(&in, r.buf, (size_t)len + 9, &r.room); /* padding of the link */
        assert_int_equal(in.kind, IP_PARCEL_UDP);
        assert_int_equal(ip_parcel_size(&in), len);
        assert_int_equal(ip_parcel_udp(&in, &u), SIM_OK);
        assert_int_equal(u.len, 5);
        assert_memory_equal(u.data, "hello", 5);
        in.ttl--;
        assert_int_equal(ip_parcel_write(&in, r.again, sizeof r.again), len);
        assert_int_equal(ip_packet_parse(&ip, r.again, (size_t)len), SIM_OK);
        assert_int_equal(ip.ttl, 8);
        assert_memory_equal(ip.payload, r.buf + (ip.payload - r.again), ip.payload_len);
        assert_int_equal(ip_parcel_write(&in, r.again, (size_t)len - 1), SIM_ENOSPC);
        r.buf[len - 1] ^= 1; /* a router does not look; who opens it does */
        ip_parcel_read(&in, r.buf, (size_t)len, &r.room);
        assert_int_equal(in.kind, IP_PARCEL_UDP);
        assert_int_equal(ip_parcel_udp(&in, &u), SIM_EMIC);
        rig_close(&r);
    }
}

static void messages_have_their_size(void **state)
{
    struct rig r;
    struct ip_parcel in;
    const struct ip_addr src = ip_addr_of("fe80::1"), v4 = ip_addr_of("10.0.0.1");
    const struct gmp_msg query = {.kind = GMP_QUERY,
                                  .family = IP_V6,
                                  .version = GMP_V3,
                                  .group = ip_addr_of("::"),
                                  .max_resp = SIM_S(10),
                                  .qqi = SIM_S(125)};
    const struct pim_msg hello = {
        .kind = PIM_HELLO, .family = IP_V4, .u.hello = {.has_holdtime = true, .holdtime_s = 105}};
    (void)state;
    rig_open(&r);
    struct ip_parcel p = ip_parcel_gmp(&query, &src);
    int len = ip_parcel_write(&p, r.buf, sizeof r.buf);
    assert_int_equal(len, ip_parcel_size(&p));
    ip_parcel_read(&in, r.buf, (size_t)len, &r.room);
    assert_int_equal(in.kind, IP_PARCEL_GMP);
    assert_int_equal(in.fault, GMP_DROP_NONE);
    assert_int_equal(in.u.gmp->qqi, SIM_S(125));
    r.buf[len - 1] ^= 1;
    ip_parcel_read(&in, r.buf, (size_t)len, &r.room);
    assert_int_equal(in.fault, GMP_DROP_CHECKSUM);
    p = ip_parcel_pim(&hello, &v4, NULL);
    len = ip_parcel_write(&p, r.buf, sizeof r.buf);
    assert_int_equal(len, ip_parcel_size(&p));
    ip_parcel_read(&in, r.buf, (size_t)len, &r.room);
    assert_int_equal(in.kind, IP_PARCEL_PIM);
    assert_int_equal(in.fault, PIM_DROP_NONE);
    assert_int_equal(in.u.pim->u.hello.holdtime_s, 105);
    r.buf[8]++; /* the TTL, and with it the header's checksum */
    ip_parcel_read(&in, r.buf, (size_t)len, &r.room);
    assert_int_equal(in.kind, IP_PARCEL_UNREADABLE);
    rig_close(&r);
}

static void noise_is_unreadable(void **state)
{
    struct rig r;
    struct ip_parcel out = datagram("10.0.0.1", "239.1.1.1"), in;
    (void)state;
    rig_open(&r);
    ip_parcel_read(&in, r.buf, 0, &r.room);
    assert_int_equal(in.kind, IP_PARCEL_UNREADABLE);
    int len = ip_parcel_write(&out, r.buf, sizeof r.buf);
    assert_true(len > 0);
    ip_parcel_read(&in, r.buf, IP_PARCEL_MTU + 1, &r.room); /* more than a link carries */
    assert_int_equal(in.kind, IP_PARCEL_UNREADABLE);
    ip_parcel_read(&in, r.buf, 12, &r.room);
    assert_int_equal(in.kind, IP_PARCEL_UNREADABLE);
    assert_int_equal(ip_parcel_write(&in, r.again, sizeof r.again), 12); /* switches pass it on */
    assert_memory_equal(r.again, r.buf, 12);
    rig_close(&r);
}

/* A Register of a node: its octets hold the datagram's, with the size that was told; read, written
 * or copied, what is inside is the same. */
static void registers_carry_datagrams(void **state)
{
    static const char *const ends[][4] = {{"10.0.0.1", "239.1.1.1", "10.0.0.2", "10.0.0.9"},
                                          {"fd00::1", "ff15::1", "fd00::2", "fd00::9"}};
    static uint64_t room[200];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig r;
        struct ip_parcel data = datagram(ends[i][0], ends[i][1]), in, copy, inner;
        struct ip_addr src = ip_addr_of(ends[i][2]), dst = ip_addr_of(ends[i][3]);
        struct pim_msg m = {
            .kind = PIM_REGISTER,
            .family = src.family,
            .u.reg = {.source = data.src, .group = data.dst, .inner_len = ip_parcel_size(&data)}};
        struct ip_parcel out = ip_parcel_pim(&m, &src, &dst);
        struct ip_udp u;
        rig_open(&r);
        out.inner = &data;
        int len = ip_parcel_write(&out, r.buf, sizeof r.buf);
        assert_int_equal(len, ip_parcel_size(&out));
        ip_parcel_read(&in, r.buf, (size_t)len, &r.room);
        assert_int_equal(in.kind, IP_PARCEL_PIM);
        assert_int_equal(in.fault, PIM_DROP_NONE);
        size_t need = ip_parcel_copy(&copy, &out, NULL, 0);
        assert_in_range(need, 1, sizeof room);
        ip_parcel_copy(&copy, &out, room, sizeof room);
        data.ttl = 0; /* the copy has its own */
        const struct ip_parcel *both[] = {&in, &copy};
        for (int k = 0; k < 2; k++) {
            assert_int_equal(ip_parcel_inner(both[k], &inner), SIM_OK);
            assert_int_equal(inner.kind, IP_PARCEL_UDP);
            assert_int_equal(inner.ttl, 9);
            assert_true(ip_addr_equal(&inner.src, &data.src));
            assert_true(ip_addr_equal(&inner.dst, &data.dst));
            assert_int_equal(ip_parcel_udp(&inner, &u), SIM_OK);
            assert_memory_equal(u.data, "hello", 5);
        }
        assert_int_equal(ip_parcel_inner(&data, &inner), SIM_EINVAL);
        m.u.reg.null = true;
        out.inner = NULL;
        assert_int_equal(ip_parcel_inner(&out, &inner), SIM_EINVAL);
        rig_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_goes_on_as_it_came),
        cmocka_unit_test(messages_have_their_size),
        cmocka_unit_test(noise_is_unreadable),
        cmocka_unit_test(registers_carry_datagrams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
