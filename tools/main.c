/* SPDX-License-Identifier: GPL-2.0-only
 * castbed: finds the subcommand that is asked for. */
#include <stdio.h>
#include <string.h>

#include "sim/scenario.h"
#include "tools/cmd_calc.h"
#include "tools/cmd_check.h"
#include "tools/cmd_frag.h"
#include "tools/cmd_plan.h"
#include "tools/cmd_plot.h"
#include "tools/cmd_run.h"
#include "tools/cmd_sweep.h"

enum { EXIT_USAGE = 2 };

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0]: the command's name; returns the exit code */
    const char *help;
};

static const struct command commands[] = {
    {"run", cmd_run, "simulate a scenario into a database"},
    {"check", cmd_check, "look whether scenarios are valid, and print what would run"},
    {"plan", cmd_plan, "what the firmware campaigns of a scenario take, without simulating"},
    {"plot", cmd_plot, "draw a picture of the runs in databases"},
    {"sweep", cmd_sweep, "run a scenario for many seeds and values"},
    {"frag", cmd_frag, "fragmented data blocks: encode, decode, parity rows, blind spots"},
    {"calc", cmd_calc, "protocol calculators: air time, frames, joins, addresses"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void usage(FILE *f)
{
    fputs("usage: castbed COMMAND ...\n\n", f);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(f, "  %-6s %s\n", commands[i].name, commands[i].help);
    fputs("\n"
          "castbed COMMAND -h explains a command; castbed --version prints the version.\n"
          "Exit code: 0 done, 1 the answer is no, 2 bad usage or input, 3 could not finish.\n",
          f);
}

static int unknown_command(const char *name)
{
    const char *names[N_COMMANDS];
    const char *near;

    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    near = scn_did_you_mean(name, names, N_COMMANDS);
    fprintf(stderr, "castbed: there is no command '%.60s'; %s%s%s\n", name,
            near ? "did you mean " : "castbed -h lists them", near ? near : "", near ? "?" : "");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("castbed %s\n", CASTBED_VERSION);
        return 0;
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return unknown_command(argv[1]);
}
