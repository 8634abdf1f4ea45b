/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what castbed calc answers: names and values of the vectors, and for every kind of wrong
 * command line the exit code and a word of the message. The codecs behind it have their own tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/mem.h"
#include "tests/vectors.h"
#include "tools/calc.h"

/* One command line, run in process. */
struct shot {
    int exit_code;
    json_t *answer; /* NULL: no JSON on the output */
    char *out, *err;
};

enum { MAX_WORDS = 20 };

static struct shot run_words(int argc, char **argv)
{
    struct shot s = {0};
    size_t out_len, err_len;
    FILE *out = open_memstream(&s.out, &out_len), *err = open_memstream(&s.err, &err_len);
    assert_non_null(out);
    assert_non_null(err);
    s.exit_code = calc_run(argc, argv, out, err);
    fclose(out);
    fclose(err);
    s.answer = json_loads(s.out, 0, NULL);
    return s;
}

static void shot_free(struct shot *s)
{
    json_decref(s->answer);
    free(s->out);
    free(s->err);
}

/* Words between spaces; no quoting. */
static struct shot run_line(const char *line)
{
    char *copy = mem_text(line), *argv[MAX_WORDS + 1] = {"calc"}, *save = NULL;
    int argc = 1;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        assert_true(argc < MAX_WORDS);
        argv[argc++] = w;
    }
    struct shot s = run_words(argc, argv);
    free(copy);
    return s;
}

static struct shot run_encode(const json_t *o)
{
    char *text = json_dumps(o, 0);
    char *argv[] = {"calc", "frame", "--encode", text, NULL};
    struct shot s = run_words(4, argv);
    free(text);
    return s;
}

/* The members of want, but for a list of names, are in the answer with the same value. */
static void check_members(const json_t *want, const struct shot *s, const char *skip)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)want, name, value)
    {
        char word[80];
        snprintf(word, sizeof word, " %s ", name);
        if (strstr(skip, word))
            continue;
        if (!json_equal(json_object_get(s->answer, name), value))
            fail_msg("\"%s\" differs from the vector in %s", name, s->out);
    }
}

static void check_encoded(const json_t *c, const char *member, const char *want_name)
{
    struct shot s = run_encode(c);
    assert_int_equal(s.exit_code, 0);
    assert_string_equal(vec_text(s.answer, member), vec_text(c, want_name));
    shot_free(&s);
}

static void check_frame_10(const json_t *c)
{
    char line[1000];
    snprintf(line, sizeof line, "frame %s --nwkskey %s --appskey=%s --fcnt32 %lld",
             vec_text(c, "phypayload"), vec_text(c, "nwkskey"), vec_text(c, "appskey"),
             (long long)vec_int(c, "fcnt32"));
    struct shot s = run_line(line);
    assert_int_equal(s.exit_code, 0);
    assert_true(vec_bool(s.answer, "mic_ok"));
    check_members(c, &s, " nwkskey appskey version ");
    /* The answer with the keys is what --encode takes. */
    json_object_set(s.answer, "nwkskey", (json_t *)(uintptr_t)vec_get(c, "nwkskey"));
    json_object_set(s.answer, "appskey", (json_t *)(uintptr_t)vec_get(c, "appskey"));
    check_encoded(s.answer, "phypayload", "phypayload");
    /* So it is with the type alone. */
    json_object_del(s.answer, "uplink");
    json_object_del(s.answer, "confirmed");
    assert_non_null(json_object_get(s.answer, "mtype"));
    check_encoded(s.answer, "phypayload", "phypayload");
    shot_free(&s);
    check_encoded(c, "phypayload", "phypayload");

    snprintf(line, sizeof line, "frame %s --nwkskey 00000000000000000000000000000000",
             vec_text(c, "phypayload"));
    s = run_line(line);
    assert_int_equal(s.exit_code, 1);
    assert_false(vec_bool(s.answer, "mic_ok"));
    shot_free(&s);
}

static void check_frame_11(const json_t *c)
{
    char line[1000];
    snprintf(line, sizeof line, "frame %s --snwksintkey %s", vec_text(c, "phypayload"),
             vec_text(c, "snwksintkey"));
    struct shot s = run_line(line);
    assert_int_equal(s.exit_code, 2);
    assert_string_equal(vec_text(s.answer, "devaddr"), vec_text(c, "devaddr"));
    assert_non_null(strstr(s.err, "1.1 are not supported"));
    shot_free(&s);
    s = run_encode(c);
    assert_int_equal(s.exit_code, 2);
    assert_non_null(strstr(s.err, "1.1"));
    shot_free(&s);
}

