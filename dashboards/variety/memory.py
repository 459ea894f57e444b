"""Painted pictures beside the training pictures that they lie nearest to, the nearest first."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards import data
from dashboards.beside import Half, show_beside
from dashboards.choices import choose, turn_pages
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_problem, show_table, show_text
from toolkit.report.measured import ALL
from toolkit.report.nearest_training import Near, Training, nearest_training, training_of
from toolkit.report.sections.pictures import HELD_OUT, NEIGHBOURS, SIMILARITY, memory
from toolkit.report.sections.section import concept
from toolkit.report.subjects import Picture
from toolkit.report.wording import count, subject_name
from toolkit.store import RunFolder

TWINS_A_PAGE = 24
MOST_COMPARED = 500_000_000  # pairs of pictures that are compared at once: a few seconds


def show_memory(chosen: Listed) -> None:
    """Show the painted pictures of one model and concept of the run `chosen`, each beside its nearest training
    picture."""
    audit = data.audited(chosen)
    rows = [row for row in audit.measures if row["measure"] in (SIMILARITY, NEIGHBOURS, HELD_OUT)]
    painted = [one for one in audit.pictures if one.kind == "sample" and not one.failed]
    left, right = st.columns(2)
    with left:
        subject = choose("Model", sorted({one.subject for one in painted}), key="subject", shown=subject_name) or ""
    training = _training(str(chosen.path), chosen.version, subject)
    if isinstance(training, str):
        show_problem(f"No training picture can be shown beside these: {training}.")
        return
    own = [one for one in painted if one.subject == subject]
    with right:
        name = choose("Concept", _concepts(own, training), key="slice", shown=concept) or ALL
    if (
        table := memory([row for row in rows if row["subject"] == subject and row["slice"] in (name, ALL)])
    ) is not None:
        show_table([one or "How sure" for one in table.head], table.rows)
        show_text(table.words, *table.missing)
    found = _nearest(str(chosen.path), chosen.version, subject, name)
    if not found:
        show_text("No picture of it has an embedding, so that none can be compared.")
        return
    show_text(
        f"{count(len(found), 'picture')} of {concept(name)} beside the nearest of {len(training.pictures):,} training "
        "pictures about the audit's concepts, the nearest first; copies of other pictures go unseen. Like things are "
        "alike without being copies: look at both."
    )
    page = found[turn_pages(len(found), TWINS_A_PAGE)]
    _show_twins(chosen, page)


def _concepts(own: list[Picture], training: Training) -> list[str]:
    """Return the concepts to choose from; all together where that does not take long."""
    names = sorted({one.slice for one in own})
    whole = len({one.subject_id for one in own}) * len(training.pictures) <= MOST_COMPARED
    return [ALL, *names] if whole else names


def _show_twins(chosen: Listed, page: list[Near]) -> None:
    twins = []
    for one in page:
        ours, theirs = one.painted, one.training
        first = Half(chosen, ours.kind, ours.subject_id, Tile(None, ours.caption, ("painted", one.words())))
        lines = ("training", subject_name(theirs.subject))
        twins.append((first, Half(chosen, theirs.kind, theirs.subject_id, Tile(None, theirs.caption, lines))))
    show_beside(twins, part="nearest")


@st.cache_resource(max_entries=4, show_spinner=False)
def _training(path: str, version: int, subject: str) -> Training | str:
    listed = _listed(path)
    return training_of(listed.run, data.audited(listed).pictures, subject)


@st.cache_resource(max_entries=data.KEPT_IN_MEMORY, show_spinner=False)
def _nearest(path: str, version: int, subject: str, name: str) -> list[Near]:
    training = _training(path, version, subject)
    if isinstance(training, str):
        return []
    pictures = data.audited(_listed(path)).pictures
    own = [one for one in pictures if one.subject == subject and name in (one.slice, ALL) and not one.failed]
    return nearest_training(RunFolder(Path(path)), own, training)


def _listed(path: str) -> Listed:
    return Listed(path, Path(path))
