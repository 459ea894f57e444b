"""The HTML page of a report: one file with its style, its charts and its pictures inside, and no script."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from toolkit.report import wording
from toolkit.report.charts import Bar, CorrectedMark, ForestMark, forest_plot, stacked_bars, tone_legend
from toolkit.report.measured import ALL, BY_REVIEWS, NOT_TOLD, OUTSIDE, Forest, Row, Spread, forests, spreads
from toolkit.report.page_template import page_template
from toolkit.report.palette import GREY, MONK, YELLOW
from toolkit.report.sections.sections import sections
from toolkit.report.tiles import Shown

SKIN_TONE = "skin tone"


def render(figures: dict[str, Any], shown: Shown) -> str:
    """Return the page of `figures` (see `toolkit.report.figures`) with the pictures `shown`.

    Whatever comes from a row is escaped: a caption that holds markup shows it as text.
    """
    measures = figures["measures"]
    return page_template("report.html").render(
        figures=figures,
        shown=shown,
        count=wording.count,
        q_value=wording.q_value,
        read_as=wording.read_as,
        forests=[(one, _agreement(figures["calibration"], one), _forest_chart(one)) for one in forests(measures)],
        sections=sections(measures + figures["census"]),
        figure_of=wording.figure_of,
        floor_of=wording.floor_of,
        percent_of=wording.percent_of,
        tones=_tone_chart(spreads(measures + figures["census"], SKIN_TONE)),
    )


def _agreement(calibration: list[dict[str, Any]], forest: Forest) -> str:
    """Return how often the annotator of `forest` reads pictures of known truth as named, all sources pooled."""
    known = [
        one
        for one in calibration
        if (one["annotator"], one["attribute"]) == (forest.annotator, forest.attribute) and one["agreement"] is not None
    ]
    told = sum(one["told"] for one in known)
    if not told:
        return "was never tried on pictures of known truth"
    right = sum(one["agreement"] * one["told"] for one in known)
    return f"reads {wording.percent(right / told)} of {told:,} pictures of known truth as they are named"


def _forest_chart(forest: Forest) -> Markup:
    marks = [
        ForestMark(
            "all concepts" if row["slice"] == ALL else row["slice"],
            row["value"],
            row["low"],
            row["high"],
            row["n"] or 0,
            row["floor"],
            forest.captions.get(row["slice"]),
            tuple(_corrected(one) for one in forest.corrected.get(row["slice"], ())),
        )
        for row in forest.rows
    ]
    title = f"Share {wording.read_as(forest.attribute, forest.group)}, {wording.subject_name(forest.subject)}"
    chart = forest_plot(marks, reference=0.5, low_end=forest.other, high_end=forest.group, title=title)
    return Markup(chart)


def _corrected(row: Row) -> CorrectedMark:
    by_reviews = row["correction"] == BY_REVIEWS
    return CorrectedMark(row["correction"], row["value"], row["low"], row["high"], by_reviews)


def _tone_chart(found: list[Spread]) -> Markup | None:
    if not found:
        return None
    bars = [Bar(wording.subject_name(one.subject), one.counts, _tone_words(one)) for one in found]
    title = "Skin tone by subject, on the Monk scale"
    return Markup(stacked_bars(bars, title=title, colours=MONK | {OUTSIDE: YELLOW, NOT_TOLD: GREY}) + tone_legend())


def _tone_words(spread: Spread) -> str:
    total = sum(spread.counts.values())
    return f"{spread.told:,} of {total:,} told"
