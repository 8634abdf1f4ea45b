# Which share of the devices had the block so long after the first fragment was sent, by data rate.
# $times: 1 data rate, 2 time, 3 share; $ends: the last of each. Vars: scenario, n_scenarios, n_runs, n_devices, n_whole, first_s, last_s, n_rates.
# Data rates are ordered: dark and blue is slow, bright and yellow is fast (viridis, safe for colour-blind readers).
rate(s) = strstrt(s, "DR") ? s[strstrt(s, "DR") + 2:strstrt(s, "DR") + 2] : "x"
colour(s) = times_n == 1 ? "#0072B2" : rate(s) eq "0" ? "#440154" : rate(s) eq "1" ? "#414487" : rate(s) eq "2" ? "#2A788E" : \
            rate(s) eq "3" ? "#22A884" : rate(s) eq "4" ? "#7AD151" : rate(s) eq "x" ? "#BBBBBB" : "#E3C800"
many = last_s > 30 * first_s
unit = many ? (first_s > 7200 ? 3600 : last_s > 600 ? 60 : 1) : last_s > 4 * 86400 ? 86400 : last_s > 3 * 3600 ? 3600 : last_s > 300 ? 60 : 1
unit_name = unit == 86400 ? "d" : unit == 3600 ? "h" : unit == 60 ? "min" : "s"
of_them = sprintf("%d of %d devices", n_whole, n_devices).(n_runs > 1 ? sprintf(" in %d runs", n_runs) : "")
set title plot_title ne "" ? plot_title : "When devices had the block".(n_scenarios == 1 ? ": ".scenario : "")."\n".of_them
set xlabel "Time since the first fragment (".unit_name.")"
set ylabel "Devices with the block (%)"
set yrange [0:101]
set ytics 20
set grid
if (many) set logscale x; set xrange [first_s / unit * 0.8:last_s / unit * 1.25]
if (!many) set xrange [0:last_s / unit * 1.05]
set format x "%g"
end = many ? last_s / unit * 1.25 : last_s / unit * 1.05
title_of_key = n_rates > 1 ? "multicast data rate (devices)" : "best data rate (devices)"
set key Left reverse samplen 2 title title_of_key left font small_font
if (narrow) set rmargin 2; set key at screen 0.5, 0.01 center bottom horizontal maxcols 2; set bmargin at screen 0.25 + 0.045 * ceil(times_n / 2.0)
if (!narrow) set key outside right top vertical
plot for [i = 1:times_n] $times index i - 1 using ($2 / unit):($3 * 100) with fsteps \
         linewidth 2 linecolor rgb colour(times_series[i]) title times_series[i], \
     for [i = 1:times_n] $times index i - 1 every ::0::0 using ($2 / unit):(0):(0):($3 * 100) with vectors nohead \
         linewidth 2 linecolor rgb colour(times_series[i]) notitle, \
     for [i = 1:ends_n] $ends index i - 1 using ($2 / unit):($3 * 100):(end - $2 / unit):(0) with vectors nohead \
         linewidth 2 linecolor rgb colour(ends_series[i]) notitle
