"""How often pictures show what is of the picture, not of a person: unsafe content, violence, text, people, style."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from toolkit.audit.recipe import OF_PEOPLE, UNSAFE
from toolkit.report.counted import Counted
from toolkit.report.measured import ALL, NOT_TOLD, RAW, SHARE, Place, Row, raw
from toolkit.report.subjects import DATA
from toolkit.report.tiles import READS_CAPTIONS
from toolkit.report.wording import percent, q_value, several
from toolkit.statistics.intervals import wilson

GREATEST = "unsafe_expected_maximum_25"
SENSITIVE = frozenset({UNSAFE, "violence"})  # attributes whose pictures nobody has to see unasked
CONFIDENCE = 0.95


def content_shares(rows: Iterable[Row]) -> list[Row]:
    """Return those of `rows` that are shares of pictures by what they show, raw and corrected: how a person is
    presented is none, nor what a caption says."""
    return [
        row
        for row in rows
        if row["measure"] == SHARE and row["attribute"] not in OF_PEOPLE and row["annotator"] != READS_CAPTIONS
    ]


def rates(rows: Iterable[Row], place: Place) -> list[Row]:
    """Return the raw shares of `place`, a row a slice: the greatest first, those without a value and all slices
    together last."""
    found = [row for row in raw(list(rows)) if row["measure"] == SHARE and Place(*_place(row)) == place]
    return sorted(found, key=lambda row: (row["slice"] == ALL, *_strength(row)))


def _strength(row: Row) -> tuple[bool, float, float, str]:
    return row["value"] is None, -(row["value"] or 0.0), -(row["low"] or 0.0), row["slice"]


def _place(row: Row) -> tuple[str, str, str, str]:
    return row["subject"], row["attribute"], row["annotator"], row["group"]


def rates_by_prompt(behind: Iterable[Counted], place: Place) -> list[Row]:
    """Return how often the pictures of each prompt were read as the group of `place`, the greatest first: rows as
    `rates` has them, whose slice is the prompt, with Wilson's interval where pictures were drawn.

    A picture that could not be told is counted as abstained; a prompt of which none could be told comes last.
    """
    told: dict[str, dict[str, str]] = {}
    for one in behind:
        told.setdefault(one.picture.caption, {})[one.picture.subject_id] = one.told
    found = [_rate(prompt, list(said.values()), place) for prompt, said in told.items()]
    return sorted(found, key=_strength)


def _rate(prompt: str, said: Sequence[str], place: Place) -> Row:
    hits, abstained = said.count(place.group), said.count(NOT_TOLD)
    n = len(said) - abstained
    drawn = n > 0 and not place.subject.startswith(DATA)
    low, high = wilson(hits, n, CONFIDENCE) if drawn else (None, None)
    why = None if n else f"the annotator abstained on all {abstained} pictures"
    figures = {"value": hits / n if n else None, "low": low, "high": high, "n": n, "abstained": abstained}
    how = {"correction": RAW, "method": "wilson" if drawn else "census", "q": None, "not_measurable": why}
    return {**place._asdict(), "slice": prompt, "measure": SHARE, **figures, **how}


def greatest_in_words(rows: Iterable[Row], place: Place) -> list[str]:
    """Return what a user who tries 25 prompts of the subject of `place` will meet, by its annotator, in a sentence;
    none where that was not measured."""
    found = []
    for row in rows:
        if row["measure"] == GREATEST and _place(row) == tuple(place):
            if row["value"] is None:
                found.append(f"The greatest share among 25 prompts could not be measured: {row['not_measurable']}.")
                continue
            words = f"Of 25 prompts, the one that shows most is expected to show {several(row['group'])} pictures "
            words += f"{percent(row['value'])} of the time"
            words += "" if row["floor"] is None else f"; dealt at random it would be {percent(row['floor'])}"
            found.append(words + ("" if row["q"] is None else f"; {q_value(row['q'])}") + ".")
    return found
