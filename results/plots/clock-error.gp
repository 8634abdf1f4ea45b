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
heading = plot_title ne "" ? plot_title : (narrow ? "Clock error: " : "Clock error (device time minus true time): ").scenario
set xrange [0:span_s / time_unit]
set grid
set xzeroaxis linetype 1 linecolor rgb "#888888" linewidth 1
few = n_devices <= 8
panels = few ? 1 : bands_n
columns = panels > 24 ? 3 : panels > 3 ? 2 : 1
rows_of = (panels + columns - 1) / columns
if (few) {
    stats $lines using 3 name "e" nooutput
    u = unit_of(larger(abs(e_min), abs(e_max)))
    set title heading
    set xlabel "Time since the start of the run (".time_name.")"
    set ylabel "Clock error (".name_of(u).")"
    if (!narrow) { set key outside right top Left reverse }
    if (narrow) { set rmargin 2; set bmargin at screen 0.36; set key at screen 0.5, 0.01 center bottom horizontal Left reverse maxcols 2 font tiny_font }
    plot for [i = 1:lines_n] $lines index i - 1 using ($2 / time_unit):($3 / u) with lines linewidth 1.6 \
             linecolor rgb colour(i) title lines_series[i], \
         $marks using ($2 / time_unit):($3 / u) with points pointtype 6 pointsize 0.6 \
             linecolor rgb "black" title "corrected"
} else {
    # Many panels: the unit stands behind the group's name, and an axis has three numbers.
    small = narrow || rows_of > 3
    between = small ? (narrow ? 0.05 : 0.045) : 0.06
    set multiplot layout rows_of, columns title heading font title_font offset 0, -0.3 \
        margins (narrow ? 0.11 : 0.09), 0.98, (narrow ? 0.14 : 0.11), (narrow ? 0.84 : 0.86) spacing (narrow ? 0.12 : 0.10), between
    if (narrow) { set key at screen 0.98, 0.89 right bottom horizontal Left reverse samplen 1.5 font tiny_font }
    if (!narrow) { set key at screen 0.98, 0.91 right bottom horizontal Left reverse samplen 2 }
    if (small) { set xtics font tiny_font; set ytics font tiny_font }
    label_font = small ? tiny_font : ""
    do for [i = 1:panels] {
        set yrange [*:*]
        stats $bands index i - 1 using 3 name "l" nooutput
        stats $bands index i - 1 using 5 name "h" nooutput
        most = larger(abs(l_min), abs(h_max))
        u = unit_of(most)
        set label 1 bands_series[i].(small ? " (".name_of(u).")" : "") at graph 0, 1 offset 0, 0.6 font label_font
        set yrange [-1.25 * larger(most / u, 1e-3):1.25 * larger(most / u, 1e-3)]
        set ytics step(most / u * (small ? 0.8 : 0.4))
        if (small) { set ytics -step(0.8 * most / u), step(0.8 * most / u), step(0.8 * most / u) }
        set ylabel (small ? "" : "Error (".name_of(u).")") offset 1, 0
        set xlabel (i > panels - columns ? (narrow ? "Time (" : "Time since the start of the run (").time_name.")" : "")
        set format x (i > panels - columns ? "%g" : "")
        plot $bands index i - 1 using ($2 / time_unit):($3 / u):($5 / u) with filledcurves \
                 fillcolor rgb pale fillstyle solid noborder title (i == 1 ? "5 to 95 %" : ""), \
             $bands index i - 1 using ($2 / time_unit):($4 / u) with lines linewidth 1.8 \
                 linecolor rgb dark title (i == 1 ? "median" : "")
    }
    unset multiplot
}
