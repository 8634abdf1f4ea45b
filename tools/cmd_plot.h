/* SPDX-License-Identifier: GPL-2.0-only
 * castbed plot: curves and maps of stored runs, drawn by gnuplot. */
#ifndef TOOLS_CMD_PLOT_H
#define TOOLS_CMD_PLOT_H

/* argv[0]: "plot", then as in the text of -h. Messages on stderr. Returns the exit code: 0 drawn, 1
 * the run has nothing to show (or did not store it), 2 bad usage or input (no such kind, not a
 * database), 3 could not finish (gnuplot missing, disk full). */
int cmd_plot(int argc, char **argv);

#endif
