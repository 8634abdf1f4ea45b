# Links of multicast trees against receivers, on logarithmic axes: as simulated, by closed form, and m^0.8.
# $points: 1 curve, 2 receivers, 3 mean, 4 low, 5 high, 6 path to one receiver. $closed: 1 curve, 2 receivers, 3 links, 4 path.
# Vars: n_curves, n_runs, n_sets_max, n_sets_min, m_min, m_max, has_u, any_closed, label_len, scenario, n_scenarios.
# Several curves are put over the length of a path, so that one line m^0.8 stands for all.
over = n_curves > 1 && has_u
sets = n_sets_min == n_sets_max ? sprintf("%d", n_sets_max) : sprintf("%d to %d", n_sets_min, n_sets_max)
set title plot_title ne "" ? plot_title : "Links of a multicast tree".(n_scenarios == 1 ? ": ".scenario : "")."\n". \
    "each point the mean of ".sets." sets of receivers"
set xlabel "Receivers m"
set ylabel over ? (narrow ? "Links, L(m) / L(1)" : "Links between routers, L(m) / L(1)") : "Links between routers, L(m)"
set logscale xy
set format x "%g"
set format y "%g"
set grid
set xrange [m_min * 0.85:m_max * 1.18]
by(u) = over ? u : 1
stats $points using 6 name "u" nooutput
stats $points using ($3 / by($6)) name "y" nooutput
set yrange [y_min * 0.75:y_max * 1.5]
set key top left Left reverse samplen 2.5 font small_font
if (narrow && n_curves > 1) { set rmargin 2; set key at screen 0.5, 0.01 center bottom vertical samplen 2 maxrows (n_curves + 3); set bmargin at screen 0.18 + 0.038 * (n_curves + 2) }
array marks[8] = [7, 5, 9, 11, 13, 6, 4, 8]
# Slopes of straight lines through the points, of curves without a closed form.
array names[points_n]
array is_closed[points_n]
do for [i = 1:points_n] {
    is_closed[i] = 0
    do for [k = 1:closed_n] { if (closed_series[k] eq points_series[i]) { is_closed[i] = 1 } }
    names[i] = points_series[i]
    if (!is_closed[i]) {
        stats $points index i - 1 using (log10($2)):(log10($3)) name "line" nooutput
        if (line_records > 2) { names[i] = sprintf("%s, slope %.2f", points_series[i], line_slope) }
    }
}
plot for [i = 1:has_u] [m = m_min:m_max] (over ? 1 : u_max) * m**0.8 with lines linecolor rgb "#888888" linewidth 1.4 dashtype 2 \
         title (over ? "m^0.8" : "L(1) m^0.8"), \
     for [i = 1:closed_n] $closed index i - 1 using 2:($3 / by($4)) with lines linetype 7 linewidth 1.1 title (i == 1 ? "closed form" : ""), \
     for [i = 1:points_n] $points index i - 1 using 2:($3 / by($6)):($4 / by($6)):($5 / by($6)) with yerrorbars linetype i pointtype 0 linewidth 1.5 notitle, \
     for [i = 1:points_n] $points index i - 1 using 2:($3 / by($6)) with points linetype i linewidth 1.6 \
         pointtype marks[(i - 1) % 8 + 1] pointsize 0.9 title names[i]
