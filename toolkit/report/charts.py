"""Charts as inline SVG: text that scales, colours of the page, no script. Every text from a table is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from toolkit.report.palette import MONK, colour
from toolkit.report.wording import percent, percent_of, tone_name

WIDTH = 760
LABEL_WIDTH = 190
FIGURE_WIDTH = 190
PLOT_LEFT = LABEL_WIDTH + 10
PLOT_WIDTH = WIDTH - LABEL_WIDTH - FIGURE_WIDTH - 20
ROW_HEIGHT = 26
BAR_STEP = 34
LONGEST_TEXT = 30


class CorrectedMark(NamedTuple):
    """A share corrected for the annotator's errors, with its interval, and by which `correction`; `by_reviews` of
    people, or by known pictures."""

    correction: str
    value: float
    low: float
    high: float
    by_reviews: bool


class ForestMark(NamedTuple):
    """A row of a forest plot: a share in [0, 1] with its interval, of `n` pictures, and the noise floor at that n.

    `captions` is the share that captions of the data name, None where they name none; `corrected` are the shares
    corrected for the annotator's errors, each by another correction.
    """

    label: str
    value: float
    low: float | None
    high: float | None
    n: int
    floor: float | None
    captions: float | None = None
    corrected: tuple[CorrectedMark, ...] = ()


class Bar(NamedTuple):
    """A stacked bar: counts by part, in order, with what is said of it at its right."""

    label: str
    counts: Mapping[str, int]
    words: str


def forest_plot(marks: Sequence[ForestMark], *, reference: float, low_end: str, high_end: str, title: str) -> str:
    """Return an SVG of shares from 0 to 100 % with intervals, a line at `reference` and the noise floor as a band.

    `low_end` and `high_end` say what 0 % and 100 % mean; `title` is read to those who cannot see it.
    """
    top = 40
    height = top + ROW_HEIGHT * len(marks) + 12
    parts = [
        open_svg(height, title),
        svg_text(PLOT_LEFT, 14, f"← {low_end}", "axis"),
        svg_text(PLOT_LEFT + PLOT_WIDTH, 14, f"{high_end} →", "axis", "end"),
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(svg_line(_x(tick), top - 6, _x(tick), height - 8, "grid"))
        parts.append(svg_text(_x(tick), top - 10, percent(tick), "axis", "middle"))
    for row, mark in enumerate(marks):
        parts += _forest_row(mark, top + ROW_HEIGHT * row + ROW_HEIGHT / 2, reference)
    parts.append(svg_line(_x(reference), top - 6, _x(reference), height - 8, "reference"))
    return "".join([*parts, "</svg>"])


def _forest_row(mark: ForestMark, y: float, reference: float) -> list[str]:
    parts = []
    if mark.floor is not None:
        left, right = _x(reference - mark.floor), _x(reference + mark.floor)
        parts.append(_box(left, y - ROW_HEIGHT / 2, right - left, ROW_HEIGHT, "floor"))
    parts.append(svg_text(LABEL_WIDTH, y + 4, mark.label, "label", "end"))
    if mark.low is not None and mark.high is not None:
        parts.append(svg_line(_x(mark.low), y, _x(mark.high), y, "whisker"))
    if mark.captions is not None:
        x = _x(mark.captions)
        tip = f"captions of the data: {percent(mark.captions)}"
        points = f"{x - 6:.1f},{y:.1f} {x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f}"
        parts.append(f'<polygon points="{points}" class="captions"><title>{escape(tip)}</title></polygon>')
    for one in mark.corrected:
        parts += _corrected(one, y)
    parts.append(f'<circle cx="{_x(mark.value):.1f}" cy="{y:.1f}" r="5" class="mark"/>')
    words = percent_of(mark.value, mark.low, mark.high, mark.n)
    parts.append(svg_text(PLOT_LEFT + PLOT_WIDTH + 14, y + 4, words, "figure"))
    return parts


def _corrected(mark: CorrectedMark, y: float) -> list[str]:
    """Return a hollow mark with a thin interval: a square below the raw share's, of known pictures, or a triangle above
    it, of reviews."""
    tip = f"{mark.correction}: {percent_of(mark.value, mark.low, mark.high, None)}"
    x, y = _x(mark.value), y - 7 if mark.by_reviews else y + 7
    if mark.by_reviews:
        shape = (
            f'<polygon points="{x - 5:.1f},{y + 4:.1f} {x:.1f},{y - 5:.1f} {x + 5:.1f},{y + 4:.1f}" class="corrected">'
        )
        end = "polygon"
    else:
        shape = f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" class="corrected">'
        end = "rect"
    return [svg_line(_x(mark.low), y, _x(mark.high), y, "corrected"), f"{shape}<title>{escape(tip)}</title></{end}>"]


def stacked_bars(bars: Sequence[Bar], *, title: str, colours: Mapping[str, str]) -> str:
    """Return an SVG, one bar of 100 % for each that counts anything; parts that `colours` lacks get the palette."""
    known = dict(colours)
    for part in dict.fromkeys(part for bar in bars for part in bar.counts):
        known.setdefault(part, colour(len(known)))
    parts = [open_svg(BAR_STEP * len(bars) + 8, title)]
    for row, bar in enumerate(bars):
        parts += _stacked_row(bar, BAR_STEP * row + 4, known)
    return "".join([*parts, "</svg>"])


def _stacked_row(bar: Bar, y: float, colours: Mapping[str, str]) -> list[str]:
    parts = [svg_text(LABEL_WIDTH, y + 17, bar.label, "label", "end")]
    total = sum(bar.counts.values())
    x = float(PLOT_LEFT)
    for part, count in bar.counts.items():
        if count == 0:
            continue
        width = count / total * PLOT_WIDTH
        tip = escape(f"{tone_name(part)}: {count:,} of {total:,}")
        box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="24" fill="{colours[part]}" class="part">'
        parts.append(f"{box}<title>{tip}</title></rect>")
        x += width
    parts.append(svg_text(PLOT_LEFT + PLOT_WIDTH + 14, y + 17, bar.words, "figure"))
    return parts


def tone_legend() -> str:
    """Return an SVG that names the ten tones of the Monk scale under their colours."""
    parts = [open_svg(44, "The ten tones of the Monk scale")]
    step = PLOT_WIDTH / len(MONK)
    for place, (tone, fill) in enumerate(MONK.items()):
        x = PLOT_LEFT + step * place
        parts.append(f'<rect x="{x:.1f}" y="2" width="{step:.1f}" height="20" fill="{fill}" class="part"/>')
        parts.append(svg_text(x + step / 2, 38, tone.removeprefix("monk-"), "axis", "middle"))
    parts.append(svg_text(LABEL_WIDTH, 17, "Monk scale", "label", "end"))
    return "".join([*parts, "</svg>"])


def _x(share: float) -> float:
    return PLOT_LEFT + min(max(share, 0.0), 1.0) * PLOT_WIDTH


def open_svg(height: float, title: str) -> str:
    """Return the beginning of an SVG of `height`, whose `title` is read to those who cannot see it."""
    name = escape(title)
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{name}"><title>{name}</title>'


def svg_text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    """Return `words` at a place, of the class `kind`; what is too long is cut."""
    shown = words if len(words) <= LONGEST_TEXT else words[: LONGEST_TEXT - 1] + "…"
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(shown)}</text>'


def svg_line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a line of the class `kind`."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _box(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="{kind}"/>'
