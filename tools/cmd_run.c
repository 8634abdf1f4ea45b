/* SPDX-License-Identifier: GPL-2.0-only
 * castbed run: a scenario, its database, its captures, a progress line. */
#include "tools/cmd_run.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "results/store.h"
#include "sim/mem.h"
#include "tools/engine.h"
#include "tools/overrides.h"
#include "tools/pace.h"
#include "tools/run_capture.h"
#include "tools/usage.h"
#include "tools/world.h"
#include "tools/world_plan.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_UNFINISHED = 3, N_SLICES = 1000 };

struct run_args {
    const char *scenario, *db, *pcap_dir, *engine;
    struct overrides overrides;
    bool quiet;
};

/* The one thing a signal handler can touch. */
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void help(FILE *f)
{
    fputs(
        "usage: castbed run SCENARIO [-o FILE.db] [--seed N] [--run N] [--set PATH=VALUE]...\n"
        "                   [--pcap DIR] [--engine ns3-default] [--quiet]\n\n"
        "Simulates a scenario file and adds the run to a database (default: the scenario's name "
        "with .db).\n\n"
        "  -o FILE.db        the database; other runs in it stay\n"
        "  --seed N          the same as --set run.seed=N\n"
        "  --run N           the same as --set run.number=N\n"
        "  --set PATH=VALUE  change a key, e.g. --set devices.meters.count=500 or --set "
        "store.level=frames\n"
        "  --pcap DIR        write one LoRaTap capture a gateway, and the keys for Wireshark; one "
        "pcapng\n"
        "                    capture an IP node, and a link where its key capture says so\n"
        "  --engine ns3-default\n"
        "                    let ns-3's own simulator keep the order of events, for comparison:\n"
        "                    the rows are the same; for scenarios with ip\n"
        "  --quiet           no progress line and no summary\n\n"
        "Exit code: 0 done, 2 bad usage or scenario, 3 could not finish (the run stays marked "
        "incomplete).\n",
        f);
}

static int parse(int argc, char **argv, struct run_args *a)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},   {"run", required_argument, NULL, 'r'},
        {"set", required_argument, NULL, 'S'},    {"pcap", required_argument, NULL, 'p'},
        {"engine", required_argument, NULL, 'e'}, {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct sim_error e = {0};
    optind = opterr = 0;
    int c;
    while ((c = getopt_long(argc, argv, ":o:qh", options, NULL)) != -1) {
        switch (c) {
        case 'o':
            a->db = optarg;
            break;
        case 's':
            overrides_add(&a->overrides, "run.seed", optarg);
            break;
        case 'r':
            overrides_add(&a->overrides, "run.number", optarg);
            break;
        case 'S':
            overrides_add(&a->overrides, optarg, NULL);
            break;
        case 'p':
            a->pcap_dir = optarg;
            break;
        case 'e':
            a->engine = optarg;
            if (engine_check(optarg, &e) == SIM_OK)
                break;
            fprintf(stderr, "castbed run: %s\n", e.text);
            return -1;
        case 'q':
            a->quiet = true;
            break;
        case 'h':
            help(stdout);
            return 1;
        default:
            usage_bad_option("castbed run", argv, options, c);
            return -1;
        }
    }
    if (optind + 1 == argc) {
        a->scenario = argv[optind];
        return 0;
    }
    fprintf(
        stderr,
        optind == argc
            ? "castbed run: which scenario? For example: castbed run scenarios/class-a-cell.yaml\n"
            : "castbed run: one scenario at a time, found %d; castbed sweep runs many\n",
        argc - optind);
    return -1;
}

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void progress(const struct world *w, double started, bool last)
{
    double took = wall_s() - started;
    double done = (double)world_now(w) / (double)world_cfg(w)->run.duration_ns;
    double left = done > 0 ? took / done - took : 0;
    fprintf(stderr, "\r%5.1f %%  %.2f h simulated  %.2f M events/s  %.0f s left \033[K%s",
            100 * done, (double)world_now(w) / 3.6e12,
            took > 0 ? (double)world_n_events(w) / took / 1e6 : 0.0, left, last ? "\r\033[K" : "");
    fflush(stderr);
}

