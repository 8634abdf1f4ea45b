/* SPDX-License-Identifier: GPL-2.0-only
 * castbed check: reads, checks and builds scenarios without running them. */
#include "tools/cmd_check.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/engine.h"
#include "tools/overrides.h"
#include "tools/usage.h"
#include "tools/world.h"
#include "tools/world_plan.h"

enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_UNFINISHED = 3 };

static void help(FILE *f)
{
    fputs(
        "usage: castbed check SCENARIO... [--set PATH=VALUE]... [--engine ns3-default] [--quiet]\n"
        "       castbed check --reference\n\n"
        "Says whether scenarios are valid, and prints each with every default resolved, as "
        "YAML.\n\n"
        "  --set PATH=VALUE  change a key first, as castbed run does\n"
        "  --engine ns3-default\n"
        "                    can ns-3's own simulator run them, too?\n"
        "  --quiet           only errors\n"
        "  --reference       print the reference of all keys (scenarios/README.md)\n\n"
        "Exit code: 0 all are valid, 2 one is not.\n",
        f);
}

struct check_args {
    struct overrides overrides;
    const char *engine;
    bool quiet, reference;
};

static int check_one(const char *path, const struct check_args *a)
{
    struct sim_error e = {0};
    struct world *w;
    int rc = world_load(&w, path, (const char *const *)a->overrides.texts, a->overrides.n, &e);
    if (!rc)
        rc = engine_use(a->engine, w, path, &e);
    if (!rc)
        rc = world_place(w, &e);
    if (!rc)
        rc = world_check_plans(w, &e);
    if (rc) {
        fprintf(stderr, "%s\n", e.text);
    } else if (!a->quiet) {
        size_t n_cut;
        int limit;
        size_t n_links = world_n_links(w, &n_cut, &limit);
        char *text = scenario_resolved(world_scenario(w));
        printf("# %s: valid: ", path);
        if (world_n_devices(w) > 0)
            printf("devices: %zu, gateways: %zu, links: %zu (%zu below %.2f dB are left out), ",
                   world_n_devices(w), world_n_gateways(w), n_links, n_cut, limit / 100.0);
        if (world_n_ip_nodes(w) > 0)
            printf("IP nodes: %zu, ", world_n_ip_nodes(w));
        printf("%.2f h\n%s", (double)world_cfg(w)->run.duration_ns / 3.6e12, text);
        free(text);
    }
    world_close(w);
    return rc ? 2 : 0;
}

/* Returns 0, 1 when help was asked for, -1 on bad usage. */
static int parse(int argc, char **argv, struct check_args *a)
{
    static const struct option options[] = {
        {"set", required_argument, NULL, 'S'}, {"engine", required_argument, NULL, 'e'},
        {"quiet", no_argument, NULL, 'q'},     {"reference", no_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},      {NULL, 0, NULL, 0}};
    struct sim_error e = {0};
    int c;
    optind = opterr = 0;
    while ((c = getopt_long(argc, argv, ":qh", options, NULL)) != -1) {
        switch (c) {
        case 'S':
            overrides_add(&a->overrides, optarg, NULL);
            break;
        case 'e':
            a->engine = optarg;
            if (engine_check(optarg, &e) == SIM_OK)
                break;
            fprintf(stderr, "castbed check: %s\n", e.text);
            return -1;
        case 'q':
            a->quiet = true;
            break;
        case 'r':
            a->reference = true;
            break;
        case 'h':
            help(stdout);
            return 1;
        default:
            usage_bad_option("castbed check", argv, options, c);
            return -1;
        }
    }
    if (!a->reference && optind == argc) {
        fputs("castbed check: which scenario? For example: castbed check "
              "scenarios/class-a-cell.yaml\n",
              stderr);
        return -1;
    }
    return 0;
}

/* Has everything that was printed gone out? */
static int flush_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "castbed check: the output cannot be written: %s\n", strerror(errno));
    return EXIT_UNFINISHED;
}

int cmd_check(int argc, char **argv)
{
    struct check_args a = {0};
    int rc = parse(argc, argv, &a), code = rc < 0 ? EXIT_USAGE : EXIT_DONE;
    if (rc == 0 && a.reference)
        scenario_reference(stdout, &castbed_section);
    for (int i = optind; rc == 0 && !a.reference && i < argc; i++)
        code = check_one(argv[i], &a) ? EXIT_USAGE : code;
    overrides_free(&a.overrides);
    return flush_output(code);
}
