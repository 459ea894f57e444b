"""Pictures to rows of the labels table, a bounded number at a time: one decode and one embedding for all annotators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.annotators.annotator import Annotator, Label, Picture, ReadsLarge, attributes_of
from toolkit.audit.subjects import CALIBRATION, DROPPED, PAIR, SAMPLE, Subject
from toolkit.errors import PictureError
from toolkit.images import decode
from toolkit.sources.picture_bytes import read_picture

CHUNK = 256
CHUNK_BYTES = 64 << 20  # of pictures that are at no path, which travel with their subjects
LONGEST_SIDE = 256  # pixels; annotators need no more, and memory stays bounded
_ORDER = ("subject_kind", "subject_id", "annotator", "attribute", "instance")


class Embedder(Protocol):
    """The part of a pairing network that embeds pictures: unit vectors, float32 (n, d)."""

    @property
    def fingerprint(self) -> str: ...
    def embed_images(self, pictures: Sequence[NDArray[np.uint8]], *, batch_size: int = 64) -> NDArray[np.float32]: ...


class Labelled(NamedTuple):
    """Rows of the labels table, why pictures could not be read, by `KIND/ID`, and the `pictures` that could."""

    rows: list[dict[str, Any]]
    unreadable: dict[str, str]
    pictures: list[Picture]


def label_chunk(chunk: Sequence[Subject], annotators: Sequence[Annotator], embedder: Embedder | None) -> Labelled:
    """Return the labels of all `annotators` on the subjects of `chunk`, one of `chunks_of`.

    A picture that is missing or cannot be decoded gets an abstention without probabilities from every annotator of
    its kind: it stays in every count and in the worst case. `embedder` may be None where no annotator needs it. Raises
    ValueError where one does.
    """
    rows: list[dict[str, Any]] = []
    unreadable: dict[str, str] = {}
    pictures = _read(chunk, unreadable)
    embedding = [one for one in annotators if one.needs_embedding]
    wanted = {one.kind for one in pictures if any(_labels(annotator, one.kind) for annotator in embedding)}
    pictures = _embed(pictures, wanted, embedder)
    for annotator in annotators:
        if isinstance(annotator, ReadsLarge):
            labels = _of_large(chunk, annotator, annotator.longest_side)
        else:
            labels = annotator.annotate([one for one in pictures if _labels(annotator, one.kind)])
        for one in chunk:
            if _labels(annotator, one.kind) and _key(one) in unreadable:
                labels += _unread(one, annotator)
        rows += [_row(annotator, label) for label in labels]
    return Labelled(rows, unreadable, pictures)


def in_key_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `rows` of the labels table in the order of its key."""
    return sorted(rows, key=lambda row: tuple(row[name] for name in _ORDER))


def _labels(annotator: Annotator, kind: str) -> bool:
    """Return whether `annotator` labels subjects of `kind`.

    Those of known truth stand for samples. Pairs that curation dropped are read by the rulers that read kept pairs and
    samples both: they are there to be compared with these.
    """
    if kind == DROPPED:
        return {SAMPLE, PAIR} <= annotator.kinds
    return (SAMPLE if kind == CALIBRATION else kind) in annotator.kinds


def _key(one: Subject) -> str:
    return f"{one.kind}/{one.subject_id}"


def chunks_of(subjects: Sequence[Subject]) -> Iterator[list[Subject]]:
    """Yield about `CHUNK` subjects at a time, and fewer where the pictures that they carry reach `CHUNK_BYTES`; a
    family, which stands together in `subjects`, is never split."""
    chunk: list[Subject] = []
    carried = 0
    for one in subjects:
        size = len(one.image.get("bytes") or b"")
        full = len(chunk) >= CHUNK or (chunk and carried + size > CHUNK_BYTES)
        if full and not (one.family and one.family == chunk[-1].family):
            yield chunk
            chunk, carried = [], 0
        chunk.append(one)
        carried += size
    if chunk:
        yield chunk


def _of_large(chunk: Sequence[Subject], annotator: Annotator, side: int) -> list[Label]:
    """Return the labels of pictures of up to `side` pixels, so many at a time that they take no more memory."""
    portion = max(1, CHUNK * LONGEST_SIDE**2 // side**2)
    mine = [one for one in chunk if _labels(annotator, one.kind)]
    parts = (_read(mine[start : start + portion], {}, side) for start in range(0, len(mine), portion))
    return [label for part in parts for label in annotator.annotate(part)]


def _read(chunk: Sequence[Subject], unreadable: dict[str, str], side: int = LONGEST_SIDE) -> list[Picture]:
    pictures = []
    for one in chunk:
        if one.error is not None:
            unreadable[_key(one)] = one.error
            continue
        try:
            pixels = decode(read_picture(one.image, one.base), longest_side=side)
        except PictureError as error:
            unreadable[_key(one)] = str(error)
            continue
        pictures.append(
            Picture(one.kind, one.subject_id, one.concept, one.caption, pixels, one.gender, one.skin_tone, one.family)
        )
    return pictures


def _embed(pictures: list[Picture], kinds: set[str], embedder: Embedder | None) -> list[Picture]:
    wanted = [one for one in pictures if one.kind in kinds]
    if not wanted:
        return pictures
    if embedder is None:
        raise ValueError("an annotator needs embeddings; give a pairing network")
    vectors = embedder.embed_images([one.pixels for one in wanted])
    by_key = {(one.kind, one.subject_id): vector for one, vector in zip(wanted, vectors, strict=True)}
    return [Picture(**{**one.__dict__, "embedding": by_key.get((one.kind, one.subject_id))}) for one in pictures]


def _unread(one: Subject, annotator: Annotator) -> list[Label]:
    nothing = Label(one.kind, one.subject_id, None, {}, abstained=True)
    return [nothing._replace(attribute=attribute) for attribute in attributes_of(annotator)]


def _row(annotator: Annotator, label: Label) -> dict[str, Any]:
    return {
        "subject_kind": label.kind,
        "subject_id": label.subject_id,
        "instance": label.instance,
        "annotator": annotator.name,
        "annotator_version": annotator.version,
        "reviewer": "",
        "attribute": label.attribute or annotator.attribute,
        "value": label.value,
        "probabilities": sorted(label.probabilities.items()),
        "abstained": label.abstained,
        "inclusion_probability": 1.0,
    }
