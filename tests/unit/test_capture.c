/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the bytes of captures and of the keys' file, the order of packets, and what happens when the
 * folder cannot be used. That Wireshark reads them is tested in tests/cross/capture_tshark.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/capture.h"
#include "sim/bytes.h"
#include "sim/mem.h"

enum { FILE_HEAD = 24, PACKET_HEAD = 31 };

static const int64_t start_gps_ns = INT64_C(1451260818) * 1000000000; /* 2026-01-01T00:00:00Z */
static const uint32_t start_unix_s = 1767225600;

struct dir {
    char path[64];
    char file[128];
};

static int make_dir(void **state)
{
    struct dir *d = mem_alloc(1, sizeof *d);

    snprintf(d->path, sizeof d->path, "/tmp/castbed-capture-XXXXXX");
    if (!mkdtemp(d->path))
        return -1;
    *state = d;
    return 0;
}

static const char *file_in(struct dir *d, const char *name)
{
    snprintf(d->file, sizeof d->file, "%s/%s", d->path, name);
    return d->file;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"gw-0.pcap", "gw-1.pcap", "gw-0-000000000007.pcap",
                                        "encryption_keys_lorawan", "plain"};
    struct dir *d = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(file_in(d, names[i]));
    rmdir(d->path);
    free(d);
    return 0;
}

/* A whole file; the caller frees. */
static uint8_t *read_all(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *p = mem_alloc(1 << 20, 1);

    assert_non_null(f);
    *size = fread(p, 1, 1 << 20, f);
    fclose(f);
    return p;
}

static struct trace_frame uplink_at(int64_t gateway, sim_time start_ns)
{
    static const uint8_t bytes[] = {0x40, 1, 2, 3, 4, 0, 0, 0, 9, 9, 9, 9};

    return (struct trace_frame){.gateway = gateway,
                                .uplink = true,
                                .start_ns = start_ns,
                                .end_ns = start_ns + SIM_MS(50),
                                .frequency_hz = 868100000,
                                .bandwidth_hz = 125000,
                                .sf = 7,
                                .power_cdbm = -10950,
                                .snr_cdb = 525,
                                .bytes = bytes,
                                .len = sizeof bytes};
}

static const struct capture_gateway gateways[] = {{6, "gw/1"}, {5, "gw/0"}};

static void bytes_are_exact(void **state)
{
    struct dir *d = *state;
    struct sim_error e = {0};
    struct capture *c;
    struct trace t;
    struct trace_frame f = uplink_at(5, SIM_S(2) + 7);
    size_t size;
    uint8_t *p;
    static const uint8_t head[FILE_HEAD] = {0x4d, 0x3c, 0xb2, 0xa1, 2,    0, 4, 0,    0, 0, 0, 0, 0,
                                            0,    0,    0,    0xff, 0xff, 0, 0, 0x0e, 1, 0, 0};
    static const uint8_t tap_up[] = {0, 0, 0,  15, 0x33, 0xbe, 0x27, 0xa0,
                                     1, 7, 30, 30, 0,    21,   0x34};
    static const uint8_t tap_weak[] = {0, 0,  0,  15, 0x33, 0xbe, 0x27, 0xa0,
                                       4, 12, 75, 19, 0,    0xb5, 0x34};
    static const uint8_t tap_down[] = {0, 0, 0,   15,  0x33, 0xbe, 0x27, 0xa0,
                                       0, 0, 153, 153, 0,    0,    0x34};
    static const uint8_t tap_beacon[] = {0, 0, 0,   15,  0x33, 0xbe, 0x27, 0xa0,
                                         1, 9, 153, 153, 0,    0,    0x00};

    trace_init(&t);
    assert_int_equal(capture_open(&c, d->path, start_gps_ns, gateways, 2, &e), SIM_OK);
    capture_listen(c, &t);
    trace_frame(&t, &f);
    f.start_ns = SIM_S(3);
    f.bandwidth_hz = 500000;
    f.sf = 12;
    f.power_cdbm = -12025; /* -120.25 dBm: 75 quarters over -139 */
    f.snr_cdb = -1875;
    trace_frame(&t, &f);
    f.start_ns = SIM_S(4);
    f.uplink = false;
    f.bandwidth_hz = 0;
    f.sf = 0;
    f.power_cdbm = 1400;
    trace_frame(&t, &f);
    f.start_ns = SIM_S(5);
    f.beacon = true;
    f.bandwidth_hz = 125000;
    f.sf = 9;
    trace_frame(&t, &f);
    assert_int_equal(capture_close(c, &e), SIM_OK);

    p = read_all(file_in(d, "gw-0.pcap"), &size);
    assert_int_equal(size, FILE_HEAD + 4 * (PACKET_HEAD + 12));
    assert_memory_equal(p, head, sizeof head);
    struct rd r;
    rd_init(&r, p + FILE_HEAD, size - FILE_HEAD);
    assert_int_equal(rd_u32le(&r), start_unix_s + 2);
    assert_int_equal(rd_u32le(&r), 7);
    assert_int_equal(rd_u32le(&r), 27);
    assert_int_equal(rd_u32le(&r), 27);
    assert_memory_equal(rd_bytes(&r, 15), tap_up, 15);
    assert_memory_equal(rd_bytes(&r, 12), f.bytes, 12);
    rd_bytes(&r, 16);
    assert_memory_equal(rd_bytes(&r, 15), tap_weak, 15);
    rd_bytes(&r, 12 + 16);
    assert_memory_equal(rd_bytes(&r, 15), tap_down, 15);
    rd_bytes(&r, 12 + 16);
    assert_memory_equal(rd_bytes(&r, 15), tap_beacon, 15);
    free(p);

    p = read_all(file_in(d, "gw-1.pcap"), &size);
    assert_int_equal(size, FILE_HEAD);
    free(p);
}

