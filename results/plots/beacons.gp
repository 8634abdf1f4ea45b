# Beacons at class B devices. Of up to eight devices: state and beacons in a lane each, below the clock error at each beacon. Of many: the share
# of devices in each state, the share of beacons missed by reason, and median and 5..95 % of the clock error.
# $counts: 1 reason (none: received), 2 beacons. $errors: 1 device, 2 time, 3 error, 4 received. $states: 1 state, 2 lane, 3 from, 4 to. $lanes: 1 lane, 2 device. $beacons: 1 received or missed,
# 2 time, 3 lane. $shares: 1 state, 2 time, 3 low, 4 high. $missed: 1 reason, 2 from, 3 to, 4 low, 5 high. $bands: 1 time, 2 low, 3 median, 4 high.
# Vars: scenario, from_s, to_s, n_devices, label_len, n_expected, n_received, missed_max. (A colour written in a block of braces would be taken for a comment.)
span_s = to_s - from_s
unit = span_s > 4 * 86400 ? 86400 : span_s > 3 * 3600 ? 3600 : span_s > 300 ? 60 : 1
unit_name = unit == 86400 ? "d" : unit == 3600 ? "h" : unit == 60 ? "min" : "s"
colour(s) = s eq "locked" ? "#A6DBA0" : s eq "beaconless" ? "#FDB863" : s eq "class A, searching" ? "#9ECAE1" : "#DDDDDD"
colour_of(r) = r eq "random" ? "#8C6D31" : r eq "window" ? "#D55E00" : r eq "interference" ? "#009E73" : r eq "sensitivity" ? "#0072B2" : \
               r eq "no_link" ? "#777777" : r eq "device_tx" ? "#000000" : "#CC79A7"
in_words(r) = r eq "random" ? "missed: random loss" : r eq "window" ? "missed: window" : r eq "interference" ? "missed: interference" : \
              r eq "sensitivity" ? "missed: too weak" : r eq "no_link" ? "missed: out of reach" : r eq "device_tx" ? "missed: own uplink" : "missed: ".r
line_colour(i) = word("#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000 #999999", (i - 1) % 8 + 1)
few = n_devices <= 8
grey = "#444444"
pale = "#C6DBEF"
dark = "#08519C"
set multiplot
set label 1 plot_title ne "" ? plot_title : "Beacons: ".scenario at screen 0.5, 1 - 0.03 * higher center font title_font
set label 2 sprintf("%d device%s, %d of %d beacons received", n_devices, n_devices == 1 ? "" : "s", n_received, n_expected) \
    at screen 0.5, 1 - 0.07 * higher center font small_font textcolor rgb grey
set xrange [from_s / unit:to_s / unit]
set lmargin at screen (few ? 0.05 + (label_len < 6 ? 6 : label_len > 24 ? 24 : label_len) * 0.0095 : 0.10) * wider
set rmargin at screen narrow ? 0.97 : 0.98
set format x ""
unset key
name_of(x) = x == 1 ? "s" : x == 1e-3 ? "ms" : "us"
power(x) = 10 ** floor(log10(x))
step(x) = x <= 0 ? 1 : power(x) * (x / power(x) < 1.5 ? 1 : x / power(x) < 3.5 ? 2 : x / power(x) < 7.5 ? 5 : 10)
pad(a, b) = a < b ? 0.06 * (b - a) : 1
scale_of(a, b) = abs(a) >= 1 || abs(b) >= 1 ? 1 : abs(a) >= 1e-3 || abs(b) >= 1e-3 ? 1e-3 : 1e-6
foot = narrow ? 0.355 : 0.22
head = 1 - 0.10 * higher
missed_too = missed_n ? "for [i = 1:missed_n] $missed index i - 1 using (($2 + $3) / 2 / unit):(($4 + $5) * 50):($2 / unit):($3 / unit):". \
        "($4 * 100):($5 * 100) with boxxyerror linewidth 0 linecolor rgb colour_of(missed_series[i]) fillstyle solid noborder," : ""
