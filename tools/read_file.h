/* SPDX-License-Identifier: GPL-2.0-only
 * A whole file in memory. */
#ifndef TOOLS_READ_FILE_H
#define TOOLS_READ_FILE_H

#include <stddef.h>
#include <stdint.h>

struct sim_error;

/* Read path ("-": standard input), at most max octets, into *data, which the caller frees. A 0
 * stands behind the last octet. Errors, with a text that names the file: SIM_EIO, SIM_ELONG. */
int read_file(const char *path, size_t max, uint8_t **data, size_t *len, struct sim_error *e);

#endif
