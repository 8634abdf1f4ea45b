/* SPDX-License-Identifier: GPL-2.0-only
 * castbed check: reads, checks and builds scenarios without running them. */
#include "tools/cmd_check.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/overrides.h"
#include "tools/world.h"

static void help(FILE *f)
{
    fputs("usage: castbed check SCENARIO... [--set PATH=VALUE]... [--quiet]\n"
          "       castbed check --reference\n\n"
          "Says whether scenarios are valid, and prints each with every default resolved, as "
          "YAML.\n\n"
          "  --set PATH=VALUE  change a key first, as castbed run does\n"
          "  --quiet           only errors\n"
          "  --reference       print the reference of all keys (scenarios/README.md)\n\n"
          "Exit code: 0 all are valid, 2 one is not.\n",
          f);
}

static int check_one(const char *path, const struct overrides *o, bool quiet)
{
    struct sim_error e = {0};
    struct world *w;
    struct trace trace;
    trace_init(&trace);
    int rc = world_load(&w, path, (const char *const *)o->texts, o->n, &e);
    if (!rc)
        rc = world_build(w, &trace, &e);
    if (rc) {
        fprintf(stderr, "%s\n", e.text);
    } else if (!quiet) {
        size_t n_cut;
        int limit;
        size_t n_links = world_n_links(w, &n_cut, &limit);
        char *text = scenario_resolved(world_scenario(w));
        printf("# %s: valid: %zu devices, %zu gateways, %zu links (%zu below %.2f dB are left "
               "out), %.2f h\n%s",
               path, world_n_devices(w), world_n_gateways(w), n_links, n_cut, limit / 100.0,
               (double)world_cfg(w)->run.duration_ns / 3.6e12, text);
        free(text);
    }
    world_close(w);
    return rc ? 2 : 0;
}

int cmd_check(int argc, char **argv)
{
    static const struct option options[] = {{"set", required_argument, NULL, 'S'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"reference", no_argument, NULL, 'r'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct overrides o = {0};
    bool quiet = false, reference = false, usage = false;
    int c, code = 0;
    optind = 0;
    while ((c = getopt_long(argc, argv, "qh", options, NULL)) != -1) {
        if (c == 'S')
            overrides_add(&o, optarg, NULL);
        else if (c == 'q')
            quiet = true;
        else if (c == 'r')
            reference = true;
        else if (c == 'h')
            usage = true;
        else
            code = 2;
    }
    if (usage)
        help(stdout);
    else if (code)
        fputs("castbed check -h lists the options\n", stderr);
    else if (reference)
        scenario_reference(stdout, &castbed_section);
    else if (optind == argc)
        code = (fputs("castbed check: which scenario? For example: castbed check "
                      "scenarios/class-a-cell.yaml\n",
                      stderr),
                2);
    for (int i = optind; !usage && !reference && code != 2 && i < argc; i++)
        code = check_one(argv[i], &o, quiet) ? 1 : code;
    overrides_free(&o);
    return code == 1 ? 2 : code;
}
