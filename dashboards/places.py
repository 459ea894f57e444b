"""Select boxes for whose share is shown: a subject, an attribute, an annotator and a group, each in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from dashboards.choices import choose
from toolkit.report.measured import SHARE, Place, Row, natural, raw
from toolkit.report.subjects import DATA
from toolkit.report.wording import plain_name, subject_name, tone_name


class ChosenPlace(NamedTuple):
    """Whose share is shown, and its measures of that one group."""

    place: Place
    rows: list[Row]


def choose_place(
    measures: list[Row], columns: Sequence[st.delta_generator.DeltaGenerator], *, preferred: Sequence[str] = ()
) -> ChosenPlace:
    """Return the place that is chosen in four `columns`, among those with shares in `measures`; at the start what
    `preferred` names, in its order, or else the first."""
    choices: list[tuple[str, str, Callable[[str], str]]] = [
        ("Subject", "subject", subject_name),
        ("Attribute", "attribute", str),
        ("Annotator", "annotator", plain_name),
        ("Share of", "group", tone_name),
    ]
    rows, place = measures, []
    for column, (label, key, shown) in zip(columns, choices, strict=True):
        shares = [row for row in raw(rows) if row["measure"] == SHARE]
        options = sorted({row[key] for row in shares}, key=lambda one: (one.startswith(DATA), natural(one)))
        default = next((one for one in preferred if one in options), None)
        with column:
            place.append(str(choose(label, options, key=key, shown=shown, default=default)))
        rows = [row for row in rows if row[key] == place[-1]]
    return ChosenPlace(Place(*place), rows)
