/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the firmware of a device (slot, signature, boot loader) and both machines of firmware
 * management: answers octet by octet, reboots on the device's clock and by countdown, what the
 * server makes of the answers. What a reboot does to a device on the air is tested in runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/ts006_device.h"
#include "models/packages/ts006_server.h"
#include "sim/bytes.h"
#include "sim/err.h"

static const struct firmware_cfg board = {
    .hw_version = 7, .fw_version = 0x01000000, .slot_size = 1000, .boots = true};

/* What an image becomes, and what the boot loader does with it. */
static void test_boot_loader(void **state)
{
    (void)state;
    static const struct {
        struct firmware_image image;
        bool boots, unchecked;
        enum ts006_image status;
        enum firmware_boot boot;
        uint32_t version;
    } cases[] = {
        {{2, 7, 1000, true}, true, false, TS006_IMAGE_VALID, FIRMWARE_BOOT_NEW, 2},
        {{2, 7, 1001, true}, true, false, TS006_IMAGE_BAD, FIRMWARE_BOOT_SAME, 0x01000000},
        {{2, 7, 1000, false}, true, false, TS006_IMAGE_BAD, FIRMWARE_BOOT_SAME, 0x01000000},
        {{2, 8, 1000, true},
         true,
         false,
         TS006_IMAGE_OTHER_HARDWARE,
         FIRMWARE_BOOT_SAME,
         0x01000000},
        {{2, 8, 1000, false}, true, false, TS006_IMAGE_BAD, FIRMWARE_BOOT_SAME, 0x01000000},
        {{2, 7, 1000, true}, false, false, TS006_IMAGE_VALID, FIRMWARE_BOOT_BACK, 0x01000000},
        {{2, 7, 1000, false}, true, true, TS006_IMAGE_BAD, FIRMWARE_BOOT_BACK, 0x01000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct firmware_cfg cfg = board;
        struct firmware f;
        cfg.boots = cases[i].boots;
        cfg.unchecked = cases[i].unchecked;
        firmware_init(&f, &cfg);
        assert_int_equal(firmware_restart(&f), FIRMWARE_BOOT_SAME);
        assert_int_equal(firmware_store(&f, &cases[i].image), cases[i].status);
        assert_int_equal(firmware_restart(&f), cases[i].boot);
        assert_int_equal(f.version, cases[i].version);
        assert_int_equal(firmware_restart(&f), FIRMWARE_BOOT_SAME);
        assert_int_equal(f.n_restarts, 3);
        assert_int_equal(f.n_updates, cases[i].boot == FIRMWARE_BOOT_NEW);
        assert_int_equal(f.n_rollbacks, cases[i].boot == FIRMWARE_BOOT_BACK);
    }
}

enum what { RX, RX_MULTICAST, WAKE, STORE_GOOD, STORE_BAD, STORE_OTHER, REBOOTED, END };

struct step {
    enum what what;
    int64_t gps_s; /* of the device's clock; pkg_now.at is 500 s behind it */
    const char *in, *want;
    bool reboot;
    enum pkg_drop drop;
    int room; /* 0: enough */
};

enum { BEHIND_S = 500 };

static struct pkg_now now_of(int64_t gps_s)
{
    return (struct pkg_now){.at = SIM_S(gps_s - BEHIND_S), .gps_ns = SIM_S(gps_s), .room = 242};
}

static void run(const struct ts006_device_cfg *cfg, const struct step *steps)
{
    struct firmware f;
    struct ts006_device d;
    firmware_init(&f, &board);
    ts006_device_init(&d, cfg, &f);
    for (int i = 0; steps[i].what != END; i++) {
        const struct step *s = &steps[i];
        struct pkg_now now = now_of(s->gps_s);
        struct ts006_device_out out;
        struct firmware_image image = {2, 7, 100, s->what != STORE_BAD};
        uint8_t buf[300], sent[300];
        char text[700];
        size_t at = 0;
        struct pkg_payload p = {.buf = buf, .multicast = s->what == RX_MULTICAST};
        now.room = s->room ? (size_t)s->room : now.room;
        image.hw_version = s->what == STORE_OTHER ? 9 : 7;
        if (s->in)
            assert_int_equal(hex_parse(s->in, buf, sizeof buf, &p.len), SIM_OK);
        ts006_device_out_init(&out);
        if (s->what == WAKE)
            ts006_device_wake(&d, &now, &out);
        else if (s->what == REBOOTED)
            ts006_device_rebooted(&d);
        else if (s->what == RX || s->what == RX_MULTICAST)
            ts006_device_receive(&d, &now, &p, &out);
        else
            firmware_store(&f, &image);
        for (int k = 0; k < out.n_send; k++)
            assert_int_equal(ts006_put(sent, sizeof sent, &at, &out.send[k]), SIM_OK);
        hex_print(sent, at, text);
        if (strcmp(text, s->want ? s->want : "") != 0 || out.len != at)
            fail_msg("step %d: sent %s", i, text);
        if (out.reboot != s->reboot || out.drop != s->drop)
            fail_msg("step %d: reboot %d, %s", i, out.reboot, pkg_drop_text(out.drop));
    }
}

static const struct ts006_device_cfg plain;

static void test_device(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {RX, 1000, "00 01", "000401010000000107000000", false, 0, 0},
        {RX, 1000, "01 00", "010000000107000000", false, PKG_DROP_NO_ROOM, 9},
        {RX, 1000, "04", "0400", false, 0, 0},
        {RX, 1000, "05 02000000", "0501", false, PKG_DROP_NO_IMAGE, 0},
        {STORE_BAD, 0, NULL, NULL, false, 0, 0},
        {RX, 1000, "04", "0401", false, 0, 0},
        {RX, 1000, "05 02000000", "0501", false, PKG_DROP_NO_IMAGE, 0},
        {STORE_OTHER, 0, NULL, NULL, false, 0, 0},
        {RX, 1000, "04", "0402", false, 0, 0},
        {STORE_GOOD, 0, NULL, NULL, false, 0, 0},
        {RX, 1000, "04", "040302000000", false, 0, 0},
        {RX, 1000, "05 03000000", "0502", false, PKG_DROP_IMAGE_VERSION, 0},
        {RX, 1000, "05 02000000 04", "05000400", false, 0, 0},
        {RX_MULTICAST, 1000, "02 00000000", NULL, false, PKG_DROP_MULTICAST, 0},
        {RX, 1000, "06", NULL, false, PKG_DROP_UNKNOWN, 0},
        {RX, 1000, "02 0000", NULL, false, PKG_DROP_CUT, 0},
        {END, 0, NULL, NULL, false, 0, 0},
    };
    run(&plain, steps);
}

