"""Bias explorer: the share of a group by concept with its interval, and the pictures behind each mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from dashboards import data
from dashboards.choices import choose, turn_pages
from dashboards.runs import Listed
from dashboards.thumbnails import thumbnail_uris
from dashboards.tiles import Tile, show_problem, show_text, show_tiles
from toolkit.report.labels import Label
from toolkit.report.measured import ALL, SHARE, Row
from toolkit.report.subjects import DATA, Picture
from toolkit.report.wording import count, percent_of, plain_name, subject_name, tone_name

PICTURES_A_PAGE = 48
ANY = "any"
NOT_TOLD = "not told"


def show(chosen: Listed) -> None:
    """Show the measures of the run `chosen` as a forest plot, and the pictures of the concept that is selected."""
    st.title("Bias explorer")
    audit = data.audited(chosen)
    shares = [row for row in audit.measures if row["measure"] == SHARE]
    if not shares:
        show_problem(f"{chosen.name} holds no measures; choose a run that `tain audit` wrote.")
        return
    rows, group = _choose_shares(shares)
    measured = [row for row in rows if row["value"] is not None]
    _show_forest(measured, group)
    slices = [row["slice"] for row in rows]
    concept = choose("Concept", slices, key="slice", shown=lambda one: "all concepts" if one == ALL else one)
    row = next(one for one in rows if one["slice"] == concept)
    show_text(_figure_line(row, group))
    _show_pictures(chosen, audit, row)


def _choose_shares(shares: list[Row]) -> tuple[list[Row], str]:
    """Return the shares of one group, of one subject by one annotator, the largest first, and the group."""
    columns = st.columns(4)
    rows = shares
    choices: list[tuple[str, str, Callable[[str], str]]] = [
        ("Subject", "subject", subject_name),
        ("Attribute", "attribute", str),
        ("Annotator", "annotator", plain_name),
        ("Share of", "group", tone_name),
    ]
    for column, (label, key, shown) in zip(columns, choices, strict=True):
        with column:
            options = sorted({row[key] for row in rows}, key=lambda one: (one.startswith(DATA), len(one), one))
            picked = choose(label, options, key=key, shown=shown)
        rows = [row for row in rows if row[key] == picked]
    rows = list({row["slice"]: row for row in rows}.values())
    rows.sort(key=lambda row: (row["slice"] == ALL, -(row["value"] if row["value"] is not None else -1), row["slice"]))
    return rows, str(picked)


def _show_forest(rows: list[Row], group: str) -> None:
    from dashboards.charts import SELECTION, forest

    groups = 2 if group in ("woman", "man") else 10 if group.startswith("monk-") else None
    reference = 1 / groups if groups else 0.5

    def follow_click() -> None:
        picked = st.session_state["forest"]["selection"].get(SELECTION, [])
        if picked:
            st.session_state["slice"] = picked[0]["slice"]

    st.altair_chart(
        forest(rows, reference=reference, group=tone_name(group)),
        key="forest",
        on_select=follow_click,
        selection_mode=SELECTION,
        alt=f"Share presented as {tone_name(group)} by concept",
    )


def _figure_line(row: Row, group: str) -> str:
    if row["value"] is None:
        return f"Not measured: {row['not_measurable'] or 'no value'}; {row['abstained'] or 0:,} abstained."
    words = f"{tone_name(group)}: {percent_of(row['value'], row['low'], row['high'], row['n'])} that could be told"
    if row["method"] == "census":
        words += ", a census"
    words += f"; {row['abstained'] or 0:,} not told"
    return words + (f"; q = {row['q']:.2g}." if row["q"] is not None else ".")


def _show_pictures(chosen: Listed, audit: data.Audited, row: Row) -> None:
    behind = list(_behind(audit, row))
    values = sorted({label.value for _, label in behind if label.value and not label.abstained})
    told = [ANY, *values, NOT_TOLD]
    read_as = choose("Read as", told, key="read", shown=tone_name)
    matching = [(one, label) for one, label in behind if read_as in (ANY, _told(label))]
    show_text(f"{count(len(matching), 'picture')} of {len(behind):,}")
    shown = turn_pages(len(matching), PICTURES_A_PAGE)
    page = matching[shown]
    uris = {
        kind: thumbnail_uris(chosen.run, chosen.version, kind, [one.subject_id for one, _ in page if one.kind == kind])
        for kind in {one.kind for one, _ in page}
    }
    show_tiles([Tile(uris[one.kind].get(one.subject_id), one.caption, (label.words(),)) for one, label in page])


def _told(label: Label) -> str:
    return NOT_TOLD if label.abstained or label.value is None else label.value


def _behind(audit: data.Audited, row: Row) -> Iterable[tuple[Picture, Label]]:
    """Yield the pictures that a measure counts, each with the label it counts by; abstentions too."""
    seen: set[Any] = set()
    for one in audit.pictures:
        if one.subject != row["subject"] or row["slice"] not in (one.slice, ALL):
            continue
        for label in audit.labels.get((one.kind, one.subject_id), []):
            key = (one.subject_id, label)
            if (label.annotator, label.attribute) == (row["annotator"], row["attribute"]) and key not in seen:
                seen.add(key)
                yield one, label
