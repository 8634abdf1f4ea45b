# Delivery of data uplinks against the number of devices.
# $pdr: 1 series, 2 devices, 3 mean, 4 low, 5 high, 6 runs. Vars: x_min, x_max, n_runs.
stats $pdr using 6 name "runs" nooutput
stats $pdr using ($3 * 100) name "mean" nooutput
set title plot_title ne "" ? plot_title : "Delivery of uplink data frames"
set xlabel "Devices"
set ylabel "Delivery ratio (%)"
pad = x_max > x_min ? 0.04 * (x_max - x_min) : 0.5 * x_max
set xrange [(x_min > pad ? x_min - pad : 0):(x_max + pad)]
# The axis begins at 0 unless all curves are high.
y_min = mean_min >= 85 ? 80 : mean_min >= 65 ? 60 : 0
set yrange [y_min:100]
step = y_min >= 80 ? 5 : y_min >= 60 ? 10 : 20
set ytics step
set mytics 2
set format x "%.0f"
set grid ytics
set key bottom left Left reverse samplen 3
how_many = runs_min == runs_max ? sprintf("%d", runs_max) : sprintf("%d to %d", runs_min, runs_max)
heading = "mean of ".how_many." runs, bars: 95 % ".(narrow ? "interval" : "confidence interval")
if (runs_max > 1) set key title heading left font small_font \
    textcolor rgb "#555555"
array marks[8] = [7, 5, 9, 11, 13, 6, 4, 8]
plot for [i = 1:pdr_n] $pdr index i - 1 using 2:($3 * 100):($4 * 100):($5 * 100) \
         with yerrorbars linetype i pointtype 0 linewidth 1.5 notitle, \
     for [i = 1:pdr_n] $pdr index i - 1 using 2:($3 * 100) \
         with linespoints linetype i pointtype marks[(i - 1) % 8 + 1] pointsize 0.8 title pdr_series[i]
