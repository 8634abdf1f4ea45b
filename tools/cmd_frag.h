/* SPDX-License-Identifier: GPL-2.0-only
 * castbed frag: fragmented data blocks outside of a run. */
#ifndef TOOLS_CMD_FRAG_H
#define TOOLS_CMD_FRAG_H

/* argv[0]: "frag"; returns the exit code. */
int cmd_frag(int argc, char **argv);

#endif
