/* SPDX-License-Identifier: GPL-2.0-only
 * castbed plan. */
#ifndef TOOLS_CMD_PLAN_H
#define TOOLS_CMD_PLAN_H

int cmd_plan(int argc, char **argv);

#endif
