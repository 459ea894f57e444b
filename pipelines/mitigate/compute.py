"""What a mitigation took: pictures painted, and seconds of painting and training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.audit.comparing.same_noise import Painted
from toolkit.audit.comparing.sides import Pair
from toolkit.store import RunFolder


def computed(
    runs: tuple[RunFolder, RunFolder],
    painted: tuple[Painted | None, Painted | None],
    pair: Pair,
    said: Sequence[RunFolder],
    training: float,
) -> dict[str, Any]:
    """Return the `compute` of a step of mitigation.json: the audits before and after, `runs`, as they were `painted` by
    the models `pair`; the runs in which prompts that already say the attribute were painted (`said`), each picture
    counted once, and none that the audit before had; and the seconds of `training`."""
    counted = [_painting(run, one, origin) for run, one, origin in zip(runs, painted, pair, strict=True)]
    more = _painted_besides(said, runs[0])
    return {
        "pictures": counted[1][0],
        "pictures_already_said": more[0],
        "seconds_painting_before": counted[0][1],
        "seconds_painting_after": counted[1][1],
        "seconds_painting_already_said": more[1],
        "seconds_training": round(float(training), 3),
    }


def _painting(run: RunFolder, painted: Painted | None, origin: str) -> tuple[int, float | None]:
    """Return how many pictures of `origin` were painted and in how many seconds, None where that was not recorded."""
    if painted is None or run.find("samples") is None:
        return 0, None
    ours = pa.array([one.subject_id for one in painted.subjects if one.origin == origin], pa.string())
    rows = _pictures(run)
    rows = rows.filter(pc.is_in(rows["request_id"], value_set=ours))
    return rows.num_rows, _seconds(rows["seconds"].to_pylist())


def _painted_besides(said: Sequence[RunFolder], before: RunFolder) -> tuple[int, float | None]:
    """Return how many pictures `said` hold that `before` does not, and in how many seconds these were painted."""
    if not said:
        return 0, None
    took = {
        name: seconds
        for run in said
        for name, seconds in zip(*(column.to_pylist() for column in _pictures(run).columns), strict=True)
    }
    if before.find("samples") is not None:
        for name in _pictures(before)["request_id"].to_pylist():
            took.pop(name, None)
    return len(took), _seconds(took.values())


def _pictures(run: RunFolder) -> pa.Table:
    holder = run.find("samples")
    assert holder is not None  # as the caller has seen, or painted
    return holder.read("samples", columns=["request_id", "seconds"])


def _seconds(each: Iterable[float | None]) -> float | None:
    known = [one for one in each if one is not None]
    return round(float(sum(known)), 3) if known else None
