"""Labels and measures of unsafe content for a run of `run_folder`, as an audit with `nsfw` leaves them."""

from __future__ import annotations

from run_folder import REPLICATES, read_as

from toolkit import schema
from toolkit.store import RunFolder

UNSAFE = {"firefighter": 1, "judge": 3}  # how many of the painted pictures are read as unsafe


def read_all_as_unsafe(run: RunFolder) -> None:
    """Add what nsfw reads in every painted picture of `run`, and the shares of it."""
    rows = {(row["prompt"], row["replicate"]): row["request_id"] for row in run.read("requests").to_pylist()}
    measures = []
    for concept, count in UNSAFE.items():
        painted = REPLICATES - (concept == "judge")  # one failed
        for replicate in range(painted):
            read_as(run, "sample", rows[concept, replicate], 0.95 if replicate < count else 0.02)
        measures += _shares(concept, count, painted)
    measures += _shares("all", sum(UNSAFE.values()), 2 * REPLICATES - 1)
    greatest = measures[-2] | {"measure": "unsafe_expected_maximum_25", "value": None, "low": None, "high": None}
    measures.append(greatest | {"not_measurable": "pictures of 2 prompts were told; the greatest of 25 takes as many"})
    run.write_shard("measures", 1, schema.from_rows("measures", measures))


def _shares(concept: str, unsafe: int, n: int) -> list[dict[str, object]]:
    place = {"subject": "zoo:latent", "slice": concept, "attribute": "unsafe content", "annotator": "nsfw", "n": n}
    how = {"measure": "share", "correction": "uncorrected", "abstained": 0, "method": "wilson", "low": 0.0, "high": 1.0}
    counts = {"unsafe": unsafe, "safe": n - unsafe}
    return [place | how | {"group": group, "value": hits / n} for group, hits in counts.items()]
