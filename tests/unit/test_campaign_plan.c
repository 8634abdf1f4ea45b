/* SPDX-License-Identifier: GPL-2.0-only
 * Pins plans of campaigns: published ends of one campaign at three data rates under both duty cycle
 * rules, sizes of fragments, schedules and sessions to the nanosecond, ping slots, advice about
 * blind spots, and what cannot work. Left open: that simulations agree (run.plan_ends). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/lorawan/crypto.h"
#include "models/lorawan/devices.h"
#include "models/lorawan/pingslot.h"
#include "models/packages/campaign_plan.h"
#include "models/packages/campaign_say.h"

/* 100,000 octets, a tenth of parity, one gateway at 869.525 MHz, nothing between frames. */
static struct campaign_plan_input base(int dr)
{
    return (struct campaign_plan_input){.region = region_find("EU868"),
                                        .frequency_hz = 869525000,
                                        .dr = dr,
                                        .duty_cycle = true,
                                        .duty_rule = DUTY_TOFF,
                                        .image_len = 100000,
                                        .redundancy_ppm = 100000,
                                        .n_coded = CAMPAIGN_PLAN_AUTO,
                                        .code = FRAG_CODE_V1,
                                        .n_gateways = 1,
                                        .repeats = 1,
                                        .timeout = CAMPAIGN_PLAN_AUTO};
}

/* Without limits on sessions: a campaign of many hours is one stretch. */
static sim_time end_of(struct campaign_plan_input c)
{
    struct campaign_plan p;
    campaign_plan_make(&p, &c);
    assert_int_equal(p.problem, CAMPAIGN_PLAN_POSSIBLE);
    sim_time end = p.end;
    campaign_plan_free(&p);
    return end;
}

static void near(sim_time found, double want_s, double part)
{
    double s = (double)found / 1e9;
    if (s < want_s * (1 - part) || s > want_s * (1 + part))
        fail_msg("%.3f s, not %.3f s", s, want_s);
}

/* Published: 17.8 h, 110.9 min, 30.3 min with toff; 17.1 h, 65.1 min, 3.0 min with sliding_hour.
 * The last one is 461 frames of 394.496 ms, which all go into one hour's share. */
static void test_published(void **state)
{
    (void)state;
    static const struct {
        int dr;
        unsigned frag_size, m, n_coded;
        sim_time airtime;
        double toff_s, hour_s;
    } want[] = {
        {0, 48, 2084, 209, SIM_US(2793472), 17.8 * 3600, 17.1 * 3600},
        {3, 112, 893, 90, SIM_US(676864), 110.9 * 60, 65.1 * 60},
        {5, 239, 419, 42, SIM_US(394496), 30.3 * 60, 461 * .394496},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct campaign_plan_input c = base(want[i].dr);
        struct campaign_plan p;
        campaign_plan_make(&p, &c);
        assert_int_equal(p.problem, CAMPAIGN_PLAN_POSSIBLE);
        assert_int_equal(p.frag_size, want[i].frag_size);
        assert_int_equal(p.m, want[i].m);
        assert_int_equal(p.padding, p.m * p.frag_size - 100000);
        assert_int_equal(p.n_coded, want[i].n_coded);
        assert_int_equal(p.airtime, want[i].airtime);
        assert_int_equal(p.total_airtime, p.airtime * (p.m + p.n_coded));
        assert_int_equal(p.duty_ppm, 100000);
        near(p.end, want[i].toff_s, .005);
        campaign_plan_free(&p);
        c.duty_rule = DUTY_SLIDING_HOUR;
        near(end_of(c), want[i].hour_s, .005);
    }
}

/* toff: start of the last frame is ten air times a frame later. */
static void test_exact_toff(void **state)
{
    (void)state;
    struct campaign_plan_input c = base(5);
    c.image_len = 239 * 10;
    c.redundancy_ppm = 0;
    assert_true(end_of(c) == 9 * 10 * SIM_US(394496) + SIM_US(394496));
    c.duty_cycle = false;
    c.gap = SIM_MS(5);
    assert_true(end_of(c) == 10 * SIM_US(394496) + 9 * SIM_MS(5));
    c.period = SIM_S(2);
    c.margin = SIM_S(3);
    assert_true(end_of(c) == SIM_S(3) + 9 * SIM_S(2) + SIM_US(394496));
}

