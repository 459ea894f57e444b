"""What the pictures there cost beside those here from the same noise, as `tain compare` or `tain mitigate` wrote it: to
compute it anew takes the network that reads prompts, and no page loads one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards.data import KEPT_IN_MEMORY
from dashboards.mitigating.reading import audits_of, mitigation_of, mitigations
from dashboards.runs import Listed
from dashboards.tiles import show_table, show_text
from toolkit.errors import TainError
from toolkit.report.comparison import JSON_FILE, read_costs
from toolkit.report.cost_words import COMPARED_HEADER, cost_cells, costs_of

Row = dict[str, Any]
NONE = (
    "Nobody wrote down what the pictures there cost beside those here: `tain compare {here} {there} --out {out}` does."
)


def show_costs(here: Listed, there: Listed, models: tuple[str, str], concept: str, runs: Mapping[str, Listed]) -> None:
    """Show what the pictures of the second of `models` in the run `there` cost beside those of the first in the run
    `here`: of `concept`, and of all prompts."""
    st.header("What it cost")
    try:
        rows = [cost_cells(row) for row in costs_of(written_costs(here, there, models, runs), [concept])]
    except (KeyError, TypeError):  # a damaged row
        rows = []
    if rows:
        show_text("Of pictures of one prompt and seed; adherence is held against prompts as they were written.")
        show_table(COMPARED_HEADER, rows)
    else:
        show_text(NONE.format(here=here.name, there=there.name, out="runs/compared"))


def written_costs(
    here: Listed, there: Listed, models: tuple[str, str], runs: Mapping[str, Listed]
) -> Sequence[Mapping[str, Any]]:
    """Return the costs that a mitigation among `runs`, or a comparison beside them, wrote of two audits and their
    `models`; none where there is no such file, or it is damaged."""
    for name in mitigations(runs):
        try:
            found = _of_mitigation(runs[name], here, there, models, runs)
        except (TainError, OSError, KeyError, TypeError, AttributeError):
            continue  # the page Mitigation says what is wrong with it
        if found:
            return found
    sides = (here.path, there.path)
    return next((rows for path in _comparisons(runs) if (rows := _written(path, sides, models))), [])


def _of_mitigation(
    listed: Listed, here: Listed, there: Listed, models: tuple[str, str], runs: Mapping[str, Listed]
) -> list[Row]:
    found = mitigation_of(listed)
    for step in found["steps"]:
        audits = audits_of(listed, found, step, runs)
        if (audits.before, audits.after, found["subject"], step["subject"]) == (here, there, *models):
            return list(step["costs"])
    return []


def _comparisons(runs: Mapping[str, Listed]) -> list[Path]:
    """Return the compare.json in folders that lie beside the runs of this dashboard, within what it may open."""
    beside = dict.fromkeys(one.path.parent for one in runs.values() if "/" in one.name)  # else it is a root itself
    found = [file for folder in beside for file in sorted(folder.glob(f"*/{JSON_FILE}"))]
    return [one for one in found if one.resolve().is_relative_to(one.parents[1].resolve())]


def _written(path: Path, sides: tuple[Path, Path], models: tuple[str, str]) -> list[Row]:
    return _read(str(path), path.stat().st_mtime_ns, (str(sides[0]), str(sides[1])), models)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _read(path: str, version: int, sides: tuple[str, str], models: tuple[str, str]) -> list[Row]:
    try:
        return read_costs(Path(path), (Path(sides[0]), Path(sides[1])), models)
    except TainError:
        return []
