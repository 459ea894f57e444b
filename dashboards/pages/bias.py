"""Bias explorer: the share of a group by concept with its interval, and the pictures behind each mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from dashboards import data
from dashboards.choices import choose, turn_pages
from dashboards.runs import Listed
from dashboards.thumbnails import pair_uris, sample_uris
from dashboards.tiles import Tile, show_problem, show_text, show_tiles
from toolkit.report.labels import Label
from toolkit.report.measured import (
    ALL,
    BY_REVIEWS,
    NOT_TOLD,
    RAW,
    SHARE,
    Row,
    captions_named,
    corrected,
    is_census,
    natural,
    raw,
)
from toolkit.report.subjects import DATA, Picture
from toolkit.report.tiles import READS_CAPTIONS
from toolkit.report.wording import count, percent_of, plain_name, q_value, subject_name, tone_name

PICTURES_A_PAGE = 48
ANY = "any"
LEGEND = (
    "Marks are shares with intervals; click one to see its pictures. The dashed line is an even share, the band the "
    "noise floor: how far a fair model lies from it on average. A hollow diamond is what captions of the data name, a "
    "hollow square the share corrected by known pictures, a hollow triangle the one corrected by reviews of people."
)


class Chosen(NamedTuple):
    """Measures of one `group` of an attribute, of one subject by one annotator, and how many groups there are."""

    rows: list[Row]
    group: str
    groups: int


def show(chosen: Listed) -> None:
    """Show the measures of the run `chosen` as a forest plot, and the pictures of the concept that is selected."""
    st.title("Bias explorer")
    audit = data.audited(chosen)
    if not any(row["measure"] == SHARE for row in audit.measures):
        show_problem(f"{chosen.name} holds no measures; choose a run that `tain audit` wrote.")
        return
    picked = _choose(audit.measures)
    shares = [row for row in raw(picked.rows) if row["measure"] == SHARE]
    shares.sort(key=lambda row: (row["slice"] == ALL, -(-1 if row["value"] is None else row["value"]), row["slice"]))
    _show_forest(shares, picked)
    slices = [row["slice"] for row in shares]
    left, right = st.columns(2)
    with left:
        concept = choose("Concept", slices, key="slice", shown=lambda one: "all concepts" if one == ALL else one)
    row = next(one for one in shares if one["slice"] == concept)
    behind = pictures_behind(audit, row)
    values = sorted({_told(label) for _, label in behind} - {NOT_TOLD}, key=natural)
    with right:
        read_as = choose("Read as", [ANY, *values, NOT_TOLD], key="read", shown=tone_name)
    show_text(_figures(row))
    for one in picked.rows:  # corrected by known pictures, and by reviews
        if one["slice"] == concept and one["correction"] != RAW and one["measure"] == SHARE:
            show_text(_figures(one))
    _show_pictures(chosen, behind, read_as or ANY)


def _choose(measures: list[Row]) -> Chosen:
    choices: list[tuple[str, str, Callable[[str], str]]] = [
        ("Subject", "subject", subject_name),
        ("Attribute", "attribute", str),
        ("Annotator", "annotator", plain_name),
        ("Share of", "group", tone_name),
    ]
    rows, options = measures, [""]
    for column, (label, key, shown) in zip(st.columns(len(choices)), choices, strict=True):
        shares = [row for row in raw(rows) if row["measure"] == SHARE]
        options = sorted({row[key] for row in shares}, key=lambda one: (one.startswith(DATA), natural(one)))
        with column:
            picked = choose(label, options, key=key, shown=shown)
        rows = [row for row in rows if row[key] == picked]
    return Chosen(rows, str(picked), len(options))


def _show_forest(shares: list[Row], picked: Chosen) -> None:
    from dashboards.charts import SELECTION, forest

    measured = [row for row in shares if row["value"] is not None]
    if not measured:
        return

    def follow_click() -> None:
        marks = st.session_state["forest"]["selection"].get(SELECTION, [])
        if marks:
            st.session_state["slice"] = marks[0]["slice"]

    reference = 1 / max(2, picked.groups)
    group = tone_name(picked.group)
    better = corrected(picked.rows)
    st.altair_chart(
        forest(measured, reference=reference, group=group, captions=captions_named(raw(picked.rows)), corrected=better),
        key="forest",
        on_select=follow_click,
        selection_mode=SELECTION,
        alt=f"Share read as {group} by concept",
    )
    st.caption(LEGEND)


def _figures(row: Row) -> str:
    if row["value"] is None:
        what = "Not measured" if row["correction"] == RAW else "Not corrected"
        which = "" if row["correction"] == RAW else f" ({row['correction']})"
        return f"{what}{which}: {row['not_measurable'] or 'no value'}."
    if row["correction"] != RAW:
        share = percent_of(row["value"], row["low"], row["high"], None)
        of = "those in which people could tell" if row["correction"] == BY_REVIEWS else "all pictures"
        sure = "" if row["q"] is None else f"; {q_value(row['q'])}"
        return f"Corrected for the annotator's errors ({row['correction']}): {share} of {of}{sure}."
    words = (
        f"{tone_name(row['group'])}: {percent_of(row['value'], row['low'], row['high'], row['n'])} that could be told"
    )
    words += f"; {row['abstained'] or 0:,} not told"
    words += "; a census, so without an interval" if is_census(row) else f"; {row['correction']}"
    return words + (f"; {q_value(row['q'])}." if row["q"] is not None else ".")


def _show_pictures(chosen: Listed, behind: list[tuple[Picture, Label]], read_as: str) -> None:
    matching = [(one, label) for one, label in behind if read_as in (ANY, _told(label))]
    show_text(f"{count(len(matching), 'picture')} of {len(behind):,}")
    page = matching[turn_pages(len(matching), PICTURES_A_PAGE)]
    painted, pairs = ([one.subject_id for one, _ in page if one.kind == kind] for kind in ("sample", "pair"))
    veils = data.veils_of_samples(chosen) | data.veils_of(chosen, pairs)
    uris = sample_uris(chosen.run, chosen.version, painted, veiled=veils)
    uris |= pair_uris(chosen.run, chosen.version, pairs, veiled=veils)
    show_tiles(
        [
            Tile(uris.get(one.subject_id), one.caption, _words_under(one, label, veils.get(one.subject_id)))
            for one, label in page
        ]
    )


def _words_under(one: Picture, label: Label, veil: str | None) -> tuple[str, ...]:
    said = "was not painted" if one.failed else label.words()
    return (said,) if veil is None else (said, f"blurred: {veil}")


def _told(label: Label) -> str:
    return NOT_TOLD if label.abstained or label.value is None else label.value


def pictures_behind(audit: data.Audited, row: Row) -> list[tuple[Picture, Label]]:
    """Return the pictures that a measure counts, each with the label it counts by; abstentions too.

    A dataset picture counts where its caption is neutral; the annotator that reads captions counts them all.
    """
    found: dict[tuple[str, Label], Picture] = {}
    for one in audit.pictures:
        counts = one.neutral or row["annotator"] == READS_CAPTIONS
        if one.subject != row["subject"] or row["slice"] not in (one.slice, ALL) or not counts:
            continue
        for label in audit.labels.get((one.kind, one.subject_id), []):
            if (label.annotator, label.attribute) == (row["annotator"], row["attribute"]):
                found.setdefault((one.subject_id, label), one)
    return [(one, label) for (_, label), one in found.items()]