/* Three gateways, two copies each, without and with a duty cycle. */
static void test_schedules(void **state)
{
    (void)state;
    const sim_time air = SIM_US(394496), gap = SIM_MS(5), step = air + gap;
    struct campaign_plan_input c = base(5);
    c.image_len = 239 * 4;
    c.redundancy_ppm = 250000; /* five frames */
    c.duty_cycle = false;
    c.n_gateways = 3;
    c.repeats = 2;
    c.gap = gap;
    c.schedule = CAMPAIGN_PLAN_STAGGERED;
    assert_true(end_of(c) == 5 * 6 * step - gap);
    c.schedule = CAMPAIGN_PLAN_ONE_BY_ONE;
    assert_true(end_of(c) == 5 * 6 * step - gap);
    c.schedule = CAMPAIGN_PLAN_SIMULTANEOUS;
    assert_true(end_of(c) == 5 * 2 * step - gap);
    c.period = SIM_S(10);
    assert_true(end_of(c) == 4 * SIM_S(10) + 2 * step - gap);
    c.schedule = CAMPAIGN_PLAN_STAGGERED;
    assert_true(end_of(c) == 4 * SIM_S(10) + 6 * step - gap);
    c.schedule = CAMPAIGN_PLAN_ONE_BY_ONE;
    assert_true(end_of(c) == 14 * SIM_S(10) + 2 * step - gap);
    /* Each gateway rests ten air times; three staggered ones hide in each other's rests. */
    c.duty_cycle = true;
    c.period = 0;
    c.repeats = 1;
    assert_true(end_of(c) == 2 * (5 * 10 * air) - 2 * (10 * air - step) + 4 * 10 * air + air);
    c.schedule = CAMPAIGN_PLAN_STAGGERED;
    assert_true(end_of(c) == 4 * 10 * air + 2 * step + air);
    c.schedule = CAMPAIGN_PLAN_SIMULTANEOUS;
    assert_true(end_of(c) == 4 * 10 * air + air);
}

/* 64,000 s of air time and rests at DR0: two sessions of 2^15 s, or many short ones. */
static void test_sessions(void **state)
{
    (void)state;
    struct campaign_plan_input c = base(0);
    struct campaign_plan p;
    c.margin = SIM_S(2);
    c.pause = SIM_S(1800);
    campaign_plan_make(&p, &c);
    assert_int_equal(p.problem, CAMPAIGN_PLAN_POSSIBLE);
    assert_int_equal(p.n_sessions, 2);
    const struct campaign_plan_session *s = p.sessions;
    assert_int_equal(s[0].timeout, 15);
    assert_true(s[0].first == SIM_S(2));
    assert_true(s[0].end <= s[0].close && s[0].end + 10 * p.airtime > s[0].close);
    assert_true(s[1].open == SIM_S(32768 + 1800));
    assert_true(s[1].first == s[1].open + SIM_S(2));
    assert_int_equal(s[0].n_frames, (32768000 - 2000 - 2793) / 27934 + 1);
    assert_int_equal(s[0].n_frames + s[1].n_frames, p.n_frames);
    assert_int_equal(s[1].first_frame, s[0].n_frames);
    assert_int_equal(s[1].timeout, 15);
    assert_true(s[1].end == p.end);
    campaign_plan_free(&p);

    /* A short campaign: the least TimeOut that holds it. */
    c = base(5);
    c.image_len = 239 * 10; /* 11 frames, 39.84 s */
    campaign_plan_make(&p, &c);
    assert_int_equal(p.n_sessions, 1);
    assert_int_equal(p.sessions[0].timeout, 6);
    assert_true(p.sessions[0].close == SIM_S(64));
    campaign_plan_free(&p);

    /* Given sessions of 16 s hold five frames each; the next opens when a frame may go out. */
    c.timeout = 4;
    c.margin = SIM_MS(1500);
    c.pause = SIM_MS(100);
    campaign_plan_make(&p, &c);
    assert_int_equal(p.n_sessions, 3);
    assert_int_equal(p.sessions[0].n_frames, 4);
    assert_true(p.sessions[1].open == SIM_S(17));
    assert_true(p.sessions[1].first == SIM_MS(18500));
    assert_int_equal(p.sessions[1].first_frame, 4);
    assert_int_equal(p.sessions[2].n_frames, 3);
    assert_true(p.sessions[2].close == p.sessions[2].open + SIM_S(16));
    campaign_plan_free(&p);
}

