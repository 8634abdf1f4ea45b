/* SPDX-License-Identifier: GPL-2.0-only
 * Messages about a wrong command line. */
#ifndef TOOLS_USAGE_H
#define TOOLS_USAGE_H

#include <getopt.h>

/* After getopt_long gave '?' or ':' (optstring begins with ':'): say which option is unknown or has
 * no value, and what to do. command: "castbed run". */
void usage_bad_option(const char *command, char **argv, const struct option *options, int c);

#endif
