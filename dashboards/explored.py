"""Thresholds explored, kept while the run is the same: the scores gathered once, and each threshold decided once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dashboards.runs import Listed
from toolkit.store import RunFolder

if TYPE_CHECKING:
    from toolkit.curate.exploring.explorer import Explorer, Moved
    from toolkit.curate.exploring.group_changes import GroupChange

MOVES_KEPT = 32


class Explored(NamedTuple):
    """A threshold moved: what the recipe then decides, and which groups lose by it."""

    moved: Moved
    groups: list[GroupChange]


def explorer_of(chosen: Listed) -> Explorer:
    """Return the scores behind the decisions of a run or of its inputs. Raises TainError where they are not there."""
    return _explorer_of(str(chosen.path), chosen.version)


@st.cache_resource(max_entries=2, show_spinner="Comparing copies once, so that each move is quick")
def _explorer_of(path: str, version: int) -> Explorer:
    from toolkit.curate.exploring.opening import open_explorer

    return open_explorer(RunFolder(Path(path)))


def explored(chosen: Listed, key: str, value: float | None) -> Explored:
    """Return what the threshold called `key` decides at `value`, None: as the run has it.

    Raises TainError for a value that it cannot have.
    """
    return _explored(str(chosen.path), chosen.version, key, value)


@st.cache_resource(max_entries=MOVES_KEPT, show_spinner="Deciding again")
def _explored(path: str, version: int, key: str, value: float | None) -> Explored:
    from toolkit.curate.exploring.group_changes import group_changes

    explorer = _explorer_of(path, version)
    limit = next(one for one in explorer.limits if one.key == key)
    moved = explorer.moved(limit, value)
    return Explored(moved, group_changes(explorer.attributes, explorer.own.kept, moved.kept, explorer.recipe.groups))