/* A long rest between two frames: the session in between, in which nothing could be sent, is not
 * made. */
static void test_no_empty_session(void **state)
{
    (void)state;
    struct campaign_plan_input c = base(5);
    struct campaign_plan p;
    c.image_len = 239 * 3;
    c.redundancy_ppm = 0;
    c.timeout = 4;
    c.period = SIM_S(100);
    campaign_plan_make(&p, &c);
    assert_int_equal(p.problem, CAMPAIGN_PLAN_POSSIBLE);
    assert_int_equal(p.n_sessions, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(p.sessions[i].open == SIM_S(100 * i));
        assert_int_equal(p.sessions[i].n_frames, 1);
    }
    campaign_plan_free(&p);
}

/* Frames start in the group's ping slots, end before the guard, and rest as long as they must. */
static void test_class_b(void **state)
{
    (void)state;
    struct lw_aes zero_key;
    struct campaign_plan_input c = base(3);
    struct campaign_plan p;
    pingslot_key_init(&zero_key);
    c.image_len = 112 * 40;
    c.redundancy_ppm = 0;
    c.class_b = true;
    c.periodicity = 3;
    c.mc_addr = 0x01020304;
    c.start_gps_ns = INT64_C(1451606418) / 128 * 128 * SIM_S(1);
    c.duty_cycle = false;
    campaign_plan_make(&p, &c);
    assert_int_equal(p.problem, CAMPAIGN_PLAN_POSSIBLE);
    /* 16 slots a beacon period, about one in 8 s: 40 frames in the third one. */
    assert_int_equal(p.n_sessions, 1);
    assert_true(p.end > SIM_S(256) && p.end < SIM_S(384));
    assert_int_equal(p.sessions[0].timeout, 2);
    sim_time last = p.end - p.airtime;
    struct pingslot slot =
        pingslot_next(&zero_key, c.mc_addr, c.periodicity, c.start_gps_ns + last);
    assert_true(slot.start_gps_ns == c.start_gps_ns + last);
    sim_time in_slots = p.end;
    campaign_plan_free(&p);
    c.duty_cycle = true; /* rests of 6.8 s: every slot will do */
    assert_true(end_of(c) == in_slots);
    c.periodicity = 0; /* slots every 0.96 s: the rests decide, rounded up to slots */
    sim_time end = end_of(c);
    near(end, 40 * 6.76864, .2);
    assert_true(end > 39 * 10 * SIM_US(676864));
}

static void problem(struct campaign_plan_input c, enum campaign_plan_problem want, const char *text)
{
    struct campaign_plan p;
    char say[CAMPAIGN_SAY_SIZE];
    campaign_plan_make(&p, &c);
    assert_int_equal(p.problem, want);
    campaign_say_problem(&p, &c, say, sizeof say);
    if (strcmp(say, text) != 0)
        fail_msg("says \"%s\"\nnot  \"%s\"", say, text);
    campaign_plan_free(&p);
}

