/* SPDX-License-Identifier: GPL-2.0-only
 * castbed sweep: one scenario, many seeds and values, one database. */
#ifndef TOOLS_CMD_SWEEP_H
#define TOOLS_CMD_SWEEP_H

/* argv[0]: "sweep". Messages on stderr. Returns the exit code: 0 done, 1 a run's answer was no, 2
 * bad usage or scenario, 3 could not finish (a run failed, stopped, disk full). */
int cmd_sweep(int argc, char **argv);

#endif
