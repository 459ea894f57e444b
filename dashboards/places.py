"""Select boxes that lead to some rows of the measures table, column by column, each in the address; among them those
for whose share is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from dashboards.choices import choose
from toolkit.report.measured import SHARE, Place, Row, natural, raw
from toolkit.report.subjects import DATA
from toolkit.report.wording import plain_name, subject_name, tone_name


class Choice(NamedTuple):
    """A select box: its `label`, the column of a row that it chooses by, and how a value of it is `shown`."""

    label: str
    key: str
    shown: Callable[[str], str] = str


def narrow(
    rows: list[Row],
    columns: Sequence[st.delta_generator.DeltaGenerator],
    choices: Sequence[Choice],
    options: Callable[[list[Row], str], list[str]],
    *,
    preferred: Sequence[str] = (),
) -> list[Row]:
    """Return those of `rows` that hold what is chosen by one `choices` after the other, each in one of `columns`, among
    the `options` that the rows left have for a column; at the start what `preferred` names, in its order, or else the
    first."""
    for column, (label, key, shown) in zip(columns, choices, strict=True):
        offered = options(rows, key)
        default = next((one for one in preferred if one in offered), None)
        with column:
            picked = choose(label, offered, key=key, shown=shown, default=default)
        rows = [row for row in rows if row[key] == picked]
    return rows


class ChosenPlace(NamedTuple):
    """Whose share is shown, and its measures of that one group."""

    place: Place
    rows: list[Row]


def choose_place(
    measures: list[Row], columns: Sequence[st.delta_generator.DeltaGenerator], *, preferred: Sequence[str] = ()
) -> ChosenPlace:
    """Return the place that is chosen in four `columns`, among those with shares in `measures`; at the start what
    `preferred` names, in its order, or else the first."""
    choices = (
        Choice("Subject", "subject", subject_name),
        Choice("Attribute", "attribute"),
        Choice("Annotator", "annotator", plain_name),
        Choice("Share of", "group", tone_name),
    )
    rows = narrow(measures, columns, choices, _with_shares, preferred=preferred)
    return ChosenPlace(Place(*(rows[0][one.key] for one in choices)), rows)


def _with_shares(rows: list[Row], key: str) -> list[str]:
    shares = {row[key] for row in raw(rows) if row["measure"] == SHARE}
    return sorted(shares, key=lambda one: (one.startswith(DATA), natural(one)))
