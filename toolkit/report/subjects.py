"""Which pictures a measure speaks of: generated ones by the concept of their probe, dataset ones by their caption."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.store import RunFolder

DATA = "data:"


class Picture(NamedTuple):
    """An audited picture: `kind` sample or pair, its id, the subject and slice it counts for, and its words."""

    kind: str
    subject_id: str
    subject: str
    slice: str
    caption: str


def samples_shown(run: RunFolder) -> list[Picture]:
    """Return the painted pictures of `run` in the order of their requests; one that failed is left out."""
    samples = run.find("samples")
    requests = run.find("requests")
    if samples is None or requests is None:
        return []
    table = samples.read("samples", columns=["request_id", "error"])
    painted = set(table.filter(pc.is_null(table["error"]))["request_id"].to_pylist())
    concepts = _concepts(run)
    subjects = _models(run)
    shown: list[Picture] = []
    rows = requests.read("requests", columns=["request_id", "prompt", "replicate", "settings"]).to_pylist()
    for row in sorted(rows, key=lambda one: (one["replicate"] or 0, one["request_id"])):
        if row["request_id"] not in painted:
            continue
        subject = _model(row["settings"], subjects)
        prompt = row["prompt"] or ""
        asked_for = concepts.get(row["request_id"], [prompt])
        shown.extend(Picture("sample", row["request_id"], subject, concept, prompt) for concept in asked_for)
    return shown


def _concepts(run: RunFolder) -> dict[str, list[str]]:
    """Return the concepts of every request that a probe asked for; a request of no probe is absent."""
    holder = run.find("probe_requests")
    found: dict[str, list[str]] = {}
    if holder is not None:
        for row in holder.read("probe_requests", columns=["request_id", "attributes"]).to_pylist():
            concept = dict(row["attributes"] or []).get("concept")
            if concept is not None:
                found.setdefault(row["request_id"], []).append(concept)
    return found


def _models(run: RunFolder) -> list[str]:
    if not run.has("measures"):
        return []
    subjects = run.read("measures", columns=["subject"])["subject"].unique().to_pylist()
    return sorted(one for one in subjects if not one.startswith(DATA))


def _model(settings: str | None, subjects: list[str]) -> str:
    """Return the model that painted a picture: the one its settings name, else the only one that was measured."""
    try:
        named = json.loads(settings or "{}").get("model")
    except (ValueError, AttributeError):
        named = None
    if isinstance(named, str) and (named in subjects or not subjects):
        return named
    return subjects[0] if subjects else "unnamed model"


def pairs_shown(run: RunFolder, slices: Iterable[str]) -> list[Picture]:
    """Return the labelled dataset pictures of `run` whose caption is one of `slices`, with no gender and tone named."""
    labelled = _labelled_pairs(run)
    pairs = run.find("pairs")
    if pairs is None or not labelled:
        return []
    wanted = set(slices)
    ids = pa.array(sorted(labelled), pa.string())
    shown: list[Picture] = []
    for rows in pairs.scan("pairs", columns=["sample_id", "caption", "source", "meta"]):
        for row in rows.filter(pc.is_in(rows["sample_id"], value_set=ids)).to_pylist():
            concept = _neutral_concept(row["caption"] or "", row["meta"])
            if concept in wanted:
                subject = DATA + (row["source"] or "")
                shown.append(Picture("pair", row["sample_id"], subject, concept, row["caption"] or ""))
    return sorted(shown, key=lambda one: (one.slice, one.subject, one.subject_id))


def _labelled_pairs(run: RunFolder) -> set[str]:
    if not run.has("labels"):
        return set()
    labels = run.read("labels", columns=["subject_kind", "subject_id"])
    return set(labels.filter(pc.equal(labels["subject_kind"], "pair"))["subject_id"].to_pylist())


def _neutral_concept(caption: str, meta: str | None) -> str | None:
    """Return what a caption that names neither gender nor skin tone is about; None where it names one of them."""
    try:
        named = json.loads(meta or "{}")
    except ValueError:
        named = {}
    if not isinstance(named, dict) or named.get("gender") or named.get("skin_tone"):
        return None
    return " ".join(caption.casefold().split())
