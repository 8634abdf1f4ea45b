# Blind spots of the parity rows, from what castbed frag check prints; results/blind-spots.md says how to draw it again.
# blind-spots.tsv: 1 M, 2 parity rows until any two fragments are apart (0: never), 3 and 4 fragments never apart, 5 nearest good M.
set terminal svg noenhanced size 900,560 font 'Arial,13' background rgb 'white'
set output "results/pictures/blind-spots.svg"
set datafile separator tab
set title "Numbers of fragments with a blind spot, TS004 version 1"
set xlabel "Uncoded fragments M"
set ylabel "Parity rows until any two fragments can be told apart"
set logscale y
set logscale x 2
set xrange [64:16384]
set yrange [1:30000]
set grid
set key bottom right Left reverse samplen 2
band(rows, m) = rows > 0 && rows <= 64 && m % 64 != 0 ? rows : NaN
late(rows) = rows > 64 ? rows : NaN
n_rows(m) = 16383 - m
never(rows, m) = rows == 0 && m % 64 == 0 ? n_rows(m) : NaN
plot "blind-spots.tsv" skip 1 using 1:(band($2, int($1))) every 29 with points pointtype 7 pointsize 0.35 linecolor rgb "#888888" title "good: all other M (every 29th is shown)", \
     n_rows(x) with lines linewidth 1.5 linecolor rgb "#000000" title "all parity rows there are, 16383 - M", \
     0.3 * x with lines linewidth 1.5 dashtype 2 linecolor rgb "#0072b2" title "rows of 30 % redundancy", \
     "blind-spots.tsv" skip 1 using 1:(late($2)) with points pointtype 7 pointsize 0.6 linecolor rgb "#d55e00" title "multiples of 64: blind for so many rows", \
     "blind-spots.tsv" skip 1 using 1:(never($2, int($1))) with points pointtype 8 pointsize 0.9 linecolor rgb "#d55e00" title "multiples of 64: blind for all rows"
