# Energy of devices. Above: median and 5..95 % of the devices of each group, with the battery life of the middle one; below: what the
# mean device of the group spent it on.
# $totals: 1 x, 2 median, 3 low, 4 high, 5 devices, 6 battery life. $bars: 1 state, 2 x, 3 low, 4 high. $ticks: 1 x, 2 label. $groups: 1 group, 2 x.
# Vars: scenario, n_scenarios, n_phases, n_bars, n_most, label_len, duration_s, n_durations, total_min, total_max, assumed_tx, assumed_rest, assumed_battery.
colour(s) = s eq "transmitting" ? "#D55E00" : s eq "RX1 and RX2" ? "#0072B2" : s eq "joining" ? "#CC79A7" : \
            s eq "RXC and sessions" ? "#E69F00" : s eq "asleep" ? "#AAAAAA" : "#56B4E9"
duration = duration_s >= 2 * 86400 ? sprintf("%g days", duration_s / 86400) : duration_s >= 7200 ? sprintf("%g h", duration_s / 3600) : \
           duration_s >= 120 ? sprintf("%g min", duration_s / 60) : sprintf("%g s", duration_s)
in_time = n_durations > 1 ? "" : " in ".duration
set multiplot
set label 1 plot_title ne "" ? plot_title : "Energy of a device".(n_scenarios == 1 ? ": ".scenario : "") at screen 0.5, 0.965 center
set label 2 (n_most > 1 ? "points: median and 5..95 % of the devices" : "points: one device").", with the estimated battery life" \
    at screen 0.5, 0.925 center font ",11" textcolor rgb "#444444"
set label 3 assumed_rest at screen 0.5, 0.09 center font ",10" textcolor rgb "#444444"
set label 4 assumed_tx at screen 0.5, 0.056 center font ",10" textcolor rgb "#444444"
set label 5 assumed_battery at screen 0.5, 0.022 center font ",10" textcolor rgb "#444444"
stats $ticks using 1 name "place" nooutput
set xrange [0.4:place_max + 0.6]
set lmargin at screen 0.12
set rmargin at screen 0.79
set grid ytics
set xtics scale 0 ("" 1)
turned = n_phases == 1 && n_bars * label_len > 60
# The totals: from 0, or, when they differ much, in powers of ten.
set tmargin at screen 0.89
set bmargin at screen 0.58
set ylabel "Energy (J".in_time.")" offset -0.5, 0
many = total_max > 30 * total_min
if (many) set logscale y; set format y "%g"; set yrange [total_min * 0.5:total_max * 4]
if (!many) set yrange [0:total_max * 1.3]
unset key
plot $totals using 1:2:3:4 with yerrorbars linecolor rgb "#000000" pointtype 7 pointsize 0.8 linewidth 1.6, \
     $totals using 1:4:6 with labels offset 0, 0.9 font ",11" textcolor rgb "#333333"
# What it was spent on.
unset label
unset logscale y
set tmargin at screen 0.54
set bmargin at screen turned ? 0.26 : n_phases > 1 ? 0.24 : 0.19
set format y "%g"
set yrange [0:100]
set ylabel "Share of the mean (%)" offset -0.5, 0
if (turned) set xtics rotate by -30
unset xtics
set xtics scale 0
if (turned) set xtics rotate by -30
do for [k = 1:groups_n] {
    stats $groups index k - 1 using 2 name "group" nooutput
    set label k groups_series[k] at first group_mean, graph 0 center offset 0, -2.4
}
set key at screen 0.8, 0.53 left top Left reverse invert samplen 1.5 spacing 1.2
set style fill solid 1.0 border rgb "white"
plot for [i = 1:bars_n] $bars index i - 1 using 2:(($3 + $4) * 50):($2 - 0.35):($2 + 0.35):($3 * 100):($4 * 100) \
         with boxxyerror fillcolor rgb colour(bars_series[i]) linewidth 0.5 title bars_series[i], \
     $ticks using 1:(0):xticlabel(2) with points pointtype 0 notitle
unset multiplot
