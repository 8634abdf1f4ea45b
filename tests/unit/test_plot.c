/* SPDX-License-Identifier: GPL-2.0-only
 * Pins castbed plot: every kind draws every format from made-up runs, byte for byte the same twice;
 * several databases join; bad usage, missing data and foreign files give an error and no picture.
 * How the pictures look is not pinned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/store.h"
#include "sim/entity.h"
#include "sim/mem.h"
#include "tools/cmd_plot.h"

#define MANY    BUILD_DIR "/test_plot_many.db"
#define ONE     BUILD_DIR "/test_plot_one.db"
#define FEW     BUILD_DIR "/test_plot_few.db"
#define SUMMARY BUILD_DIR "/test_plot_summary.db"
#define NONE    BUILD_DIR "/test_plot_none.db"
#define FOREIGN BUILD_DIR "/test_plot_foreign.db"
#define OUT     BUILD_DIR "/test_plot_out"

/* Made-up numbers that look like a cell: a small generator and the things it draws. */
struct fake {
    struct store *st;
    uint64_t state;
    int64_t n_devices, n_gateways;
    int64_t network;
    int64_t sent[6], received[6], lost[6][N_LOSS];
};

static int64_t draw(struct fake *f, int64_t n)
{
    f->state = f->state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((f->state >> 33) % (uint64_t)n);
}

static void fake_nodes(struct fake *f)
{
    char name[40];
    f->network = entity_make("net", 0);
    store_row(
        f->st, ROW_NODE,
        &(struct row_node){f->network, NODE_NETWORK, "net", "net", 0, f->network, 0, 0, 0, NULL});
    for (int64_t i = 0; i < f->n_gateways; i++) {
        snprintf(name, sizeof name, "gw/%d", (int)i);
        int64_t x = f->n_gateways == 1 ? 0 : (i % 2 * 2 - 1) * 3000000;
        int64_t y = f->n_gateways == 1 ? 0 : (i / 2 * 2 - 1) * 2000000;
        store_row(f->st, ROW_NODE,
                  &(struct row_node){entity_make("gw", (uint32_t)i), NODE_GATEWAY, name, "gw", i,
                                     f->network, x, y, 15000, "00000000000000aa"});
    }
}

/* Data rate by distance to the nearest gateway; ROW_NULL: too far. */
static int64_t fake_dr(const struct fake *f, int64_t x, int64_t y)
{
    int64_t ax = x < 0 ? -x : x, ay = y < 0 ? -y : y;
    int64_t dx = (f->n_gateways == 1 ? ax : ax - 3000000) / 1000,
            dy = (f->n_gateways == 1 ? ay : ay - 2000000) / 1000;
    int64_t square = dx * dx + dy * dy;
    static const int64_t reach_m[] = {5400, 4700, 4100, 3500, 3000, 2500};
    for (int64_t dr = 5; dr >= 0; dr--)
        if (square < reach_m[dr] * reach_m[dr])
            return dr;
    return ROW_NULL;
}

static enum loss_reason fake_reason(struct fake *f)
{
    int64_t k = draw(f, 100);
    return k < 45   ? LOSS_INTERFERENCE
           : k < 80 ? LOSS_NO_DEMODULATOR
           : k < 95 ? LOSS_SENSITIVITY
                    : LOSS_GATEWAY_TX;
}

