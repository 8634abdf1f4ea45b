/* SPDX-License-Identifier: GPL-2.0-only
 * castbed run: simulate a scenario into a database. */
#ifndef TOOLS_CMD_RUN_H
#define TOOLS_CMD_RUN_H

/* argv[0] is "run"; returns the exit code. */
int cmd_run(int argc, char **argv);

#endif
