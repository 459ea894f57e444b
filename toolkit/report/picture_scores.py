"""What pixels say of pictures: the mean of a score by concept beside the data's, and pictures in the order of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from toolkit.audit.content import SCORES
from toolkit.report.measured import ALL, Row
from toolkit.report.sections.content import FROM_DATA, MEAN
from toolkit.report.subjects import DATA, Picture
from toolkit.store import RunFolder


class ScoredPicture(NamedTuple):
    """A picture and the `value` of one score of it."""

    picture: Picture
    value: float


class MeanScore(NamedTuple):
    """The row of the mean of a score in one slice, that of its distance from the data's, and the data's own mean of
    the slice, all sources together; None where there is none."""

    mean: Row
    from_data: Row | None
    data: float | None


def mean_scores(rows: Sequence[Row], subject: str, score: str) -> list[MeanScore]:
    """Return the means of `score` of `subject`, a slice each: those farthest from the data's first, surest before all,
    then the greatest; all slices together last."""
    own = [row for row in rows if row["group"] == score]
    apart = {row["slice"]: row for row in own if row["measure"] == FROM_DATA and row["subject"] == subject}
    of_data: dict[str, list[Row]] = {}
    for row in own:
        if row["measure"] == MEAN and row["subject"].startswith(DATA) and row["value"] is not None:
            of_data.setdefault(row["slice"], []).append(row)
    beside = {} if subject.startswith(DATA) else of_data
    found = [
        MeanScore(row, apart.get(row["slice"]), _pooled(beside.get(row["slice"], ())))
        for row in own
        if row["measure"] == MEAN and row["subject"] == subject and row["value"] is not None
    ]
    return sorted(found, key=_farthest)


def _pooled(rows: Sequence[Row]) -> float | None:
    """Return the mean over the pictures of several sources together; None where there are none."""
    total = sum(row["n"] for row in rows)
    return sum(row["value"] * row["n"] for row in rows) / total if total else None


def _farthest(one: MeanScore) -> tuple[Any, ...]:
    apart = one.from_data
    known = apart is not None and apart["value"] is not None
    q = apart["q"] if apart is not None and apart["q"] is not None else 1.0
    distance = -abs(apart["value"]) if apart is not None and known else 0.0
    return (one.mean["slice"] == ALL, q, distance, -one.mean["value"], one.mean["slice"])


def content_table(run: RunFolder) -> pa.Table | None:
    """Return the scores of every picture that `run` or its inputs looked at; None where none were kept."""
    holder = run.find("content")
    return None if holder is None else holder.read("content")


def by_score(table: pa.Table, pictures: Iterable[Picture], score: str) -> list[ScoredPicture]:
    """Return those of `pictures` that have the `score`, each once, the greatest first. Raises KeyError for a score
    that there is not."""
    if score not in SCORES:
        raise KeyError(f"no score is called {score}; there are {', '.join(SCORES)}")
    keys = zip(table["subject_kind"].to_pylist(), table["subject_id"].to_pylist(), strict=True)
    values = dict(zip(keys, table[score].to_pylist(), strict=True))
    unique = {(one.kind, one.subject_id): one for one in pictures}
    found = [ScoredPicture(one, values[key]) for key, one in unique.items() if values.get(key) is not None]
    return sorted(found, key=lambda one: (-one.value, one.picture.subject_id))
