# What each link carries of control protocols, beside data: octets of IP per second, over the whole run.
# $lanes: 1 place, 2 name. $points: 1 protocol, 2 place, 3 mean, 4 least, 5 most.
# Vars: n_scenarios, scenario, n_runs, n_links, n_lanes, control_bytes, all_bytes, rate_min, rate_max, label_len.
colour(s) = s eq "igmp" ? "#009E73" : s eq "mld" ? "#0072B2" : s eq "pim" ? "#D55E00" : s eq "data" ? "#999999" : \
            s eq "unicast" ? "#555555" : "#CC79A7"
mark(s) = s eq "igmp" ? 9 : s eq "mld" ? 7 : s eq "pim" ? 5 : s eq "data" ? 6 : s eq "unicast" ? 4 : 11
in_words(s) = s eq "igmp" ? "IGMP" : s eq "mld" ? "MLD" : s eq "pim" ? "PIM" : s eq "data" ? "data to groups" : \
              s eq "unicast" ? "unicast data" : s
set title plot_title ne "" ? plot_title : "Control traffic".(n_scenarios == 1 ? ": ".scenario : "")."\n". \
    sprintf("%.2g %% of all octets on %d links", 100.0 * control_bytes / all_bytes, n_links).(n_runs > 1 ? sprintf(", %d runs", n_runs) : "")
set xlabel "IP octets per second on a link (mean of the run)"
set logscale x
set format x "%g"
set xrange [rate_min * 0.6:rate_max * 1.7]
set yrange [n_lanes + 0.7:0.3]
set ytics scale 0
set grid xtics ytics
crowded = n_lanes > 12
if (crowded || narrow) set ytics font tiny_font
set key Left reverse samplen 1
if (!narrow) set key outside right top vertical
if (narrow) set rmargin 2; set key at screen 0.5, 0.01 center bottom horizontal maxcols 3 font tiny_font; set bmargin at screen 0.22 + 0.04 * (points_n > 3)
plot $lanes using (rate_min):1:yticlabel(2) with points pointtype 0 notitle, \
     for [i = 1:points_n] $points index i - 1 using ($5 > $4 * 1.02 ? $3 : NaN):2:4:5 with xerrorbars linecolor rgb colour(points_series[i]) \
         pointtype 0 linewidth 1 notitle, \
     for [i = 1:points_n] $points index i - 1 using 3:2 with points linecolor rgb colour(points_series[i]) pointtype mark(points_series[i]) \
         pointsize (crowded ? 0.8 : 1.1) linewidth 1.6 title in_words(points_series[i])
