/* SPDX-License-Identifier: GPL-2.0-only
 * castbed sweep: checks every combination of values, runs each with each seed in a child process of
 * its own, and merges the children's databases in the order of the list, so that the result is the
 * same for any --jobs. Parts stay until all are merged: the same command again goes on where a
 * killed one ended. */
#include "tools/cmd_sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "results/merge.h"
#include "sim/mem.h"
#include "sim/scenario.h"
#include "tools/engine.h"
#include "tools/process_pool.h"
#include "tools/sweep_parts.h"
#include "tools/sweep_plan.h"

enum { EXIT_DONE, EXIT_NO, EXIT_USAGE, EXIT_UNFINISHED };
enum { MAX_JOBS = 1024, MAX_PATH = 4096, N_FIXED_ARGS = 11 };

struct job {
    struct sweep *sweep;
    size_t combo;
    int64_t seed;
    uint64_t key;  /* of everything that decides the result */
    bool complete; /* its part is there */
};

struct sweep {
    struct sweep_plan plan;
    const char *out, *program, *engine; /* engine: NULL: castbed's own */
    int jobs;
    bool quiet;
    char own_path[MAX_PATH];
    size_t n_combos;
    uint64_t *combo_keys;  /* n_combos: hash of the resolved scenario */
    char *first_complaint; /* of castbed check, about the first combination that it refused */
    size_t i_first_complaint;
    struct sweep_parts parts;
    struct job *list; /* n_jobs, in the order of the result */
    size_t n_jobs, n_failed;
    bool answer_is_no;
};

static void usage(FILE *f)
{
    fputs(
        "usage: castbed sweep SCENARIO -o FILE.db [--seeds LIST] [--vary PATH=A,B,C]...\n"
        "                     [--set PATH=VALUE]... [--jobs N] [--engine ns3-default]\n"
        "                     [--quiet] [--program FILE]\n"
        "\n"
        "Runs a scenario once for every seed and every combination of values, some at once,\n"
        "and puts all runs into one database. The result does not depend on --jobs. After a\n"
        "kill or Ctrl-C the same command goes on: complete runs are kept in FILE.db.parts until\n"
        "the end. Runs that FILE.db already has are not added again.\n"
        "\n"
        "  -o FILE.db        database to make or to add to\n"
        "  --seeds LIST      1..10 or 1,3,5 or both mixed; 1 if not given\n"
        "  --vary PATH=A,B   values of a key, e.g. devices.meters.count=100,1000;\n"
        "                    several of these: every combination\n"
        "  --set PATH=VALUE  the same for every run\n"
        "  --jobs N          runs at once; as many as there are processors if not given\n"
        "  --engine ns3-default\n"
        "                    as of castbed run: ns-3's own simulator keeps the order of events\n"
        "  --program FILE    start this in place of castbed for each run, e.g. a wrapper for srun\n"
        "  --quiet           no progress line\n"
        "Exit code: 0 all runs are in FILE.db, 1 so they are and the answer of one was no,\n"
        "2 bad usage or scenario, 3 a run failed or the sweep was stopped.\n",
        f);
}

static int complain(const char *text)
{
    fprintf(stderr, "castbed sweep: %s\n", text);
    return EXIT_USAGE;
}

static int unknown_option(const char *option)
{
    static const char *const names[] = {"--seeds", "--vary",    "--set",   "--jobs", "--engine",
                                        "-o",      "--program", "--quiet", "--help"};
    const char *near = scn_did_you_mean(option, names, sizeof names / sizeof *names);

    fprintf(stderr, "castbed sweep: there is no option '%.60s'; %s%s%s\n", option,
            near ? "did you mean " : "castbed sweep -h lists them", near ? near : "",
            near ? "?" : "");
    return EXIT_USAGE;
}

static int read_jobs(struct sweep *s, const char *text, struct sim_error *e)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end != 0 || n < 1 || n > MAX_JOBS)
        return sim_error_set(e, SIM_ERANGE, "--jobs %s: a number from 1 to %d is wanted", text,
                             MAX_JOBS);
    s->jobs = (int)n;
    return SIM_OK;
}