/* Uplinks are told when they end: many frames on two gateways, told out of order by up to 9 s. */
static void packets_are_in_order(void **state)
{
    struct dir *d = *state;
    struct capture *c;
    struct trace t;
    size_t size;
    uint8_t *p;
    int64_t last = -1;
    enum { N = 5000 };

    trace_init(&t);
    assert_int_equal(capture_open(&c, d->path, start_gps_ns, gateways, 2, NULL), SIM_OK);
    capture_listen(c, &t);
    for (int i = 0; i < N; i++) {
        struct trace_frame f = uplink_at(5 + i % 2, SIM_MS(100) * i + SIM_S(10 - i * 7 % 10));
        trace_frame(&t, &f);
    }
    assert_int_equal(capture_close(c, NULL), SIM_OK);
    p = read_all(file_in(d, "gw-1.pcap"), &size);
    assert_int_equal(size, FILE_HEAD + N / 2 * (PACKET_HEAD + 12));
    for (size_t at = FILE_HEAD; at < size; at += PACKET_HEAD + 12) {
        struct rd r;
        rd_init(&r, p + at, 8);
        int64_t now = (int64_t)rd_u32le(&r) * 1000000000;
        now += rd_u32le(&r);
        assert_true(now >= last);
        last = now;
    }
    free(p);
}

static void keys_are_in_wiresharks_order(void **state)
{
    struct dir *d = *state;
    struct capture *c;
    struct trace t;
    size_t size;
    uint8_t *p;
    struct trace_session s = {.device = 1, .devaddr = 0x26011bda, .joineui = 0x0102030405060708};
    static const char expected[] = "\"ffffffff\",\"00000000000000000000000000000000\","
                                   "\"11111111111111111111111111111111\",\"0807060504030201\"\n"
                                   "\"da1b0126\",\"22222222222222222222222222222222\","
                                   "\"33333333333333333333333333333333\",\"ffffffffffffffff\"\n"
                                   "\"db1b0126\",\"22222222222222222222222222222222\","
                                   "\"33333333333333333333333333333333\",\"ffffffffffffffff\"\n"
                                   "\"00000001\",\"22222222222222222222222222222222\","
                                   "\"33333333333333333333333333333333\",\"ffffffffffffffff\"\n";

    memset(s.appkey, 0x11, 16);
    memset(s.nwkskey, 0x22, 16);
    memset(s.appskey, 0x33, 16);
    trace_init(&t);
    assert_int_equal(capture_open(&c, d->path, start_gps_ns, gateways, 2, NULL), SIM_OK);
    capture_listen(c, &t);
    trace_session(&t, &s);
    s.devaddr++; /* joins again */
    trace_session(&t, &s);
    memset(s.appkey, 0, 16); /* ABP */
    s.devaddr = 0x01000000;
    trace_session(&t, &s);
    assert_int_equal(capture_close(c, NULL), SIM_OK);
    p = read_all(file_in(d, "encryption_keys_lorawan"), &size);
    assert_string_equal((const char *)p, expected);
    free(p);
}

static void names_that_collide_get_the_id(void **state)
{
    static const struct capture_gateway alike[] = {{5, "gw/0"}, {7, "gw-0"}};
    struct dir *d = *state;
    struct capture *c;

    assert_int_equal(capture_open(&c, d->path, start_gps_ns, alike, 2, NULL), SIM_OK);
    assert_int_equal(capture_close(c, NULL), SIM_OK);
    assert_int_equal(access(file_in(d, "gw-0.pcap"), R_OK), 0);
    assert_int_equal(access(file_in(d, "gw-0-000000000007.pcap"), R_OK), 0);
}

static void errors_are_told(void **state)
{
    static const struct capture_gateway same[] = {{5, "gw/0"}, {5, "gw/1"}};
    struct dir *d = *state;
    struct sim_error e = {0};
    struct capture *c;
    struct trace t;
    struct trace_frame f = uplink_at(5, 0);

    assert_int_equal(capture_open(&c, d->path, start_gps_ns, same, 2, &e), SIM_EINVAL);
    assert_null(c);
    assert_int_equal(capture_open(&c, "/nonexistent/x", start_gps_ns, gateways, 2, &e), SIM_EIO);
    assert_non_null(strstr(e.text, "/nonexistent/x"));
    FILE *plain = fopen(file_in(d, "plain"), "w");
    assert_non_null(plain);
    fclose(plain);
    assert_int_equal(capture_open(&c, d->file, start_gps_ns, gateways, 2, &e), SIM_EIO);
    assert_int_equal(capture_close(NULL, &e), SIM_OK);

    /* The folder goes away while the run goes on. */
    trace_init(&t);
    assert_int_equal(capture_open(&c, d->path, start_gps_ns, gateways, 2, &e), SIM_OK);
    capture_listen(c, &t);
    unlink(file_in(d, "plain"));
    unlink(file_in(d, "gw-0.pcap"));
    unlink(file_in(d, "gw-1.pcap"));
    assert_int_equal(rmdir(d->path), 0);
    for (int i = 0; i < 2000; i++) {
        f.start_ns = SIM_S(i);
        trace_frame(&t, &f);
    }
    assert_int_equal(capture_close(c, &e), SIM_EIO);
    assert_non_null(strstr(e.text, "gw-0.pcap"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_are_exact, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(packets_are_in_order, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(keys_are_in_wiresharks_order, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(names_that_collide_get_the_id, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(errors_are_told, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
