# Errors of clocks: a line a device, or a panel a group with its median and band.
# $bands: 1 group, 2 time, 3 low, 4 median, 5 high. $lines: 1 device, 2 time, 3 error. $marks: 1 device, 2 time, 3 error.
# Vars: scenario, span_s, n_devices. (A colour written in a block of braces would be taken for a comment.)
time_unit = span_s > 3 * 86400 ? 86400 : span_s > 3 * 3600 ? 3600 : span_s > 300 ? 60 : 1
time_name = time_unit == 86400 ? "d" : time_unit == 3600 ? "h" : time_unit == 60 ? "min" : "s"
unit_of(x) = x >= 1 ? 1 : x >= 1e-3 ? 1e-3 : 1e-6
name_of(u) = u == 1 ? "s" : u == 1e-3 ? "ms" : "us"
larger(a, b) = a > b ? a : b
power(x) = 10 ** floor(log10(x))
step(x) = x <= 0 ? 1 : power(x) * (x / power(x) < 1.5 ? 1 : x / power(x) < 3.5 ? 2 : x / power(x) < 7.5 ? 5 : 10)
colour(i) = word("#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000 #999999", (i - 1) % 8 + 1)
pale = "#9ECAE1"
dark = "#08519C"
heading = plot_title ne "" ? plot_title : "Clock error (device time minus true time): ".scenario
set xrange [0:span_s / time_unit]
set grid
set xzeroaxis linetype 1 linecolor rgb "#888888" linewidth 1
few = n_devices <= 8
panels = few ? 1 : bands_n
columns = panels > 3 ? 2 : 1
rows_of = (panels + columns - 1) / columns
if (few) {
    stats $lines using 3 name "e" nooutput
    u = unit_of(larger(abs(e_min), abs(e_max)))
    set title heading
    set xlabel "Time since the start of the run (".time_name.")"
    set ylabel "Clock error (".name_of(u).")"
    set key outside right top Left reverse
    plot for [i = 1:lines_n] $lines index i - 1 using ($2 / time_unit):($3 / u) with lines linewidth 1.6 \
             linecolor rgb colour(i) title lines_series[i], \
         $marks using ($2 / time_unit):($3 / u) with points pointtype 6 pointsize 0.6 \
             linecolor rgb "black" title "corrected"
} else {
    set multiplot layout rows_of, columns title heading offset 0, -0.3 \
        margins 0.09, 0.98, 0.11, 0.86 spacing 0.10, 0.06
    set key at screen 0.98, 0.91 right bottom horizontal Left reverse samplen 2
    do for [i = 1:panels] {
        set yrange [*:*]
        stats $bands index i - 1 using 3 name "l" nooutput
        stats $bands index i - 1 using 5 name "h" nooutput
        most = larger(abs(l_min), abs(h_max))
        u = unit_of(most)
        set label 1 bands_series[i] at graph 0, 1 offset 0, 0.6
        set yrange [-1.25 * larger(most / u, 1e-3):1.25 * larger(most / u, 1e-3)]
        set ytics step(most / u * (rows_of > 3 ? 0.8 : 0.4))
        set ylabel "Error (".name_of(u).")" offset 1, 0
        set xlabel (i > panels - columns ? "Time since the start of the run (".time_name.")" : "")
        set format x (i > panels - columns ? "%g" : "")
        plot $bands index i - 1 using ($2 / time_unit):($3 / u):($5 / u) with filledcurves \
                 fillcolor rgb pale fillstyle solid noborder title (i == 1 ? "5 to 95 %" : ""), \
             $bands index i - 1 using ($2 / time_unit):($4 / u) with lines linewidth 1.8 \
                 linecolor rgb dark title (i == 1 ? "median" : "")
    }
    unset multiplot
}
