"""Labels to measures: how long a million label rows take, and how much memory, beside a plain pandas group-by.

`python tests/bench/bench_audit.py --rows 1000000` prints one JSON. Rows are made by a fixed seed: 40 concepts, two
models, an annotator of two values and one of ten, a tenth abstained, a thirtieth of known truth.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[2]))

from toolkit import schema
from toolkit.audit.calibration import confusions, corrections
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import COLUMNS, read_labels
from toolkit.audit.subjects import CALIBRATION, SAMPLE, Subject

CONCEPTS = tuple(f"concept {place}" for place in range(40))
MODELS = ("model a", "model b")
READS = {
    ("clip", "gender presentation"): ("woman", "man"),
    ("skin-tone", "skin tone"): tuple(f"monk-{tone}" for tone in range(1, 11)),
}


def main() -> None:
    """Make the rows, measure them, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    count = given.rows // len(READS)
    subjects, labels = _subjects(count), _labels(count)
    made = _peak()
    started = time.perf_counter()
    readings = read_labels(labels.select(list(COLUMNS)), subjects)
    read = time.perf_counter()
    chosen = corrections(confusions(subjects, readings), {model: (model,) for model in MODELS})
    evidence = Evidence.of(subjects, readings, corrections=chosen)
    counted = time.perf_counter()
    rows = measure(evidence)
    table = schema.from_rows("measures", rows)
    ended = time.perf_counter()
    print(
        json.dumps(
            {
                "bench": "audit",
                "label_rows": labels.num_rows,
                "measures": table.num_rows,
                "seconds": {
                    "read": round(read - started, 2),
                    "count": round(counted - read, 2),
                    "measure": round(ended - counted, 2),
                    "all": round(ended - started, 2),
                },
                "peak_rss_mib": {"once the rows are made": made, "at the end": _peak()},
                "pandas_group_by_seconds": _pandas(labels, subjects),
            }
        )
    )


def _subjects(count: int) -> list[Subject]:
    stream = np.random.default_rng(0)
    found = []
    for place, concept in enumerate(stream.integers(0, len(CONCEPTS), count).tolist()):
        name, model, known = CONCEPTS[concept], MODELS[place % 2], place % 30 == 0
        truth = {"gender presentation": ("woman", "man")[place // 30 % 2]} if known else {}
        kind, slices = (CALIBRATION, ()) if known else (SAMPLE, (name,))
        found.append(Subject(kind, str(place), model, slices, name, name, {}, Path(), known=truth, seed=place))
    return found


def _labels(count: int) -> pa.Table:
    stream = np.random.default_rng(1)
    known = np.arange(count) % 30 == 0
    parts = []
    for (annotator, attribute), values in READS.items():
        chances = stream.dirichlet(np.ones(len(values)), count)
        read = chances.argmax(axis=1)
        abstained = stream.random(count) < 0.1
        keys = pa.array(np.tile(np.array(values, object), count))
        offsets = pa.array(np.arange(count + 1, dtype=np.int32) * len(values))
        parts.append(
            pa.table(
                {
                    "subject_kind": pa.array(np.where(known, CALIBRATION, SAMPLE).astype(object)),
                    "subject_id": pa.array([str(place) for place in range(count)]),
                    "instance": pa.array(np.zeros(count, np.int32)),
                    "annotator": pa.array([annotator] * count),
                    "annotator_version": pa.array(["1"] * count),
                    "attribute": pa.array([attribute] * count),
                    "value": pa.array(np.array(values, object)[read], mask=abstained),
                    "probabilities": pa.MapArray.from_arrays(offsets, keys, pa.array(chances.ravel())),
                    "abstained": pa.array(abstained),
                    "inclusion_probability": pa.array(np.ones(count, np.float32)),
                }
            )
        )
    return pa.concat_tables(parts)


def _pandas(labels: pa.Table, subjects: list[Subject]) -> float:
    """Return how long pandas takes to count values by model, concept, annotator and attribute: a floor."""
    started = time.perf_counter()
    table = labels.select(["subject_id", "annotator", "attribute", "value"]).to_pandas()
    table["origin"] = table["subject_id"].map({one.subject_id: one.origin for one in subjects})
    table["slice"] = table["subject_id"].map({one.subject_id: one.concept for one in subjects})
    table.groupby(["origin", "slice", "annotator", "attribute", "value"], dropna=False).size()
    return round(time.perf_counter() - started, 2)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
