"""What single words of the prompts change in two audits: effects with intervals, and the pictures of each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.runs import Listed
from dashboards.tiles import show_table, show_text
from dashboards.twins import HERE, Side, show_same_seeds
from toolkit.report.measured import ALL, Place
from toolkit.report.sections.section import points, sure
from toolkit.report.style_effects import Effect, effects
from toolkit.report.wording import count, several

if TYPE_CHECKING:
    from toolkit.audit.comparing.same_noise import Twins

NO_WORDS = (
    "No two probes of these audits differ in a word alone and were painted from the same noise. Give the probe file an "
    "attribute, such as `attributes: {style: set:styles}`, and audit again."
)


def show_effects(
    sides: Mapping[str, tuple[Listed, str]],
    twins: Mapping[str, Mapping[str, Sequence[Twins]]],
    place: Place,
    concept: str,
) -> None:
    """Show what words change in the share of the group of `place` in one concept, here and there, and the pictures
    without and with one of them, from the same noise.

    `sides` holds the run and the subject of each side, or of one alone, `twins` its pictures by the words that they
    differ in.
    """
    st.header("What one word changes")
    found = {
        side: effects(data.audited(listed).measures, place._replace(subject=subject), concept)
        for side, (listed, subject) in sides.items()
    }
    if not any(found.values()):
        show_text(NO_WORDS)
        return
    if any(one.row["value"] is not None for some in found.values() for one in some):
        from dashboards.charts_compare import word_effects

        words = f"What words change in the share of {several(place.group)}; the table below says the same"
        st.altair_chart(word_effects(found), alt=words)
    contrasts = list(dict.fromkeys(one.words for some in found.values() for one in some))
    cells = {(side, one.words): _in_words(one) for side, some in found.items() for one in some}
    header = ("By which word", *(side.capitalize() for side in sides))
    show_table(header, [(one, *(cells.get((side, one), "") for side in sides)) for one in contrasts])
    left, right = st.columns(2)
    with left:
        words = choose("Word", contrasts, key="word") or contrasts[0]
    with right:
        side = choose("Painted", list(sides), key="side") or HERE
    some = [one for one in twins[side].get(words, ()) if concept == ALL or concept in one.slices]
    show_text(f"{count(len(some), 'pair')} from the same noise, without it left, with it right")
    listed = sides[side][0]
    ruler = (place.annotator, place.attribute)
    show_same_seeds(Side(listed, "without"), Side(listed, "with"), some, ruler, key="word page")


def _in_words(one: Effect) -> str:
    if one.row["value"] is None:
        return f"not measured: {one.row['not_measurable']}"
    return f"{points(one.row)} points of {one.row['n']:,} pairs; {sure(one.row)}".rstrip("; ")
