"""Who is left out: how many rows of each group a rule keeps, and the pictures that it takes of them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboards import data
from dashboards.choices import choose, turn_pages
from dashboards.reveals import show_pairs
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_problem, show_table, show_text
from toolkit.report.retention import (
    ALL_RULES,
    METADATA,
    Figure,
    Retained,
    best_of,
    in_words,
    left_out,
    rule_name,
    sentences,
)
from toolkit.report.wording import SPACE, count, percent, percent_of, plain_name, q_value

PICTURES_A_PAGE = 24
STRONGEST = 5
HEADER = ("Group", "Came to it", "Kept", "95 % interval", "Beside the best kept", "Share before → after", "q")
ALONE = "Kept were it the only rule"
LEGEND = (
    "Marks are shares of rows kept, with intervals; groups that are left out are kept less often than the others of "
    "their attribute (Fisher's exact test, q at most 0.05 over all groups and rules). The rows are all there are: an "
    "interval says how the rule would treat more pairs like these. Words of captions name groups; they say nothing of "
    "who is shown."
)


def show(chosen: Listed) -> None:
    """Show whom curation left out in the run `chosen`, or in the run that it was made from."""
    st.title("Who is left out")
    found = data.retained(chosen)
    if not found:
        show_problem(
            f"{chosen.name} holds no measures of retention, nor does a run that it was made from; choose a run that "
            "`tain curate` or `tain decide` wrote."
        )
        return
    _show_strongest(found)
    attribute, rule = _choose(found)
    rows = [one for one in found if (one.attribute, one.annotator) == attribute and one.rule == rule]
    named = [one for one in rows if one.why is None]
    if named:
        from dashboards.charts import retention_marks

        st.altair_chart(retention_marks(named), alt=f"Share of rows kept by {plain_name(attribute[0])}")
        st.caption(LEGEND)
    by_itself = rule != ALL_RULES
    show_table((*HEADER, ALONE) if by_itself else HEADER, [_cells(one, by_itself=by_itself) for one in named])
    _show_too_few([one for one in rows if one.why is not None])
    _show_group(chosen, rows)


def _show_strongest(found: list[Retained]) -> None:
    flagged = left_out(found)
    groups = count(len({(one.attribute, one.annotator, one.group) for one in found}), "group")
    if not flagged:
        show_text(f"No rule keeps any of {groups} less often than the others of its attribute, as far as can be told.")
        return
    show_text(f"{count(len(flagged), 'time')} a rule keeps one of {groups} less often than its others. The strongest:")
    show_text(*sentences(found)[:STRONGEST], kind="li")


def _choose(found: list[Retained]) -> tuple[tuple[str, str], str]:
    """Return the attribute, with who told its groups, and the rule that are chosen.

    The attribute of the strongest flag comes first.
    """
    flagged = list(dict.fromkeys((one.attribute, one.annotator) for one in left_out(found)))
    others = sorted(
        {(one.attribute, one.annotator) for one in found} - set(flagged), key=lambda one: (one[1] == METADATA, one)
    )
    attributes = [*flagged, *others]
    names = {_attribute_name(*one): one for one in attributes}
    left, right = st.columns(2)
    with left:
        attribute = names[choose("Attribute", list(names), key="attribute") or next(iter(names))]
    rules = dict.fromkeys(one.rule for one in found if (one.attribute, one.annotator) == attribute)
    with right:
        rule = choose("Rule", list(rules), key="rule", shown=rule_name, default=ALL_RULES)
    return attribute, rule or ALL_RULES


def _attribute_name(attribute: str, annotator: str) -> str:
    return f"{plain_name(attribute)} ({annotator})"


def _show_too_few(rows: list[Retained]) -> None:
    if rows:
        each = ", ".join(f"{one.group} {one.kept:,} of {one.reached:,}" for one in rows)
        show_text(f"Too few to tell, of {count(len(rows), 'group')} kept: {each}.")


def _cells(one: Retained, *, by_itself: bool) -> tuple[str, ...]:
    shares = "" if one.share_before is None else f"{percent(one.share_before)} → {percent(one.share_after.value)}"
    cells = (
        f"{one.group} (left out)" if one.flagged else one.group,
        f"{one.reached:,}",
        f"{one.kept:,}",
        percent_of(*one.rate, None),
        "best kept" if one.group == one.best else _percent(one.ratio),
        shares,
        q_value(one.q) if one.q is not None else "",
    )
    return (*cells, _percent(one.alone)) if by_itself else cells


def _percent(figure: Figure) -> str:
    return "" if figure.value is None else percent_of(*figure, None)


def _show_group(chosen: Listed, rows: list[Retained]) -> None:
    """Say what happened to one group, and show the pictures of it that the rule took."""
    names = [one.group for one in rows]
    group = choose("Group", names, key="group")
    one = next(one for one in rows if one.group == group)
    show_text(in_words(one, best_of(one, rows)) + ".")
    taken = _taken(chosen, one)
    if taken is None:
        return
    show_text(f"{count(taken.num_rows, 'picture')} of it taken by {rule_name(one.rule)}:".replace(SPACE, " "))
    page = turn_pages(taken.num_rows, PICTURES_A_PAGE)
    tiles = [
        (row["sample_id"], Tile(None, row["caption"] or "", tuple(filter(None, (row["text"], row["source"])))))
        for row in taken.slice(page.start, PICTURES_A_PAGE).to_pylist()
    ]
    show_pairs(chosen, tiles)


def _taken(chosen: Listed, one: Retained) -> pa.Table | None:
    """Return the pairs of the group that its rule took; None where the groups of single rows are not at hand."""
    pairs = data.decided_pairs(chosen)
    members = data.members_of(chosen, one.attribute, one.annotator, one.group)
    if pairs is None or members is None:
        return None
    lost = pairs.filter(pc.and_(pc.not_equal(pairs["status"], "kept"), pc.is_in(pairs["sample_id"], value_set=members)))
    return lost if one.rule == ALL_RULES else lost.filter(pc.equal(lost["rule"], one.rule))
