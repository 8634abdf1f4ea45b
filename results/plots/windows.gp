# Receive windows of a few devices around a time (a Gantt picture): a lane a device, in it from the top the frames on the
# air, the windows as planned (outlined), and as they really opened on the device's clock (filled). What it shows: why a frame was missed.
# $windows: 1 kind, 2 planned from, 3 planned to, 4 real from, 5 real to, 6 lane, 7 label. $lanes: 1 lane, 2 device.
# $frames: 1 start, 2 end, 3 lane, 4 state (0 own uplink, 1 heard, 2 another copy heard, 3 missed).
# Vars: scenario, from_s, span_s, n_lanes, n_devices, label_len.
unit = span_s <= 0.5 ? 1e-3 : span_s <= 600 ? 1 : 60
unit_name = unit == 1e-3 ? "ms" : unit == 1 ? "s" : "min"
colour(k) = k eq "rx1" ? "#009E73" : k eq "rx2" ? "#CC79A7" : k[1:3] eq "rxc" ? "#E69F00" : "#56B4E9"
in_words(k) = k eq "rx1" ? "RX1" : k eq "rx2" ? "RX2" : k eq "rxc_session" ? "RXC, multicast session" : k
middle(a, b) = (a + b) / 2 / unit
more = n_devices > n_lanes ? sprintf(" (%d of %d devices)", n_lanes, n_devices) : ""
set title plot_title ne "" ? plot_title : (narrow ? "Receive windows: " : "Receive windows, planned and real: ").scenario.more
set xlabel sprintf("Time since %.10g s of the run (%s)", from_s, unit_name)
set xrange [0:span_s / unit]
set yrange [n_lanes + 0.5:0.5]
set ytics scale 0
set grid xtics
letters = label_len < 6 ? 6 : label_len > 24 ? 24 : label_len
set lmargin at screen 0.03 + letters * (narrow ? 0.0175 : 0.0105)
set rmargin at screen 0.98
set bmargin at screen narrow ? 0.33 : 0.22
if (narrow) set ytics font tiny_font
set key at screen 0.5, 0.01 center bottom horizontal Left reverse samplen 1.5 width 1 maxrows 3
if (narrow) set key at screen 0.5, 0.005 samplen 1 width -3 maxcols 2 font tiny_font
set for [i = 1:n_lanes - 1] arrow i from graph 0, first i + 0.5 to graph 1, first i + 0.5 \
    nohead linecolor rgb "#BBBBBB" linewidth 0.8 back
# Each window is told in words when there are few: inside a wide one, else on the side that has room.
few = windows_lines <= (narrow ? n_lanes : 40)
size = n_lanes <= 6 && !narrow ? small_font : tiny_font
first(a, b) = (a == a ? a : b) < 0 ? 0 : (a == a ? a : b)       # what is seen of it; NaN: it never opened
last(a, b) = (a == a ? a : b) > span_s ? span_s : (a == a ? a : b)
wide(a, b) = b - a > 0.3 * span_s
place(a, b) = wide(a, b) ? 0 : b < 0.7 * span_s ? 1 : 2 # inside, behind, before
at(a, b) = (wide(a, b) ? (a + b) / 2 : b < 0.7 * span_s ? b : a) / unit
told(want, a, b, text) = few && place(a, b) == want ? text : ""
# Frames are at least a hair wide.
left(a, b) = (b - a < span_s / 700 ? (a + b) / 2 - span_s / 1400 : a) / unit
right(a, b) = (b - a < span_s / 700 ? (a + b) / 2 + span_s / 1400 : b) / unit
of(state, want, x) = state == want ? x : NaN
plot for [i = 1:windows_n] $windows index i - 1 using (middle($2, $3)):6:($2 / unit):($3 / unit):($6 - 0.08):($6 + 0.12) \
         with boxxyerror linecolor rgb "#444444" linewidth 1.2 fillstyle empty notitle, \
     for [i = 1:windows_n] $windows index i - 1 using (middle($4, $5)):6:($4 / unit):($5 / unit):($6 + 0.16):($6 + 0.42) \
         with boxxyerror linecolor rgb colour(windows_series[i]) linewidth 0.5 fillstyle solid border notitle, \
     for [state = 0:2] $frames using (middle($1, $2)):(of($4, state, $3)):(left($1, $2)):(right($1, $2)):($3 - 0.38):($3 - 0.14) \
         with boxxyerror linecolor rgb word("#999999 #0072B2 #A6CEE8", state + 1) fillstyle solid noborder notitle, \
     $frames using (middle($1, $2)):(of($4, 3, $3)):(left($1, $2)):(right($1, $2)):($3 - 0.38):($3 - 0.14) \
         with boxxyerror linecolor rgb "#D55E00" linewidth 0.6 fillstyle empty notitle, \
     $frames using (middle($1, $2)):(of($4, 3, $3 - 0.26)) \
         with points pointtype 2 pointsize 0.7 linewidth 1.4 linecolor rgb "#D55E00" notitle, \
     $windows using (at(first($4, $2), last($5, $3))):($6 + 0.29):(told(0, first($4, $2), last($5, $3), stringcolumn(7))) \
         with labels center font size notitle, \
     $windows using (at(first($4, $2), last($5, $3))):($6 + 0.29):(told(1, first($4, $2), last($5, $3), stringcolumn(7))) \
         with labels left offset 0.6, 0 font size notitle, \
     $windows using (at(first($4, $2), last($5, $3))):($6 + 0.29):(told(2, first($4, $2), last($5, $3), stringcolumn(7))) \
         with labels right offset -0.6, 0 font size notitle, \
     $lanes using (0):1:yticlabel(2) with points pointtype 0 notitle, \
     NaN with boxes linecolor rgb "#999999" fillstyle solid noborder title "its uplink", \
     NaN with boxes linecolor rgb "#0072B2" fillstyle solid noborder title "downlink, heard", \
     NaN with boxes linecolor rgb "#A6CEE8" fillstyle solid noborder title "other copy heard", \
     NaN with points pointtype 2 pointsize 0.7 linewidth 1.4 linecolor rgb "#D55E00" title "downlink, missed", \
     NaN with boxes linecolor rgb "#444444" linewidth 1.2 fillstyle empty title "window as planned", \
     for [i = 1:windows_n] NaN with boxes linecolor rgb colour(windows_series[i]) fillstyle solid noborder \
         title in_words(windows_series[i])." as opened"
