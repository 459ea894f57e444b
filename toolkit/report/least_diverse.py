"""How different the pictures of each concept are, the least different first, beside what chance and the data show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from toolkit.report.measured import ALL, RAW, Row
from toolkit.report.subjects import DATA

VENDI, ALIKE = "vendi", "intra_prompt_similarity"


class Diversity(NamedTuple):
    """How different the pictures of one `concept` are: the row of their Vendi score, and of a model that of how alike
    two pictures of one prompt are; None where there is none.

    `chance` is the Vendi score of as many pictures of any concept, `data` that of as many pictures of the concept in
    the data, by source.
    """

    concept: str
    vendi: Row | None
    alike: Row | None
    chance: float | None
    data: dict[str, float]


def least_diverse(rows: Iterable[Row], subject: str) -> list[Diversity]:
    """Return the concepts of `subject`, those of the lowest Vendi score first, then those whose pictures are most
    alike; concepts that were not measured and all of them together come last."""
    told = [row for row in rows if row["measure"] in (VENDI, ALIKE) and row["correction"] == RAW]
    own: dict[str, dict[str, Row]] = {}
    for row in told:
        if row["subject"] == subject:
            own.setdefault(row["slice"], {})[row["measure"]] = row
    whole = own.get(ALL, {}).get(VENDI)
    data: dict[str, dict[str, float]] = {}
    for row in told:
        if row["measure"] == VENDI and row["subject"].startswith(DATA) and row["value"] is not None:
            data.setdefault(row["slice"], {})[row["subject"].removeprefix(DATA)] = row["value"]
    found = [
        Diversity(
            name,
            some.get(VENDI),
            some.get(ALIKE),
            None if whole is None or name == ALL else whole["value"],
            {} if subject.startswith(DATA) else data.get(name, {}),
        )
        for name, some in own.items()
    ]
    return sorted(found, key=_order)


def _order(one: Diversity) -> tuple[bool, bool, float, float, str]:
    vendi, alike = _value(one.vendi), _value(one.alike)
    return (one.concept == ALL, vendi is None and alike is None, vendi or float("inf"), -(alike or -1.0), one.concept)


def _value(row: Row | None) -> float | None:
    return None if row is None else row["value"]
