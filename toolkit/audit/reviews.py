"""Reviews by people: read from tables, kept as labels, and brought to one verdict a picture.

A review says from which queue its picture came. Of a picture drawn at `random` the `inclusion_probability` says how
likely it was to be drawn, and only such reviews may estimate anything. What came from the `uncertain` queue was chosen
for being hard to read: it is kept and shown, and enters no figure.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from toolkit.audit.measuring.readings import REVIEW
from toolkit.audit.reviewing.drawn import logged_reviews
from toolkit.audit.reviewing.log import FILE
from toolkit.audit.reviewing.queues import RANDOM, UNCERTAIN
from toolkit.audit.subjects import Subject
from toolkit.errors import SourceError
from toolkit.path_hashes import HashedPath
from toolkit.seeds import stable_hash
from toolkit.store import open_run

TABLE = "reviews"
CANNOT_TELL = "can't tell"
NEEDED = ("subject_kind", "subject_id", "attribute", "value", "reviewer", "queue")
Row = dict[str, Any]


class Verdict(NamedTuple):
    """What reviewers of one randomly drawn picture say together: `value` (None: a tie, or it cannot be told), each of
    their `ratings`, and the `probability` in (0, 1] with which the picture was drawn."""

    value: str | None
    ratings: tuple[str, ...]
    probability: float


def read_reviews(named: Sequence[str]) -> list[Row]:
    """Return the reviews in `named` (CSV or Parquet files, or run folders in which people reviewed or that hold a table
    `reviews`), the last of each reviewer, picture, attribute and queue, in that order.

    An empty `value`, or "can't tell", says that the reviewer could not tell. Raises SourceError that names file and row
    for a missing column, an unknown queue, an impossible probability, one picture drawn with two probabilities, or
    two reviews of which neither is the later one (by `reviewed_at`).
    """
    found: dict[tuple[str, ...], Row] = {}
    drawn: dict[tuple[str, ...], float] = {}
    for name in named:
        for number, given in enumerate(_rows(name), start=1):
            row = _checked(given, f"{name}, row {number}")
            key = tuple(row[one] for one in ("subject_kind", "subject_id", "attribute", "queue", "reviewer"))
            before = found.get(key)
            if before is not None and before["reviewed_at"] == row["reviewed_at"]:
                what = f"{row['reviewer']} reviewed {row['attribute']} of {row['subject_id']} twice"
                raise SourceError(f"{name}, row {number}: {what}; give `reviewed_at`, so that the last counts")
            if before is None or before["reviewed_at"] < row["reviewed_at"]:
                found[key] = row
            chance = row["inclusion_probability"]
            if chance is not None and drawn.setdefault(key[:4], chance) != chance:
                raise SourceError(
                    f"{name}, row {number}: {row['subject_id']} was drawn with a probability of {chance:g} and of "
                    f"{drawn[key[:4]]:g}; give how likely it was to be drawn at all"
                )
    return [found[key] for key in sorted(found)]


def review_inputs(named: Sequence[str]) -> list[Path | HashedPath]:
    """Return the sources of reviews as inputs of a stage: a run folder by what people say in it."""
    return [
        HashedPath(Path(one), stable_hash("reviews", *map(repr, read_reviews([one]))))
        if Path(one).is_dir()
        else Path(one)
        for one in named
    ]


def label_rows(reviews: Sequence[Row], subjects: Sequence[Subject]) -> list[Row]:
    """Return the `reviews` of `subjects` as rows of the labels table.

    Their annotator is "review", its version the queue; `inclusion_probability` is null where none is known, and then
    they estimate nothing. Raises SourceError where there are reviews and none is of a picture in `subjects`.
    """
    known = {(one.kind, one.subject_id) for one in subjects}
    rows = [_label(one) for one in reviews if (one["subject_kind"], one["subject_id"]) in known]
    if reviews and not rows:
        raise SourceError(
            f"none of the {len(reviews)} reviews is of a picture of this audit; give those of its samples or pairs"
        )
    return rows


def verdicts(labels: pa.Table, subjects: Sequence[Subject]) -> dict[tuple[int, str], Verdict]:
    """Return the verdict on each picture that was drawn at random for review, by its place in `subjects` and
    attribute; `labels` are rows of the labels table.

    The value that most reviewers give, alone; a tie is none. Reviews of other queues do not count.
    """
    mine = pc.and_(pc.equal(labels["annotator"], REVIEW), pc.equal(labels["annotator_version"], RANDOM))
    place = {(one.kind, one.subject_id): index for index, one in enumerate(subjects)}
    ratings: dict[tuple[int, str], list[str]] = {}
    chances: dict[tuple[int, str], float] = {}
    for row in labels.filter(mine).to_pylist():
        index = place.get((row["subject_kind"], row["subject_id"]))
        if index is not None and row["inclusion_probability"] is not None:
            key = (index, row["attribute"])
            ratings.setdefault(key, []).append(CANNOT_TELL if row["abstained"] else row["value"])
            chances[key] = row["inclusion_probability"]
    return {key: Verdict(majority(some), tuple(some), chances[key]) for key, some in sorted(ratings.items())}


def majority(ratings: Iterable[str]) -> str | None:
    """Return the most frequent of `ratings`; None for a tie, for none, and where most cannot tell."""
    first, second = [*Counter(ratings).most_common(2), (CANNOT_TELL, 0), (CANNOT_TELL, 0)][:2]
    return None if first[0] == CANNOT_TELL or first[1] == second[1] else first[0]


def _rows(name: str) -> list[Row]:
    path, rows = Path(name), list[Row]()
    try:
        if path.is_dir():
            return _rows_of_run(path)
        if path.suffix.lower() == ".parquet":
            whole = pq.read_table(path)
            rows, columns = whole.to_pylist(), whole.column_names
        else:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                table = csv.DictReader(stream)
                rows, columns = list(table), list(table.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise SourceError(f"{name}: cannot be read ({error}); give a CSV or Parquet file, or a run folder") from error
    missing = [one for one in NEEDED if one not in columns]
    if missing:
        raise SourceError(f"{name}: no column {missing[0]!r}; expected {', '.join(NEEDED)}, found {', '.join(columns)}")
    return rows


def _rows_of_run(path: Path) -> list[Row]:
    """Return what people said in the dashboard, and what the table holds."""
    logged = (path / FILE).exists()
    run = open_run(path, needs=[] if logged else [TABLE])
    rows: list[Row] = run.read(TABLE).to_pylist() if run.has(TABLE) else []
    return rows + (logged_reviews(path) if logged else [])


def _checked(given: Mapping[str, Any], where: str) -> Row:
    row = {one: str(given.get(one) or "").strip() for one in (*NEEDED, "reviewed_at")}
    empty = [one for one in NEEDED if not row[one] and one != "value"]
    if empty:
        raise SourceError(f"{where}: {empty[0]} is empty; only value may be, where a reviewer cannot tell")
    if row["queue"] not in (RANDOM, UNCERTAIN):
        raise SourceError(f"{where}: {row['queue']!r} is no queue; expected {RANDOM} or {UNCERTAIN}")
    value = row["value"]
    chance = _chance(given.get("inclusion_probability"), where) if row["queue"] == RANDOM else None
    return {**row, "value": None if value in ("", CANNOT_TELL) else value, "inclusion_probability": chance}


def _chance(given: Any, where: str) -> float | None:
    if given is None or str(given).strip() == "":
        return None
    try:
        chance = float(given)
    except ValueError:
        chance = 0.0
    if not 0 < chance <= 1:
        raise SourceError(f"{where}: an inclusion_probability of {given!r} is impossible; give a number in (0, 1]")
    return chance


def _label(review: Row) -> Row:
    return {
        "subject_kind": review["subject_kind"],
        "subject_id": review["subject_id"],
        "instance": 0,
        "annotator": REVIEW,
        "annotator_version": review["queue"],
        "reviewer": review["reviewer"],
        "attribute": review["attribute"],
        "value": review["value"],
        "probabilities": [],
        "abstained": review["value"] is None,
        "inclusion_probability": review["inclusion_probability"],
    }