/* What is looked at between events. */
struct watch {
    const struct world *w;
    const struct store *st;
    double started, shown;
    bool show;
};

/* A progress line now and then; false: the run is to stop. */
static bool look(void *ctx)
{
    struct watch *v = ctx;
    if (v->show && wall_s() - v->shown > 0.2) {
        progress(v->w, v->started, false);
        v->shown = wall_s();
    }
    return !interrupted && !store_failed(v->st);
}

/* In slices of simulated time. */
static bool run_slices(struct world *w, struct watch *v)
{
    sim_time end = world_cfg(w)->run.duration_ns;
    bool ok = look(v);
    for (int i = 1; ok && i <= N_SLICES; i++)
        ok = world_run_until(w, i == N_SLICES ? end : end / N_SLICES * i) == SIM_OK && look(v);
    return ok;
}

/* At once, looked at as often as in slices. */
static bool run_at_once(struct world *w, struct watch *v)
{
    sim_time end = world_cfg(w)->run.duration_ns;
    struct world_watch watch = {.period_ns = end / N_SLICES + 1, .look = look, .ctx = v};
    world_set_watch(w, &watch);
    return world_run_until(w, end) == SIM_OK && look(v);
}

/* All events; false when stopped before the end, or after an error of ns-3. */
static bool run_events(struct world *w, const struct store *st, struct pace *pace,
                       const struct run_args *a)
{
    double now = wall_s();
    struct watch v = {
        .w = w, .st = st, .started = now, .shown = now, .show = !a->quiet && isatty(STDERR_FILENO)};
    bool ok = pace ? pace_run(pace, look, &v) : a->engine ? run_at_once(w, &v) : run_slices(w, &v);
    if (v.shown > v.started)
        progress(w, v.started, true);
    if (*world_error(w))
        fprintf(stderr, "%s\n", world_error(w));
    return ok;
}

