"""Which pictures a measure speaks of: generated ones by the concept of their probe, dataset ones by their caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.caption_words import caption_about, json_object
from toolkit.requested import concepts_of_requests, painter_of
from toolkit.store import RunFolder

DATA = "data:"


class Picture(NamedTuple):
    """An audited picture: `kind` sample or pair, its id, the subject and slice it counts for, and its words.

    A dataset picture is `neutral` where its caption names neither gender nor skin tone; `failed` ones were never
    painted. A picture that counts for several slices comes once for each.
    """

    kind: str
    subject_id: str
    subject: str
    slice: str
    caption: str
    neutral: bool = True
    failed: bool = False


def samples_shown(run: RunFolder) -> list[Picture]:
    """Return the samples of `run` or of its inputs, in the order of their replicates; failed ones too."""
    samples, requests = run.find("samples"), run.find("requests")
    if samples is None or requests is None:
        return []
    table = samples.read("samples", columns=["request_id", "error"])
    failed = dict(zip(table["request_id"].to_pylist(), pc.is_valid(table["error"]).to_pylist(), strict=True))
    concepts, painter = concepts_of_requests(run), painter_of(samples)
    shown: list[Picture] = []
    rows = requests.read("requests", columns=["request_id", "prompt", "replicate", "settings"]).to_pylist()
    for row in sorted(rows, key=lambda one: (one["replicate"] or 0, one["request_id"])):
        name, prompt = row["request_id"], row["prompt"] or ""
        if name in failed:
            subject = json_object(row["settings"]).get("model") or painter
            shown.extend(
                Picture("sample", name, str(subject), concept, prompt, failed=failed[name])
                for concept in concepts.get(name, [prompt])
            )
    return shown


def pairs_shown(run: RunFolder, slices: list[str]) -> list[Picture]:
    """Return the labelled dataset pictures of `run` whose caption is about one of `slices`, by slice and subject."""
    return _pairs(run, slices, ("pair",))


def ledger_pairs(run: RunFolder, slices: list[str]) -> list[Picture]:
    """Return the labelled pictures of the dataset as `pairs_shown` does, also those that curation dropped, whose kind
    is `dropped`."""
    return _pairs(run, slices, ("pair", "dropped"))


def _pairs(run: RunFolder, slices: list[str], kinds: Sequence[str]) -> list[Picture]:
    kind_of = _labelled(run, kinds)
    pairs = run.find("pairs")
    if pairs is None or not kind_of:
        return []
    ids = pa.array(sorted(kind_of), pa.string())
    shown: list[Picture] = []
    for rows in pairs.scan("pairs", columns=["sample_id", "caption", "source", "meta"]):
        for row in rows.filter(pc.is_in(rows["sample_id"], value_set=ids)).to_pylist():
            caption = row["caption"] or ""
            about = caption_about(caption, row["meta"], slices)
            subject = DATA + (row["source"] or "unnamed source")
            shown.extend(
                Picture(kind_of[row["sample_id"]], row["sample_id"], subject, concept, caption, about.neutral)
                for concept in about.concepts
            )
    return sorted(shown, key=lambda one: (one.slice, one.subject, one.subject_id))


def _labelled(run: RunFolder, kinds: Sequence[str]) -> dict[str, str]:
    """Return the kind of each labelled picture of one of `kinds`, by its id."""
    holder = run.find("labels")
    if holder is None:
        return {}
    labels = holder.read("labels", columns=["subject_kind", "subject_id"])
    wanted = labels.filter(pc.is_in(labels["subject_kind"], value_set=pa.array(kinds, pa.string())))
    return dict(zip(wanted["subject_id"].to_pylist(), wanted["subject_kind"].to_pylist(), strict=True))
