"""What single words of the prompts change in one audit, where there is no other to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboards import data
from dashboards.places import Choice, narrow
from dashboards.runs import Listed
from dashboards.twins import HERE
from dashboards.word_effects import show_effects
from toolkit.report.measured import ALL, RAW, Place, natural
from toolkit.report.sections.section import concept
from toolkit.report.style_effects import EFFECT
from toolkit.report.wording import plain_name, several, subject_name

Row = dict[str, Any]
CHOICES = (
    Choice("Model", "subject", subject_name),
    Choice("Attribute", "attribute"),
    Choice("Annotator", "annotator", plain_name),
    Choice("Share of", "group", several),
    Choice("Concept", "slice", concept),
)


def effect_rows(measures: Sequence[Row]) -> list[Row]:
    """Return the measured effects of words among `measures`, as they were read, each of the group that it changes."""
    return [
        row | {"group": row["group"].partition(": ")[0]}
        for row in measures
        if row["measure"] == EFFECT and row["correction"] == RAW and row["value"] is not None
    ]


def show_words_alone(chosen: Listed) -> None:
    """Show what words change in the run `chosen`, of the model, attribute, annotator, group and concept chosen."""
    rows = narrow(effect_rows(data.audited(chosen).measures), st.columns(len(CHOICES)), CHOICES, _options)
    place = Place(*(rows[0][key] for key in Place._fields))
    twins = data.twins_of_words(chosen, place.subject, (place.annotator, place.attribute))
    show_effects({HERE: (chosen, place.subject)}, {HERE: twins}, place, rows[0]["slice"])


def _options(rows: list[Row], key: str) -> list[str]:
    return sorted({row[key] for row in rows}, key=lambda one: (one != ALL, natural(one)))
