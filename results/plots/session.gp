# A multicast session, device by device. Above: a row a device with the time in which it really listened, and the frames that
# it missed, by reason (of few devices those heard too); dashed: the session as planned. Below: the share of all devices that missed each frame.
# $spans: 1 lane, 2 open, 3 close, 4 device. $groups: 1 group, 2 first lane, 3 last lane. $heard: 1 time, 2 lane.
# $labels: 1 lane, 2 text. $missed: 1 reason, 2 time, 3 lane. $shares: 1 reason, 2 time, 3 low, 4 high. $frames: 1 time. Times in s since the planned start.
# Vars: scenario, mc_group, planned_s, from_s, to_s, length_s, n_lanes, n_members, n_frames, gap_s, n_heard, n_expected, share_max, label_len.
power(x) = 10 ** floor(log10(x))
step(x) = x <= 0 ? 1 : power(x) * (x / power(x) < 1.5 ? 1 : x / power(x) < 3.5 ? 2 : x / power(x) < 7.5 ? 5 : 10)
unit = to_s - from_s > 3 * 3600 ? 3600 : to_s - from_s > 900 ? 60 : 1
unit_name = unit == 3600 ? "h" : unit == 60 ? "min" : "s"
colour(r) = r eq "not yet listening" ? "#E69F00" : r eq "no longer listening" ? "#D55E00" : r eq "own uplink" ? "#000000" : \
            r eq "own RX1 or RX2" ? "#CC79A7" : r eq "session never opened" ? "#7A4B9A" : r eq "interference" ? "#009E73" : \
            r eq "below sensitivity" ? "#0072B2" : r eq "out of reach" ? "#777777" : r eq "random loss" ? "#8C6D31" : "#B0B000"
shape(r) = r eq "not yet listening" ? 9 : r eq "no longer listening" ? 11 : r eq "own uplink" ? 2 : r eq "own RX1 or RX2" ? 1 : 7
few = n_lanes <= 40
size_of_marks = n_lanes <= 12 ? 0.9 : few ? 0.6 : n_lanes <= 150 ? 0.35 : 0.22
all_of = n_lanes < n_members ? sprintf("%d of %d devices, evenly chosen", n_lanes, n_members) : sprintf("%d devices", n_members)
pad = 0.02 * (to_s - from_s)
sub_font = narrow ? tiny_font : small_font
set multiplot
set label 1 plot_title ne "" ? plot_title : "Multicast session ".mc_group.": ".scenario at screen 0.5, 1 - 0.03 * higher center font title_font
set label 2 sprintf("%s; %d frame%s: %d of %d receptions", all_of, n_frames, n_frames == 1 ? "" : "s", n_heard, n_expected) \
    at screen 0.5, 1 - 0.067 * higher center font sub_font textcolor rgb "#444444"
set xrange [(from_s - pad) / unit:(to_s + pad) / unit]
letters = label_len < 8 ? 8 : label_len > 24 ? 24 : label_len
set lmargin at screen narrow ? 0.07 + letters * 0.0125 : 0.05 + letters * (few && n_lanes > 20 ? 0.0085 : 0.0105)
set rmargin at screen 0.985
set grid xtics
planned_close = length_s / unit
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead dashtype 2 linecolor rgb "#444444" linewidth 1.2 front
set arrow 2 from first planned_close, graph 0 to first planned_close, graph 1 nohead dashtype 2 linecolor rgb "#444444" linewidth 1.2 front
# The devices.
set tmargin at screen narrow ? 0.875 : 0.90
set bmargin at screen narrow ? 0.50 : 0.42
set yrange [n_lanes + 0.5:0.5 - 0.03 * n_lanes]
set format x ""
small = narrow || few && n_lanes > 20 ? tiny_font : small_font
set ytics scale 0 font small
unset key
height = few ? 0.36 : 0.6 # of many devices no gaps between the rows
heard_too = heard_lines ? "$heard using ($1 / unit):($2 - 0.3):(0):(0.6) with vectors nohead linecolor rgb '#08519C' linewidth 1.5," : ""
missed_too = missed_n ? "for [i = 1:missed_n] $missed index i - 1 using ($2 / unit):3 with points pointtype shape(missed_series[i]) ". \
    "pointsize size_of_marks linewidth (few ? 1.6 : 1) linecolor rgb colour(missed_series[i])," : ""
shares_too = shares_n ? "for [i = 1:shares_n] $shares index i - 1 using ($2 / unit):($3 * 100):($2 / unit - half):($2 / unit + half):". \
    "($3 * 100):($4 * 100) with boxxyerror linecolor rgb colour(shares_series[i]) fillstyle solid noborder notitle," : ""
plot $spans using (0):1:($2 / unit):($3 / unit):($1 - height):($1 + height) \
         with boxxyerror linecolor rgb (few ? "#9ECAE1" : "#C6DBEF") fillstyle solid noborder, \
     $groups using ((from_s - pad) / unit):($3 + 0.5):((to_s - from_s + 2 * pad) / unit):(0) \
         with vectors nohead linecolor rgb "#888888" linewidth 0.8, \
     @heard_too \
     $frames using ($1 / unit):(0.5):(0):(-0.025 * n_lanes) with vectors nohead linecolor rgb "#08519C" linewidth 1, \
     @missed_too \
     $labels using ((from_s - pad) / unit):1:yticlabel(2) with points pointtype 0
# The frames.
set tmargin at screen narrow ? 0.46 : 0.38
set bmargin at screen narrow ? 0.33 : 0.215
set yrange [0:(share_max > 0 ? 105 * share_max : 1)]
set ytics auto font sub_font
if (share_max > 0) set ytics step(100 * share_max / (narrow ? 2 : 4))
if (share_max == 0) set ytics ("" 0); set label 3 "no frame was missed" at graph 0.5, 0.5 center textcolor rgb "#444444"
set ytics scale 0.5
set format x "%g"
set xlabel "Time since the planned start".(narrow ? "" : " of the session")." (".unit_name.")"
if (!narrow) set ylabel "Missed by\n(% of devices)" offset -1, 0
if (narrow) set ylabel "Missed (%)" font tiny_font
set grid xtics ytics
unset label 1
unset label 2
set key at screen 0.55, 0.01 center bottom horizontal Left reverse samplen 1.5 width 1 maxrows 2
if (narrow) set key at screen 0.5, 0.005 samplen 1 width -5 maxcols 2 font tiny_font
half = (gap_s * 0.4 > (to_s - from_s) / 1200 ? gap_s * 0.4 : (to_s - from_s) / 1200) / unit
plot @shares_too \
     $frames using ($1 / unit):(0) with points pointtype 0 notitle, \
     NaN with boxes linecolor rgb (few ? "#9ECAE1" : "#C6DBEF") fillstyle solid noborder title "listening", \
     NaN with lines dashtype 2 linecolor rgb "#444444" linewidth 1.2 title "session as planned", \
     NaN with lines linecolor rgb "#08519C" linewidth 1.5 title (few ? "frame sent (above), heard" : "frame sent (above)"), \
     for [i = 1:missed_n] NaN with points pointtype shape(missed_series[i]) pointsize 0.9 linewidth 1.6 \
         linecolor rgb colour(missed_series[i]) title missed_series[i]
unset multiplot