/* Take one option with a value. Returns SIM_ENOENT when there is none of that name. */
static int take_option(struct sweep *s, const char *name, const char *value, struct sim_error *e)
{
    if (strcmp(name, "--seeds") == 0) {
        if (s->plan.n_seeds > 0)
            return sim_error_set(e, SIM_EEXIST, "--seeds stands there twice");
        return sweep_plan_seeds(&s->plan, value, e);
    }
    if (strcmp(name, "--vary") == 0)
        return sweep_plan_vary(&s->plan, value, e);
    if (strcmp(name, "--set") == 0)
        return sweep_plan_set(&s->plan, value, e);
    if (strcmp(name, "--jobs") == 0)
        return read_jobs(s, value, e);
    if (strcmp(name, "--engine") == 0) {
        s->engine = value;
        return engine_check(value, e);
    }
    if (strcmp(name, "-o") == 0)
        s->out = value;
    else if (strcmp(name, "--program") == 0)
        s->program = value;
    else
        return SIM_ENOENT;
    return SIM_OK;
}

static bool takes_value(const char *name)
{
    static const char *const names[] = {"--seeds",  "--vary", "--set",    "--jobs",
                                        "--engine", "-o",     "--program"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* What must be there, and defaults. */
static int complete_options(struct sweep *s)
{
    struct sim_error e = {0};

    if (!s->plan.scenario)
        return complain("which scenario? castbed sweep -h shows the usage");
    if (strcmp(s->plan.scenario, "-") == 0)
        return complain("a sweep reads its scenario many times: give a file, not -");
    if (!s->out || !*s->out)
        return complain("where to? -o FILE.db is missing");
    if (s->plan.n_seeds == 0)
        sweep_plan_seeds(&s->plan, "1", &e);
    if (sweep_plan_combos(&s->plan, &s->n_combos, &e) != SIM_OK)
        return complain(e.text);
    if (s->jobs == 0)
        s->jobs = (int)uv_available_parallelism();
    return EXIT_DONE;
}

/* Returns EXIT_DONE, EXIT_USAGE, or -1 when only help was wanted. */
static int read_options(struct sweep *s, int argc, char **argv)
{
    struct sim_error e = {0};

    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0) {
            usage(stdout);
            return -1;
        }
        if (strcmp(a, "--quiet") == 0) {
            s->quiet = true;
        } else if (takes_value(a)) {
            if (++i == argc) {
                fprintf(stderr, "castbed sweep: %s needs a value; castbed sweep -h\n", a);
                return EXIT_USAGE;
            }
            if (take_option(s, a, argv[i], &e) != SIM_OK)
                return complain(e.text);
        } else if (a[0] == '-' && a[1] != 0) {
            return unknown_option(a);
        } else if (s->plan.scenario) {
            fprintf(stderr, "castbed sweep: one scenario, but there are two: %s and %s\n",
                    s->plan.scenario, a);
            return EXIT_USAGE;
        } else {
            s->plan.scenario = a;
        }
    }
    return complete_options(s);
}

/* The program that is started for each run: ourselves, unless another was named. */
static int find_program(struct sweep *s)
{
    size_t size = sizeof s->own_path;

    if (s->program)
        return EXIT_DONE;
    if (uv_exepath(s->own_path, &size) != 0)
        return complain("cannot find my own program; name it with --program");
    s->program = s->own_path;
    return EXIT_DONE;
}

/* Arguments of a child. The caller frees with free_args. */
static char **make_args(const struct sweep *s, const char *command, size_t combo)
{
    size_t n_texts = s->plan.n_sets + s->plan.n_varies, n = 0;
    char **args = mem_alloc(2 * n_texts + N_FIXED_ARGS, sizeof *args);
    char **texts = mem_alloc(n_texts, sizeof *texts);

    sweep_plan_combo(&s->plan, combo, texts);
    args[n++] = mem_text(s->program);
    args[n++] = mem_text(command);
    args[n++] = mem_text(s->plan.scenario);
    for (size_t i = 0; i < n_texts; i++) {
        args[n++] = mem_text("--set");
        args[n++] = texts[i];
    }
    if (s->engine) {
        args[n++] = mem_text("--engine");
        args[n++] = mem_text(s->engine);
    }
    free(texts);
    return args;
}

static void add_arg(char **args, const char *text)
{
    while (*args)
        args++;
    *args = mem_text(text);
}

static void free_args(char **args)
{
    for (size_t i = 0; args && args[i]; i++)
        free(args[i]);
    free(args);
}

static void free_tasks(struct pool_task *tasks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free_args(tasks[i].argv);
    free(tasks);
}

struct check {
    struct sweep *sweep;
    struct pool_task *tasks;
};

