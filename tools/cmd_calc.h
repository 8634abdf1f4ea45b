/* SPDX-License-Identifier: GPL-2.0-only
 * castbed calc: protocol calculators that answer with one JSON object. */
#ifndef TOOLS_CMD_CALC_H
#define TOOLS_CMD_CALC_H

/* argv[0]: "calc", argv[1]: which calculator. Answers on stdout, messages on stderr.
 * Returns the exit code: 0 answered, 1 the answer is no (a MIC does not fit), 2 bad usage or input,
 * 3 the answer could not be written. */
int cmd_calc(int argc, char **argv);

#endif
