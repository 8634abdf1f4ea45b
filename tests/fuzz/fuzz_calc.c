/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any text as the words of castbed calc, one a line. Every answer is JSON or a
 * message. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"
#include "tools/calc.h"

enum { MAX_WORDS = 12 };

static void run(int argc, char **argv)
{
    char *out = NULL, *err = NULL;
    size_t out_len, err_len;
    FILE *o = open_memstream(&out, &out_len), *e = open_memstream(&err, &err_len);
    if (!o || !e)
        exit(1);
    int rc = calc_run(argc, argv, o, e);
    fclose(o);
    fclose(e);
    SIM_CHECK(rc >= CALC_OK && rc <= CALC_USAGE, "exit code %d", rc);
    SIM_CHECK(rc == CALC_OK || err_len > 0, "exit code %d without a message", rc);
    SIM_CHECK(rc == CALC_USAGE || out_len > 0, "exit code %d without an answer", rc);
    free(out);
    free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_copy(data, size), *argv[MAX_WORDS + 2] = {"calc"}, *save = NULL;
    int argc = 1;
    for (char *w = strtok_r(text, "\n", &save); w; w = strtok_r(NULL, "\n", &save)) {
        size_t len = strlen(w);
        if (argc > MAX_WORDS || strcmp(w, "-") == 0 || (len > 1 && strcmp(w + len - 2, "=-") == 0))
            break; /* not from standard input */
        argv[argc++] = w;
    }
    argv[argc] = NULL;
    run(argc, argv);
    free(text);
    return 0;
}