static void fake_frame(struct fake *f, int64_t id, int64_t seq, int64_t dr, bool store)
{
    static const int64_t airtime_ms[] = {1483, 741, 371, 206, 113, 62};
    bool lost = draw(f, 20000) < 600 + f->n_devices * 2 - f->n_gateways * 40;
    f->sent[dr]++;
    f->received[dr] += !lost;
    enum loss_reason reason = fake_reason(f);
    f->lost[dr][reason] += lost;
    if (!store)
        return;
    int64_t start = SIM_MS(draw(f, 600000));
    store_row(f->st, ROW_TX,
              &(struct row_tx){id, seq, f->network, ROW_NULL, FRAME_UP, start,
                               start + SIM_MS(airtime_ms[dr]), 868100000 + 200000 * draw(f, 3), dr,
                               12 - dr, 1400, 32, 1, seq, 1});
    for (int64_t g = 0; g < f->n_gateways && !lost; g++)
        if (g == 0 || draw(f, 2))
            store_row(f->st, ROW_RX,
                      &(struct row_rx){id, seq,
                                       entity_make("gw", (uint32_t)(f->n_gateways - 1 - g)), -10000,
                                       100, ROW_NULL});
    if (lost)
        store_row(f->st, ROW_LOSS,
                  &(struct row_loss){id, seq, f->network, reason, 1, -12000, ROW_NULL});
}

/* A clock that is set right in the middle of the hour. */
static void fake_clock(struct fake *f, int64_t id)
{
    int64_t e = SIM_MS(draw(f, 2000) - 1000);
    static const int64_t source[] = {CLOCK_SOURCE_START, CLOCK_SOURCE_DEVICE_TIME,
                                     CLOCK_SOURCE_END};
    for (int k = 0; k < 3; k++)
        store_row(f->st, ROW_CLOCK_SAMPLE,
                  &(struct row_clock_sample){SIM_S(1800 * k), id, source[k], k == 0 ? 0 : e,
                                             k == 2 ? e : 0, e / 1800});
}

enum { MC_ADDR = 0x12345678, MC_FRAMES = 20 };
#define SESSION_NS SIM_S(1800)

/* A member of a class C session of 64 s that opens up to 5 s wrong; device 0 never opens. Frame k
 * begins 2 s + 3 s k behind the planned start. */
static void fake_member(struct fake *f, int64_t i, int64_t id)
{
    int64_t late = SIM_MS(draw(f, 10000) - 5000), n_caught = 0;
    for (int64_t k = 0; k < MC_FRAMES; k++) {
        int64_t at = SIM_S(2 + 3 * k);
        bool heard = i > 0 && at >= late && at + SIM_MS(300) < late + SIM_S(64) && draw(f, 10);
        n_caught += heard;
        if (heard)
            store_row(f->st, ROW_RX,
                      &(struct row_rx){entity_make("gw", 0), 1000 + k, id, -9000, 500, 3});
        else
            store_row(f->st, ROW_LOSS,
                      &(struct row_loss){entity_make("gw", 0), 1000 + k, id, LOSS_WINDOW, 1, -9000,
                                         ROW_NULL});
    }
    store_row(f->st, ROW_WINDOW,
              &(struct row_window){id, WINDOW_RXC, SESSION_NS, i ? SESSION_NS + late : ROW_NULL,
                                   i ? SIM_S(64) : 0, ROW_NULL, ROW_NULL, ROW_NULL, MC_FRAMES,
                                   n_caught, MC_ADDR});
}

static void fake_session(struct fake *f)
{
    store_row(
        f->st, ROW_SESSION,
        &(struct row_session){"all", MC_ADDR, SESSION_NS, SIM_S(64), 869525000, 3, f->n_devices});
    for (int64_t k = 0; k < MC_FRAMES; k++)
        store_row(f->st, ROW_TX,
                  &(struct row_tx){entity_make("gw", 0), 1000 + k, f->network, ROW_NULL,
                                   FRAME_MULTICAST_DOWN, SESSION_NS + SIM_S(2 + 3 * k),
                                   SESSION_NS + SIM_S(2 + 3 * k) + SIM_MS(300), 869525000, 3, 9,
                                   2700, 60, MC_ADDR, k, 10});
}

