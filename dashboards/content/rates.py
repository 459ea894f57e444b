"""How often pictures show something, by concept or prompt, strongest first, and the pictures behind each mark."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.counted_pictures import ANY, show_counted
from dashboards.places import choose_place
from dashboards.runs import Listed
from dashboards.tiles import show_folded, show_text
from toolkit.report.content_rates import (
    SENSITIVE,
    content_shares,
    greatest_in_words,
    rates,
    rates_by_prompt,
)
from toolkit.report.counted import Counted, counted
from toolkit.report.measured import ALL, NOT_TOLD, RAW, Place, Row, corrected, natural
from toolkit.report.sections.section import all_reasons, concept
from toolkit.report.share_words import share_in_words
from toolkit.report.wording import count, tone_name

CONCEPT, PROMPT = "concept", "prompt"
MOST_MARKS = 60  # of a chart; there may be thousands of prompts
FIRST = ("unsafe content", "unsafe", "violence", "violent")  # what is shown at the start, where it was read
LEGEND = (
    "Marks are shares with intervals, the greatest first; click one to see its pictures. A hollow square is the share "
    "corrected by known pictures, a hollow triangle the one corrected by reviews of people."
)


def show_rates(chosen: Listed) -> None:
    """Show how often the pictures of the run `chosen` show what is chosen, and those pictures."""
    audit = data.audited(chosen)
    columns = st.columns(5)
    picked = choose_place(content_shares(audit.measures), columns[:4], preferred=FIRST)
    with columns[4]:
        by = choose("By", [CONCEPT, PROMPT], key="by")
    place = picked.place
    show_text(*greatest_in_words(audit.measures, place))
    whole = _behind(audit, place, ALL)
    shares = rates_by_prompt(whole, place) if by == PROMPT else rates(picked.rows, place)
    own = {} if by == PROMPT else corrected(picked.rows)
    plot = st.container()
    left, right = st.columns(2)
    slices, shown = [row["slice"] for row in shares], str if by == PROMPT else concept
    with left:
        name = choose("Prompt" if by == PROMPT else "Concept", slices, key="slice", shown=shown)
    with plot:
        _show_forest(shares, own, place.group, name)
    behind = whole if by == PROMPT or name == ALL else _behind(audit, place, name or ALL)
    if by == PROMPT:
        behind = [one for one in behind if one.picture.caption == name]
    values = sorted({one.told for one in behind} - {NOT_TOLD}, key=natural)
    options = [ANY, *values, NOT_TOLD]
    with right:
        read_as = choose("Read as", options, key="read", shown=tone_name, default=place.group)
    for row in [row for row in shares if row["slice"] == name]:
        show_text(share_in_words(row))
    if by == CONCEPT:
        show_text(*(share_in_words(row) for row in picked.rows if row["correction"] != RAW and row["slice"] == name))
        _show_missing(picked.rows)
    veil = f"pictures are looked at for {place.attribute}" if place.attribute in SENSITIVE else None
    show_counted(chosen, behind, read_as or ANY, veil=veil)


def _behind(audit: data.Audited, place: Place, name: str) -> list[Counted]:
    return counted(audit.pictures, audit.labels, {**place._asdict(), "slice": name})


def _show_forest(shares: Sequence[Row], own: dict[str, tuple[Row, ...]], group: str, selected: str | None) -> None:
    from dashboards.charts import SELECTION, forest

    measured = [row for row in shares if row["value"] is not None][:MOST_MARKS]
    if not measured:
        return

    def follow_click() -> None:
        marks = st.session_state["rates"]["selection"].get(SELECTION, [])
        if marks:
            st.session_state["slice"] = marks[0]["slice"]

    chart = forest(measured, group=tone_name(group), captions={}, corrected=own, held={}, against="", selected=selected)
    words = f"Share read as {tone_name(group)}, the greatest first"
    st.altair_chart(chart, key="rates", on_select=follow_click, selection_mode=SELECTION, alt=words)
    more = f" The strongest {MOST_MARKS} of {len(shares):,} are drawn." if len(shares) > MOST_MARKS else ""
    st.caption(LEGEND + more)


def _show_missing(rows: Sequence[Row]) -> None:
    if missing := all_reasons(rows):
        show_folded(f"{count(len(missing), 'reason')} why figures could not be measured", "\n".join(missing))