static void test_frames(void **state)
{
    (void)state;
    json_t *root = VECTORS("data_frames.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strcmp(vec_text(c, "version"), "1.0") == 0)
            check_frame_10(c);
        else
            check_frame_11(c);
    }
    json_decref(root);
}

static void check_join_10(const json_t *c)
{
    static const char skip[] = " appkey session_keys version join_request join_accept "
                               "join_accept_mic join_accept_plain_without_mhdr_mic ";
    char line[1000];
    snprintf(line, sizeof line, "join --appkey %s %s %s", vec_text(c, "appkey"),
             vec_text(c, "join_request"), vec_text(c, "join_accept"));
    struct shot s = run_line(line);
    assert_int_equal(s.exit_code, 0);
    check_members(c, &s, skip);
    check_members(vec_get(c, "session_keys"), &s, "");
    shot_free(&s);

    snprintf(line, sizeof line, "frame %s --appkey %s", vec_text(c, "join_accept"),
             vec_text(c, "appkey"));
    s = run_line(line);
    assert_int_equal(s.exit_code, 0);
    assert_string_equal(vec_text(s.answer, "mic"), vec_text(c, "join_accept_mic"));
    check_members(c, &s,
                  " appkey session_keys version join_request join_accept join_accept_mic "
                  "join_accept_plain_without_mhdr_mic joineui deveui devnonce ");
    json_object_set(s.answer, "appkey", (json_t *)(uintptr_t)vec_get(c, "appkey"));
    check_encoded(s.answer, "phypayload", "phypayload");
    shot_free(&s);

    snprintf(line, sizeof line, "frame %s --appkey %s", vec_text(c, "join_request"),
             vec_text(c, "appkey"));
    s = run_line(line);
    assert_int_equal(s.exit_code, 0);
    assert_string_equal(vec_text(s.answer, "deveui"), vec_text(c, "deveui"));
    json_object_set(s.answer, "appkey", (json_t *)(uintptr_t)vec_get(c, "appkey"));
    check_encoded(s.answer, "phypayload", "phypayload");
    shot_free(&s);
    check_encoded(c, "join_request", "join_request");
    check_encoded(c, "join_accept", "join_accept");
}

static void test_joins(void **state)
{
    (void)state;
    json_t *root = VECTORS("joins.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strcmp(vec_text(c, "version"), "1.0") == 0) {
            check_join_10(c);
            continue;
        }
        char line[1000];
        snprintf(line, sizeof line, "join --appkey %s %s %s", vec_text(c, "nwkkey"),
                 vec_text(c, "join_request"), vec_text(c, "join_accept"));
        struct shot s = run_line(line);
        assert_int_equal(s.exit_code, 1); /* the MIC of a 1.1 join-accept is another */
        assert_non_null(strstr(s.err, "1.1"));
        shot_free(&s);
    }
    json_decref(root);
}

static void test_mac(void **state)
{
    (void)state;
    json_t *root = VECTORS("mac_commands.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[100];
        snprintf(line, sizeof line, "mac %s %s", vec_text(c, "hex"),
                 vec_bool(c, "uplink") ? "--up" : "--down");
        struct shot s = run_line(line);
        assert_int_equal(s.exit_code, 0);
        const json_t *first = json_array_get(vec_get(s.answer, "mac_commands"), 0);
        assert_true(json_equal(vec_get(first, "fields"), vec_get(c, "fields")));
        shot_free(&s);
    }
    json_decref(root);
}

static void test_addresses(void **state)
{
    (void)state;
    json_t *root = VECTORS("netid_devaddr.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[100];
        snprintf(line, sizeof line, "netid %s", vec_text(c, "netid"));
        struct shot s = run_line(line);
        assert_int_equal(s.exit_code, 0);
        check_members(c, &s,
                      " devaddr_netid_type devaddr_with_prefix is_netid random_addr nwkaddr ");
        shot_free(&s);
        snprintf(line, sizeof line, "devaddr %s", vec_text(c, "devaddr_with_prefix"));
        s = run_line(line);
        assert_int_equal(s.exit_code, 0);
        check_members(c, &s, " netid netid_id devaddr_with_prefix is_netid random_addr ");
        shot_free(&s);
    }
    json_decref(root);
}

