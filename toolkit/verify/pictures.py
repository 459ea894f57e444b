"""Painted pictures against the hashes in the samples table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from toolkit.store import RunFolder
from toolkit.verify.problem import Problem, how_to_mend


def check_pictures(run: RunFolder) -> Iterator[Problem]:
    """Yield the painted pictures that are gone, or are not the bytes that were painted; of sound shards only."""
    stages = tuple(run.stages)
    for path in run.shards("samples"):
        for row in run.read_one(path, ["image_path", "sha256"]).to_pylist():
            name = row["image_path"]
            if name is None:
                continue
            mend = how_to_mend(f"samples/{path.name}", stages)
            try:
                data = (run.path / name).read_bytes()
            except OSError:
                yield Problem("missing", name, "it was painted, the file is gone", mend)
                continue
            if row["sha256"] is not None and hashlib.sha256(data).hexdigest() != row["sha256"]:
                yield Problem("damaged", name, "its bytes are not those that were painted", mend)
