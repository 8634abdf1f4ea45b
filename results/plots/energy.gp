# Energy of devices. Above: median and 5..95 % of the devices of each group, with the battery life of the middle one; below: what the
# mean device of the group spent it on.
# $totals: 1 x, 2 median, 3 low, 4 high, 5 devices, 6 battery life. $bars: 1 state, 2 x, 3 low, 4 high. $ticks: 1 x, 2 label. $groups: 1 group, 2 x.
# Vars: scenario, n_scenarios, n_phases, n_bars, n_most, label_len, duration_s, n_durations, total_min, total_max, assumed_tx, assumed_rest, assumed_battery.
colour(s) = s eq "transmitting" ? "#D55E00" : s eq "RX1 and RX2" ? "#0072B2" : s eq "joining" ? "#CC79A7" : \
            s eq "RXC and sessions" ? "#E69F00" : s eq "asleep" ? "#AAAAAA" : "#56B4E9"
duration = duration_s >= 2 * 86400 ? sprintf("%g days", duration_s / 86400) : duration_s >= 7200 ? sprintf("%g h", duration_s / 3600) : \
           duration_s >= 120 ? sprintf("%g min", duration_s / 60) : sprintf("%g s", duration_s)
in_time = n_durations > 1 ? "" : " in ".duration
sub_font = narrow ? tiny_font : small_font
set multiplot
set label 1 plot_title ne "" ? plot_title : "Energy of a device".(n_scenarios == 1 ? ": ".scenario : "") at screen 0.5, 1 - 0.03 * higher center font title_font
set label 2 (n_most > 1 ? "points: median and 5..95 % of the devices" : "points: one device").", with the estimated battery life" \
    at screen 0.5, 1 - (narrow ? 0.058 : 0.07) * higher center font sub_font textcolor rgb "#444444"
cut = narrow ? strstrt(assumed_battery, "; battery") : 0 # in a column it takes two lines
foot(i) = narrow ? 0.128 - 0.035 * i : 0.09 - 0.034 * i
set label 3 assumed_rest at screen 0.5, foot(0) center font tiny_font textcolor rgb "#444444"
set label 4 assumed_tx at screen 0.5, foot(1) center font tiny_font textcolor rgb "#444444"
set label 5 (cut ? assumed_battery[1:cut] : assumed_battery) at screen 0.5, foot(2) center font tiny_font textcolor rgb "#444444"
if (cut) set label 6 assumed_battery[cut + 2:*] at screen 0.5, foot(3) center font tiny_font textcolor rgb "#444444"
stats $ticks using 1 name "place" nooutput
set xrange [0.4:place_max + 0.6]
set lmargin at screen narrow ? 0.2 : 0.12
set rmargin at screen narrow ? 0.97 : 0.79
set grid ytics
set xtics scale 0 ("" 1)
turned = n_phases == 1 && n_bars * label_len > (narrow ? 34 : 60)
turn = narrow ? -55 : -40
crowded = 11.0 * n_bars / n_phases > (narrow ? 34 : 80)
lives = crowded ? "offset 0, 0.6 left rotate by 90" : "offset 0, 0.9 center"
# The totals: from 0, or, when they differ much, in powers of ten.
set tmargin at screen narrow ? 0.885 : 0.89
set bmargin at screen narrow ? 0.64 : 0.58
set ylabel "Energy (J".(narrow ? "" : in_time).")" offset -0.5, 0
if (narrow) set ytics font tiny_font
many = total_max > 30 * total_min
if (many) set logscale y; set format y "%g"; set yrange [total_min * 0.5:total_max * (crowded ? (narrow ? 300 : 40) : 4)]
if (!many) set yrange [0:total_max * (crowded ? (narrow ? 3.5 : 2.6) : 1.3)]
unset key
plot $totals using 1:2:3:4 with yerrorbars linecolor rgb "#000000" pointtype 7 pointsize 0.8 linewidth 1.6, \
     $totals using 1:4:6 with labels @lives font sub_font textcolor rgb "#333333"
# What it was spent on.
unset label
unset logscale y
set tmargin at screen narrow ? 0.60 : 0.54
set bmargin at screen narrow ? (turned ? 0.43 : n_phases > 1 ? 0.37 : 0.32) : turned ? 0.26 : n_phases > 1 ? 0.24 : 0.19
set format y "%g"
set yrange [0:100]
set ylabel (narrow ? "Share (%)" : "Share of the mean (%)") offset -0.5, 0
if (turned) set xtics rotate by turn
unset xtics
set xtics scale 0
if (turned) set xtics rotate by turn
do for [k = 1:groups_n] {
    stats $groups index k - 1 using 2 name "group" nooutput
    set label k groups_series[k] at first group_mean, graph 0 center offset 0, -2.4 font title_font
}
if (!narrow) set key at screen 0.8, 0.53 left top Left reverse invert samplen 1.5 spacing 1.2
if (narrow) set key at screen 0.5, 0.15 center bottom horizontal Left reverse samplen 1.5 maxcols 3 width -4 font tiny_font
if (narrow) set xtics font tiny_font
set style fill solid 1.0 border rgb "white"
plot for [i = 1:bars_n] $bars index i - 1 using 2:(($3 + $4) * 50):($2 - 0.35):($2 + 0.35):($3 * 100):($4 * 100) \
         with boxxyerror fillcolor rgb colour(bars_series[i]) linewidth 0.5 title bars_series[i], \
     $ticks using 1:(0):xticlabel(2) with points pointtype 0 notitle
unset multiplot