static void test_gpstime(void **state)
{
    (void)state;
    json_t *root = VECTORS("gps_time.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[100];
        snprintf(line, sizeof line, "gpstime --unix %lld", (long long)vec_int(c, "unix"));
        struct shot s = run_line(line);
        assert_true(json_equal(s.answer, c));
        shot_free(&s);
        snprintf(line, sizeof line, "gpstime --gps %lld", (long long)vec_int(c, "gps_seconds"));
        s = run_line(line);
        assert_true(json_equal(s.answer, c));
        shot_free(&s);
    }
    json_decref(root);
}

/* The vectors have whole microseconds; we answer in ns. */
static void check_airtime(const json_t *c, const char *line)
{
    struct shot s = run_line(line);
    assert_int_equal(s.exit_code, 0);
    double airtime_us = json_number_value(vec_get(c, "airtime_us"));
    assert_int_equal(vec_int(s.answer, "airtime_ns"), (int64_t)(airtime_us * 1000));
    if (json_object_get(c, "ldro"))
        assert_int_equal(vec_bool(s.answer, "ldro"), vec_bool(c, "ldro"));
    shot_free(&s);
}

static void test_toa(void **state)
{
    (void)state;
    json_t *root = VECTORS("time_on_air.json"), *c;
    char line[200];
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        snprintf(line, sizeof line, "toa --sf %d --bw %d --cr %s --len %d --preamble %d%s%s",
                 (int)vec_int(c, "sf"), (int)vec_int(c, "bw_khz") * 1000, vec_text(c, "cr"),
                 (int)vec_int(c, "len"), (int)vec_int(c, "preamble"),
                 vec_bool(c, "implicit_header") ? " --implicit" : "",
                 vec_bool(c, "crc") ? "" : " --no-crc");
        check_airtime(c, line);
    }
    json_decref(root);
    root = VECTORS("fsk_time_on_air.json");
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        snprintf(line, sizeof line, "toa --fsk %d --len %d", (int)vec_int(c, "bitrate"),
                 (int)vec_int(c, "len"));
        check_airtime(c, line);
    }
    json_decref(root);
}

