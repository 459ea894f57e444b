"""Gallery: every picture of a run, with filters."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc
import streamlit as st

from dashboards import data
from dashboards.choices import choose, search, turn_pages
from dashboards.path_slider import show_path
from dashboards.reveals import show_pairs, show_samples
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_problem, show_text
from toolkit.report.subjects import Picture
from toolkit.report.wording import count, plain_name

PICTURES_A_PAGE = 96
ANY = "any"
PAINTED, DATASET, PATHS = "painted", "dataset", "from snow to picture"


def show(chosen: Listed) -> None:
    """Show the pictures of the run `chosen`: those it painted, those of the dataset it was made from, and the ways from
    snow to picture that it kept."""
    st.title("Gallery")
    painted = [one for one in data.audited(chosen).pictures if one.kind == "sample"]
    pairs = data.decided_pairs(chosen)
    kept = data.paths(chosen)
    kinds = ([PAINTED] if painted else []) + ([DATASET] if pairs is not None else []) + ([PATHS] if kept else [])
    if not kinds:
        show_problem(f"{chosen.name} holds no pictures, nor does a run that it was made from; choose another run.")
        return
    columns = st.columns(4)
    with columns[0]:
        kind = choose("Pictures", kinds, key="kind")
    if kind == PAINTED:
        _show_painted(chosen, painted, columns)
    elif kind == PATHS:
        show_path(chosen, kept, columns[1])
    else:
        _show_dataset(chosen, columns)


def _show_painted(chosen: Listed, painted: list[Picture], columns: list[st.delta_generator.DeltaGenerator]) -> None:
    labels = data.audited(chosen).labels
    said = {one.subject_id: [label.words() for label in labels.get(("sample", one.subject_id), [])] for one in painted}
    values = {label.value for one in painted for label in labels.get(("sample", one.subject_id), []) if label.value}
    with columns[1]:
        concept = choose("Concept", [ANY, *sorted({one.slice for one in painted})], key="concept")
    with columns[2]:
        value = choose("Read as", [ANY, *sorted(values)], key="read")
    with columns[3]:
        words = search("Prompt holds", key="words").casefold()
    matching = [
        one
        for one in painted
        if concept in (ANY, one.slice)
        and words in one.caption.casefold()
        and (value == ANY or any(label.value == value for label in labels.get(("sample", one.subject_id), [])))
    ]
    show_text(f"{count(len(matching), 'picture')} of {len(painted):,}")
    page = matching[turn_pages(len(matching), PICTURES_A_PAGE)]
    show_samples(chosen, [(one.subject_id, Tile(None, one.caption, tuple(said[one.subject_id]))) for one in page])


def _show_dataset(chosen: Listed, columns: list[st.delta_generator.DeltaGenerator]) -> None:
    pairs = data.decided_pairs(chosen)
    if pairs is None:
        return
    with columns[1]:
        source = choose(
            "Source", [ANY, *sorted(one for one in pc.unique(pairs["source"]).to_pylist() if one)], key="source"
        )
    with columns[2]:
        status = choose(
            "Status", [ANY, *sorted(one for one in pc.unique(pairs["status"]).to_pylist() if one)], key="status"
        )
    with columns[3]:
        words = search("Caption holds", key="words")
    matching = pairs
    if source != ANY:
        matching = matching.filter(pc.equal(matching["source"], source))
    if status != ANY:
        matching = matching.filter(pc.equal(matching["status"], status))
    if words:
        matching = matching.filter(pc.match_substring(matching["caption"], words, ignore_case=True))
    show_text(f"{count(matching.num_rows, 'picture')} of {pairs.num_rows:,}")
    shown = turn_pages(matching.num_rows, PICTURES_A_PAGE)
    rows = matching.slice(shown.start, PICTURES_A_PAGE).to_pylist()
    show_pairs(
        chosen,
        [(row["sample_id"], Tile(None, row["caption"] or "", _words_under(row))) for row in rows],
    )


def _words_under(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(filter(None, (row["source"], row["license"], row["status"], plain_name(row["rule"] or ""))))
