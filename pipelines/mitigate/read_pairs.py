"""The pairs of the data behind an audit that a rebalancing can count on: what was read in them, what captions name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines.mitigate.before import Before
from pipelines.mitigate.planned import Planned
from toolkit.caption_words import caption_about
from toolkit.errors import RunError
from toolkit.mitigate.aim import Aim
from toolkit.mitigate.captions import without_words
from toolkit.mitigate.rebalance import ReadPair
from toolkit.store import RunFolder

PAIR = "pair"
Row = dict[str, Any]


def read_pairs(before: Before, data: RunFolder, planned: Planned) -> Iterator[ReadPair]:
    """Yield every kept pair that is about one concept of the target, as the annotators of the attributes read it.

    Raises RunError where labels or pairs are not at hand."""
    groups, *also = (_groups(before, aim) for aim in (planned.aim, *(one.aim for one in planned.also)))
    kept = _kept(data)
    concepts = tuple(planned.target.shares)
    said = (*planned.phrases.said, *(word for one in planned.also for word in one.said))
    for row in _pairs(data, ["sample_id", "caption", "meta"]):
        about = caption_about(row["caption"] or "", row["meta"], concepts)
        if row["sample_id"] in kept and len(about.concepts) == 1:
            rewritten = without_words(row["caption"], said, about.concepts[0])
            name = row["sample_id"]
            further = tuple(one.get(name) for one in also)
            yield ReadPair(name, about.concepts[0], groups.get(name), rewritten, further)


def _groups(before: Before, aim: Aim) -> dict[str, str]:
    """Return what the annotator of `aim` read in each picture of the data, of those that could be told."""
    holder = before.run.find("labels")
    if holder is None:
        raise RunError(f"{before.run.path} has no labels at hand; keep the run that tain label wrote beside it")
    columns = ["subject_kind", "subject_id", "annotator", "attribute", "value", "abstained"]
    return {
        row["subject_id"]: row["value"]
        for row in holder.read("labels", columns=columns).to_pylist()
        if row["subject_kind"] == PAIR
        and (row["annotator"], row["attribute"]) == (aim.annotator, aim.attribute)
        and not row["abstained"]
        and row["value"] is not None
    }


def _kept(data: RunFolder) -> set[str]:
    holder = data.find("decisions")
    assert holder is not None  # data is found by its decisions
    decisions = holder.read("decisions", ["sample_id", "keep"])
    return set(decisions.filter(decisions["keep"])["sample_id"].to_pylist())


def _pairs(data: RunFolder, columns: list[str] | None = None) -> Iterator[Row]:
    holder = data.find("pairs")
    if holder is None:
        raise RunError(f"{data.path} has decisions but no pairs at hand; keep the curated run beside it")
    for shard in holder.scan("pairs", columns):
        yield from shard.to_pylist()
