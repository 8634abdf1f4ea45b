# Map of devices, coloured by their best data rate, and of gateways.
# $devices: 1 series, 2 x, 3 y. $gateways: 1 x, 2 y, 3 name. Vars: scenario, x_min, x_max, y_min, y_max, n_nodes, n_gateways.
# Data rates are ordered: dark and blue is slow, bright and yellow is fast (viridis, safe for colour-blind readers).
colour(s) = s[1:3] eq "DR0" ? "#440154" : s[1:3] eq "DR1" ? "#414487" : s[1:3] eq "DR2" ? "#2A788E" : \
            s[1:3] eq "DR3" ? "#22A884" : s[1:3] eq "DR4" ? "#7AD151" : s[1:2] eq "DR" ? "#E3C800" : "#BBBBBB"
set title plot_title ne "" ? plot_title : "Best data rate: ".scenario
set xlabel "East (km)"
set ylabel "North (km)"
set size ratio -1
pad = 0.05 * (x_max - x_min > y_max - y_min ? x_max - x_min : y_max - y_min)
pad = pad > 0 ? pad : 0.1
set xrange [x_min - pad:x_max + pad]
set yrange [y_min - pad:y_max + pad]
set grid
if (!narrow) set rmargin 24; set key at graph 1.03, graph 1 left top Left reverse
if (narrow) set rmargin 2; set bmargin at screen 0.34; set key at screen 0.5, 0.01 center bottom horizontal Left reverse samplen 1 maxcols 2
size_of_points = n_nodes > 20000 ? 0.15 : n_nodes > 4000 ? 0.25 : n_nodes > 1000 ? 0.4 : 0.6
plot for [i = 1:devices_n] $devices index i - 1 using 2:3 \
         with points pointtype (devices_series[i][1:2] eq "DR" ? 7 : 2) pointsize size_of_points \
         linecolor rgb colour(devices_series[i]) notitle, \
     for [i = 1:devices_n] NaN with points pointtype (devices_series[i][1:2] eq "DR" ? 7 : 2) pointsize 0.9 \
         linecolor rgb colour(devices_series[i]) title devices_series[i], \
     $gateways using 1:2 with points pointtype 9 pointsize 2.2 linecolor rgb "white" notitle, \
     $gateways using 1:2 with points pointtype 9 pointsize 1.6 linecolor rgb "black" title "gateway", \
     $gateways using 1:2:(n_gateways <= 20 ? stringcolumn(3) : "") with labels offset 0, 1.0 font tiny_font notitle
