#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
plot.py bars|lines [OPTION]... RESULTS...

Draw figures as SVG on standard output. RESULTS are JSON arrays of objects with
lane, contender, workload, metric, value and unit (docs/results/bench.md).

  --title TEXT
  --lane LANE           only that lane
  --metric NAME         what is drawn; needed
  --contenders A,B,...  only those, in this order
  --workloads A,B,...   only those, in this order
  --relative A          bars: divided by A's value of the same workload
  --log                 logarithmic values; lines: both axes

bars: a group for each workload, in it a bar for each contender.
lines: a line for each contender; workloads are named PREFIX-NUMBER and
--workloads gives the prefix.

Exit status: 0; 1 when there is nothing to draw; 2 for wrong usage.
"""
import argparse
import json
import math
import sys

OURS = "#d1495b"		# whoever is called varyon...; the others in order
COLOURS = ["#0b3c5d", "#7f7f7f", "#edae49", "#66a182", "#2e86ab", "#8d5a97", "#b5651d",
           "#17a398", "#c2b280", "#4f5d75", "#9bc53d"]
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 50, 60
HEIGHT = 300			# of the part with the bars or lines


def escape(text):
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def short(value):
    """A number as a label: 1.25, 47.1k, 1.07G."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}"


def ticks(low, high, logarithmic):
    """Round numbers from below low to above high."""
    if logarithmic:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return [10.0 ** n for n in range(first, max(last, first + 1) + 1)]
    step = 10.0 ** math.floor(math.log10(high or 1))
    while high / step < 4:
        step /= 2
    return [n * step for n in range(math.ceil(high / step - 1e-9) + 1)]


class Axis:
    """Maps a value to a place between `start` and `end`."""

    def __init__(self, values, start, end, logarithmic):
        self.logarithmic = logarithmic
        self.ticks = ticks(min(values), max(values), logarithmic)
        self.start, self.end = start, end

    def at(self, value):
        low, high = self.ticks[0], self.ticks[-1]
        if self.logarithmic:
            value, low, high = (math.log10(max(v, self.ticks[0])) for v in (value, low, high))
        return self.start + (self.end - self.start) * (value - low) / (high - low)


class Drawing:
    def __init__(self, width, title):
        self.width = width
        self.parts = []
        self.text(LEFT, 20, title, size=15)

    def text(self, x, y, what, size=11, anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
                          f'text-anchor="{anchor}">{escape(what)}</text>')

    def line(self, x1, y1, x2, y2, colour="#ccc"):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                          f'stroke="{colour}"/>')

    def box(self, x, y, width, height, colour, says):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                          f'height="{height:.1f}" fill="{colour}"><title>{escape(says)}</title></rect>')

    def curve(self, points, colour):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                          'stroke-width="2"/>')
        for x, y in points:
            self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')

    def value_axis(self, axis, unit):
        for tick in axis.ticks:
            self.line(LEFT, axis.at(tick), self.width - RIGHT, axis.at(tick))
            self.text(LEFT - 6, axis.at(tick) + 4, short(tick), anchor="end")
        self.text(LEFT - 6, TOP - 12, unit, anchor="end")

    def legend(self, names):
        x, y = LEFT, TOP + HEIGHT + 42
        for name, colour in names:
            width = 24 + 7 * len(name)
            if x + width > self.width:
                x, y = LEFT, y + 16
            self.box(x, y - 9, 10, 10, colour, name)
            self.text(x + 14, y, name)
            x += width
        self.height = y + 14

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" font-family="sans-serif">\n'
                f'<rect width="100%" height="100%" fill="white"/>\n' +
                "\n".join(self.parts) + "\n</svg>")


def in_order(names, wanted):
    names = list(dict.fromkeys(names))
    return names if wanted is None else [name for name in wanted if name in names]


def colours(contenders):
    others = [c for c in contenders if not c.startswith("varyon")]
    colour = dict(zip(others, COLOURS * len(others)))
    return {c: colour.get(c, OURS) for c in contenders}


def bars(results, args):
    value = {(r["workload"], r["contender"]): r["value"] for r in results}
    workloads = in_order((r["workload"] for r in results), args.workloads)
    contenders = in_order((r["contender"] for r in results), args.contenders)
    unit = results[0]["unit"]
    if args.relative:
        value = {(w, c): v / value[w, args.relative] for (w, c), v in value.items()
                 if value.get((w, args.relative))}
        unit = "/ " + args.relative
    shown = [value[w, c] for w in workloads for c in contenders if (w, c) in value]
    if args.log:
        shown = [v for v in shown if v > 0]
    if not shown:
        return None
    group = len(contenders) * 14 + 24
    drawing = Drawing(max(LEFT + RIGHT + group * len(workloads), 480), args.title)
    axis = Axis(shown, TOP + HEIGHT, TOP, args.log)
    drawing.value_axis(axis, unit)
    colour = colours(contenders)
    for i, workload in enumerate(workloads):
        x = LEFT + 12 + i * group
        for contender in contenders:
            if (workload, contender) in value:
                got = value[workload, contender]
                y = axis.at(got)
                drawing.box(x, y, 12, TOP + HEIGHT - y, colour[contender],
                            f"{contender}, {workload}: {short(got)} {unit}")
            x += 14
        drawing.text(LEFT + (i + 0.5) * group, TOP + HEIGHT + 18, workload, anchor="middle")
    drawing.legend(colour.items())
    return drawing.svg()


def lines(results, args):
    prefix = args.workloads[0] + "-" if args.workloads else ""
    points = {}
    for r in results:
        number = r["workload"][len(prefix):]
        if r["workload"].startswith(prefix) and number.isdigit():
            points.setdefault(r["contender"], []).append((int(number), r["value"]))
    contenders = in_order(points, args.contenders)
    shown = [point for c in contenders for point in points[c]
             if not args.log or min(point) > 0]
    if not shown:
        return None
    drawing = Drawing(640, args.title)
    across = Axis([x for x, _ in shown], LEFT, drawing.width - RIGHT, args.log)
    up = Axis([y for _, y in shown], TOP + HEIGHT, TOP, args.log)
    drawing.value_axis(up, results[0]["unit"])
    for tick in across.ticks:
        drawing.text(across.at(tick), TOP + HEIGHT + 18, short(tick), anchor="middle")
    colour = colours(contenders)
    for contender in contenders:
        drawing.curve([(across.at(x), up.at(y)) for x, y in sorted(points[contender])
                       if not args.log or min(x, y) > 0], colour[contender])
    drawing.legend(colour.items())
    return drawing.svg()


def main():
    def words(text):
        return text.split(",")

    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("kind", choices=("bars", "lines"))
    parser.add_argument("--title", default="")
    parser.add_argument("--lane")
    parser.add_argument("--metric", required=True)
    parser.add_argument("--contenders", type=words)
    parser.add_argument("--workloads", type=words)
    parser.add_argument("--relative")
    parser.add_argument("--log", action="store_true")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    results = []
    for name in args.files:
        with open(name, encoding="ascii") as f:
            results += json.load(f)
    results = [r for r in results if r["metric"] == args.metric and
               args.lane in (None, r["lane"])]
    drawn = results and (bars if args.kind == "bars" else lines)(results, args)
    if not drawn:
        print(f"plot.py: nothing to draw for '{args.metric}'", file=sys.stderr)
        return 1
    print(drawn)
    return 0


sys.exit(main())
