/* SPDX-License-Identifier: GPL-2.0-only
 * Functions that the SQL of plots can call beside SQLite's own: what theory says about what was
 * simulated.
 *
 * expected_recovery(version, rows, m, max_lost, kind, loss_ratio, p, r, loss_good, loss_bad,
 * max_coded, n_coded): share of devices that have a block of m fragments after n_coded of at most
 * max_coded parity fragments, by the code alone (models/packages/campaign_recovery). version is 1
 * or 2, rows 'deployed' or 'literal', kind and the five after it are the keys of a group's loss
 * model. NULL when the kind is neither 'bernoulli' nor 'gilbert_elliott' nor 'none', or when a
 * value is not possible.
 *
 * k_ary_tree_links(k, depth, m): mean number of links of the tree from the root of a k-ary tree to
 * m of its leaves (models/ip/tree_links). NULL when a value is not possible. */
#ifndef TOOLS_PLOT_FUNCTIONS_H
#define TOOLS_PLOT_FUNCTIONS_H

#include <sqlite3.h>

/* Make the functions known to a connection; what they keep is released when it is closed. Returns
 * an SQLite code. */
int plot_functions_add(sqlite3 *db);

#endif