/* MAC commands come out of FOpts always and out of FPort 0 with the key; --fcnt32 must fit FCnt. */
static void test_frame_details(void **state)
{
    (void)state;
    struct shot s = run_line("frame 4001020304020000 0203 aabbccdd");
    assert_int_equal(s.exit_code, 2); /* three words */
    shot_free(&s);
    s = run_line("frame 4001020304030000020307aabbccdd");
    assert_int_equal(s.exit_code, 0);
    assert_int_equal(json_array_size(vec_get(s.answer, "mac_commands")), 2);
    assert_null(json_object_get(s.answer, "mic_ok"));
    assert_string_equal(vec_text(s.answer, "mic"), "aabbccdd");
    shot_free(&s);
    s = run_line("frame 40010203040000050007aabbccdd --fcnt32 65541");
    assert_int_equal(s.exit_code, 2);
    assert_non_null(strstr(s.err, "--fcnt32"));
    shot_free(&s);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int exit_code;
        const char *message;
    } cases[] = {
        {"", 2, "WHAT is one of"},
        {"-h", 0, ""},
        {"tao", 2, "did you mean toa?"},
        {"nonsense", 2, "lists them"},
        {"toa -h", 0, ""},
        {"frame 40 --help", 0, ""},
        {"toa", 2, "--sf is missing"},
        {"toa --sf 7 --bw 125000 --cr 4/5 --ln 23", 2, "did you mean --len?"},
        {"toa --sf 7 --bw 125000 --cr 4/5 --len", 2, "--len needs a value"},
        {"toa --sf 7 --bw 125000 --cr 4/5 --len 256", 2, "0 to 255"},
        {"toa --sf 7 --bw 125000 --cr 4/5 --len -1", 2, "0 to 255"},
        {"toa --sf 7 --bw 125000 --cr 4/5 --len 99999999999999999999", 2, "out of range"},
        {"toa --sf 7x --bw 125000 --cr 4/5 --len 1", 2, "not a whole number"},
        {"toa --sf 13 --bw 125000 --cr 4/5 --len 1", 2, "5 to 12"},
        {"toa --sf 7 --bw 125 --cr 4/5 --len 1", 2, "125000, 250000 and 500000"},
        {"toa --sf 7 --bw 125000 --cr 4/9 --len 1", 2, "4/8"},
        {"toa --sf 7 --sf 8", 2, "given twice"},
        {"toa --implicit=1", 2, "takes no value"},
        {"toa --fsk 50000 --sf 7 --len 3", 2, "--sf is for LoRa"},
        {"toa --fsk 50000", 2, "--len is missing"},
        {"toa --fsk 0 --len 1", 2, "out of range"},
        {"toa 23", 2, "one word too many"},
        {"frame", 2, "missing"},
        {"frame 404", 2, "odd number"},
        {"frame 4g", 2, "character 2"},
        {"frame 41", 2, "major version 1"},
        {"frame 40", 2, "too few"},
        {"frame 4001020304010000"
         "0200aabbccdd",
         2, "FPort 0"},
        {"frame 00", 2, "23 octets"},
        {"frame 20", 2, "17 or 33"},
        {"frame c0", 2, "rejoin"},
        {"frame c007", 2, "rejoin"},
        {"frame e0", 0, ""},
        {"frame 4001020304000000aabbccdd --appkey 00", 2, "--appkey does not belong"},
        {"frame 4001020304000000aabbccdd --nwkskey 00", 2, "needed are 32"},
        {"frame 4001020304000000aabbccdd --nwkskei 00", 2, "did you mean --nwkskey?"},
        {"frame 4001020304000000aabbccdd --fcnt32 4294967296", 2, "out of range"},
        {"frame 40 --encode {}", 2, "either"},
        {"frame --encode {} --fcnt32 1", 2, "stand in the JSON"},
        {"frame --encode {", 2, "line 1"},
        {"frame --encode []", 2, "one object"},
        {"frame --encode {}", 2, "\"uplink\" is missing"},
        {"frame --encode {\"mtype\":\"data-up\"}", 2, "allowed unconfirmed-data-up, unconf"},
        {"frame --encode {\"mtype\":\"confirmed-data-up\",\"uplink\":false}", 2,
         "\"uplink\" does not fit"},
        {"frame --encode {\"mtype\":\"confirmed-data-up\",\"confirmed\":false}", 2,
         "\"confirmed\" does not fit"},
        {"frame --encode {\"mtype\":\"confirmed-data-up\"}", 2, "\"devaddr\" is missing"},
        {"frame --encode {\"uplnk\":true}", 2, "did you mean \"uplink\"?"},
        {"frame --encode {\"uplink\":1}", 2, "true or false"},
        {"frame --encode {\"uplink\":true,\"uplink\":true}", 2, "duplicate"},
        {"frame --encode {\"uplink\":true,\"devaddr\":\"0102\"}", 2, "needed are 8"},
        {"frame --encode {\"uplink\":true,\"fpending\":true,\"devaddr\":\"01020304\"}", 2,
         "downlinks only"},
        {"frame --encode {\"uplink\":true,\"devaddr\":\"01020304\",\"fcnt32\":-1}", 2,
         "0 to 4294967295"},
        {"frame --encode {\"deveui\":\"0102030405060708\"}", 2, "\"joineui\" is missing"},
        {"frame --encode {\"joinnonce\":16777216}", 2, "0 to 16777215"},
        {"join", 2, "two frames"},
        {"join 00 20", 2, "--appkey is missing"},
        {"join 00 20 --appkey 00112233445566778899aabbccddeeff", 2, "not a join-request"},
        {"mac", 2, "missing"},
        {"mac 02", 2, "--up or --down"},
        {"mac 02 --up --down", 2, "--up or --down"},
        {"mac 80 --up", 2, "no MAC command 80"},
        {"mac 0203 --up", 2, "is cut"},
        {"mac 020 --up", 2, "odd number"},
        {"netid", 2, "missing"},
        {"netid 0001", 2, "needed are 6"},
        {"netid 00000g", 2, "not a hex digit"},
        {"devaddr 123456789", 2, "needed are 8"},
        {"devaddr ff000000", 1, "eight ones"},
        {"gpstime", 2, "--unix N or --gps N"},
        {"gpstime --unix 1 --gps 1", 2, "--unix N or --gps N"},
        {"gpstime --unix 1", 2, "out of range"},
        {"gpstime --gps -1", 2, "out of range"},
        {"gpstime --gps 1e9", 2, "not a whole number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shot s = run_line(cases[i].line);
        if (s.exit_code != cases[i].exit_code || !strstr(s.err, cases[i].message))
            fail_msg("calc %s: exit code %d, \"%s\"", cases[i].line, s.exit_code, s.err);
        assert_true(s.exit_code == 2 || s.out[0]);
        shot_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_mac),           cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_gpstime),       cmocka_unit_test(test_toa),
        cmocka_unit_test(test_frame_details), cmocka_unit_test(test_bad_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
