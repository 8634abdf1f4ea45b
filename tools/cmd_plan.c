/* SPDX-License-Identifier: GPL-2.0-only
 * castbed plan: what the campaigns of a scenario take, without simulating. */
#include "tools/cmd_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/overrides.h"
#include "tools/plan.h"
#include "tools/usage.h"
#include "tools/world.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_UNFINISHED = 3 };
enum { MIN_TRIALS = 10, MAX_TRIALS = 1000000 };

struct plan_args {
    const char *scenario;
    struct overrides overrides;
    unsigned n_trials; /* 0: not given */
    bool json;
};

static void help(FILE *f)
{
    fputs(
        "usage: castbed plan SCENARIO [--set PATH=VALUE]... [--trials N] [--json]\n\n"
        "What the firmware campaigns of a scenario take, without simulating: fragments, air time, "
        "earliest end at each\n"
        "data rate under the duty cycle, sessions, expected share of members that recover, "
        "effort of the set-up, and\n"
        "what is wrong with the plan.\n\n"
        "  --set PATH=VALUE  change a key first, as castbed run does\n"
        "  --trials N        of each share, 10 to 1000000; as many as go in about a "
        "second if not given\n"
        "  --json            for programs; times are nanoseconds\n\n"
        "Exit code: 0 the campaigns can work, 1 one cannot, 2 bad usage or scenario, 3 could not "
        "finish.\n",
        f);
}

static bool read_trials(struct plan_args *a)
{
    bool digits = *optarg && strspn(optarg, "0123456789") == strlen(optarg) && strlen(optarg) < 9;
    a->n_trials = digits ? (unsigned)strtoul(optarg, NULL, 10) : 0;
    if (a->n_trials >= MIN_TRIALS && a->n_trials <= MAX_TRIALS)
        return true;
    fprintf(stderr, "castbed plan: --trials: found \"%.40s\"; a whole number from %d to %d\n",
            optarg, MIN_TRIALS, MAX_TRIALS);
    return false;
}

/* Returns 0, 1 when help was asked for, -1 on bad usage. */
static int parse(int argc, char **argv, struct plan_args *a)
{
    static const struct option options[] = {{"set", required_argument, NULL, 'S'},
                                            {"trials", required_argument, NULL, 't'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int c;
    optind = opterr = 0;
    while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        switch (c) {
        case 'S':
            overrides_add(&a->overrides, optarg, NULL);
            break;
        case 't':
            if (!read_trials(a))
                return -1;
            break;
        case 'j':
            a->json = true;
            break;
        case 'h':
            help(stdout);
            return 1;
        default:
            usage_bad_option("castbed plan", argv, options, c);
            return -1;
        }
    }
    if (argc - optind != 1) {
        fprintf(stderr,
                "castbed plan: one scenario at a time, found %d; castbed plan -h explains "
                "it\n",
                argc - optind);
        return -1;
    }
    a->scenario = argv[optind];
    return 0;
}

static int flush_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "castbed plan: the output cannot be written: %s\n", strerror(errno));
    return EXIT_UNFINISHED;
}

static int plan_world(const struct plan_args *a, const struct world *w)
{
    int code = EXIT_DONE;
    json_t *root = json_object(), *list = json_array();
    json_object_set_new(root, "scenario", json_string(a->scenario));
    json_object_set_new(root, "campaigns", list);
    for (size_t i = 0; i < world_n_campaigns(w); i++) {
        struct plan_report r;
        plan_report_make(&r, w, i, a->n_trials);
        code = *r.problem ? EXIT_NO : code;
        if (a->json)
            json_array_append_new(list, plan_json(&r));
        else if (i)
            putchar('\n');
        if (!a->json)
            plan_print(stdout, &r);
        plan_report_free(&r);
    }
    if (a->json) {
        json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        putchar('\n');
    }
    json_decref(root);
    return flush_output(code);
}

static int plan_scenario(const struct plan_args *a)
{
    struct sim_error e = {0};
    struct world *w;
    struct trace quiet;
    int rc =
        world_load(&w, a->scenario, (const char *const *)a->overrides.texts, a->overrides.n, &e);
    if (!rc)
        rc = world_place(w, &e);
    if (rc) {
        fprintf(stderr, "%s\n", e.text);
        world_close(w);
        return EXIT_USAGE;
    }
    if (world_n_campaigns(w) == 0) {
        fprintf(stderr, "%s: there is nothing to plan: it has no campaigns\n", a->scenario);
        world_close(w);
        return EXIT_USAGE;
    }
    trace_init(&quiet);
    world_build(w, &quiet); /* data rates of devices; no event is run */
    int code = plan_world(a, w);
    world_close(w);
    return code;
}

int cmd_plan(int argc, char **argv)
{
    struct plan_args a = {0};
    int rc = parse(argc, argv, &a), code = rc < 0 ? EXIT_USAGE : EXIT_DONE;
    if (rc == 0)
        code = plan_scenario(&a);
    overrides_free(&a.overrides);
    return code;
}
