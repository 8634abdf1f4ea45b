/* SPDX-License-Identifier: GPL-2.0-only
 * What every fuzz target is: one function, fed by libFuzzer or by replay.c. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Try one input: it may be refused, but must not crash or read outside. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
