"""A run of a hundred thousand pairs and ten thousand painted pictures for benches: that of the demo, many times over.

Each copy of a pair has a name, a picture of its own by its hashes, and an embedding that is moved a little; one in ten
stays as it was, so that there are copies to find. Measures and findings are the demo's own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.audit.subjects import SAMPLE
from toolkit.curate.pairing.cache_folder import cache_folder
from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.stage import decide
from toolkit.seeds import stable_hash
from toolkit.store import RunFolder, create_run

SHARD_ROWS = 1024
SAME = 0.1  # of the rows of a copy keep their looks and their embedding
MOVED = 0.05  # standard deviation of what is added to each number of a unit vector
FILES = ("calibration.json", "findings.json", "ledger.json")
Random = np.random.Generator


def build_large(demo: Path, out: Path, *, pairs: int, samples: int) -> Path:
    """Write `out`/curated and `out`/audit, made from the runs of the same names in `demo`; return `out`."""
    curated, audited = RunFolder(demo / "curated"), RunFolder(demo / "audit")
    copies = -(-pairs // curated.read("pairs", ["sample_id"]).num_rows)
    scored = _write_pairs(curated, out, copies)
    large = decide(scored, out / "curated", recipe=curated.stages["curate"]["recipe"], cache=scored.path / "cache")
    painted = -(-samples // audited.read("samples", ["request_id"]).num_rows)
    _write_audit(audited, out / "audit", large, painted, copies)
    return out


def _called(copy: int) -> Callable[[str], str]:
    """Return what a name is in a copy; that of the first stays."""
    return lambda name: stable_hash("copy", copy, name) if copy else name


def _renamed(table: pa.Table, column: str, copy: int) -> pa.Table:
    return _put(table, column, [one and _called(copy)(one) for one in table[column].to_pylist()])


def _put(table: pa.Table, column: str, values: object) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def _write_pairs(curated: RunFolder, out: Path, copies: int) -> RunFolder:
    """Write and return a run of the pairs and scores of `curated`, `copies` times, and their embeddings."""
    entry, random = curated.stages["curate"], np.random.default_rng(0)
    model = entry["recipe"]["pairing"]["model"]
    known, kept = (
        Embedder(model, cache_folder(None, curated.path / "cache")),
        Embedder(model, out / "scored" / "cache").cache,
    )
    run, shard = create_run(out / "scored"), 0
    pairs, scores = (curated.read(name).combine_chunks() for name in ("pairs", "scores"))
    contents = pairs["content_id"].to_pylist()
    vectors = known.known_pictures(contents)
    with run.stage("curate", recipe=entry["recipe"], arguments=entry["arguments"]) as counts:
        counts["scorers"] = entry["counts"]["scorers"]
        for copy in range(copies):
            moved = random.random(len(contents)) >= (SAME if copy else 1)
            names = [_called(copy)(one) if move else one for one, move in zip(contents, moved, strict=True)]
            own = _put(_renamed(pairs, "sample_id", copy), "content_id", names)
            looks = _moved_looks(_renamed(scores, "sample_id", copy), moved, random)
            near = vectors + random.normal(0, MOVED, vectors.shape).astype(np.float32) * moved[:, None]
            near /= np.linalg.norm(near, axis=1, keepdims=True)
            there = np.isfinite(near).all(axis=1)
            kept.add("pictures", [n for n, one in zip(names, there, strict=True) if one], near[there], known.facts)
            for start in range(0, own.num_rows, SHARD_ROWS):
                run.write_shard("pairs", shard, own.slice(start, SHARD_ROWS))
                run.write_shard("scores", shard, looks.slice(start, SHARD_ROWS))
                shard += 1
    return run


def _moved_looks(scores: pa.Table, moved: NDArray[np.bool_], random: Random) -> pa.Table:
    """Return `scores` with other hashes of the pictures that are `moved`."""
    for name in ("fingerprint", "perceptual_hash"):
        old = scores[name].to_pylist()
        new = random.integers(0, 2**63, len(old), dtype=np.uint64).tolist()
        scores = _put(scores, name, [n if m and o is not None else o for o, n, m in zip(old, new, moved, strict=True)])
    old = scores["view_hashes"].to_pylist()
    new = [one if one is None or not move else random.bytes(len(one)) for one, move in zip(old, moved, strict=True)]
    return _put(scores, "view_hashes", new)


def _write_audit(audited: RunFolder, path: Path, data: RunFolder, painted: int, copies: int) -> None:
    """Write a run of what `audited` painted, `painted` times, and of its labels, those of pairs `copies` times."""
    run, stages = create_run(path), audited.stages
    shutil.copytree(audited.path / "images", path / "images")
    generate = {key: stages["generate"][key] for key in ("recipe", "arguments", "seed")}
    with run.stage("generate", **generate) as counts:
        counts.update(stages["generate"]["counts"])
        for name in ("requests", "probe_requests", "samples"):
            rows = audited.read(name).combine_chunks()
            for copy in range(painted):
                run.write_shard(name, copy, _renamed(rows, "request_id", copy))
    with run.stage("audit", recipe=stages["audit"]["recipe"], seed=stages["audit"]["seed"], inputs=[data]) as counts:
        counts.update(stages["audit"]["counts"])
        for name in ("labels", "embeddings"):
            rows = audited.read(name).combine_chunks()
            of_pairs = np.array([one != SAMPLE for one in rows["subject_kind"].to_pylist()])
            for copy in range(max(painted, copies)):
                wanted = (of_pairs & (copy < copies)) | (~of_pairs & (copy < painted))
                run.write_shard(name, copy, _renamed(rows.filter(pa.array(wanted)), "subject_id", copy))
        run.write_shard("measures", 0, audited.read("measures").combine_chunks())
        for name in FILES:
            run.write_file(name, (audited.path / name).read_bytes())
