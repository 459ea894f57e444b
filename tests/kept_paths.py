"""Strips for a run of `run_folder`, as a run with --path-every and --noised holds them."""

from __future__ import annotations

import numpy as np
from run_folder import photograph

from toolkit.store import RunFolder
from toolkit.strips import encode_strip, noised_path, strip_path

LABELS = ("step 0 of 4", "step 2 of 4", "picture")


def keep_paths(run: RunFolder) -> list[str]:
    """Write a strip for the first two requests of each prompt and for one real picture; return those request_ids."""
    rows = sorted(run.read("requests").to_pylist(), key=lambda row: (row["prompt"], row["replicate"]))
    chosen = [row for row in rows if row["replicate"] < 2]
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    for place, row in enumerate(chosen):
        picture = photograph(place)
        frames = [noise, (noise // 2 + picture // 2).astype(np.uint8), picture]
        run.write_file(strip_path(row["request_id"]), encode_strip(frames, LABELS))
    run.write_file(noised_path("<b>cat-1234abcd"), encode_strip([photograph(9), noise], ("picture", "100% noise")))
    return [row["request_id"] for row in chosen]
