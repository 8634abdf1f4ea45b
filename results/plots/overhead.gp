# Fragments needed beyond M, as a histogram over all blocks of which a fragment was lost, with what random parity rows would need.
# $bars: 1 beyond M, 2 blocks, 3 share. $expected: 1 beyond M, 2 share.
# Vars: scenario, n_scenarios, n_runs, n_blocks, n_whole, mean_lost, mean_overhead, n_never, expected_never, k_max.
set title plot_title ne "" ? plot_title : "Fragments needed beyond M".(n_scenarios == 1 ? ": ".scenario : "")
set xlabel "Fragments received beyond M at completion"
set ylabel "Blocks (%)"
incomplete = n_never > 0 || expected_never > 0.0005
place = k_max + 1.5
set xrange [-0.7:(incomplete ? place + 0.8 : k_max + 0.7)]
set yrange [0:*]
set offsets 0, 0, graph 0.1, 0
set xtics scale 0 ("0" 0)
do for [k = 1:k_max] { set xtics add (sprintf(k == 10 ? "10+" : "%d", k) k) }
if (incomplete) set xtics add ("never" place)
set grid ytics
heading = sprintf("%d blocks, %.3g lost in the mean", n_blocks, mean_lost).(n_runs > 1 ? sprintf(", %d runs", n_runs) : "")
set key right top Left reverse samplen 2 title heading left font small_font
if (narrow) set rmargin 2; set key at screen 0.5, 0.01 center bottom vertical width -8; set bmargin at screen 0.31
shown(k) = k > k_max ? NaN : k
plot $bars using (shown($1)):($3 * 100):(0.7) with boxes linecolor rgb "#0072B2" fillcolor rgb "#9ECAE1" fillstyle solid \
         title sprintf("simulated, mean %.2f", mean_overhead), \
     $bars every ::0::0 using (incomplete ? place : NaN):(100.0 * n_never / n_blocks):(0.7) with boxes linecolor rgb "#D55E00" fillcolor rgb "#FDD0A2" fillstyle solid notitle, \
     $expected using (shown($1)):($2 * 100) with points pointtype 7 pointsize 0.9 linecolor rgb "#000000" title "random parity rows, same losses", \
     $bars every ::0::0 using (incomplete ? place : NaN):(expected_never * 100) with points pointtype 7 pointsize 0.9 linecolor rgb "#000000" notitle
