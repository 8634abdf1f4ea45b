# Share of devices that have the block before any repair round against redundancy sent, with what the code alone recovers.
# $curves: 1 loss, 2 redundancy, 3 mean, 4 low, 5 high, 6 runs. $reference: 1 loss, 2 redundancy, 3 share.
# Vars: m_min, m_max, version_min, version_max, n_runs, n_devices, n_complete, x_max, n_seeds.
stats $curves using 6 name "runs" nooutput
code = version_min == version_max ? sprintf("TS004 version %d", version_min) : "TS004"
blocks = m_min == m_max ? sprintf(", M = %d", m_min) : ""
set title plot_title ne "" ? plot_title : "Recovery by redundancy: ".code.blocks
set xlabel "Redundancy sent (% of M)"
set ylabel "Devices complete (%)"
set xrange [0:x_max * 1.02]
set yrange [0:101]
set ytics 20
set mytics 2
set grid
how_many = runs_min == runs_max ? sprintf("%d run%s", runs_max, runs_max == 1 ? "" : "s") : sprintf("%d to %d runs", runs_min, runs_max)
heading = runs_max > 1 ? "mean of ".how_many.", 95 % band" : ""
set key Left reverse samplen 2 font small_font
if (narrow) set rmargin 2; set key at screen 0.5, 0.01 center bottom horizontal maxcols 2; set bmargin at screen 0.20 + 0.045 * (ceil((curves_n + 1) / 2.0) + (runs_max > 1))
if (!narrow) set key outside right top vertical
if (heading ne "") set key title heading left font small_font textcolor rgb "#555555"
array marks[8] = [7, 5, 9, 11, 13, 6, 4, 8]
plot for [i = 1:curves_n] $curves index i - 1 using 2:($4 * 100):($5 * 100) with filledcurves linetype i \
         fillstyle transparent solid 0.25 noborder notitle, \
     for [i = 1:reference_n] $reference index i - 1 using 2:($3 * 100) with lines linetype i linewidth 1.2 dashtype 2 notitle, \
     for [i = 1:curves_n] $curves index i - 1 using 2:($3 * 100) with linespoints linetype i linewidth 1.6 \
         pointtype marks[(i - 1) % 8 + 1] pointsize 0.7 title curves_series[i], \
     NaN with lines linecolor rgb "#444444" linewidth 1.2 dashtype 2 title "the code alone"
