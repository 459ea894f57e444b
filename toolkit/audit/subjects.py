"""Which pictures an audit looks at: every sample of a run, and the pairs of a dataset that bear on its concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.audit.recipe import GENDER, SKIN_TONE
from toolkit.caption_words import GENDERS, caption_about, json_object
from toolkit.errors import RunError
from toolkit.held_out import trained_concept
from toolkit.requested import Variant, concepts_of_requests, painter_of, variants_of_requests
from toolkit.seeds import stable_hash
from toolkit.store import RunFolder

DATA = "data:"
RAW = "raw:"
NO_TONE = "no tone named"
ALL = "all"
SAMPLE, PAIR, CALIBRATION, DROPPED = "sample", "pair", "calibration", "dropped"  # kinds of subjects


class Keyed(Protocol):
    """What has a kind and an id, by which rows of tables about pictures are found."""

    @property
    def kind(self) -> str:
        """Which sort of picture it is, such as `sample` or `pair`."""

    @property
    def subject_id(self) -> str:
        """Its id among those of its kind."""


@dataclass(frozen=True)
class Subject:
    """A picture to label and to count.

    `origin` is what `measures.subject` says: a model, or `data:SOURCE`; pairs that curation dropped are of
    `raw:SOURCE` and count in the ledger alone. `slices` are the concepts it counts for.
    `image` is a struct of bytes and path, relative to `base`. A dataset picture is `neutral` where its caption names
    neither gender nor skin tone. `known` are its true values, by attribute, where they are known, and `known_weight`
    how many pictures it then stands for. `error` says why there is no picture. `seed` is the noise it was painted from,
    where known, `variants` the probes that asked for it. `trained_as` is what a training calls the concept of a pair,
    where it keeps concepts out.
    """

    kind: str
    subject_id: str
    origin: str
    slices: tuple[str, ...]
    concept: str
    caption: str
    image: Mapping[str, Any]
    base: Path
    gender: str | None = None
    skin_tone: str | None = None
    family: str = ""
    neutral: bool = True
    known: Mapping[str, str] = field(default_factory=dict)
    known_weight: float = 1.0
    error: str | None = None
    seed: int | None = None
    variants: tuple[Variant, ...] = ()
    trained_as: str = ""


def places_among(table: pa.Table, keys: pa.Array) -> NDArray[np.int64]:
    """Return for each row of `table` its place among `keys` (see `keys_of`), -1 where its picture is none of them."""
    asked = pc.binary_join_element_wise(table["subject_kind"], table["subject_id"], "/")
    found: NDArray[np.int64] = pc.fill_null(pc.index_in(asked, value_set=keys), -1).to_numpy().astype(np.int64)
    return found


def keys_of(subjects: Sequence[Keyed]) -> pa.Array:
    """Return how the rows of every table that is about pictures are matched with `subjects`: by kind and id."""
    return pa.array([f"{one.kind}/{one.subject_id}" for one in subjects], pa.string())


def sample_subjects(run: RunFolder) -> list[Subject]:
    """Return every sample of `run` (or of the runs it read), also those that failed, in the order of their ids.

    A sample counts for the concepts of its probes, or for its prompt where no probe asked for it. Raises RunError
    where there are no samples.
    """
    holder, asked = run.find("samples"), run.find("requests")
    if holder is None or asked is None:
        raise RunError(f"{run.path} has no samples; give the run that `tain generate` wrote, or use --samples FILE")
    concepts, variants = concepts_of_requests(run), variants_of_requests(run)
    painter = painter_of(holder)
    requests = {row["request_id"]: row for row in asked.read("requests").to_pylist()}
    found = []
    for row in holder.read("samples", columns=["request_id", "image_path", "error"]).to_pylist():
        request = requests.get(row["request_id"])
        if request is None:
            raise RunError(f"sample {row['request_id']} of {holder.path} has no request; copy the run again")
        prompt = request["prompt"] or ""
        slices = tuple(concepts.get(row["request_id"], [prompt]))
        found.append(
            Subject(
                kind=SAMPLE,
                subject_id=row["request_id"],
                origin=_named_model(request["settings"]) or painter,
                slices=slices,
                concept=slices[0],
                caption=prompt,
                image={"bytes": None, "path": row["image_path"]},
                base=holder.path,
                error=row["error"],
                seed=request["seed"],
                variants=variants.get(row["request_id"], ()),
            )
        )
    return sorted(found, key=lambda one: one.subject_id)


def _named_model(settings: str | None) -> str | None:
    named = json_object(settings).get("model")
    return named if isinstance(named, str) and named else None


def pair_subjects(data: RunFolder, concepts: Sequence[str], calibration_pictures: int) -> list[Subject]:
    """Return the pairs of `data` whose caption is about one of `concepts`, and those that calibrate annotators.

    A caption is about a concept where the source names it as its `base`, or else where its words name it. Pairs that
    curation dropped are of a kind of their own. Of the kept pictures whose gender and skin tone are known,
    `calibration_pictures` a source are chosen by the hash of their ids. Captions are read first and pictures only of
    the chosen rows. Raises RunError where there are no pairs.
    """
    pairs = data.find("pairs")
    if pairs is None:
        raise RunError(f"{data.path} has no pairs; give the run that `tain curate` wrote as --data")
    kept = _kept(data)
    chosen: dict[str, Subject] = {}
    known: dict[str, list[Subject]] = {}
    for rows in pairs.scan("pairs", columns=["sample_id", "caption", "source", "error", "meta"]):
        for row in rows.to_pylist():
            one = _pair_subject(row, concepts, pairs.path)
            if kept is not None and row["sample_id"] not in kept:
                one = replace(one, kind=DROPPED, origin=RAW + one.origin.removeprefix(DATA), family="", known={})
            if one.slices:
                chosen[one.subject_id] = one
            if one.known:
                known.setdefault(one.origin, []).append(one)
    for some in known.values():
        some.sort(key=lambda one: stable_hash("calibration", one.subject_id))
        chosen.update((one.subject_id, one) for one in some[:calibration_pictures])
    return _with_pictures(pairs, chosen)


def pairs_named(data: RunFolder, sample_ids: Sequence[str]) -> list[Subject]:
    """Return those of `sample_ids` that `data` or a run that it read holds, in the order of their ids, without their
    pictures and the slices they count for: their concept is what the source calls it, or else the caption."""
    pairs = data.find("pairs")
    if pairs is None:
        return []
    ids, found = pa.array(sorted(set(sample_ids)), pa.string()), []
    for rows in pairs.scan("pairs", columns=["sample_id", "caption", "source", "error", "meta"]):
        wanted = rows.filter(pc.is_in(rows["sample_id"], value_set=ids))
        found += [_pair_subject(row, (), pairs.path) for row in wanted.to_pylist()]
    return sorted(found, key=lambda one: one.subject_id)


def _kept(data: RunFolder) -> set[str] | None:
    """Return the ids that curation kept; None where nothing was decided."""
    holder = data.find("decisions")
    if holder is None:
        return None
    table = holder.read("decisions", columns=["sample_id", "keep"])
    return set(table.filter(table["keep"])["sample_id"].to_pylist())


def _pair_subject(row: dict[str, Any], concepts: Sequence[str], base: Path) -> Subject:
    caption, meta = row["caption"] or "", json_object(row["meta"])
    about = caption_about(caption, row["meta"], concepts)
    person = str(meta.get("subcategory") or "").startswith("person")
    origin = DATA + (row["source"] or "unnamed source")
    named = person and about.base is not None and not about.several and meta.get("gender") in GENDERS
    return Subject(
        kind=PAIR,
        subject_id=row["sample_id"],
        origin=origin,
        slices=about.concepts,
        concept=about.base or (about.concepts[0] if about.concepts else caption),
        caption=caption,
        image={},
        base=base,
        gender=about.gender,
        skin_tone=about.skin_tone,
        family=f"{origin}/{about.base}/{about.skin_tone or ''}" if about.base and not about.several else "",
        neutral=about.neutral,
        known={GENDER: str(meta["gender"]), SKIN_TONE: about.skin_tone or NO_TONE} if named else {},
        error=row["error"],
        trained_as=trained_concept(caption, row["meta"]),
    )


def _with_pictures(pairs: RunFolder, chosen: dict[str, Subject]) -> list[Subject]:
    ids = pa.array(sorted(chosen), pa.string())
    found = []
    for rows in pairs.scan("pairs", columns=["sample_id", "image"]):
        for row in rows.filter(pc.is_in(rows["sample_id"], value_set=ids)).to_pylist():
            one = chosen[row["sample_id"]]
            found.append(Subject(**{**one.__dict__, "image": row["image"] or {}}))
    return sorted(found, key=lambda one: (one.family, one.subject_id))
