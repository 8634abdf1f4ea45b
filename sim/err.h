/* SPDX-License-Identifier: GPL-2.0-only
 * Error codes, their texts, errors for people, and checks of our own promises. */
#ifndef SIM_ERR_H
#define SIM_ERR_H

#define SIM_ERR_MAP(X)                                                                             \
    X(EINVAL, "invalid argument")                                                                  \
    X(ETRUNC, "input is too short")                                                                \
    X(ELONG, "input is too long")                                                                  \
    X(ERANGE, "value out of range")                                                                \
    X(ESYNTAX, "not in the expected form")                                                         \
    X(EPROTO, "not allowed by the protocol")                                                       \
    X(EMIC, "message integrity code is wrong")                                                     \
    X(EREPLAY, "counter or nonce was used before")                                                 \
    X(ENOENT, "not found")                                                                         \
    X(EEXIST, "is there already")                                                                  \
    X(ENOSPC, "no room left")                                                                      \
    X(EBUSY, "busy")                                                                               \
    X(EIO, "input or output failed")                                                               \
    X(ENOTSUP, "not supported")                                                                    \
    X(ESCENARIO, "the scenario is not valid")                                                      \
    X(EDB, "the database cannot be used")                                                          \
    X(ESTOPPED, "stopped before the end")                                                          \
    X(ENODATA, "there are no such rows")                                                           \
    X(EGUEST, "ns-3 ended with an error")

enum sim_err {
    SIM_OK = 0,
    SIM_ERR_BASE = -1000,
#define X(name, text) SIM_##name,
    SIM_ERR_MAP(X)
#undef X
};

/* The text of an error code, e.g. "input is too short"; never NULL. */
const char *sim_strerror(int code);

/* An error for a person: what was found, where, what is allowed, what to do. */
struct sim_error {
    int code; /* SIM_OK or a negative SIM_E... */
    char text[1000];
};

/* Fill in e (may be NULL) from a printf format, cut to fit; returns code. */
int sim_error_set(struct sim_error *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A broken promise between our own functions: print it with its place and abort; also in release
 * builds. */
_Noreturn void sim_check_failed(const char *file, int line, const char *cond, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
#define SIM_CHECK(cond, ...)                                                                       \
    ((cond) ? (void)0 : sim_check_failed(__FILE__, __LINE__, #cond, __VA_ARGS__))

#endif
