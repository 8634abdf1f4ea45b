/* SPDX-License-Identifier: GPL-2.0-only
 * Error texts and the two ways to report: filled in for a person, or the end of the program. */
#include "sim/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *sim_strerror(int code)
{
    switch (code) {
    case SIM_OK:
        return "no error";
#define X(name, text)                                                                              \
    case SIM_##name:                                                                               \
        return text;
        SIM_ERR_MAP(X)
#undef X
    default:
        return "unknown error";
    }
}

int sim_error_set(struct sim_error *e, int code, const char *fmt, ...)
{
    if (!e)
        return code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    e->code = code;
    return code;
}

_Noreturn void sim_check_failed(const char *file, int line, const char *cond, const char *fmt, ...)
{
    fprintf(stderr, "%s:%d: castbed broke its own rule '%s': ", file, line, cond);
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nPlease report this with the scenario and the command line.\n");
    abort();
}