static void check_done(void *ctx, struct pool_task *t)
{
    struct check *c = ctx;
    struct sweep *s = c->sweep;
    size_t i = (size_t)(t - c->tasks);

    s->combo_keys[i] = sweep_hash(s->combo_keys[i], t->out.p, t->out.len);
    if (t->exit_code == 0 || (s->first_complaint && s->i_first_complaint < i))
        return;
    free(s->first_complaint);
    s->first_complaint = mem_text(t->err.p ? t->err.p : "castbed check refused the scenario\n");
    s->i_first_complaint = i;
}

/* What decides a result besides the scenario: the options and the program. */
static uint64_t combo_key(const struct sweep *s, char *const *args)
{
    uint64_t h = sweep_hash(SWEEP_HASH_START, CASTBED_VERSION, sizeof CASTBED_VERSION);
    struct stat st;

    if (stat(s->program, &st) == 0) { /* a program built anew makes other runs */
        int64_t facts[] = {(int64_t)st.st_size, (int64_t)st.st_mtime};
        h = sweep_hash(h, facts, sizeof facts);
    }
    for (size_t i = 2; args[i]; i++)
        h = sweep_hash(h, args[i], strlen(args[i]) + 1);
    return h;
}

/* Let castbed check look at every combination before anything runs. */
static int check_combos(struct sweep *s)
{
    struct pool_task *tasks = mem_alloc(s->n_combos, sizeof *tasks);
    struct check c = {s, tasks};
    struct pool_options o = {.jobs = s->jobs, .done = check_done, .ctx = &c};
    int err;

    s->combo_keys = mem_alloc(s->n_combos, sizeof *s->combo_keys);
    for (size_t i = 0; i < s->n_combos; i++) {
        tasks[i] = (struct pool_task){.argv = make_args(s, "check", i), .keep_out = true};
        s->combo_keys[i] = combo_key(s, tasks[i].argv);
    }
    err = pool_run(tasks, s->n_combos, &o);
    free_tasks(tasks, s->n_combos);
    if (err != SIM_OK) {
        fputs("castbed sweep: stopped before anything ran\n", stderr);
        return EXIT_UNFINISHED;
    }
    if (!s->first_complaint)
        return EXIT_DONE;
    fputs(s->first_complaint, stderr);
    return EXIT_USAGE;
}

static void make_jobs(struct sweep *s)
{
    s->list = mem_alloc(s->n_combos * s->plan.n_seeds, sizeof *s->list);
    for (size_t combo = 0; combo < s->n_combos; combo++)
        for (size_t i = 0; i < s->plan.n_seeds; i++) {
            struct job *j = &s->list[s->n_jobs++];
            *j = (struct job){.sweep = s, .combo = combo, .seed = s->plan.seeds[i]};
            j->key = sweep_hash(s->combo_keys[combo], &j->seed, sizeof j->seed);
            j->complete = sweep_parts_has(&s->parts, j->key);
        }
}

struct running {
    struct sweep *sweep;
    struct pool_task *tasks;
    struct job **jobs; /* of each task */
};

static void job_failed(struct job *j, const char *why, const char *said)
{
    struct sweep *s = j->sweep;
    size_t n = s->plan.n_sets + s->plan.n_varies;
    char **texts = mem_alloc(n, sizeof *texts);

    s->n_failed++;
    if (!s->quiet)
        pool_clear_line();
    fprintf(stderr, "castbed sweep: the run with seed %" PRId64, j->seed);
    sweep_plan_combo(&s->plan, j->combo, texts);
    for (size_t i = 0; i < n; i++) {
        fprintf(stderr, ", %s", texts[i]);
        free(texts[i]);
    }
    fprintf(stderr, " failed: %s\n", why);
    if (said && *said)
        fprintf(stderr, "%s%s", said, said[strlen(said) - 1] == '\n' ? "" : "\n");
    free(texts);
}

static void run_done(void *ctx, struct pool_task *t)
{
    struct running *r = ctx;
    struct job *j = r->jobs[t - r->tasks];
    struct sim_error e = {0};
    char why[64];

    if (t->exit_code == EXIT_DONE || t->exit_code == EXIT_NO) {
        if (sweep_parts_keep(&j->sweep->parts, j->key, &e) == SIM_OK)
            j->complete = true;
        else
            job_failed(j, e.text, t->err.p);
        if (t->exit_code == EXIT_NO)
            j->sweep->answer_is_no = true;
    } else if (t->ran) {
        snprintf(why, sizeof why, "exit code %" PRId64, t->exit_code);
        job_failed(j, why, t->err.p);
    }
}

