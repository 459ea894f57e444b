"""Pictures of an audit written down by hand: what they are of, what was read in them, and their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from toolkit import schema
from toolkit.audit.embeddings import Embeddings
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import read_labels
from toolkit.audit.subjects import Subject
from toolkit.caption_words import gender_named
from toolkit.requested import Variant

GENDER = "gender presentation"
FIGURES = ("value", "low", "high", "floor", "p", "q", "n_effective")


class Shown(NamedTuple):
    """One picture: `value` is what was read in it, None for an abstention; pairs are read for their caption too."""

    kind: str
    concept: str
    value: str | None
    caption: str = ""
    seed: int | None = None
    variants: tuple[Variant, ...] = ()
    vector: Sequence[float] | None = None
    origin: str = "m"


def painted(concept: str, woman: int, man: int, abstained: int = 0) -> list[Shown]:
    """Return painted pictures of `concept`."""
    return [Shown("sample", concept, one, concept) for one in _values(woman, man, abstained)]


def paired(concept: str, woman: int, man: int, *, kind: str = "pair", caption: str = "") -> list[Shown]:
    """Return pairs about `concept`, kept or dropped."""
    origin = "data:clip art" if kind == "pair" else "raw:clip art"
    return [Shown(kind, concept, one, caption or concept, origin=origin) for one in _values(woman, man, 0)]


def _values(woman: int, man: int, abstained: int) -> list[str | None]:
    return ["woman"] * woman + ["man"] * man + [None] * abstained


def evidence_of(pictures: Sequence[Shown], *, values: Sequence[str] = ("woman", "man"), texts=None) -> Evidence:
    """Return the evidence of `pictures`, read by `clip` and, where they are kept pairs, by `caption-words`."""
    subjects, labels = [], []
    for place, one in enumerate(pictures):
        name = f"{place:06d}"
        neutral = one.kind == "sample" or gender_named(one.caption) is None
        subjects.append(
            Subject(one.kind, name, one.origin, (one.concept,), one.concept, one.caption, {}, Path(),
                    neutral=neutral, seed=one.seed, variants=one.variants, trained_as=one.concept)
        )  # fmt: skip
        labels.append(label_row(one.kind, name, "clip", one.value, values))
        if one.kind == "pair":
            labels.append(label_row(one.kind, name, "caption-words", gender_named(one.caption), ("woman", "man")))
    labels.append(label_row("sample", "of nobody", "clip", None, values))  # so that all values can be read
    readings = read_labels(schema.from_rows("labels", labels), subjects)
    return Evidence.of(subjects, readings, embeddings=_embeddings(pictures, texts), texts=texts)


def label_row(kind: str, name: str, annotator: str, value: str | None, values: Sequence[str]) -> dict[str, object]:
    """Return a row of the labels table: what `annotator` read of gender presentation in one picture."""
    return {
        "subject_kind": kind,
        "subject_id": name,
        "instance": 0,
        "annotator": annotator,
        "annotator_version": "1",
        "reviewer": "",
        "attribute": GENDER,
        "value": value,
        "probabilities": [(one, float(one == value)) for one in values],
        "abstained": value is None,
    }


def _embeddings(pictures: Sequence[Shown], texts) -> Embeddings | None:
    given = [one.vector is not None for one in pictures]
    if not any(given):
        return None
    vectors = np.array([one.vector for one in pictures if one.vector is not None], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    row = np.where(given, np.cumsum(given) - 1, -1)
    return Embeddings("" if texts is None else texts.fingerprint, row, vectors)


def measured(pictures: Sequence[Shown], **options) -> list[dict[str, object]]:
    """Return all rows of the measures table of `pictures`, as they come back from it."""
    return schema.from_rows("measures", measure(evidence_of(pictures, **options))).to_pylist()


def rows_of(rows: Sequence[dict[str, object]], **wanted: object) -> list[dict[str, object]]:
    """Return those of `rows` that hold all of `wanted`."""
    return [row for row in rows if wanted.items() <= row.items()]