static void fake_device(struct fake *f, int64_t i, bool store)
{
    char name[40];
    int64_t x, y, id = entity_make("meters", (uint32_t)i), side = f->n_gateways == 1 ? 6000 : 8000;
    do {
        x = (draw(f, 2 * side) - side) * 1000;
        y = (draw(f, 2 * side) - side) * 1000;
    } while (f->n_gateways == 1 && (x / 1000) * (x / 1000) + (y / 1000) * (y / 1000) > side * side);
    int64_t dr = fake_dr(f, x, y);
    snprintf(name, sizeof name, "meters/%d", (int)i);
    store_row(f->st, ROW_NODE,
              &(struct row_node){id, NODE_DEVICE, name, "meters", i, f->network, x, y, 1200,
                                 "0000000000000001"});
    store_row(f->st, ROW_DEVICE_STAT,
              &(struct row_device_stat){
                  .device = id, .dr = dr, .best_dr = dr, .n_tx = 6, .battery_days = 800});
    for (int64_t k = 0; k < 6; k++)
        fake_frame(f, id, k, dr == ROW_NULL ? 0 : dr, store);
    store_row(f->st, ROW_ENERGY,
              &(struct row_energy){.device = id,
                                   .length_ns = SIM_S(3600),
                                   .tx_uj = 3000000 * (i + 1),
                                   .sleep_uj = 1000000 * (i + 1)});
    if (store) {
        fake_clock(f, id);
        fake_member(f, i, id);
    }
}

static void fake_stats(struct fake *f)
{
    for (int64_t dr = 0; dr < 6; dr++) {
        store_row(
            f->st, ROW_TRAFFIC_STAT,
            &(struct row_traffic_stat){f->network, FRAME_UP, dr, f->sent[dr], f->received[dr], 0});
        for (int64_t r = 0; r < N_LOSS; r++)
            if (f->lost[dr][r])
                store_row(f->st, ROW_LOSS_STAT,
                          &(struct row_loss_stat){f->network, FRAME_UP, dr, r, f->lost[dr][r]});
    }
}

struct fake_run {
    const char *path, *scenario;
    enum row_level level;
    int64_t seed, n_devices, n_gateways;
    bool incomplete;
};

static void fake_run(const struct fake_run *r)
{
    struct store_run run = {r->scenario, "run:\n", "0.1.0", "", r->seed, 0, 0, SIM_S(3600)};
    struct fake f = {.state = (uint64_t)(r->seed * 1000003 + r->n_devices),
                     .n_devices = r->n_devices,
                     .n_gateways = r->n_gateways};
    struct sim_error e;
    if (store_open(&f.st, r->path, r->level, &run, &e))
        fail_msg("%s", e.text);
    store_param(f.st, "radio.interference", r->seed % 2 ? "croce" : "capture");
    static const char *const energy[][2] = {{"voltage", "3.3V"},        {"tx", "[20mA, 29mA]"},
                                            {"tx_at", "[7dBm, 13dBm]"}, {"antenna_gain", "0dB"},
                                            {"rx", "11.5mA"},           {"idle", "0.2uA"},
                                            {"sleep", "0.2uA"},         {"mcu", "0.86uA"},
                                            {"battery", "2.6Ah"},       {"self_discharge", "0.02"}};
    for (size_t i = 0; i < sizeof energy / sizeof *energy; i++) {
        char path[60];
        snprintf(path, sizeof path, "devices.meters.energy.%s", energy[i][0]);
        store_param(f.st, path, energy[i][1]);
    }
    fake_nodes(&f);
    for (int64_t i = 0; i < f.n_devices; i++)
        fake_device(&f, i, r->level >= ROW_FRAMES);
    fake_stats(&f);
    if (r->level >= ROW_FRAMES)
        fake_session(&f);
    for (int64_t i = 0; i < 120 && r->level >= ROW_FRAMES; i++)
        store_row(f.st, ROW_TX,
                  &(struct row_tx){entity_make("gw", 0), i, f.network, 1, FRAME_DOWN,
                                   SIM_S(5 * i) + 700000000, SIM_S(5 * i) + 900000000, 868300000, 3,
                                   9, 1400, 12, 1, i, 1});
    if (store_check_balance(f.st, &e) || store_close(f.st, !r->incomplete, &e))
        fail_msg("%s", e.text);
}

