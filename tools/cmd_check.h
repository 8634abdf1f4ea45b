/* SPDX-License-Identifier: GPL-2.0-only
 * castbed check: is a scenario valid, and what would run? */
#ifndef TOOLS_CMD_CHECK_H
#define TOOLS_CMD_CHECK_H

/* argv[0] is "check"; returns the exit code. */
int cmd_check(int argc, char **argv);

#endif
