"""What another threshold does: to groups, to what other rules take, and to the pictures nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.reveals import show_pairs
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_table, show_text
from toolkit.report.veils import flags
from toolkit.report.wording import count, percent_of, plain_name, q_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.curate.exploring.explorer import Explorer, Moved
    from toolkit.curate.exploring.group_changes import GroupChange
    from toolkit.curate.exploring.limits import Limit

ALL_GROUPS = "all"
MOST_GROUPS = 20
PICTURES = 10
HEADER = (
    "Group",
    "Attribute",
    "Rows",
    "Stay by the run",
    "No longer stay",
    "95 % interval",
    "Come back",
    "Stay now",
    "q",
)
LEGEND = (
    "Of the rows of a group that the run keeps, how many no longer stay; groups that lose are those that lose more "
    "often than the others of their attribute (Fisher's exact test, q at most 0.05 over all groups). The rows are all "
    "there are: an interval says how the limit would treat more pairs like these. Words of captions name groups; they "
    "say nothing of who is shown."
)


def show_groups(groups: Sequence[GroupChange]) -> None:
    """Show which groups lose, worst first, then which gain."""
    st.header("Which groups lose")
    losing = [one for one in groups if one.flagged]
    named = count(len(groups), "group")
    if losing:
        each = ", ".join(f"{one.group} ({plain_name(one.attribute)})" for one in losing[:MOST_GROUPS])
        show_text(f"{len(losing):,} of {named} lose more often than the others of their attribute: {each}.")
    else:
        show_text(f"None of {named} loses more often than the others of its attribute, as far as can be told.")
    names = list(dict.fromkeys(one.attribute for one in sorted(groups)))
    attribute = choose("Groups by", [ALL_GROUPS, *names], key="attribute", shown=plain_name)
    touched = [one for one in groups if (one.lost or one.gained) and attribute in (ALL_GROUPS, one.attribute)]
    if not touched:
        show_text("The limit changes nothing for any of them.")
        return
    show_table(HEADER, [_cells(one) for one in touched[:MOST_GROUPS]])
    if len(touched) > MOST_GROUPS:
        show_text(f"And {count(len(touched) - MOST_GROUPS, 'group')} that lose a smaller share.")
    st.caption(LEGEND)


def _cells(one: GroupChange) -> tuple[str, ...]:
    return (
        f"{one.group} (loses)" if one.flagged else one.group,
        plain_name(one.attribute),
        f"{one.rows:,}",
        f"{one.before:,}",
        f"{one.lost:,}",
        "" if one.loss is None else percent_of(*one.loss, None),
        f"{one.gained:,}",
        "" if one.kept is None else percent_of(*one.kept, None),
        "" if one.q is None else q_value(one.q),
    )


def show_rules(own: Moved, moved: Moved) -> None:
    """Show the rules that take more or fewer rows than before: what one lets pass, another may take."""
    changed = []
    for rule in dict.fromkeys([step.rule for one in (own, moved) for step in one.decided.steps]):
        before, now = len(own.taken_by(rule)), len(moved.taken_by(rule))
        if before != now:
            changed.append((plain_name(rule), f"{before:,}", f"{now:,}", f"{now - before:+,}"))
    if changed:
        st.header("What each rule takes")
        show_table(("Rule", "By the run", "Now", "Change"), changed)


def show_border(chosen: Listed, explorer: Explorer, moved: Moved, limit: Limit, value: float | None) -> None:
    """Show the pictures nearest to the limit `value`: those that just stay, and those that the rule just takes."""
    if value is None:
        return
    from toolkit.curate.exploring.near_threshold import nearest

    values = explorer.values(limit.column)
    inside = values >= value if limit.side == "minimum" else values <= value
    sides = {
        "Just kept": nearest(values, value, np.flatnonzero(moved.kept & inside), PICTURES),
        "Just dropped": nearest(values, value, _outside(moved, limit, inside), PICTURES),
    }
    for title, rows in sides.items():
        st.header(title)
        if not len(rows):
            show_text("No picture.")
        elif flags(limit.rule):
            _show_words(chosen, explorer, rows, values)
        else:
            _show_pictures(chosen, explorer, rows, values)


def _outside(moved: Moved, limit: Limit, inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    taken = moved.taken_by(limit.rule)
    return taken[~inside[taken]]


def _rows(chosen: Listed, explorer: Explorer, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return sample_id and caption of `rows` of the tables, in their order."""
    names = explorer.sample_ids.take(pa.array(rows))
    pairs = data.decided_pairs(chosen)
    assert pairs is not None, "who explores a run has its pairs"
    found: list[dict[str, Any]] = pairs.take(pc.index_in(names, value_set=pairs["sample_id"])).to_pylist()
    return found


def _show_pictures(chosen: Listed, explorer: Explorer, rows: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    show_pairs(
        chosen,
        [
            (row["sample_id"], Tile(None, row["caption"] or "", (f"{value:.4g}", row["source"] or "")))
            for row, value in zip(_rows(chosen, explorer, rows), values[rows].tolist(), strict=True)
        ],
    )


def _show_words(chosen: Listed, explorer: Explorer, rows: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    """Show captions alone: what a rule on unsafe pictures takes is not shown for the asking of another limit."""
    told = zip(_rows(chosen, explorer, rows), values[rows].tolist(), strict=True)
    show_table(("Score", "Caption"), [(f"{value:.4g}", row["caption"] or "") for row, value in told])