/* RebootTime on the clock, countdown beside it; the last one wins; 0 is now, all ones cancel. */
static void test_reboots(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {RX, 1000, "02 00000000 01", NULL, true, 0, 0}, /* nothing behind it is answered */
        {RX, 1000, "03 000000", NULL, true, 0, 0},
        {RX, 1000, "02 4c040000", "0264000000", false, 0, 0}, /* 1100: in 100 s */
        {WAKE, 1099, NULL, NULL, false, 0, 0},
        {WAKE, 1100, NULL, NULL, true, 0, 0},
        {REBOOTED, 1100, NULL, NULL, false, 0, 0},
        {WAKE, 1101, NULL, NULL, false, 0, 0},
        {RX, 1200, "02 4c040000", "0200000000", false, PKG_DROP_REBOOT_PAST, 0},
        {RX, 1200, "02 b0040000", "0200000000", false, PKG_DROP_REBOOT_PAST, 0}, /* now */
        {RX, 1200, "03 0a0000", "030a0000", false, 0, 0},
        {WAKE, 1209, NULL, NULL, false, 0, 0},
        {WAKE, 1210, NULL, NULL, true, 0, 0},
        {RX, 1300, "02 d0070000", "02bc020000", false, 0, 0}, /* in place of the countdown */
        {WAKE, 1301, NULL, NULL, false, 0, 0},
        {RX, 1300, "03 ffffff", "03ffffff", false, 0, 0}, /* cancels it */
        {WAKE, 3000, NULL, NULL, false, 0, 0},
        {RX, 1300, "03 640000 02 ffffffff", "0364000002ffffffff", false, 0, 0},
        {WAKE, 3000, NULL, NULL, false, 0, 0},
        /* modulo 2^32 */
        {RX, 4294967291, "02 0a000000", "020f000000", false, 0, 0},
        {WAKE, 4294967306, NULL, NULL, true, 0, 0},
        {END, 0, NULL, NULL, false, 0, 0},
    };
    static const struct step absolute[] = {
        {RX, 1000, "02 4c040000", "024c040000", false, 0, 0},
        {END, 0, NULL, NULL, false, 0, 0},
    };
    static const struct step clockless[] = {
        {RX, 1000, "02 4c040000", "0200000000", false, PKG_DROP_REBOOT_PAST, 0},
        {END, 0, NULL, NULL, false, 0, 0},
    };
    run(&plain, steps);
    run(&(struct ts006_device_cfg){.absolute_answer = true}, absolute);
    run(&(struct ts006_device_cfg){.no_clock = true}, clockless);
}