/* PLOT_SCALE=10 in the environment makes runs of a real size, to look at the pictures. */
static int make_databases(void **state)
{
    (void)state;
    static const char *const paths[] = {MANY, ONE, FEW, SUMMARY, NONE, FOREIGN};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        unlink(paths[i]);
    int64_t scale = getenv("PLOT_SCALE") ? atoi(getenv("PLOT_SCALE")) : 1;
    static const int64_t sizes[] = {50, 100, 200, 300, 500};
    for (int64_t seed = 1; seed <= 5; seed++)
        for (int i = 0; i < 5; i++)
            for (int64_t gw = 1; gw <= 4; gw += 3)
                fake_run(&(struct fake_run){MANY,
                                            gw == 1 ? "one_gateway.yaml" : "four_gateways.yaml",
                                            ROW_SUMMARY, seed, sizes[i] * scale, gw, false});
    fake_run(&(struct fake_run){MANY, "one_gateway.yaml", ROW_SUMMARY, 9, 10, 1, true});
    fake_run(&(struct fake_run){ONE, "class_a_cell.yaml", ROW_FRAMES, 1, 100 * scale, 4, false});
    fake_run(&(struct fake_run){FEW, "clocks.yaml", ROW_FRAMES, 1, 5, 1, false});
    fake_run(
        &(struct fake_run){SUMMARY, "class_a_cell.yaml", ROW_SUMMARY, 1, 100 * scale, 1, false});
    fake_run(&(struct fake_run){NONE, "class_a_cell.yaml", ROW_SUMMARY, 1, 10, 1, true});
    FILE *f = fopen(FOREIGN, "wb");
    assert_non_null(f);
    for (int i = 0; i < 300; i++)
        fputs("something else\n", f);
    fclose(f);
    return 0;
}

static char *slurp(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return mem_text("");
    char *text = mem_alloc(2000001, 1);
    size_t n = fread(text, 1, 2000000, f);
    text[n] = 0;
    fclose(f);
    return text;
}

enum { MAX_ARGS = 20 };

/* Run castbed plot with words separated by spaces; what it says on stderr goes to said (to be
 * freed), or is dropped when said is NULL. */
static int plot(const char *words, char **said)
{
    char *argv[MAX_ARGS], *copy = mem_text(words);
    int argc = 0;
    for (char *w = strtok(copy, " "); w && argc < MAX_ARGS; w = strtok(NULL, " "))
        argv[argc++] = w;
    fflush(stderr);
    int old = dup(STDERR_FILENO);
    FILE *f = fopen(OUT ".txt", "wb");
    assert_non_null(f);
    dup2(fileno(f), STDERR_FILENO);
    int rc = cmd_plot(argc, argv);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    fclose(f);
    if (said)
        *said = slurp(OUT ".txt");
    free(copy);
    return rc;
}

static void check_plot(const char *words, int want, const char *part)
{
    char *said;
    int rc = plot(words, &said);
    if (rc != want || !strstr(said, part))
        fail_msg("%s: exit code %d (want %d), said: %s", words, rc, want, said);
    free(said);
}

static bool has_gnuplot(void)
{
    return system("gnuplot --version >/dev/null 2>&1") == 0;
}