static struct pool_task make_run(const struct sweep *s, const struct job *j)
{
    struct pool_task t = {.argv = make_args(s, "run", j->combo)};
    char *part = sweep_parts_path(&s->parts, j->key, false);
    char seed[24];

    snprintf(seed, sizeof seed, "%" PRId64, j->seed);
    add_arg(t.argv, "--seed");
    add_arg(t.argv, seed);
    add_arg(t.argv, "-o");
    add_arg(t.argv, part);
    add_arg(t.argv, "--quiet");
    free(part);
    return t;
}

static int run_jobs(struct sweep *s)
{
    struct running r = {.sweep = s};
    struct pool_options o = {
        .jobs = s->jobs, .label = s->quiet ? NULL : "sweep", .done = run_done, .ctx = &r};
    size_t n = 0;
    int err;

    r.tasks = mem_alloc(s->n_jobs, sizeof *r.tasks);
    r.jobs = mem_alloc(s->n_jobs, sizeof(struct job *));
    for (size_t i = 0; i < s->n_jobs; i++) {
        if (s->list[i].complete)
            continue;
        r.jobs[n] = &s->list[i];
        r.tasks[n++] = make_run(s, &s->list[i]);
    }
    if (n < s->n_jobs)
        fprintf(stderr, "castbed sweep: %zu of %zu runs are there already\n", s->n_jobs - n,
                s->n_jobs);
    err = pool_run(r.tasks, n, &o);
    free_tasks(r.tasks, n);
    free(r.jobs);
    return err;
}

/* The complete parts in the order of the list, into the database. */
static int merge_parts(const struct sweep *s, struct sim_error *e)
{
    char **paths = mem_alloc(s->n_jobs, sizeof *paths);
    size_t n = 0;
    int err = SIM_OK;

    for (size_t i = 0; i < s->n_jobs; i++)
        if (s->list[i].complete)
            paths[n++] = sweep_parts_path(&s->parts, s->list[i].key, true);
    if (n > 0)
        err = merge_databases(s->out, (const char *const *)paths, n, NULL, e);
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
    return err;
}

/* Run what is missing and merge; the parts are removed only when nothing is left to do. */
static int run_and_merge(struct sweep *s, bool *finished)
{
    struct sim_error e = {0};
    size_t n_complete = 0;

    *finished = false;
    make_jobs(s);
    if (run_jobs(s) != SIM_OK) {
        for (size_t i = 0; i < s->n_jobs; i++)
            n_complete += s->list[i].complete;
        fprintf(
            stderr,
            "castbed sweep: stopped; %zu of %zu runs are kept in %s: the same command goes on\n",
            n_complete, s->n_jobs, s->parts.dir);
        return EXIT_UNFINISHED;
    }
    if (merge_parts(s, &e) != SIM_OK) {
        fprintf(stderr, "%s\ncastbed sweep: the runs are kept in %s: the same command goes on\n",
                e.text, s->parts.dir);
        return EXIT_UNFINISHED;
    }
    if (s->n_failed > 0) {
        fprintf(stderr, "castbed sweep: %zu of %zu runs failed", s->n_failed, s->n_jobs);
        if (s->n_failed < s->n_jobs)
            fprintf(stderr, "; the others are in %s", s->out);
        fputs(": the same command tries the failed ones again\n", stderr);
        return EXIT_UNFINISHED;
    }
    *finished = true;
    return s->answer_is_no ? EXIT_NO : EXIT_DONE;
}

static int sweep(struct sweep *s)
{
    struct sim_error e = {0};
    bool finished = false;
    int64_t n;
    int code = find_program(s);

    if (code == EXIT_DONE)
        code = check_combos(s);
    if (code != EXIT_DONE)
        return code;
    if (merge_count_runs(s->out, &n, &e) != SIM_OK) {
        fprintf(stderr, "%s\n", e.text);
        return EXIT_UNFINISHED;
    }
    if (sweep_parts_init(&s->parts, s->out, &e) != SIM_OK) {
        fprintf(stderr, "%s\n", e.text);
        code = EXIT_UNFINISHED;
    } else {
        code = run_and_merge(s, &finished);
    }
    sweep_parts_fini(&s->parts, finished);
    return code;
}

int cmd_sweep(int argc, char **argv)
{
    struct sweep s = {0};
    int code = read_options(&s, argc, argv);

    if (code == EXIT_DONE)
        code = sweep(&s);
    sweep_plan_fini(&s.plan);
    free(s.combo_keys);
    free(s.first_complaint);
    free(s.list);
    return code < 0 ? EXIT_DONE : code;
}
