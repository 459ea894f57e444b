"""Thresholds: another limit on one score, and what it would change, before anything is decided again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboards.choices import choose, slide
from dashboards.explored import Explored, explored, explorer_of
from dashboards.runs import Listed
from dashboards.threshold_effects import show_border, show_groups, show_rules
from dashboards.tiles import show_problem, show_text
from toolkit.errors import TainError
from toolkit.report.wording import count, plain_name

if TYPE_CHECKING:
    from toolkit.curate.exploring.explorer import Explorer
    from toolkit.curate.exploring.limits import Limit

STEPS = 100  # at least so many from end to end
DIGITS = 4  # scores have no more decimals
SIDES = {"minimum": "at least", "maximum": "at most"}
EXPORTED = "recipe.yaml"
RUN, MOVED = "limit of the run", "limit now"
TELLS = (
    "Move the limit: rules decide again about the scores of the run, in the order of its recipe, copies and all. "
    "Nothing is written; export the recipe to decide by it."
)


def show(chosen: Listed) -> None:
    """Show what another threshold would change in the run `chosen`, or in the run that it was made from."""
    st.title("Thresholds")
    try:
        explorer = explorer_of(chosen)
    except TainError as error:
        show_problem(str(error))
        return
    limits = {one.key: one for one in explorer.limits}
    if not limits:
        show_problem(f"{chosen.name} has no score that a rule of its recipe could bound; curate it with scorers: all.")
        return
    st.caption(TELLS)
    key = choose(
        "Score and limit", list(limits), key="limit", shown=lambda one: _name(limits[one]), default=_first(explorer)
    )
    limit = limits[key or next(iter(limits))]
    for other in set(st.query_params) & (set(limits) - {limit.key}):
        del st.query_params[other]
    value = _value(explorer, limit)
    try:
        found = explored(chosen, limit.key, value)
    except TainError as error:
        show_problem(str(error))
        return
    _show_counts(explorer, found, limit)
    _show_spread(explorer, limit, value)
    _show_export(chosen, found)
    show_groups(found.groups)
    show_rules(explorer.own, found.moved)
    show_border(chosen, explorer, found.moved, limit, value)


def _name(limit: Limit) -> str:
    return f"{plain_name(limit.column)}: {SIDES[limit.side]} ({limit.key})"


def _first(explorer: Explorer) -> str:
    """Return the limit whose rule takes most rows."""
    return max(explorer.limits, key=lambda one: 0 if one.value is None else len(explorer.own.taken_by(one.rule))).key


def _value(explorer: Explorer, limit: Limit) -> float | None:
    """Return where the slider stands: at first at the limit of the run, or where that sets none, at the end of the
    scores at which nobody goes; None there, and where nothing is scored."""
    values = explorer.values(limit.column)
    known = values[~np.isnan(values)]
    if not len(known):
        return limit.value
    low, high = float(known.min()), float(known.max())
    digits = 0 if explorer.is_whole(limit.column) else _digits(high - low)
    start = limit.value
    if start is None:
        outwards = math.floor if limit.side == "minimum" else math.ceil
        start = outwards((low if limit.side == "minimum" else high) * 10**digits) / 10**digits
    ends = min(low, start), max(high, start)
    moved = slide("Limit", ends, key=limit.key, default=start, digits=digits)
    return limit.value if moved == round(start, digits) else moved


def _digits(width: float) -> int:
    """Return the decimals of a step that goes through `width` in `STEPS` steps or more."""
    return min(DIGITS, max(1, math.ceil(math.log10(STEPS / width)))) if width > 0 else DIGITS


def _show_counts(explorer: Explorer, found: Explored, limit: Limit) -> None:
    """Say how many rows stay, beside those that the run keeps, and how many would have to be scored first."""
    before, now = explorer.own.kept, found.moved.kept
    stay, lost, gained = int(now.sum()), int((before & ~now).sum()), int((now & ~before).sum())
    columns = st.columns(4)
    columns[0].metric("Pairs that stay", f"{stay:,}", f"{stay - int(before.sum()):,}")
    columns[1].metric("Stay by the run", f"{int(before.sum()):,}")
    columns[2].metric("No longer stay", f"{lost:,}")
    columns[3].metric("Come back", f"{gained:,}")
    scored = int((~np.isnan(explorer.values(limit.column))).sum())
    show_text(f"{scored:,} of {count(len(before), 'row')} have this score; a row without it passes the rule.")
    waiting = int((found.moved.to_score & now).sum())
    to_score = int(found.moved.to_score.sum())
    if to_score:
        show_text(
            f"{count(to_score, 'row')} would have to be scored first: an earlier rule had dropped them, so that later "
            f"scorers never looked. {waiting:,} of those that stay are such, as far as can be told: the scores decide "
            "about them and about copies of them. Decide with --score, which computes just those."
        )
    if explorer.differing:
        show_text(
            f"The run itself was decided by another version of Tain: {count(explorer.differing, 'row')} would now be "
            "decided otherwise by the same recipe."
        )


def _show_spread(explorer: Explorer, limit: Limit, value: float | None) -> None:
    from dashboards.charts_data import spread_bars
    from toolkit.curate.exploring.near_threshold import spread

    thresholds = {RUN: limit.value, MOVED: value}
    drawn = {name: at for name, at in thresholds.items() if at is not None}
    bins = spread(explorer.values(limit.column), *drawn.values())
    if not bins:
        show_text("No row has this score.")
        return
    name = plain_name(limit.column)
    st.altair_chart(spread_bars(bins, drawn, score=name), alt=f"Rows by {name}, and where the limit stands")


def _show_export(chosen: Listed, found: Explored) -> None:
    from toolkit.curate.exploring.limits import recipe_yaml

    text = recipe_yaml(found.moved.recipe)
    st.download_button("Export the recipe", text, file_name=EXPORTED, mime="application/yaml", on_click="ignore")
    score = " --score" if found.moved.to_score.any() else ""
    show_text(f"tain decide {chosen.path} --recipe {EXPORTED} --out NEW{score}", kind="code")