static void test_all_kinds(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    static const char *const kinds[] = {"pdr-vs-devices " MANY, "losses " MANY,
                                        "losses " ONE,          "timeline " ONE " --span 1min",
                                        "coverage " ONE,        "clock-error " ONE,
                                        "clock-error " FEW,     "windows " FEW,
                                        "windows " ONE,         "session " FEW,
                                        "session " ONE,         "energy " ONE,
                                        "energy " MANY};
    static const char *const ends[] = {"svg", "png", "pdf"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t k = 0; k < (i == 0 ? 3 : 1); k++) { /* the formats differ only in one line */
            char words[1000], path[300], again[300], cmp[1000];
            snprintf(path, sizeof path, OUT "_%d.%s", (int)i, ends[k]);
            snprintf(again, sizeof again, OUT "_again.%s", ends[k]);
            snprintf(words, sizeof words, "plot %s -o %s", kinds[i], path);
            check_plot(words, 0, "");
            struct stat s;
            if (stat(path, &s) || s.st_size < 3000)
                fail_msg("%s: no picture", words);
            snprintf(words, sizeof words, "plot %s -o %s", kinds[i], again);
            check_plot(words, 0, "");
            snprintf(cmp, sizeof cmp, "cmp '%s' '%s'", path, again);
            assert_int_equal(system(cmp), 0);
        }
}

static void test_quiet_and_tidy(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    char *said;
    assert_int_equal(plot("plot coverage " ONE " -o " OUT ".svg", &said), 0);
    assert_string_equal(said, "");
    free(said);
    check_plot("plot pdr-vs-devices " MANY " -o " OUT ".svg", 0, "1 incomplete run left out");
    check_plot("plot timeline " ONE " --gateway gw/3 --from 1s --span 250000ms -o " OUT ".svg", 0,
               "");
    assert_int_not_equal(access(ONE "-wal", F_OK), 0);
    assert_int_not_equal(system("ls " OUT ".*.?????? " OUT ".*.new >/dev/null 2>&1"),
                         0); /* nothing left */
}

static void test_script_and_series(void **state)
{
    (void)state;
    check_plot("plot pdr-vs-devices " MANY " " SUMMARY
               " --by radio.interference --title It's -o " OUT ".gp",
               0, "");
    char *text = slurp(OUT ".gp");
    assert_non_null(
        strstr(text, "pdr_n = 5\n")); /* two scenarios x two values, and the other file's run */
    assert_non_null(strstr(text, "pdr_series[1] = \"class_a_cell, croce\""));
    assert_non_null(strstr(text, "plot_title = \"It's\""));
    free(text);
    check_plot("plot losses " MANY " " ONE " " SUMMARY " --run 3 -o " OUT ".gp", 0, "");
    text = slurp(OUT ".gp");
    assert_non_null(strstr(text, "n_runs = 1\n"));
    free(text);
}

static void test_own_folder(void **state)
{
    (void)state;
    FILE *f = fopen(BUILD_DIR "/mine.sql", "wb");
    fputs("-- mine\n-- runs: many\n-- $n: runs\nSELECT count(*) FROM run;\n", f);
    fclose(f);
    f = fopen(BUILD_DIR "/mine.gp", "wb");
    fputs("# my own\n", f);
    fclose(f);
    check_plot("plot mine " MANY " --dir " BUILD_DIR " -o " OUT ".gp", 0, "");
    char *text = slurp(OUT ".gp");
    assert_non_null(strstr(text, "$n << EOD\n50\nEOD\nn_lines = 1\n# my own\n"));
    free(text);
    check_plot("plot yours " MANY " --dir " BUILD_DIR " -o " OUT ".gp", 2, "has no yours.sql");
    f = fopen(BUILD_DIR "/mine.sql", "wb");
    fputs("-- mine\n-- $n: runs\nSELECT absent FROM run;\n", f);
    fclose(f);
    check_plot("plot mine " MANY " --dir " BUILD_DIR " -o " OUT ".gp", 2, "no such column: absent");
    f = fopen(BUILD_DIR "/mine.sql", "wb");
    fputs("-- mine\nSELECT id FROM run;\n", f);
    fclose(f);
    check_plot("plot mine " MANY " --dir " BUILD_DIR " -o " OUT ".gp", 2,
               "'-- vars', '-- $name', '-- table name' or '-- layout name'");
    f = fopen(BUILD_DIR "/mine.sql", "wb");
    fputs("-- mine\n-- table seeds: a comment\nSELECT DISTINCT seed FROM run WHERE :by IS NULL;\n"
          "-- $n: seeds\nSELECT count(*) FROM seeds;\n",
          f);
    fclose(f);
    check_plot("plot mine " MANY " --dir " BUILD_DIR " -o " OUT ".gp", 0, "");
    text = slurp(OUT ".gp");
    assert_non_null(strstr(text, "$n << EOD\n5\nEOD\n"));
    free(text);
}

