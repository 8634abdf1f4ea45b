/* SPDX-License-Identifier: GPL-2.0-only
 * The gnuplot side of a plot: what stands in front of every script, and running it. */
#ifndef TOOLS_PLOT_GNUPLOT_H
#define TOOLS_PLOT_GNUPLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/err.h"

/* Can this name be written: .svg, .png, .pdf, or .gp (the script itself, with its data)? */
bool plot_gnuplot_knows(const char *out);

/* Widths that can be asked for. */
enum { PLOT_MIN_WIDTH_MM = 60, PLOT_MAX_WIDTH_MM = 1000 };

/* Write terminal (from the end of the name out), output file, fonts and the colours of Okabe and
 * Ito. output: where gnuplot is to write. width_mm: of the printed picture, or 0 for a whole
 * page's. Text keeps its printed size whatever the width, so a narrow picture is higher for its
 * width, and scripts make room with these variables: wider and higher (by how much a share of the
 * picture must grow to hold the same text) and narrow (1 for a column of text, where legends go
 * below). */
void plot_gnuplot_header(FILE *f, const char *out, const char *output, double width_mm);

/* Run gnuplot on a script file, without the user's start-up files, and wait for it.
 * Errors: SIM_ENOENT (not installed), SIM_EIO (it could not be started or said no). */
int plot_gnuplot_run(const char *script, struct sim_error *e);

/* Take the date of drawing out of a picture (PDF has one), so that equal input gives equal bytes.
 * Errors: SIM_EIO. */
int plot_gnuplot_undate(const char *picture, struct sim_error *e);

#endif
