/* SPDX-License-Identifier: GPL-2.0-only
 * Runs child processes, some at once, and collects what they say. */
#ifndef TOOLS_PROCESS_POOL_H
#define TOOLS_PROCESS_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool_text {
    char *p; /* NULL when nothing was said */
    size_t len;
};

struct pool_task {
    char **argv;   /* program and arguments, NULL at the end; borrowed */
    bool keep_out; /* collect standard output, else it goes nowhere */
    int64_t
        exit_code; /* what the program returned, 128 + signal, or -1 when it could not be started */
    struct pool_text out, err; /* freed behind done */
    bool ran;                  /* it ended by itself, not stopped by us */
};

struct pool_options {
    int jobs;          /* processes at once, from 1 on */
    const char *label; /* of the progress line on a terminal; NULL: none */
    /* Called as each task ends, in the order in which they end. */
    void (*done)(void *ctx, struct pool_task *task);
    void *ctx;
};

/* Run n tasks, started in their order. Returns SIM_OK when all ran, SIM_ESTOPPED after SIGINT or
 * SIGTERM: then no more are started, those under way are ended, and done is called for them with
 * ran = false. */
int pool_run(struct pool_task *tasks, size_t n, const struct pool_options *o);

/* Remove the progress line before something else is written to the terminal. */
void pool_clear_line(void);

#endif