static void check_script(const char *words, const char *const *parts, size_t n)
{
    check_plot(words, 0, "");
    char *text = slurp(OUT ".gp");
    for (size_t i = 0; i < n; i++)
        if (!strstr(text, parts[i]))
            fail_msg("%s: no \"%s\" in the script", words, parts[i]);
    free(text);
}

/* What the made-up members heard comes out as it was put in; devices and groups can be chosen. */
static void test_session(void **state)
{
    (void)state;
    static const char *const all[] = {"mc_group = \"all\"",       "n_members = 5\n",
                                      "n_frames = 20\n",          "n_expected = 100\n",
                                      "\"session never opened\"", "planned_s = 1800.0\n",
                                      "length_s = 64.0\n"};
    check_script("plot session " FEW " -o " OUT ".gp", all, sizeof all / sizeof *all);
    static const char *const one[] = {"n_members = 1\n", "n_heard = 0\n", "n_expected = 20\n",
                                      "missed_n = 1\n"};
    check_script("plot session " FEW " --group all --devices meters/0 -o " OUT ".gp", one,
                 sizeof one / sizeof *one);
    check_plot("plot session " FEW " --group some -o " OUT ".gp", 2,
               "no multicast group called \"some\"");
    check_plot("plot session " FEW " --devices meters/0,meters/9 -o " OUT ".gp", 2,
               "no device and no group of devices called \"meters/9\"");
    check_plot("plot session " FEW " --from 2h -o " OUT ".gp", 1, "nothing to show");
    check_plot("plot session " SUMMARY " -o " OUT ".gp", 1, "no group under multicast");
}

static void test_windows(void **state)
{
    (void)state;
    static const char *const whole[] = {"n_lanes = 5\n", "windows_n = 1\n",
                                        "never opened, 0 of 20"};
    check_script("plot windows " FEW " -o " OUT ".gp", whole, sizeof whole / sizeof *whole);
    static const char *const part[] = {"from_s = 1802.0\n", "span_s = 1.0\n", "n_lanes = 1\n",
                                       "0.0\t0.3\t1\t3\n"};
    check_script("plot windows " FEW " --devices meters/0 --from 1802s --span 1s -o " OUT ".gp",
                 part, sizeof part / sizeof *part);
    check_plot("plot windows " FEW " --from 2h -o " OUT ".gp", 1, "nothing to show");
    check_plot("plot windows " SUMMARY " -o " OUT ".gp", 1, "--set store.level=frames");
}

/* Devices with 4, 8, 12, 16, 20 J, three quarters of them for transmitting. */
static void test_energy(void **state)
{
    (void)state;
    static const char *const all[] = {
        "$totals << EOD\n1.0\t12.0\t4.0\t20.0\t5\t\"2.19 years\"\nEOD\n",
        "$bars << EOD\n\"transmitting\"\t1.0\t0.0\t0.75\n\n\n\"asleep\"\t1.0\t0.75\t1.0\nEOD\n",
        "assumed_battery = \"less antenna gain 0dB; always 0.86uA beside the radio; battery 2.6Ah, "
        "self-discharge 2 % a year\"\n"};
    check_script("plot energy " FEW " -o " OUT ".gp", all, sizeof all / sizeof *all);
    static const char *const two[] = {"\"meters/1\"\n2.0\t\"meters/2\"\n",
                                      "1.0\t8.0\t8.0\t8.0\t1\t", "2.0\t12.0\t12.0\t12.0\t1\t"};
    check_script("plot energy " FEW " --devices meters/1,meters/2 -o " OUT ".gp", two,
                 sizeof two / sizeof *two);
}

