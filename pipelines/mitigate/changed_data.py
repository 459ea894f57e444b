"""A curated run in which the pairs of some concepts are seen more often, or under other captions: see `rebalance`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.mitigate.before import Before
from pipelines.mitigate.planned import Planned
from pipelines.mitigate.read_pairs import read_pairs
from toolkit import schema
from toolkit.caption_words import names_concept
from toolkit.errors import RunError
from toolkit.mitigate.rebalance import Balanced, Rebalanced, rebalance
from toolkit.mitigate.rebalance_several import AttributeTarget, rebalance_several
from toolkit.seeds import stable_hash
from toolkit.sources.remote import is_remote
from toolkit.store import RunFolder, create_run, shard_name

STAGE = "rebalance"
Row = dict[str, Any]


def changed_data(before: Before, planned: Planned, out: Path, strength: float) -> RunFolder:
    """Return the run `out`: all pairs and decisions of the data behind an audit, with copies of kept ones.

    The groups are those that the annotator of the finding read in the pictures, and that of each attribute besides. The
    counts of the stage say what became of each concept. Raises RunError where the audit was of no data, or its data
    holds no picture of a concept.
    """
    if before.data is None:
        raise RunError(f"{before.run.path} was audited without --data, so there is nothing to rebalance; give it")
    made = create_run(out, resume=True)
    if made.stages.get(STAGE, {}).get("finished"):
        return made
    found = _rebalanced(before, before.data, planned, strength)
    if not any(sum(one.after.values()) for one in found.concepts):
        raise RunError(
            f"{before.data.path} has no kept pair about {', '.join(planned.target.shares)} whose picture could be "
            "read; give data that shows them"
        )
    target = {name: dict(shares) for name, shares in planned.target.shares.items()}
    arguments: dict[str, Any] = {"target": target, "strength": strength}
    if planned.also:
        arguments["also"] = [
            {"attribute": one.aim.attribute, "annotator": one.aim.annotator, "target": one.target.shares}
            for one in planned.also
        ]
    with made.stage(STAGE, arguments=arguments, inputs=[before.data]) as counts:
        made.discard_unmarked(STAGE, ["pairs", "decisions"])
        _write(before.data, made, found)
        rows = sum(shard.num_rows for shard in made.scan("pairs", ["sample_id"]))
        counts.update({"rows": rows, "concepts": {one.concept: _counts(one) for one in found.concepts}})
    return made


def unreached(data: RunFolder, attribute: str) -> list[str]:
    """Return, of the data that `changed_data` made for several attributes, the first of them `attribute`, what could
    not be brought about."""
    said = []
    for concept, one in data.stages[STAGE]["counts"]["concepts"].items():
        if "also" not in one:
            continue
        first = {"attribute": attribute, "left": None, "short": one["short"]}
        for margin in (first, *one["also"]):
            if margin["left"] is not None:
                said.append(f"{concept}: {margin['attribute']} {margin['left']}.")
            elif margin["short"]:
                few = ", ".join(margin["short"])
                said.append(f"{concept}: the data stays short of {few} ({margin['attribute']}).")
    return said


def _counts(one: Balanced) -> Row:
    """Return what run.json says of one concept."""
    found = one._asdict()
    also = [margin._asdict() for margin in found.pop("also")]
    return found | ({"also": also} if also else {})


def _rebalanced(before: Before, data: RunFolder, planned: Planned, strength: float) -> Rebalanced:
    pairs = read_pairs(before, data, planned)
    if not planned.also:
        return rebalance(pairs, planned.target.shares, strength)
    targets = [(planned.aim, planned.target), *((one.aim, one.target) for one in planned.also)]
    return rebalance_several(pairs, [AttributeTarget(aim.attribute, one.shares) for aim, one in targets], strength)


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
            changed |= {"caption": caption, "meta": _without_value(meta, row["caption"], caption)}
        yield row | changed, name


def _without_value(meta: Mapping[str, Any], caption: str, rewritten: str) -> str:
    """Return the meta of a pair whose `caption` was `rewritten` to name no value: without its gender, and without the
    skin tone that it no longer says."""
    gone = {"gender"}
    if not names_concept(rewritten, f"{meta.get('skin_tone') or ''} skin tone"):
        gone |= {"skin_tone", "skin_tones"}
    kept = {key: value for key, value in meta.items() if key not in gone} | {"caption_before": caption}
    return json.dumps(kept, ensure_ascii=False)


def _placed(row: Row, holder: RunFolder, made: RunFolder) -> Row:
    """Return `row` with the path of its picture as seen from the run that is made."""
    image = row["image"] or {}
    path = image.get("path")
    if not path or image.get("bytes") is not None or is_remote(path) or Path(path).is_absolute():
        return row
    return row | {"image": image | {"path": os.path.relpath(holder.path / path, made.path)}}