static void store_param_of(void *ctx, const char *path, const char *value)
{
    store_param(ctx, path, value);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static char *default_db(const char *scenario)
{
    const char *base = strcmp(scenario, "-") == 0 ? "stdin" : base_name(scenario);
    const char *dot = strrchr(base, '.');
    size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    char *path = mem_alloc(len + 4, 1);
    memcpy(path, base, len);
    memcpy(path + len, ".db", 4);
    return path;
}

/* What the command line changed. */
static char *options_text(const struct run_args *a)
{
    char *sets = overrides_text(&a->overrides);
    if (!a->engine)
        return sets;
    size_t size = strlen(sets) + sizeof "--engine " ENGINE_NS3_DEFAULT " ";
    char *text = mem_alloc(size, 1);
    snprintf(text, size, "--engine " ENGINE_NS3_DEFAULT "%s%s", *sets ? " " : "", sets);
    free(sets);
    return text;
}

static int open_store(struct store **st, const struct run_args *a, const struct world *w,
                      const char *db, struct sim_error *e)
{
    const struct castbed_cfg *c = world_cfg(w);
    char *text = scenario_resolved(world_scenario(w)), *options = options_text(a);
    struct store_run run = {.scenario_name = base_name(a->scenario),
                            .scenario_text = text,
                            .version = CASTBED_VERSION,
                            .options = options,
                            .seed = c->run.seed,
                            .run_number = c->run.number,
                            .start_gps_ns = c->run.start_gps_ns,
                            .duration_ns = c->run.duration_ns};
    int rc = store_open(st, db, (enum row_level)c->store.level, &run, e);
    free(text);
    free(options);
    if (!rc)
        scenario_each(world_scenario(w), store_param_of, *st);
    return rc;
}

static void summary(const struct world *w, const char *db, int64_t run_id, double took)
{
    fprintf(stderr, "run %" PRId64 " in %s: ", run_id, db);
    if (world_n_devices(w) > 0)
        fprintf(stderr, "devices: %zu, gateways: %zu, ", world_n_devices(w), world_n_gateways(w));
    if (world_n_ip_nodes(w) > 0)
        fprintf(stderr, "IP nodes: %zu, ", world_n_ip_nodes(w));
    fprintf(stderr, "%.2f h, %" PRIu64 " events in %.2f s\n",
            (double)world_cfg(w)->run.duration_ns / 3.6e12, world_n_events(w), took);
}

static int fail(const struct sim_error *e, int code)
{
    fprintf(stderr, "%s\n", e->text);
    return code;
}

/* What a run needs besides its world. */
struct run_with {
    struct store *st;
    struct run_capture capture;
    struct pace *pace; /* or NULL: as fast as it goes */
};

/* From a placed world, an open store and captures to their end; closes the latter two. */
static int run_world(struct world *w, struct run_with *with, const struct run_args *a,
                     const char *db)
{
    struct store *st = with->st;
    struct run_capture *capture = &with->capture;
    struct sim_error e = {0};
    struct trace trace;
    char text[200];
    double started = wall_s();
    trace_init(&trace);
    store_listen(st, &trace);
    run_capture_listen(capture, &trace);
    world_build(w, &trace);
    bool done = run_events(w, st, with->pace, a);
    if (done) {
        unsigned bad = world_finish(w);
        SIM_CHECK(bad == 0, "%u counts of frames do not balance", bad);
    }
    int64_t id = store_run_id(st);
    int capture_rc = run_capture_close(capture, &e);
    if (capture_rc)
        fprintf(stderr, "%s\n", e.text);
    if (store_close(st, done && !capture_rc, &e))
        return fail(&e, EXIT_UNFINISHED);
    if (!done)
        fprintf(stderr, "stopped at %.2f h: run %" PRId64 " in %s is marked incomplete\n",
                (double)world_now(w) / 3.6e12, id, db);
    else if (capture_rc)
        fprintf(stderr, "run %" PRId64 " in %s is marked incomplete: its capture is\n", id, db);
    else if (!a->quiet)
        summary(w, db, id, wall_s() - started);
    if (with->pace && !a->quiet)
        fprintf(stderr, "%s\n", pace_text(with->pace, text, sizeof text));
    return done && !capture_rc ? EXIT_DONE : EXIT_UNFINISHED;
}

/* All that can be wrong with the scenario is found before anything is written. */
static int run_scenario(const struct run_args *a, const char *db)
{
    struct sim_error e = {0}, ignored;
    struct world *w;
    struct run_with with = {0};
    int code = EXIT_USAGE;
    if (world_load(&w, a->scenario, (const char *const *)a->overrides.texts, a->overrides.n, &e))
        return fail(&e, EXIT_USAGE);
    if (engine_use(a->engine, w, a->scenario, &e) || world_place(w, &e) ||
        world_check_plans(w, &e)) {
        code = fail(&e, EXIT_USAGE);
    } else if (world_cfg(w)->run.pace == RUN_WALL && pace_open(&with.pace, w, &e)) {
        code = fail(&e, EXIT_UNFINISHED);
    } else if (a->pcap_dir && run_capture_open(&with.capture, a->pcap_dir, w, &e)) {
        run_capture_close(&with.capture, &ignored);
        code = fail(&e, EXIT_UNFINISHED);
    } else if (open_store(&with.st, a, w, db, &e)) {
        run_capture_close(&with.capture, &ignored);
        code = fail(&e, EXIT_UNFINISHED);
    } else {
        code = run_world(w, &with, a, db);
    }
    pace_close(with.pace);
    world_close(w);
    return code;
}

int cmd_run(int argc, char **argv)
{
    struct run_args a = {0};
    int rc = parse(argc, argv, &a);
    if (rc) {
        overrides_free(&a.overrides);
        return rc > 0 ? EXIT_DONE : EXIT_USAGE;
    }
    /* A second Ctrl-C ends the program at once. */
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction old_int, old_term;
    interrupted = 0;
    sigaction(SIGINT, &act, &old_int);
    sigaction(SIGTERM, &act, &old_term);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a write error with a message */
    char *db = a.db ? mem_text(a.db) : default_db(a.scenario);
    int code = run_scenario(&a, db);
    free(db);
    overrides_free(&a.overrides);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    return code;
}
