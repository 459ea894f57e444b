"""Composition: what the pairs are made of, kept and dropped, and the pictures behind each bar."""

from __future__ import annotations

import pyarrow.compute as pc
import streamlit as st

from dashboards.choices import choose, turn_pages
from dashboards.pairs_data import composition_of, pairs_called
from dashboards.reveals import show_pairs
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_problem, show_table, show_text
from toolkit.report.composition import BY, Composition, Part
from toolkit.report.wording import count, percent, plain_name

ANY, KEPT, NOT_KEPT = "any", "kept", "not kept"
PICTURES_A_PAGE = 48
MOST_BARS = 30
KEY = "value"  # of the address: the bar whose pictures are shown
BARS = "composition"  # of the visit's state: the chart
HEADER = ("", "Pairs", "Share of all", "Kept", "Kept of these", "Share of the kept")


def show(chosen: Listed) -> None:
    """Show what the pairs of the run `chosen` are made of, or those of the run that it was made from."""
    st.title("Composition")
    found = composition_of(chosen)
    if found is None or not found.rows.num_rows:
        show_problem(f"{chosen.name} holds no pairs, nor does a run that it was made from; choose another run.")
        return
    by = choose("By", BY, key="by") or BY[0]
    parts = found.parts(by)
    values = [one.value for one in parts]
    decided = found.rows["kept"].null_count < found.rows.num_rows
    _show_bars(parts[:MOST_BARS], by, decided=decided)
    _show_shares(parts, by, decided=decided)
    if len(parts) > MOST_BARS:
        show_text(f"And {count(len(parts) - MOST_BARS, 'value')} more, of fewer pairs; the box below has them all.")
    left, right = st.columns(2)
    with left:
        value = choose("Value", values, key=KEY) or values[0]
    with right:
        status = choose("Pictures", [ANY, KEPT, NOT_KEPT], key="status") or ANY
    _show_pictures(chosen, found, by, value, status)


def _show_bars(parts: list[Part], by: str, *, decided: bool) -> None:
    from dashboards.charts_data import PART, composition_bars

    def follow_click() -> None:
        bars = st.session_state[BARS]["selection"].get(PART, [])
        if bars:
            st.session_state[KEY] = bars[0]["value"]

    chart = composition_bars(parts, decided=decided)
    words = f"Pairs by {by}, kept and not kept; the table below says the same"
    st.altair_chart(chart, key=BARS, on_select=follow_click, selection_mode=PART, alt=words)


def _show_shares(parts: list[Part], by: str, *, decided: bool) -> None:
    """Show counts and shares of the values that have most pairs; shares are of all pairs, and of all that are kept."""
    rows, kept = sum(one.rows for one in parts), sum(one.kept for one in parts)
    cells = [
        (
            one.value,
            f"{one.rows:,}",
            percent(one.rows / rows),
            f"{one.kept:,}" if decided else "",
            percent(one.kept / one.rows) if decided else "",
            percent(one.kept / kept) if kept else "",
        )
        for one in parts[:MOST_BARS]
    ]
    show_table((plain_name(by), *HEADER[1:]), cells)


def _show_pictures(chosen: Listed, found: Composition, by: str, value: str, status: str) -> None:
    rows = found.of(by, value)
    if status != ANY:
        kept = pc.fill_null(rows["kept"], fill_value=False)
        rows = rows.filter(kept if status == KEPT else pc.invert(kept))
    show_text(f"{count(rows.num_rows, 'picture')}:")
    page = turn_pages(rows.num_rows, PICTURES_A_PAGE)
    names = rows["sample_id"].slice(page.start, PICTURES_A_PAGE).to_pylist()
    pairs = pairs_called(chosen, names)
    tiles = [
        (
            name,
            Tile(
                None,
                pairs[name]["caption"] or "",
                tuple(filter(None, (pairs[name]["status"], pairs[name]["text"], pairs[name]["source"]))),
            ),
        )
        for name in names
    ]
    show_pairs(chosen, tiles)
