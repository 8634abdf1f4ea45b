# Devices of a firmware campaign by state over time. Above, the phases of the campaign; times at which it transmitted go through.
# $states: 1 state, 2 time, 3 low, 4 high. $phases: 1 phase, 2 from, 3 to, 4 label.
# Vars: scenario, campaign, from_s, to_s, n_devices, n_updated, n_failed.
span_s = to_s - from_s
unit = span_s > 4 * 86400 ? 86400 : span_s > 3 * 3600 ? 3600 : span_s > 300 ? 60 : 1
unit_name = unit == 86400 ? "d" : unit == 3600 ? "h" : unit == 60 ? "min" : "s"
colour(s) = s eq "updated" ? "#00441B" : s eq "restarted" ? "#1B7837" : s eq "told to reboot" ? "#5AAE61" : \
            s eq "image checked" ? "#A6DBA0" : s eq "block complete" ? "#D9F0D3" : s eq "fragments missing" ? "#D55E00" : \
            s eq "asked for status" ? "#F0E442" : s eq "has the session" ? "#E69F00" : s eq "invited" ? "#CC79A7" : \
            s eq "ready for a session" ? "#08306B" : s eq "fragmentation set-up" ? "#2171B5" : s eq "group set-up" ? "#6BAED6" : \
            s eq "clock set" ? "#BDD7E7" : s eq "asked for versions" ? "#DDDDDD" : s eq "waiting" ? "#F4F4F4" : "#000000"
phase_colour(p) = p eq "transmit" ? "#E69F00" : p eq "set_up" ? "#BDD7E7" : p eq "invite" ? "#EBC8DC" : p eq "firmware" ? "#A6DBA0" : "#EEEEEE"
how_many = n_updated + n_failed > 0 ? sprintf("%d devices: %d updated, %d given up", n_devices, n_updated, n_failed) : sprintf("%d devices", n_devices)
set multiplot
set label 1 plot_title ne "" ? plot_title : "Campaign ".campaign.": ".scenario at screen 0.5, 1 - 0.03 * higher center font title_font
set label 2 how_many at screen 0.5, 1 - 0.07 * higher center font small_font textcolor rgb "#444444"
set xrange [from_s / unit:to_s / unit]
set lmargin at screen 0.09 * wider
set rmargin at screen narrow ? 0.97 : 0.715
# The phases.
set tmargin at screen 1 - 0.10 * higher
set bmargin at screen 1 - 0.15 * higher
set yrange [0:1]
set border 0
unset tics
unset key
wide(a, b, s) = (b - a) / span_s * (narrow ? 66 : 100) > strlen(s) + 1
plot for [i = 1:phases_n] $phases index i - 1 using (($2 + $3) / 2 / unit):(0.5):($2 / unit):($3 / unit):(0):(1) \
         with boxxyerror linecolor rgb "white" linewidth 0.5 fillcolor rgb phase_colour(phases_series[i]) fillstyle solid, \
     for [i = 1:phases_n] $phases index i - 1 using ($2 / unit):(0):(0):(phases_series[i] eq "transmit" ? 1 : 0) \
         with vectors nohead linewidth 1.4 linecolor rgb "#B35806", \
     $phases using (($2 + $3) / 2 / unit):(0.5):(wide($2, $3, stringcolumn(4)) ? stringcolumn(4) : "") with labels center font small_font
# The devices.
unset label
set border 3
set tmargin at screen 1 - 0.155 * higher
set bmargin at screen narrow ? 0.40 : 0.12
set yrange [0:n_devices]
set tics nomirror
set xtics autofreq
set ytics autofreq
set xlabel "Time since the start of the run (".unit_name.")"
set ylabel "Devices"
if (narrow) set key at screen 0.5, 0.005 center bottom horizontal Left reverse samplen 1 width -6 maxcols 2 font tiny_font
if (!narrow) set key at screen 0.725, 0.84 left top vertical Left reverse invert samplen 1.5
plot for [i = 1:states_n] $states index i - 1 using ($2 / unit):3:4 with filledcurves \
         fillcolor rgb colour(states_series[i]) fillstyle solid noborder notitle, \
     for [i = 1:phases_n] $phases index i - 1 using ($2 / unit):(0):(0):(phases_series[i] eq "transmit" ? n_devices : 0) \
         with vectors nohead linewidth 1 dashtype 3 linecolor rgb "#B35806" notitle, \
     for [i = 1:states_n] NaN with boxes linecolor rgb "#888888" linewidth 0.5 fillcolor rgb colour(states_series[i]) fillstyle solid \
         title states_series[i], \
     NaN with lines linewidth 1.4 dashtype 3 linecolor rgb "#B35806" title "transmission begins"
unset multiplot