if (few) {
    set tmargin at screen head
    set bmargin at screen foot + 0.5 * (head - foot)
    set yrange [n_devices + 0.5:0.5]
    set ytics scale 0
    plot for [i = 1:states_n] $states index i - 1 using (($3 + $4) / 2 / unit):2:($3 / unit):($4 / unit):($2 - 0.4):($2 + 0.4) \
             with boxxyerror linewidth 0 linecolor rgb colour(states_series[i]) fillstyle solid noborder, \
         for [i = 1:beacons_n] $beacons index i - 1 using ($2 / unit):($3 + (beacons_series[i] eq "missed" ? 0.2 : -0.2)) \
             with points pointtype (beacons_series[i] eq "missed" ? 2 : 7) pointsize (beacons_lines > 1500 ? 0.2 : 0.4) linewidth 0.8 \
             linecolor rgb (beacons_series[i] eq "missed" ? line_colour(2) : dark), \
         $lanes using (from_s / unit):1:yticlabel(2) with points pointtype 0
    unset label
    set yrange [*:*]
    stats $errors using 3 name "e" nooutput
    u = scale_of(e_min, e_max)
    set tmargin at screen foot + 0.46 * (head - foot)
    set bmargin at screen foot
    set yrange [e_min / u - pad(e_min / u, e_max / u):e_max / u + pad(e_min / u, e_max / u)]
    set ytics step((e_max - e_min) / u / (narrow ? 3 : 5)) scale 0.5
    set grid
    set xzeroaxis linetype 1 linecolor rgb "#888888" linewidth 1
    set format x "%g"
    set xlabel "Time since the start of the run (".unit_name.")"
    set ylabel (narrow ? "Error (" : "Clock error (").name_of(u).")" offset 1, 0
    set key at screen 0.5, 0.005 center bottom horizontal Left reverse samplen 1.5 maxcols (narrow ? 2 : 4) width (narrow ? -5 : -2)
    if (narrow) { set key font tiny_font }
    plot for [i = 1:errors_n] $errors index i - 1 using ($2 / unit):($3 / u) with lines linewidth 1 linecolor rgb line_colour(i) title errors_series[i], \
         for [i = 1:states_n] NaN with boxes linecolor rgb colour(states_series[i]) fillstyle solid noborder title states_series[i], \
         for [i = 1:beacons_n] NaN with points pointtype (beacons_series[i] eq "missed" ? 2 : 7) pointsize 0.6 \
             linecolor rgb (beacons_series[i] eq "missed" ? line_colour(2) : dark) title "beacon ".beacons_series[i]
} else {
    third = (head - foot) / 3
    set tmargin at screen head
    set bmargin at screen head - third + 0.03
    set yrange [0:100]
    set ytics 50
    set ylabel "Devices (%)"
    plot for [i = 1:shares_n] $shares index i - 1 using ($2 / unit):($3 * 100):($4 * 100) with filledcurves \
             fillcolor rgb colour(shares_series[i]) fillstyle solid noborder
    unset label
    set tmargin at screen head - third
    set bmargin at screen head - 2 * third + 0.03
    set yrange [0:missed_max > 0 ? 105 * missed_max : 1]
    set ytics step(100 * missed_max / (narrow ? 2 : 4))
    set ylabel "Missed (%)"
    set grid ytics
    if (!missed_n) { set ytics ("0" 0); set label 3 "no beacon was missed" at graph 0.5, 0.5 center textcolor rgb grey }
    plot @missed_too $bands using ($1 / unit):(0) with points pointtype 0
    unset label
    set yrange [*:*]
    stats $bands using 2 name "l" nooutput
    stats $bands using 4 name "h" nooutput
    u = scale_of(l_min, h_max)
    set tmargin at screen head - 2 * third
    set bmargin at screen foot
    set yrange [l_min / u - pad(l_min / u, h_max / u):h_max / u + pad(l_min / u, h_max / u)]
    set ytics step((h_max - l_min) / u / (narrow ? 3 : 5))
    set xzeroaxis linetype 1 linecolor rgb "#888888" linewidth 1
    set format x "%g"
    set xlabel "Time since the start of the run (".unit_name.")"
    set ylabel (narrow ? "Error (" : "Clock\nerror (").name_of(u).")"
    set key at screen 0.5, 0.005 center bottom horizontal Left reverse samplen 1.5 maxcols (narrow ? 2 : 4) width (narrow ? -5 : -3)
    if (narrow) { set key font tiny_font }
    plot $bands using ($1 / unit):($2 / u):($4 / u) with filledcurves fillcolor rgb pale fillstyle solid noborder title "error, 5 to 95 %", \
         $bands using ($1 / unit):($3 / u) with lines linewidth 1.2 linecolor rgb dark title "error, median", \
         for [i = 1:shares_n] NaN with boxes linecolor rgb colour(shares_series[i]) fillstyle solid noborder title shares_series[i], \
         for [i = 1:missed_n] NaN with boxes linecolor rgb colour_of(missed_series[i]) fillstyle solid noborder title in_words(missed_series[i])
}
unset multiplot
