# A distribution tree over its topology.
# $lines: 1, 2 one end, 3, 4 the other, 5 datagrams, 6 in the tree. $nodes: 1 role, 2 x, 3 y, 4 name, 5 leaf.
# Vars: scenario, flow, source, group_text, at_s, n_members, n_tree_links, n_links, n_nodes, n_most, n_groups, x_min, x_max, y_min, y_max,
# style (0: a tree downwards, 1: around, 2: a mesh), has_boxes, has_routers, label_len.
# Loads: pale and green is little, dark and blue is much (viridis, safe for colour-blind readers).
when(t) = t >= 7200 ? sprintf("%.3g h", t / 3600) : t >= 120 ? sprintf("%.3g min", t / 60) : sprintf("%.3g s", t)
set title (plot_title ne "" ? plot_title : "Tree of ".flow." at ".when(at_s).": ".scenario)."\n". \
    source." to ".group_text.", ".sprintf("%d member%s, %d of %d links", n_members, n_members == 1 ? "" : "s", n_tree_links, n_links)
unset border
unset xtics
unset ytics
named = n_nodes <= (narrow ? 24 : 60)
down = style == 0
# The middle of the page is the middle of the picture; names of leaves stand below it, aslant. All but trees downwards keep their shape.
bottom = narrow ? 0.26 : 0.115 * higher
top = 1 - (narrow ? 0.13 : 0.12 * higher)
set bmargin at screen bottom
set tmargin at screen top
set lmargin at screen 0.03
set rmargin at screen 0.97
page_x = 0.94 * 900 / wider # steps
page_y = (top - bottom) * 560 / higher
letters = named ? 5.5 * (label_len < 18 ? label_len : 18) : 0 # steps of the longest name
pad_x = 14.0
pad_right = pad_x + (down ? 0.64 * letters : letters)
pad_below = 14.0 + (down ? 0.77 * letters : 0)
across = x_max > x_min ? x_max - x_min : 1
upright = y_max > y_min ? y_max - y_min : 1
unit_x = across / (page_x - pad_x - pad_right) # of the picture, a step
unit_y = upright / (page_y - 14 - pad_below)
widest = style == 1 ? 1.5 : 1 # a tree around may be an ellipse
if (!down && unit_x < unit_y / widest) { unit_x = unit_y / widest }
if (!down && unit_y < unit_x) { unit_y = unit_x }
if (down && unit_y < 0.2 * unit_x) { unit_y = 0.2 * unit_x }
spare_x = 0.5 * (page_x * unit_x - across - (pad_x + pad_right) * unit_x)
spare_y = 0.5 * (page_y * unit_y - upright - (14 + pad_below) * unit_y)
set xrange [x_min - spare_x - pad_x * unit_x:x_max + spare_x + pad_right * unit_x]
set yrange [y_min - spare_y - pad_below * unit_y:y_max + spare_y + 14 * unit_y]
set palette defined (0 "#B5DE2B", 0.25 "#35B779", 0.5 "#1F9E89", 0.75 "#31688E", 1 "#440154")
set cbrange [0:n_most > 0 ? n_most : 1]
unset colorbox
if (n_most > 0 && !narrow) { set colorbox horizontal user origin screen 0.72, 0.06 * higher size screen 0.22, 0.018 * higher }
if (n_most > 0 && narrow) { set colorbox horizontal user origin screen 0.1, 0.21 size screen 0.8, 0.02 }
set cbtics (0 0, sprintf("%.6g", n_most) n_most) font tiny_font offset 0, 0.6 scale 0
set cblabel "Datagrams on a link".(n_groups > 1 ? ", all groups" : "") font tiny_font offset 0, (narrow ? 1.75 : 1.3)
line_of = n_nodes > 1500 ? 0.4 : n_nodes > 400 ? 0.6 : n_nodes > 100 ? 0.8 : 1
size_of = n_nodes > 1500 ? 0.25 : n_nodes > 400 ? 0.45 : n_nodes > 100 ? 0.7 : 1
if (!narrow) { set key at screen 0.03, 0.015 * higher left bottom horizontal Left reverse samplen 1.2 width -2 maxrows 3 font tiny_font }
if (narrow) { set key at screen 0.5, 0.01 center bottom horizontal Left reverse samplen 1.2 maxcols 2 font tiny_font }
set style textbox opaque noborder fillcolor rgb "white" margins 0.3, 0.2
mark(r) = r eq "source" ? 9 : r eq "box" ? 5 : 7
colour(r) = r eq "source" || r eq "member" ? "#D55E00" : r eq "host" ? "#AAAAAA" : r eq "box" ? "#888888" : "#333333"
size(r) = size_of * (r eq "source" ? 2.0 : r eq "member" ? 1.05 : r eq "host" ? 0.6 : r eq "box" ? 1.2 : 1.15)
in_words(r) = r eq "box" ? "switch or hub" : r
plot $lines using 1:2:($3 - $1):($4 - $2) with vectors nohead linecolor rgb "#C8C8C8" linewidth 0.9 * line_of notitle, \
     $lines using ($5 > 0 && $6 == 0 ? $1 : NaN):2:($3 - $1):($4 - $2):5 with vectors nohead linecolor palette linewidth 1.7 * line_of notitle, \
     $lines using ($6 == 1 ? $1 : NaN):2:($3 - $1):($4 - $2):5 with vectors nohead linecolor palette linewidth 4.5 * line_of notitle, \
     for [i = 1:nodes_n] $nodes index i - 1 using 2:3 with points pointtype mark(nodes_series[i]) pointsize size(nodes_series[i]) * 1.35 \
         linecolor rgb "white" notitle, \
     for [i = 1:nodes_n] $nodes index i - 1 using 2:3 with points pointtype mark(nodes_series[i]) pointsize size(nodes_series[i]) \
         linecolor rgb colour(nodes_series[i]) notitle, \
     $nodes using (named && down && $5 == 1 ? $2 : NaN):3:4 with labels rotate by -50 left offset 0.1, -0.6 font tiny_font \
         textcolor rgb "#333333" notitle, \
     $nodes using (named && (!down || $5 == 0) ? $2 : NaN):3:4 with labels boxed left offset 0.9, 0.6 font tiny_font textcolor rgb "#333333" notitle, \
     for [i = 1:nodes_n] NaN with points pointtype mark(nodes_series[i]) pointsize size(nodes_series[i]) / size_of \
         linecolor rgb colour(nodes_series[i]) title in_words(nodes_series[i]), \
     NaN with lines linecolor rgb "#31688E" linewidth 4.5 title "in the tree", \
     for [i = 1:any_other] NaN with lines linecolor rgb "#31688E" linewidth 1.7 title "other with datagrams", \
     NaN with lines linecolor rgb "#C8C8C8" linewidth 0.9 title "other link"
