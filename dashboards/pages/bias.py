"""Bias explorer: the share of a group by concept with its interval, and the pictures behind each mark."""

from __future__ import annotations

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.counted_pictures import ANY, show_counted
from dashboards.places import ChosenPlace, choose_place
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_text
from toolkit.report.counted import counted
from toolkit.report.measured import ALL, NOT_TOLD, RAW, SHARE, Row, captions_named, corrected, natural, raw
from toolkit.report.reference_shares import ReferenceShares, distances, floor_around, reference_shares
from toolkit.report.share_words import distance_in_words, share_in_words
from toolkit.report.wording import tone_name

LEGEND = (
    "Marks are shares with intervals; click one to see its pictures. The grey tick is what they are held against, the "
    "band around it the noise floor: how far a model that has just that share lies from it on average. A hollow "
    "diamond is what captions of the data name, a hollow square the share corrected by known pictures, a hollow "
    "triangle the one corrected by reviews of people."
)


def show(chosen: Listed) -> None:
    """Show the measures of the run `chosen` as a forest plot, and the pictures of the concept that is selected."""
    st.title("Bias explorer")
    audit = data.audited(chosen)
    if not any(row["measure"] == SHARE for row in audit.measures):
        show_problem(f"{chosen.name} holds no measures; choose a run that `tain audit` wrote.")
        return
    columns = st.columns(5)
    picked = choose_place(audit.measures, columns[:4])
    with columns[4]:
        reference = _choose_reference(reference_shares(audit.measures, picked.place))
    shares = [row for row in raw(picked.rows) if row["measure"] == SHARE]
    shares.sort(key=lambda row: (row["slice"] == ALL, -(-1 if row["value"] is None else row["value"]), row["slice"]))
    slices = [row["slice"] for row in shares]
    plot = st.container()  # above the concept, which a click in it chooses
    left, right = st.columns(2)
    with left:
        concept = choose("Concept", slices, key="slice", shown=lambda one: "all concepts" if one == ALL else one)
    with plot:
        _show_forest(shares, picked, reference, concept)
    row = next(one for one in shares if one["slice"] == concept)
    behind = counted(audit.pictures, audit.labels, row)
    values = sorted({one.told for one in behind} - {NOT_TOLD}, key=natural)
    with right:
        read_as = choose("Read as", [ANY, *values, NOT_TOLD], key="read", shown=tone_name)
    _show_figures(row, picked, reference, audit.measures)
    show_counted(chosen, behind, read_as or ANY)


def _choose_reference(known: list[ReferenceShares]) -> ReferenceShares:
    names = {one.key: one.name for one in known}
    key = choose("Held against", list(names), key="reference", shown=names.__getitem__)
    return next(one for one in known if one.key == key)


def _show_forest(shares: list[Row], picked: ChosenPlace, reference: ReferenceShares, concept: str | None) -> None:
    from dashboards.charts import SELECTION, Held, forest

    measured = [row for row in shares if row["value"] is not None]
    if not measured:
        return

    def follow_click() -> None:
        marks = st.session_state["forest"]["selection"].get(SELECTION, [])
        if marks:
            st.session_state["slice"] = marks[0]["slice"]

    group = tone_name(picked.place.group)
    chart = forest(
        measured,
        group=group,
        captions=captions_named(raw(picked.rows)),
        corrected=corrected(picked.rows),
        held={
            row["slice"]: Held(reference.shares[row["slice"]], floor_around(row, reference))
            for row in measured
            if row["slice"] in reference.shares
        },
        against=reference.name,
        selected=concept,
    )
    words = f"Share read as {group} by concept, held against {reference.name}"
    st.altair_chart(chart, key="forest", on_select=follow_click, selection_mode=SELECTION, alt=words)
    st.caption(LEGEND)


def _show_figures(row: Row, picked: ChosenPlace, reference: ReferenceShares, measures: list[Row]) -> None:
    """Say the share of one concept, raw and corrected, how far it lies from the reference, and whose figure that is."""
    show_text(share_in_words(row, reference))
    for one in picked.rows:  # corrected by known pictures, and by reviews
        if one["slice"] == row["slice"] and one["correction"] != RAW and one["measure"] == SHARE:
            show_text(share_in_words(one))
    for one in distances(measures, picked.place, row["slice"], reference):
        show_text(distance_in_words(one, reference))
    if source := reference.sources.get(row["slice"]):
        show_text(f"{reference.name}: {source}.")
