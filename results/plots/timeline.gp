# Frames of a time span at one gateway: a lane per channel, in it a row per spreading factor.
# $frames: 1 start, 2 end, 3 lane, 4 sf, 5 state (0 here, 1 elsewhere, 2 lost, 3 downlink). $lanes: 1 lane, 2 label.
# $sfs: 1 series, 2 sf. Vars: scenario, gateway, from_s, to_s.
colour(sf) = sf == 12 ? 0x440154 : sf == 11 ? 0x414487 : sf == 10 ? 0x2A788E : \
             sf == 9 ? 0x22A884 : sf == 8 ? 0x7AD151 : 0xE3C800
row(lane, sf) = lane - 0.45 + 0.15 * (sf == 0 ? 0 : 12 - sf > 5 ? 5 : 12 - sf) + 0.01
sf_of(name) = name eq "FSK" ? 0 : int(name[3:*])
middle(a, b) = (a + b) / 2
set title plot_title ne "" ? plot_title : "Frames at ".gateway.": ".scenario
set xlabel "Time since the start of the run (s)"
set ylabel "Channel (MHz)"
set xrange [from_s:to_s]
set yrange [lanes_lines + 0.5:0.5]
set ytics scale 0
set grid xtics
if (!narrow) set key outside right top Left reverse
if (narrow) set rmargin 2; set bmargin at screen 0.36; set key at screen 0.5, 0.01 center bottom horizontal Left reverse samplen 1.5 maxcols 2 font tiny_font
set for [i = 1:lanes_lines - 1] arrow i from graph 0, first i + 0.5 to graph 1, first i + 0.5 \
    nohead linecolor rgb "#BBBBBB" linewidth 0.8 back
set style fill solid 1.0 border
plot $frames using (middle($1, $2)):($5 == 1 ? $3 : NaN):1:2:(row($3, $4)):(row($3, $4) + 0.13):(0xB0000000 + colour($4)) \
         with boxxyerror linewidth 0.4 fillcolor rgb variable fillstyle solid border rgb "white" notitle, \
     $frames using (middle($1, $2)):($5 == 0 ? $3 : NaN):1:2:(row($3, $4)):(row($3, $4) + 0.13):(colour($4)) \
         with boxxyerror linewidth 0.4 fillcolor rgb variable fillstyle solid border rgb "white" notitle, \
     $frames using (middle($1, $2)):($5 == 2 ? $3 : NaN):1:2:(row($3, $4)):(row($3, $4) + 0.13) \
         with boxxyerror linecolor rgb "white" fillstyle solid noborder notitle, \
     $frames using (middle($1, $2)):($5 == 2 ? $3 : NaN):1:2:(row($3, $4)):(row($3, $4) + 0.13):(colour($4)) \
         with boxxyerror linewidth 1.3 linecolor rgb variable fillstyle empty notitle, \
     $frames using (middle($1, $2)):($5 == 2 ? row($3, $4) + 0.065 : NaN) \
         with points pointtype 2 pointsize 0.7 linewidth 1.6 linecolor rgb "#D55E00" notitle, \
     $frames using (middle($1, $2)):($5 == 3 ? $3 : NaN):1:2:(row($3, $4)):(row($3, $4) + 0.13) \
         with boxxyerror linecolor rgb "black" fillstyle solid noborder notitle, \
     $lanes using (from_s):1:yticlabel(2) with points pointtype 0 notitle, \
     for [i = 1:sfs_n] NaN with boxes linecolor rgb colour(sf_of(sfs_series[i])) \
         fillstyle solid noborder title sfs_series[i], \
     NaN with boxes linecolor rgb 0xB022A884 fillstyle solid noborder title "pale: other gateway", \
     NaN with points pointtype 2 pointsize 0.7 linewidth 1.6 linecolor rgb "#D55E00" title "lost", \
     NaN with boxes linecolor rgb "black" fillstyle solid noborder title "downlink"
