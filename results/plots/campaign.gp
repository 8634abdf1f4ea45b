# Devices of a campaign by what they are at, stacked; a line where a transmission begins.
# $bands: 1 what, 2 hours, 3 devices at it or further. $sessions: 1 from, 2 to, hours.
# Vars: campaign, scenario, n_devices, n_updated.
colour(s) = s eq "updated" ? "#009E73" : s eq "image complete" ? "#8FD3BE" : s eq "fragments missing" ? "#D55E00" : \
            s eq "status asked for" ? "#F0E442" : s eq "in a session" ? "#0072B2" : \
            s eq "session asked for" ? "#56B4E9" : s eq "group, fragments" ? "#B9C6D6" : \
            s eq "versions, clock" ? "#D9D9D9" : s eq "given up" ? "#333333" : "#F2F2F2"
set title plot_title ne "" ? plot_title : \
          sprintf("Campaign %s: %d of %d devices updated", campaign, n_updated, n_devices)
set xlabel "Time (h)"
set ylabel "Devices"
stats $bands using 2 name "time" nooutput
set xrange [time_min:time_max * 1.02]
set yrange [0:n_devices]
set key outside right top Left reverse
set style fill solid 1.0 noborder
set grid ytics
set tics front
plot for [i = 1:bands_n] $bands index i - 1 using 2:3 with fillsteps linecolor rgb colour(bands_series[i]) \
         title bands_series[i], \
     $sessions using 1:(0):(0):(n_devices) with vectors nohead linecolor rgb "#000000" linewidth 0.8 dashtype 3 \
         title "transmissions begin"