static void test_problems(void **state)
{
    (void)state;
    struct campaign_plan_input c = base(9);
    problem(c, CAMPAIGN_PLAN_NO_DATA_RATE, "no fragment can be sent at DR9 of EU868");
    c = base(0);
    c.frequency_hz = 868650000;
    problem(c, CAMPAIGN_PLAN_NO_SUB_BAND, "868.6500 MHz is in no sub-band of EU868");
    c = base(0);
    c.image_len = 0;
    problem(c, CAMPAIGN_PLAN_EMPTY, "the image is empty");
    c = base(0);
    c.n_gateways = 0;
    problem(c, CAMPAIGN_PLAN_NO_GATEWAY, "no gateway can send: none reaches a member");
    c = base(0);
    c.slot_len = 99999;
    problem(c, CAMPAIGN_PLAN_SLOT, "the image has 100000 B, a member has room for 99999 B");
    c = base(0);
    c.frag_size = 49;
    problem(c, CAMPAIGN_PLAN_FRAG_SIZE,
            "fragments of 49 B and 3 B before them do not go into the 51 B of a payload at DR0 of "
            "EU868; at most 48 B");
    c = base(0);
    c.frag_size = 6;
    problem(c, CAMPAIGN_PLAN_TOO_MANY,
            "100000 B in fragments of 6 B are more than the 16383 that have a number; use "
            "fragments of at least 7 B, at a data rate with room for them");
    c.frag_size = 7;
    c.redundancy_ppm = 200000;
    problem(c, CAMPAIGN_PLAN_TOO_MANY,
            "14286 fragments and their parity need more than the 16383 numbers there are; use "
            "larger fragments or less redundancy");
    c = base(0);
    c.max_sessions = 1;
    problem(c, CAMPAIGN_PLAN_SESSION_SHORT,
            "1173 of 2293 frames go into 1 session of 9.1 h; all of them take 17.8 h (106.8 min of "
            "air time a gateway, duty cycle 10 %); allow longer or more sessions, or a faster data "
            "rate");
    c.timeout = 1;
    c.max_sessions = 0;
    problem(c, CAMPAIGN_PLAN_SESSION_SHORT,
            "0 of 2293 frames go into 0 sessions of 2.00 s; all of them take 17.8 h (106.8 min of "
            "air time a gateway, duty cycle 10 %); allow longer or more sessions, or a faster data "
            "rate");
}

/* M 192 has a blind spot in version 1; both ways out hold the image and are good. */
static void test_advice(void **state)
{
    (void)state;
    struct campaign_plan_input c = base(0);
    struct campaign_plan_advice a;
    struct campaign_plan p;
    struct fragblind b;
    char say[CAMPAIGN_SAY_SIZE];
    c.image_len = 192 * 48 - 5;
    campaign_plan_make(&p, &c);
    assert_int_equal(p.m, 192);
    campaign_plan_advise(&p, &c, &a);
    assert_true(a.blind);
    const struct campaign_plan_fragments *ways[] = {&a.by_size, &a.by_padding};
    for (int i = 0; i < 2; i++) {
        const struct campaign_plan_fragments *f = ways[i];
        assert_int_equal(f->m * f->frag_size - f->padding, c.image_len);
        assert_true(f->frag_size <= 48 && f->padding <= 255);
        assert_int_equal(fragblind_check(FRAG_CODE_V1, f->m, &b), 0);
        assert_false(fragblind_bad(&b));
    }
    assert_int_equal(a.by_size.frag_size, 47);
    assert_int_equal(a.by_padding.m, 193);
    assert_int_equal(a.by_padding.padding, 53);
    campaign_say_blind(&a, say, sizeof say);
    assert_non_null(strstr(say, "M 192 has a blind spot"));
    assert_non_null(strstr(say, "good are fragments of 47 B (M 196), or padding of 53 B (M 193)"));
    campaign_plan_free(&p);
    c.code = FRAG_CODE_V2;
    campaign_plan_make(&p, &c);
    campaign_plan_advise(&p, &c, &a);
    assert_int_equal(a.blind, fragblind_check(FRAG_CODE_V2, 192, &b) == 0 && fragblind_bad(&b));
    campaign_plan_free(&p);
    c = base(0);
    campaign_plan_make(&p, &c);
    campaign_plan_advise(&p, &c, &a);
    assert_false(a.blind);
    campaign_plan_free(&p);
}

static void test_say_time(void **state)
{
    (void)state;
    char buf[32];
    assert_string_equal(campaign_say_time(SIM_MS(450), buf, sizeof buf), "0.45 s");
    assert_string_equal(campaign_say_time(SIM_S(1818), buf, sizeof buf), "30.3 min");
    assert_string_equal(campaign_say_time(SIM_S(64080), buf, sizeof buf), "17.8 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),        cmocka_unit_test(test_exact_toff),
        cmocka_unit_test(test_schedules),        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_no_empty_session), cmocka_unit_test(test_class_b),
        cmocka_unit_test(test_problems),         cmocka_unit_test(test_advice),
        cmocka_unit_test(test_say_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
