# SPDX-License-Identifier: GPL-2.0-only
# The picture of reference-cell.md: share of the frames received, by number of devices (figures of that page).
set terminal svg size 640,400 font "sans,13" background "white"
set output "results/validation/reference-cell.svg"
set title "Reference cell: frames received in one hour"
set xlabel "devices"
set ylabel "received [% of frames sent]"
set logscale x
set xtics (500, 1000, 2000, 5000, 10000, 20000)
set xrange [450:22000]
set yrange [0:100]
set grid
set key bottom left
$data << EOD
500 2848.6 2810.4
1000 5427.9 5279.3
2000 9906.2 9489.3
5000 18026.6 17640.2
10000 19267.1 20520.0
20000 15529.4 17051.6
EOD
$ns3 << EOD
1000 5385
5000 18129
10000 19130
EOD
plot $data using 1:($2 / $1 / 0.06) with linespoints lc rgb "#0072b2" pt 7 title "castbed, rules of the ns-3 module", \
     $data using 1:($3 / $1 / 0.06) with linespoints lc rgb "#d55e00" pt 5 dt 2 title "castbed, default rules", \
     $ns3 using 1:($2 / $1 / 0.06) with points lc rgb "black" pt 2 ps 1.5 title "ns-3 lorawan module"
