/* SPDX-License-Identifier: GPL-2.0-only
 * What the calculators share: arguments, messages, hex and JSON. Inside of tools/ only. */
#ifndef TOOLS_CALC_H
#define TOOLS_CALC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum calc_exit { CALC_OK = 0, CALC_NO = 1, CALC_USAGE = 2, CALC_IO = 3 };

/* One calculator at work: where it writes and how it is called in messages. */
struct calc {
    FILE *out, *err;
    const char *what; /* "toa", ... */
    const char *help; /* printed by -h */
};

/* One option of a calculator: name with its dashes; value is set by calc_args ("" for a flag). */
struct calc_opt {
    const char *name;
    bool is_flag;
    const char *value; /* NULL: not given */
};

enum calc_go { CALC_GO, CALC_HELP_SHOWN, CALC_BAD };

/* The calculator with this output, for tests: cmd_calc is calc_run on stdout and stderr. */
int calc_run(int argc, char **argv, FILE *out, FILE *err);

/* Sort argv[1..] into options and at most n_pos other words (the rest of pos becomes NULL).
 * Returns CALC_GO, CALC_HELP_SHOWN after -h, CALC_BAD after a message. */
enum calc_go calc_args(const struct calc *c, int argc, char **argv, struct calc_opt *opts,
                       size_t n_opts, const char **pos, size_t n_pos);

/* Print a message to c->err, with the calculator's name before and a pointer to -h behind. Returns
 * CALC_USAGE. */
int calc_fail(const struct calc *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same as a remark: nothing behind it. */
void calc_note(const struct calc *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A whole decimal number lo..hi; false after a message that calls it name. */
bool calc_int(const struct calc *c, const char *name, const char *text, int64_t lo, int64_t hi,
              int64_t *value);
/* Hex text of 0..max octets; false after a message. */
bool calc_hex(const struct calc *c, const char *name, const char *text, uint8_t *out, size_t max,
              size_t *len);
/* Hex text of exactly len octets; false after a message. */
bool calc_hex_exact(const struct calc *c, const char *name, const char *text, uint8_t *out,
                    size_t len);
/* Exactly 2 * len hex digits, most significant first, as a number; false after a message. */
bool calc_hex_number(const struct calc *c, const char *name, const char *text, size_t len,
                     uint64_t *value);

/* Set members of a JSON object: octets as hex; a number as hex of so many digits. */
void calc_set_hex(json_t *object, const char *name, const uint8_t *p, size_t len);
void calc_set_number_hex(json_t *object, const char *name, uint64_t value, int n_digits);

/* Write the object and release it. Returns CALC_OK or CALC_IO. */
int calc_print(const struct calc *c, json_t *object);

/* MAC commands as JSON. Appends to the array; returns SIM_OK, or SIM_EPROTO or SIM_ETRUNC with *at
 * at the octet that could not be read. */
int calc_mac_list(json_t *array, const uint8_t *buf, size_t len, bool uplink, size_t *at);
/* Say on c->err why a list of MAC commands ends early. */
void calc_mac_complain(const struct calc *c, int rc, const uint8_t *buf, size_t at, bool uplink);

/* Commands of an application package; fport: 200 to 203, version: 1 or 2. */
struct calc_app {
    int fport, version;
    bool uplink;
    const uint8_t *buf;
    size_t len;
};
/* They as JSON, like calc_mac_list. */
int calc_app_list(json_t *array, const struct calc_app *a, size_t *at);

/* Fields of a join-accept, as in the vectors. */
struct lw_join_accept;
void calc_set_join_accept(json_t *object, const struct lw_join_accept *a);

/* JSON text (or "-": standard input) to frames; prints the answer. Returns the exit code. */
int calc_encode(const struct calc *c, const char *text);

/* The calculators: argv[0] is their name; each returns the exit code. */
int calc_toa(const struct calc *c, int argc, char **argv);
int calc_frame(const struct calc *c, int argc, char **argv);
int calc_join(const struct calc *c, int argc, char **argv);
int calc_mac(const struct calc *c, int argc, char **argv);
int calc_app(const struct calc *c, int argc, char **argv);
int calc_mckeys(const struct calc *c, int argc, char **argv);
int calc_fragmic(const struct calc *c, int argc, char **argv);
int calc_beacon(const struct calc *c, int argc, char **argv);
int calc_pingslot(const struct calc *c, int argc, char **argv);
int calc_hop(const struct calc *c, int argc, char **argv);
int calc_netid(const struct calc *c, int argc, char **argv);
int calc_devaddr(const struct calc *c, int argc, char **argv);
int calc_gpstime(const struct calc *c, int argc, char **argv);
int calc_ip_group(const struct calc *c, int argc, char **argv);
int calc_igmp(const struct calc *c, int argc, char **argv);
int calc_mld(const struct calc *c, int argc, char **argv);
int calc_mld_code(const struct calc *c, int argc, char **argv);
int calc_pim(const struct calc *c, int argc, char **argv);

#endif
