# Copies of a datagram on links between routers, together and on the busiest one, against the number of receivers.
# $loads: 1 curve, 2 receivers, 3 copies, 4 low, 5 high, 6 on the busiest link, 7 low, 8 high.
# Vars: n_runs, m_min, m_max, n_sizes, copies_max, busiest_max, copies_min, busiest_min, label_len, n_scenarios, scenario, all_links.
colour(s) = s[1:7] eq "unicast" ? "#D55E00" : s[1:9] eq "multicast" ? "#0072B2" : "#666666"
array marks[8] = [7, 5, 9, 11, 13, 6, 4, 8]
links = all_links ? "links" : "links between routers"
many = m_max > 20 * m_min && m_min > 0
set multiplot
set label 1 plot_title ne "" ? plot_title : "Unicast and multicast".(n_scenarios == 1 ? ": ".scenario : "") \
    at screen 0.5, 1 - 0.035 * higher center font title_font
set label 2 (narrow ? "copies of a datagram, ".links."; " : "").sprintf("%d runs", n_runs).(n_runs > n_sizes * loads_n ? (narrow ? "" : "; bars: 95 % interval of the mean") : "") \
    at screen 0.5, 1 - (narrow ? 0.066 : 0.083) * higher center font (narrow ? tiny_font : small_font) textcolor rgb "#444444"
set xrange [(many ? m_min * 0.8 : 0):m_max * (many ? 1.25 : 1.05)]
if (many) { set logscale xy }
set format "%g"
set grid
if (narrow) { set xtics font tiny_font; set ytics font tiny_font; set xlabel offset 0, 0.6 }
top = 1 - (narrow ? 0.11 : 0.13) * higher
bottom = (narrow ? 0.085 : 0.12) * higher
left = narrow ? 0.15 : 0.085
middle = narrow ? 0.97 : left + 0.42
half = bottom + 0.5 * (top - bottom)
set lmargin at screen left
set rmargin at screen middle
set tmargin at screen top
set bmargin at screen (narrow ? half + 0.03 * higher : bottom)
if (!narrow) { set xlabel "Receivers" }
set ylabel (narrow ? "On all links" : "Copies of a datagram on all ".links) offset (narrow ? 1 : 0), 0
set key top left Left reverse samplen 2.5 font small_font
if (many) { set yrange [(copies_min > 0 ? copies_min : 1) * 0.8:copies_max * 1.4] }
if (!many) { set yrange [0:copies_max * 1.1] }
plot for [i = 1:loads_n] $loads index i - 1 using 2:3:4:5 with yerrorbars linecolor rgb colour(loads_series[i]) pointtype 0 linewidth 1.5 notitle, \
     for [i = 1:loads_n] $loads index i - 1 using 2:3 with linespoints linecolor rgb colour(loads_series[i]) linewidth 1.8 \
         pointtype marks[(i - 1) % 8 + 1] pointsize 0.8 title loads_series[i]
unset label
unset key
set lmargin at screen (narrow ? left : middle + 0.085)
set rmargin at screen 0.97
set tmargin at screen (narrow ? half - 0.02 * higher : top)
set bmargin at screen bottom
set xlabel "Receivers"
set ylabel (narrow ? "On the busiest link" : "Copies of a datagram on the busiest one") offset (narrow ? 1 : 0), 0
if (many) { set yrange [(busiest_min > 0 ? busiest_min : 1) * 0.8:busiest_max * 1.4] }
if (!many) { set yrange [0:busiest_max * 1.1] }
plot for [i = 1:loads_n] $loads index i - 1 using 2:6:7:8 with yerrorbars linecolor rgb colour(loads_series[i]) pointtype 0 linewidth 1.5 notitle, \
     for [i = 1:loads_n] $loads index i - 1 using 2:6 with linespoints linecolor rgb colour(loads_series[i]) linewidth 1.8 \
         pointtype marks[(i - 1) % 8 + 1] pointsize 0.8 notitle
unset multiplot