/* An answer that waited says what is left when its first bit leaves. */
static void test_stamp(void **state)
{
    (void)state;
    struct firmware f;
    struct ts006_device d;
    struct ts006_device_out out;
    struct pkg_now now = now_of(1000), later = now_of(1010);
    struct ts006 c = {.cid = TS006_REBOOT_TIME};
    firmware_init(&f, &board);
    ts006_device_init(&d, &plain, &f);
    ts006_device_out_init(&out);
    c.u.reboot_time.time_s = 1100;
    ts006_device_command(&d, &now, &c, &out);
    assert_int_equal(ts006_device_next_gps_ns(&d), SIM_S(1100));
    assert_int_equal(ts006_device_next_at(&d), SIM_NEVER);
    ts006_device_stamp(&d, &out.send[0], &later);
    assert_int_equal(out.send[0].u.reboot_time.time_s, 90);
    c.cid = TS006_REBOOT_COUNTDOWN;
    c.u.reboot_countdown.countdown_s = 50;
    ts006_device_out_init(&out);
    ts006_device_command(&d, &now, &c, &out);
    assert_int_equal(ts006_device_next_gps_ns(&d), INT64_MAX);
    assert_int_equal(ts006_device_next_at(&d), SIM_S(1050 - BEHIND_S));
    ts006_device_stamp(&d, &out.send[0], &later);
    assert_int_equal(out.send[0].u.reboot_countdown.countdown_s, 40);
    ts006_device_plan(&d, SIM_S(7));
    assert_int_equal(ts006_device_next_at(&d), SIM_S(7));
}

static const struct ts006_server_cfg twice = {.retry = {.n_tries = 2, .spacing = SIM_S(10)}};