/* A column of text: 85 mm are 321 of a picture's 96 dots per inch; letters shrink as the page does
 * that a script draws on. */
static void test_width(void **state)
{
    (void)state;
    static const char *const column[] = {"set terminal svg noenhanced size 321.", "narrow = 1\n",
                                         "fontscale 0.764", "wider = 2.14"};
    check_script("plot energy " FEW " --width 85 -o " OUT ".gp", column,
                 sizeof column / sizeof *column);
    static const char *const page[] = {"size 900,560", "fontscale 1 ", "narrow = 0\n",
                                       "wider = 1\n"};
    check_script("plot energy " FEW " -o " OUT ".gp", page, sizeof page / sizeof *page);
    static const char *const bad[] = {"59", "1001", "85mm", "nan", "inf", "x", "-85"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char words[300], said[60];
        snprintf(words, sizeof words, "plot energy " FEW " --width %s -o " OUT ".svg", bad[i]);
        snprintf(said, sizeof said, "--width %s: not understood", bad[i]);
        check_plot(words, 2, said);
    }
}

static void test_usage(void **state)
{
    (void)state;
    check_plot("plot", 2, "which kind of plot");
    check_plot("plot losses", 2, "which database");
    check_plot("plot losses " ONE, 2, "-o FILE.svg is missing");
    check_plot("plot losses " ONE " -o x.jpg", 2, "must end with .svg");
    check_plot("plot losses " ONE " -o", 2, "without its value: -o");
    check_plot("plot losses " ONE " --span 3kg -o x.svg", 2, "--span 3kg: not understood");
    check_plot("plot losses " ONE " --run x -o x.svg", 2, "--run x: not understood");
    check_plot("plot losses " ONE " --campaign update -o x.svg", 2, "has no use for --campaign");
    check_plot("plot losses " ONE " --devices meters -o x.svg", 2, "has no use for --devices");
    check_plot("plot coverage " ONE " --from 1s -o x.svg", 2, "has no use for --from");
    check_plot("plot losses " ONE " --colour x -o x.svg", 2, "--colour x: not understood");
    check_plot("plot loses " ONE " -o " OUT ".svg", 2, "did you mean losses?");
    check_plot("plot xyzzy-quux " ONE " -o " OUT ".svg", 2, "--list");
}

static void test_no_data(void **state)
{
    (void)state;
    unlink(OUT ".svg");
    check_plot("plot losses " NONE " -o " OUT ".svg", 2, "no complete run");
    check_plot("plot losses " FOREIGN " -o " OUT ".svg", 2, "not a castbed database");
    check_plot("plot losses " BUILD_DIR "/none.db -o " OUT ".svg", 3, "cannot be read");
    check_plot("plot losses " ONE " --run 7 -o " OUT ".svg", 2, "no complete run 7");
    check_plot("plot timeline " SUMMARY " -o " OUT ".svg", 1, "--set store.level=frames");
    check_plot("plot timeline " ONE " --from 2h -o " OUT ".svg", 1, "nothing to show");
    check_plot("plot timeline " ONE " --gateway gw/9 -o " OUT ".svg", 1, "nothing to show");
    check_plot("plot losses " ONE " -o " BUILD_DIR "/no/where.svg", 3, "cannot be written");
    assert_int_not_equal(access(OUT ".svg", F_OK), 0);
    assert_int_not_equal(access(BUILD_DIR "/none.db", F_OK), 0);
}

static void test_no_gnuplot(void **state)
{
    (void)state;
    char *path = mem_text(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    check_plot("plot losses " ONE " -o " OUT ".svg", 3, "gnuplot is not installed");
    setenv("PATH", path, 1);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds),
        cmocka_unit_test(test_quiet_and_tidy),
        cmocka_unit_test(test_script_and_series),
        cmocka_unit_test(test_own_folder),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_energy),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_no_gnuplot),
    };
    return cmocka_run_group_tests(tests, make_databases, NULL);
}
