# Lost uplinks, stacked by reason.
# $bars: 1 reason, 2 x, 3 low, 4 high. $ticks: 1 x, 2 label, 3 share lost. $groups: 1 scenario, 2 x.
# Vars: n_runs, scenario, n_scenarios.
colour(s) = s eq "interference" ? "#D55E00" : s eq "no_demodulator" ? "#0072B2" : \
            s eq "sensitivity" ? "#56B4E9" : s eq "gateway_tx" ? "#E69F00" : \
            s eq "no_link" ? "#999999" : s eq "random" ? "#CC79A7" : s eq "channel" ? "#F0E442" : \
            s eq "gateway_down" ? "#000000" : s eq "server_down" ? "#555555" : \
            s eq "ended" ? "#DDDDDD" : s eq "mic" ? "#7A4B9A" : s eq "replay" ? "#8C6D31" : "#009E73"
in_words(s) = s eq "no_demodulator" ? "no free demodulator" : s eq "gateway_tx" ? "gateway transmitting" : \
           s eq "sensitivity" ? "below sensitivity" : s eq "no_link" ? "out of reach" : \
           s eq "gateway_down" ? "gateway down" : s eq "server_down" ? "server down" : \
           s eq "ended" ? "run ended" : s eq "channel" ? "channel not heard" : s
set title plot_title ne "" ? plot_title : \
          "Lost uplink frames by reason".(n_scenarios == 1 ? ": ".scenario : "")
set xlabel (n_runs == 1 ? "Data rate" : n_scenarios > 1 ? "Devices, by scenario" : "Devices") \
    offset 0, (n_scenarios > 1 ? -1.4 : 0)
set ylabel "Lost frames (% of those sent)"
stats $ticks using 1 name "place" nooutput
set xrange [0.4:place_max + 0.6]
below = ticks_lines > 14 ? 3.6 : 2.4 # lines from the axis down to the scenarios' names
if (n_scenarios > 1) set bmargin below + 3.1
do for [k = 1:groups_n] {
    stats $groups index k - 1 using 2 name "group" nooutput
    set label k groups_series[k] at first group_mean, graph 0 center offset 0, -below
}
set yrange [0:*]
set offsets 0, 0, graph 0.08, 0
set grid ytics
if (!narrow) set key outside right top Left reverse invert
if (narrow) set rmargin 2; set key at screen 0.5, 0.01 center bottom horizontal Left reverse samplen 1.5 maxcols 2 font tiny_font width -3
if (narrow) set bmargin at screen 0.22 + (n_scenarios > 1 ? 0.12 : 0) + 0.033 * ceil(bars_n / 2.0)
set boxwidth 0.7
set style fill solid 1.0 border rgb "white"
set xtics scale 0
if (ticks_lines > 14) set xtics rotate by -60 # many bars: no figures above them, labels at an angle
plot for [i = 1:bars_n] $bars index i - 1 \
         using 2:(($3 + $4) * 50):($2 - 0.35):($2 + 0.35):($3 * 100):($4 * 100) \
         with boxxyerror fillcolor rgb colour(bars_series[i]) linewidth 0.5 title in_words(bars_series[i]), \
     $ticks using 1:($3 * 100):xticlabel(2) with points pointtype 0 notitle, \
     $ticks using 1:($3 * 100):(ticks_lines > 14 ? "" : sprintf("%.1f", $3 * 100)) \
         with labels offset 0, 0.7 font small_font textcolor rgb "#333333" notitle
