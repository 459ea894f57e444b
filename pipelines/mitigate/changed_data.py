"""A curated run in which the pairs of some concepts are seen more often, or under other captions: see `rebalance`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.mitigate.before import Before
from pipelines.mitigate.planned import Planned
from toolkit import schema
from toolkit.caption_words import caption_about
from toolkit.errors import RunError
from toolkit.mitigate.captions import without_words
from toolkit.mitigate.rebalance import ReadPair, Rebalanced, rebalance
from toolkit.seeds import stable_hash
from toolkit.sources.remote import is_remote
from toolkit.store import RunFolder, create_run, shard_name

STAGE = "rebalance"
PAIR = "pair"
Row = dict[str, Any]


def changed_data(before: Before, planned: Planned, out: Path, strength: float) -> RunFolder:
    """Return the run `out`: all pairs and decisions of the data behind an audit, with copies of kept ones.

    The groups are those that the annotator of the finding read in the pictures. The counts of the stage say what became
    of each concept. Raises RunError where the audit was of no data, or its data holds no picture of a concept.
    """
    if before.data is None:
        raise RunError(f"{before.run.path} was audited without --data, so there is nothing to rebalance; give it")
    made = create_run(out, resume=True)
    if made.stages.get(STAGE, {}).get("finished"):
        return made
    found = rebalance(_read_pairs(before, before.data, planned), planned.target.shares, strength)
    if not any(sum(one.after.values()) for one in found.concepts):
        raise RunError(
            f"{before.data.path} has no kept pair about {', '.join(planned.target.shares)} whose picture could be "
            "read; give data that shows them"
        )
    target = {name: dict(shares) for name, shares in planned.target.shares.items()}
    arguments = {"target": target, "strength": strength}
    with made.stage(STAGE, arguments=arguments, inputs=[before.data]) as counts:
        made.discard_unmarked(STAGE, ["pairs", "decisions"])
        _write(before.data, made, found)
        rows = sum(shard.num_rows for shard in made.scan("pairs", ["sample_id"]))
        counts.update({"rows": rows, "concepts": {one.concept: one._asdict() for one in found.concepts}})
    return made


def _read_pairs(before: Before, data: RunFolder, planned: Planned) -> Iterator[ReadPair]:
    """Yield every kept pair that is about one concept of the target, as the annotator of the finding read it."""
    groups = _groups(before, planned)
    kept = _kept(data)
    concepts, said = tuple(planned.target.shares), planned.phrases.said
    for row in _pairs(data, ["sample_id", "caption", "meta"]):
        about = caption_about(row["caption"] or "", row["meta"], concepts)
        if row["sample_id"] in kept and len(about.concepts) == 1:
            rewritten = without_words(row["caption"], said, about.concepts[0])
            yield ReadPair(row["sample_id"], about.concepts[0], groups.get(row["sample_id"]), rewritten)


def _groups(before: Before, planned: Planned) -> dict[str, str]:
    """Return what was read in each picture of the data, of those that could be told."""
    holder = before.run.find("labels")
    if holder is None:
        raise RunError(f"{before.run.path} has no labels at hand; keep the run that tain label wrote beside it")
    columns = ["subject_kind", "subject_id", "annotator", "attribute", "value", "abstained"]
    return {
        row["subject_id"]: row["value"]
        for row in holder.read("labels", columns=columns).to_pylist()
        if row["subject_kind"] == PAIR
        and (row["annotator"], row["attribute"]) == (planned.aim.annotator, planned.aim.attribute)
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


def _write(data: RunFolder, made: RunFolder, found: Rebalanced) -> None:
    """Write all pairs and decisions of `data`, and the copies, shard by shard, but those that are marked complete."""
    pairs, decisions = data.find("pairs"), data.find("decisions")
    assert pairs is not None  # as _pairs has seen
    assert decisions is not None  # data is found by them
    decided = {row["sample_id"]: row for row in decisions.read("decisions").to_pylist()}
    done = made.marked(STAGE)
    for index, shard in enumerate(pairs.scan("pairs")):
        if shard_name(index) in done:
            continue
        written = [copy for row in shard.to_pylist() for copy in _copies(_placed(row, pairs, made), found)]
        made.write_shard("pairs", index, schema.from_rows("pairs", [row for row, _ in written]))
        own = [decided[of] | {"sample_id": row["sample_id"]} for row, of in written if of in decided]
        made.write_shard("decisions", index, schema.from_rows("decisions", own))
        made.mark(STAGE, index)


def _copies(row: Row, found: Rebalanced) -> Iterator[tuple[Row, str]]:
    """Yield `row`, and its copies under names of their own, each with the name of the row that it is of."""
    name = row["sample_id"]
    yield row, name
    caption = found.captions.get(name)
    more = found.copies.get(name, 1) - (caption is None)
    for number in range(more):
        meta = json.loads(row["meta"] or "{}") | {"copy_of": name}
        changed = {"sample_id": stable_hash("rebalanced", name, number), "meta": json.dumps(meta, ensure_ascii=False)}
        if caption is not None:
            changed |= {"caption": caption, "meta": _without_value(meta, row["caption"])}
        yield row | changed, name


def _without_value(meta: Mapping[str, Any], caption: str) -> str:
    """Return the meta of a pair whose caption was `caption` before it was rewritten to name no value."""
    kept = {key: value for key, value in meta.items() if key != "gender"} | {"caption_before": caption}
    return json.dumps(kept, ensure_ascii=False)


def _placed(row: Row, holder: RunFolder, made: RunFolder) -> Row:
    """Return `row` with the path of its picture as seen from the run that is made."""
    image = row["image"] or {}
    path = image.get("path")
    if not path or image.get("bytes") is not None or is_remote(path) or Path(path).is_absolute():
        return row
    return row | {"image": image | {"path": os.path.relpath(holder.path / path, made.path)}}
