/* SPDX-License-Identifier: GPL-2.0-only
 * What the parts of castbed frag share. Inside of tools/ only. */
#ifndef TOOLS_FRAG_H
#define TOOLS_FRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "models/packages/fragcode.h"

enum frag_exit { FRAG_DONE = 0, FRAG_NO = 1, FRAG_USAGE = 2, FRAG_UNFINISHED = 3 };

/* The command line; numbers are checked, 0 where the option was not given. */
struct frag_args {
    const char *what; /* "encode", ... */
    const char *input, *output;
    enum frag_code code;
    unsigned m, frag_size, index, padding;
    unsigned n_redundant, redundancy_percent;
    unsigned max_lost;
    bool has_redundancy, has_max_lost, all, every;
};

/* Print a message with the command's name before; returns code. */
int frag_fail(const struct frag_args *a, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Has everything that was printed gone out? Returns code, or FRAG_UNFINISHED after a message. */
int frag_flush(const struct frag_args *a, FILE *f, int code);

/* The subcommands; each returns the exit code. */
int frag_encode(const struct frag_args *a);
int frag_decode(const struct frag_args *a);
int frag_row(const struct frag_args *a);
int frag_check(const struct frag_args *a);

#endif
