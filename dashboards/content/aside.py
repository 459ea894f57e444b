"""Pairs of the data that are blurred: how many, by which rule, and the pictures for those who ask."""

from __future__ import annotations

import streamlit as st

from dashboards import data
from dashboards.choices import choose, turn_pages
from dashboards.reveals import show_pairs
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_table, show_text
from toolkit.report.set_aside import SetAside, rows_of, set_aside
from toolkit.report.wording import count, percent, plain_name

PICTURES_A_PAGE = 24
HEADER = ("Why it is blurred", "Status", "Rule that decided", "Pairs", "Of all")


def show_aside(chosen: Listed) -> None:
    """Show the pairs of the run `chosen`, or of the run that it was made from, that safety has a word on."""
    pairs = data.decided_pairs(chosen)
    found = [] if pairs is None else set_aside(pairs)
    if pairs is None or not found:
        show_text("No pair is blurred: none was quarantined, flagged, opted out or left unchecked.")
        return
    total = sum(one.rows for one in found)
    show_text(
        f"Blurred until somebody asks for one: {count(total, 'pair')} of {pairs.num_rows:,}. Each such look is written "
        "down."
    )
    show_table(HEADER, [_cells(one, pairs.num_rows) for one in found])
    named = {_name(one): one for one in found}
    left, _ = st.columns(2)
    with left:
        name = choose("Pairs", list(named), key="aside")
    rows = rows_of(pairs, named[name or next(iter(named))])
    page = turn_pages(rows.num_rows, PICTURES_A_PAGE)
    tiles = [
        (row["sample_id"], Tile(None, row["caption"] or "", tuple(filter(None, (row["text"], row["source"])))))
        for row in rows.slice(page.start, PICTURES_A_PAGE).to_pylist()
    ]
    show_pairs(chosen, tiles)


def _name(one: SetAside) -> str:
    return f"{one.veil}; {one.status} by {plain_name(one.rule)}"


def _cells(one: SetAside, total: int) -> tuple[str, ...]:
    return one.veil, one.status, plain_name(one.rule), f"{one.rows:,}", percent(one.rows / total)
