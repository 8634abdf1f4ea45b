# Fragments at devices. Above: a row a device, a column a fragment. Below: the share of these devices that each fragment did not reach, or that did not need it any more.
# $runs: 1 state, 2 lane, 3 first, 4 last fragment. $lanes: 1 lane, 2 device. $shares: 1 fragment, 2 share. $rounds: 1 first fragment, 2 its name.
# Vars: scenario, campaign, m, n_last, n_devices, n_lanes, n_received, n_repaired, n_missing, n_whole, label_len.
colour(s) = s eq "received" ? "#C6DBEF" : s eq "lost, repaired" ? "#009E73" : s eq "missing" ? "#D55E00" : s eq "parity, used" ? "#2171B5" : "#E4E4E4"
few = n_lanes <= (narrow ? 12 : 24)
all_of = n_lanes < n_devices ? sprintf("%d of %d devices, evenly chosen", n_lanes, n_devices) : sprintf("%d device%s", n_devices, n_devices == 1 ? "" : "s")
all_m = 1.0 * m * n_lanes
share(n) = 100.0 * n / all_m
set multiplot
set label 1 plot_title ne "" ? plot_title : "Fragments at devices: ".scenario at screen 0.5, 1 - 0.03 * higher center font title_font
set label 2 all_of.sprintf(", %d with the whole block", n_whole) at screen 0.5, 1 - 0.07 * higher center font small_font textcolor rgb "#444444"
set xrange [0.5:n_last + 0.5]
set lmargin at screen few ? (0.03 + (label_len < 6 ? 6 : label_len) * 0.0095) * wider : 0.085 * wider
set rmargin at screen 0.98
set tmargin at screen 1 - 0.125 * higher
set bmargin at screen narrow ? 0.42 : 0.34
set yrange [n_lanes + 0.5:0.5]
set format x ""
set border 3
set key off
if (few) set ytics scale 0 font small_font
if (!few) set ytics scale 0 autofreq; set ylabel "Device"
set arrow 1 from first m + 0.5, graph 0 to first m + 0.5, graph 1 nohead linewidth 1.4 linecolor rgb "#000000" front
names = few ? "$lanes using (0.5):1:yticlabel(2)" : "$lanes using (0.5):1"
if (n_last > m && !narrow) set label 4 "parity" at first m + 1, graph 1 offset 0, 0.5 font tiny_font
plot for [i = 1:runs_n] $runs index i - 1 using (($3 + $4) / 2.0):2:($3 - 0.5):($4 + 0.5):($2 - 0.5):($2 + 0.5) \
         with boxxyerror linewidth 0 linecolor rgb colour(runs_series[i]) fillstyle solid noborder, \
     $rounds using ($1 - 0.5):(0.5):(0):(n_lanes) with vectors nohead linewidth 1.2 dashtype 3 linecolor rgb "#000000", \
     $rounds using ($1 - 0.5):(0.5):(stringcolumn(2)) with labels left offset 0.3, 0.5 font tiny_font, \
     @names with points pointtype 0
# Which fragments were lost.
unset label
set tmargin at screen narrow ? 0.39 : 0.31
set bmargin at screen narrow ? 0.30 : 0.19
set yrange [0:*]
set format x "%g"
set xlabel "Fragment"
set ylabel "Not\nreceived (%)" offset 0.5, 0
set ytics 100, 100
set ytics auto font small_font scale 0.5
stats $shares using ($2 * 100) name "lost" nooutput
set yrange [0:lost_max > 0 ? lost_max * 1.1 : 1]
set ytics lost_max > 50 ? 50 : lost_max > 20 ? 20 : lost_max > 8 ? 5 : lost_max > 2 ? 2 : 0.5
set key at screen 0.52, 0.01 center bottom horizontal Left reverse samplen 1.5 maxrows 3
if (narrow) set key width -3 font tiny_font
with_share(s) = s eq "received" ? sprintf("received %.3g %%", share(n_received)) : s eq "lost, repaired" ? sprintf("lost, repaired %.3g %%", share(n_repaired)) : \
    s eq "missing" ? sprintf("missing %.3g %%", share(n_missing)) : s
plot $shares using 1:($2 * 100) with boxes linecolor rgb "#888888" linewidth 0 fillstyle solid noborder notitle, \
     for [i = 1:runs_n] NaN with boxes linecolor rgb "#888888" linewidth 0.5 fillcolor rgb colour(runs_series[i]) fillstyle solid \
         title with_share(runs_series[i]), \
     NaN with boxes linecolor rgb "#888888" linewidth 0.5 fillstyle empty border linecolor rgb "#888888" title "parity, not received"
unset multiplot
