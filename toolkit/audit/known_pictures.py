"""Pictures whose truth people know, given to an audit so that it can correct what its annotators read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from toolkit.audit.subjects import CALIBRATION, Subject
from toolkit.caption_words import json_object
from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.rows import PairRow

_ROWS = 256


def known_pictures(named: str, attributes: Sequence[str], models: Sequence[str]) -> list[Subject]:
    """Return the pictures of the source `named` whose truth is known, once for each model that they are of the kind of.

    A column called as one of `attributes` (or with `_` for blanks) holds the true value; an empty one says that it is
    not known. A column `model` names whose pictures they are like; without it they are like those of all `models`.
    `concept` says what a picture is about, else its caption does. Raises SourceError where no row tells anything.
    """
    found: list[Subject] = []
    for batch in open_source(named).batches(_ROWS):
        for row in batch:
            found += _subjects(row, attributes, models)
    if not found:
        wanted = ", ".join(repr(one) for one in attributes)
        raise SourceError(
            f"{named} has no picture of known truth: no column is called {wanted}, or all of these are empty; "
            "add the column with what each picture shows"
        )
    return found


def _subjects(row: PairRow, attributes: Sequence[str], models: Sequence[str]) -> list[Subject]:
    meta = json_object(row.meta)
    known = {one: value for one in attributes if (value := told(meta, one))}
    model, concept = told(meta, "model"), told(meta, "concept") or row.caption or ""
    origins = [model] if model else list(models)
    if not known:
        return []
    return [
        Subject(
            kind=CALIBRATION,
            subject_id=row.sample_id if len(origins) == 1 else f"{row.sample_id}/{origin}",
            origin=origin,
            slices=(),
            concept=concept,
            caption=row.caption or "",
            image={"bytes": row.data, "path": row.image_path},
            base=Path(),
            known=known,
            error=row.error,
        )
        for origin in origins
    ]


def told(meta: Mapping[str, object], column: str) -> str:
    """Return what a row says in `column` (or called with `_` for blanks), "" where it says nothing."""
    value = meta.get(column, meta.get(column.replace(" ", "_")))
    return value.strip() if isinstance(value, str) else ""
