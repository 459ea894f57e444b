"""Charts of a mitigation as inline SVG: shares before and after against their targets, and the trade-off curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

from toolkit.report.charts import LABEL_WIDTH, PLOT_LEFT, PLOT_WIDTH, open_svg, svg_line, svg_text
from toolkit.report.measured import ALL
from toolkit.report.sections.section import concept
from toolkit.report.wording import percent

STEP, TOP = 40, 40
SIDE, BELOW = 300, 46  # px of the trade-off curve, and what its axis takes
ADHERENCE = "clip_score"
Row = Mapping[str, Any]


class TradeOff(NamedTuple):
    """One strength: the distance from the target and the adherence of the pictures, each with its interval; `pareto`
    where no other strength is better in both."""

    strength: float
    bias: tuple[float, float, float]
    adherence: tuple[float, float, float]
    pareto: bool


def trade_offs(found: Row) -> list[TradeOff]:
    """Return the points of the trade-off curve of mitigation.json, in order, the start among them as strength 0; none
    where adherence or bias could not be measured at some strength."""
    points: list[TradeOff] = []
    for step in found["steps"]:
        bias = step["bias"]
        (cost,) = [one for one in step["costs"] if (one["measure"], one["slice"]) == (ADHERENCE, ALL)] or [None]
        if cost is None or cost["change"] is None or bias["change"] is None:
            return []
        if not points:
            start = cost["before"]
            ends = (bias["before"], bias["before_low"], bias["before_high"])
            points.append(TradeOff(0.0, ends, (start, start, start), 0.0 in found["pareto"]))
        ends = (bias["after"], bias["after_low"], bias["after_high"])
        adherence = (cost["after"], cost["before"] + cost["low"], cost["before"] + cost["high"])
        points.append(TradeOff(step["strength"], ends, adherence, step["strength"] in found["pareto"]))
    return points


def moved_plot(rows: Sequence[Row], group: str, title: str) -> str:
    """Return an SVG of the share of `group` by concept: a hollow mark before, a filled one after, each with its
    interval, and a line at the target."""
    told = [row for row in rows if row["group"] == group and row["before"] is not None and row["after"] is not None]
    height = TOP + STEP * len(told) + 12
    parts = [open_svg(height, title), svg_text(PLOT_LEFT, 14, "○ before   ● after   ┊ target", "axis")]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(svg_line(_x(tick), TOP - 6, _x(tick), height - 8, "grid"))
        parts.append(svg_text(_x(tick), TOP - 10, percent(tick), "axis", "middle"))
    for place, row in enumerate(told):
        parts += _moved_row(row, TOP + STEP * place + STEP / 2)
    return "".join([*parts, "</svg>"])


def _moved_row(row: Row, y: float) -> list[str]:
    parts = [
        svg_text(LABEL_WIDTH, y + 4, concept(row["slice"]), "label", "end"),
        svg_line(_x(row["target"]), y - STEP / 2 + 2, _x(row["target"]), y + STEP / 2 - 2, "reference"),
    ]
    for side, dy, kind in (("before", -7, "captions"), ("after", 7, "mark")):
        low, high = row[f"{side}_low"], row[f"{side}_high"]
        if low is not None:
            parts.append(svg_line(_x(low), y + dy, _x(high), y + dy, "whisker"))
        tip = escape(f"{side}: {percent(row[side])}")
        mark = f'<circle cx="{_x(row[side]):.1f}" cy="{y + dy:.1f}" r="5" class="{kind}">'
        parts.append(f"{mark}<title>{tip}</title></circle>")
    words = f"{percent(row['before'])} → {percent(row['after'])}"
    return [*parts, svg_text(PLOT_LEFT + PLOT_WIDTH + 14, y + 4, words, "figure")]


def trade_off_plot(points: Sequence[TradeOff], title: str) -> str:
    """Return an SVG of adherence (up is better) over the distance from the target (left is better), a mark a strength
    with both intervals, joined in order; those that no other beats in both are filled."""
    x = _Scale([end for one in points for end in one.bias], PLOT_LEFT, PLOT_LEFT + PLOT_WIDTH)
    y = _Scale([end for one in points for end in one.adherence], TOP + SIDE, TOP)
    bottom = TOP + SIDE
    parts = [open_svg(bottom + BELOW, title), svg_text(PLOT_LEFT, 14, "↑ shows what was asked for", "axis")]
    parts.append(svg_text(PLOT_LEFT, bottom + 36, "← nearer to the target", "axis"))
    for tick in x.ticks:
        parts.append(svg_line(x.at(tick), TOP, x.at(tick), bottom, "grid"))
        parts.append(svg_text(x.at(tick), bottom + 18, percent(tick), "axis", "middle"))
    for tick in y.ticks:
        parts.append(svg_line(PLOT_LEFT, y.at(tick), PLOT_LEFT + PLOT_WIDTH, y.at(tick), "grid"))
        parts.append(svg_text(PLOT_LEFT - 8, y.at(tick) + 4, f"{tick:.3f}", "axis", "end"))
    for one, two in pairwise(points):
        ends = (x.at(one.bias[0]), y.at(one.adherence[0]), x.at(two.bias[0]), y.at(two.adherence[0]))
        parts.append(svg_line(*ends, "reference"))
    for one in points:
        across, up = x.at(one.bias[0]), y.at(one.adherence[0])
        parts.append(svg_line(x.at(one.bias[1]), up, x.at(one.bias[2]), up, "whisker"))
        parts.append(svg_line(across, y.at(one.adherence[1]), across, y.at(one.adherence[2]), "whisker"))
        kind = "mark" if one.pareto else "captions"
        tip = escape(f"strength {one.strength:g}: {percent(one.bias[0])} from the target, {one.adherence[0]:.3f}")
        parts.append(f'<circle cx="{across:.1f}" cy="{up:.1f}" r="6" class="{kind}"><title>{tip}</title></circle>')
        parts.append(svg_text(across + 10, up - 8, "start" if one.strength == 0 else f"{one.strength:g}", "figure"))
    return "".join([*parts, "</svg>"])


class _Scale:
    """Places of values between the least and the greatest of them, with a little room."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        room = (high - low) * 0.08 or 0.01
        self.low, self.high, self.start, self.end = low - room, high + room, start, end
        self.ticks = [low + (high - low or 0.02) * part / 4 for part in range(5)]

    def at(self, value: float) -> float:
        """Return where `value` lies."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def _x(share: float) -> float:
    return PLOT_LEFT + min(max(share, 0.0), 1.0) * PLOT_WIDTH