/* What is asked, and what the answer makes of it. */
static void test_server(void **state)
{
    (void)state;
    static const struct {
        const char *ask, *answer;
        enum ts006_result result;
        bool clock_known, implausible;
        int64_t clock_error_s;
    } cases[] = {
        {"00", "000401", TS006_ACCEPTED, false, false, 0},
        {"01", "010100000002000000", TS006_ACCEPTED, false, false, 0},
        {"04", "0400", TS006_ACCEPTED, false, false, 0},
        {"04", "040307000000", TS006_ACCEPTED, false, false, 0},
        {"05 01000000", "0500", TS006_ACCEPTED, false, false, 0},
        {"05 01000000", "0501", TS006_REFUSED, false, false, 0},
        {"05 01000000", "0502", TS006_REFUSED, false, false, 0},
        {"02 4c040000", "0264000000", TS006_ACCEPTED, true, false, 0},
        {"02 4c040000", "025a000000", TS006_ACCEPTED, true, false, 10},
        {"02 4c040000", "0200000000", TS006_REFUSED, false, false, 0},
        {"02 4c040000", "02ffffffff", TS006_REFUSED, false, false, 0},
        {"02 ffffffff", "02ffffffff", TS006_ACCEPTED, false, false, 0},
        {"02 ffffffff", "0264000000", TS006_REFUSED, false, false, 0},
        {"02 4c040000", "0200206e53", TS006_ACCEPTED, false, true, 0}, /* an absolute time */
        {"03 640000", "03640000", TS006_ACCEPTED, false, false, 0},
        {"03 640000", "03650000", TS006_ACCEPTED, false, true, 0},
        {"03 ffffff", "03ffffff", TS006_ACCEPTED, false, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts006_server s;
        static struct ts006_server_out out;
        struct pkg_now now = now_of(1000);
        uint8_t buf[32];
        size_t len, at = 0;
        struct ts006 c;
        ts006_server_init(&s, &twice);
        ts006_server_out_init(&out);
        assert_int_equal(hex_parse(cases[i].ask, buf, sizeof buf, &len), SIM_OK);
        assert_int_equal(ts006_next(buf, len, &at, false, &c), 1);
        assert_int_equal(ts006_server_ask(&s, &now, &c, &out), SIM_OK);
        assert_int_equal(out.n_send, 1);
        assert_int_equal(hex_parse(cases[i].answer, buf, sizeof buf, &len), SIM_OK);
        struct pkg_payload p = {.buf = buf, .len = len};
        ts006_server_receive(&s, &now, &p, &out);
        assert_int_equal(out.n_news, 1);
        if (out.news[0].result != cases[i].result)
            fail_msg("case %zu: result %d", i, out.news[0].result);
        assert_int_equal(out.news[0].clock_known, cases[i].clock_known);
        assert_int_equal(out.news[0].clock_error_s, cases[i].clock_error_s);
        if (out.news[0].implausible != cases[i].implausible)
            fail_msg("case %zu: implausible %d", i, out.news[0].implausible);
        assert_int_equal(ts006_server_n_open(&s), 0);
        ts006_server_receive(&s, &now, &p, &out);
        assert_int_equal(out.drop, PKG_DROP_STALE);
    }
}

static void test_server_repeats(void **state)
{
    (void)state;
    struct ts006_server s;
    static struct ts006_server_out out;
    struct pkg_now now = now_of(1000);
    struct ts006 past = {.cid = TS006_REBOOT_TIME}, boot = {.cid = TS006_REBOOT_TIME},
                 version = {.cid = TS006_DEV_VERSION};
    past.u.reboot_time.time_s = 1000;
    ts006_server_init(&s, &twice);
    ts006_server_out_init(&out);
    assert_int_equal(ts006_server_ask(&s, &now, &past, &out), SIM_ERANGE);
    assert_int_equal(ts006_server_ask(&s, &now, &boot, &out), SIM_OK); /* at once */
    assert_int_equal(ts006_server_ask(&s, &now, &version, &out), SIM_OK);
    assert_int_equal(out.n_send, 2);
    for (int t = 0; t < 2; t++) {
        now = now_of(1010 + 10 * t);
        assert_int_equal(ts006_server_next(&s), now.at);
        ts006_server_out_init(&out);
        ts006_server_wake(&s, &now, &out);
        assert_int_equal(out.n_send, t ? 0 : 2);
    }
    assert_int_equal(out.n_news, 2);
    assert_int_equal(out.news[0].result, TS006_SENT); /* has no answer */
    assert_int_equal(out.news[1].result, TS006_FAILED);
    ts006_server_ask(&s, &now, &version, &out);
    ts006_server_cancel(&s);
    assert_int_equal(ts006_server_next(&s), SIM_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boot_loader), cmocka_unit_test(test_device),
        cmocka_unit_test(test_reboots),     cmocka_unit_test(test_stamp),
        cmocka_unit_test(test_server),      cmocka_unit_test(test_server_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
