# Which share of the joins had their first datagram, and after which share of the leaves the last one had come, after so long.
# $joins, $leaves: 1 number and name of the curve, 2 time, 3 share. $labels: the curves of both.
# Vars: n_scenarios, scenario, n_runs, by_key, n_carried_on, n_joins, n_joins_ended, join_first_s, join_last_s, n_leaves, leave_first_s,
# leave_last_s, n_labels, label_len.
number(s) = int(s[1:2] + 0)
many(first, last) = last > 30 * first
unit(last) = last < 1e-3 ? 1e-6 : last < 1 ? 1e-3 : last < 600 ? 1 : 60
unit_name(last) = last < 1e-3 ? "us" : last < 1 ? "ms" : last < 600 ? "s" : "min"
two = n_joins > 0 && n_leaves > 0
keyed = labels_n > 1
sub_font = narrow ? tiny_font : small_font
legend = keyed ? (narrow ? 0.03 + 0.045 * ceil(labels_n / 2.0) : 0) : 0
set multiplot
set label 1 plot_title ne "" ? plot_title : "Joining and leaving groups".(n_scenarios == 1 ? ": ".scenario : "") \
    at screen 0.5, 1 - 0.035 * higher center font title_font
set label 2 (n_runs > 1 ? sprintf("%d runs; ", n_runs) : ""). \
    (n_joins ? sprintf("%d join%s into a stream", n_joins, n_joins == 1 ? "" : "s") : ""). \
    (n_joins > n_joins_ended ? sprintf(", %d without a datagram", n_joins - n_joins_ended) : "").(two ? "; " : ""). \
    (n_leaves ? sprintf("%d leave%s", n_leaves, n_leaves == 1 ? "" : "s") : "") at screen 0.5, 1 - (narrow ? 0.066 : 0.083) * higher center font sub_font \
    textcolor rgb "#444444"
if (n_carried_on) set label 3 sprintf("after %d more the stream went on, for others on the link", n_carried_on) \
    at screen 0.5, 1 - (narrow ? 0.097 : 0.126) * higher center font sub_font textcolor rgb "#444444"
top = 1 - (n_carried_on ? (narrow ? 0.13 : 0.165) : (narrow ? 0.10 : 0.125)) * higher
right = narrow || !keyed ? 0.97 : 0.97 - 0.05 - 0.0095 * wider * (label_len > strlen(by_key) ? label_len : strlen(by_key))
left = narrow ? 0.15 : 0.085
middle = two && !narrow ? left + (right - left) * 0.49 : right
bottom = (narrow ? 0.075 : 0.12) * higher + legend
half = two && narrow ? bottom + (top - bottom) * 0.5 : bottom
gap = two && narrow ? 0.11 * higher : 0
set yrange [0:101]
set ytics 20
set grid
unset key
set format x "%g"
if (narrow) { set xtics font tiny_font; set ytics font tiny_font; set xlabel offset 0, 0.6 }
if (n_joins > 0) {
    set lmargin at screen left
    set rmargin at screen middle
    set tmargin at screen top
    set bmargin at screen (two && narrow ? half + gap * 0.65 : bottom)
    set ylabel (two && narrow ? "Joins (%)" : "Joins with a datagram by then (%)") offset (narrow ? 1 : 0), 0
    set xlabel "From joining to the first datagram (".unit_name(join_last_s).")"
    u = unit(join_last_s)
    if (many(join_first_s, join_last_s)) { set logscale x; set xrange [join_first_s / u * 0.7:join_last_s / u * 1.4] }
    if (!many(join_first_s, join_last_s)) { set xrange [0:join_last_s / u * 1.15] }
    if (keyed && n_leaves == 0 && !narrow) { set key at screen right + 0.01, top left top Left reverse samplen 1.5 title by_key left font sub_font }
    if (keyed && n_leaves == 0 && narrow) { set key at screen 0.5, 0.01 center bottom horizontal Left reverse samplen 2 maxcols 2 title by_key font tiny_font }
    plot for [i = 1:joins_n] $joins index i - 1 using ($2 / u):($3 * 100) with steps linetype number(joins_series[i]) linewidth 2 \
             title joins_series[i][3:*]
    unset label
    unset logscale x
}
if (n_leaves > 0) {
    set lmargin at screen (two && !narrow ? middle + 0.085 : left)
    set rmargin at screen right
    set tmargin at screen (two && narrow ? half - gap * 0.35 : top)
    set bmargin at screen bottom
    set ylabel (two && narrow ? "Leaves (%)" : "Leaves with the last by then (%)") offset (narrow ? 1 : 0), 0
    set xlabel "From leaving to the last datagram (".unit_name(leave_last_s).")"
    u = unit(leave_last_s)
    if (many(leave_first_s, leave_last_s)) { set logscale x; set xrange [leave_first_s / u * 0.7:leave_last_s / u * 1.4] }
    if (!many(leave_first_s, leave_last_s)) { set xrange [0:leave_last_s / u * 1.15] }
    if (keyed && !narrow) { set key at screen right + 0.01, top left top Left reverse samplen 1.5 title by_key left font sub_font }
    if (keyed && narrow) { set key at screen 0.5, 0.01 center bottom horizontal Left reverse samplen 2 maxcols 2 title by_key font tiny_font }
    plot for [i = 1:leaves_n] $leaves index i - 1 using ($2 / u):($3 * 100) with steps linetype number(leaves_series[i]) linewidth 2 notitle, \
         for [i = 1:labels_n] NaN with lines linetype number(labels_series[i]) linewidth 2 title labels_series[i][3:*]
}
unset multiplot
