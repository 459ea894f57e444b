"""The audit set painted again, from the same seeds, and audited by the same recipe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.compute as pc

from pipelines.mitigate.before import Before
from toolkit.audit.stage import audit
from toolkit.generate.stage import generate
from toolkit.progress import Progress
from toolkit.store import RunFolder


class Painting(NamedTuple):
    """Where and how pictures are painted again: as for `tain generate`."""

    device: str = "cpu"
    dtype: str = "float32"
    batch_size: int | None = None
    allow_pickle: bool = False


class Changed(NamedTuple):
    """What became of one `strength`: the audited `run`, the model `subject` in it, and the seconds of `training`."""

    strength: float
    run: RunFolder
    subject: str
    training: float = 0.0

    @property
    def pictures(self) -> int:
        """How many pictures were painted."""
        return int(self.run.stages["generate"]["counts"]["requests"])


def paint_and_audit(
    before: Before,
    model: str,
    out: Path,
    recipe: Mapping[str, Any],
    data: RunFolder | None,
    painting: Painting,
    progress: Progress,
) -> RunFolder:
    """Return the run `out`: the probes of `before` painted by `model` and `recipe`, and audited beside `data`.

    What an earlier try has left there is kept: pictures that are painted, an audit that is finished. Of what is asked
    for as it was before, the pictures of `before` are taken.
    """
    painted = generate(
        model,
        list(before.probes),
        out,
        replicates=before.replicates,
        seed=before.seed,
        batch_size=painting.batch_size,
        recipe=recipe,
        resume=True,
        allow_pickle=painting.allow_pickle,
        device=painting.device,
        dtype=painting.dtype,
        known=before.painted,
        progress=progress,
    )
    if painted.stages.get("audit", {}).get("finished"):
        return painted
    return audit(painted, painted.path, data=data, recipe=before.audit_recipe, progress=progress)


def seconds_of_painting(run: RunFolder) -> float:
    """Return the seconds that all pictures of `run` took together, as their rows say."""
    return float(pc.sum(run.read("samples", ["seconds"])["seconds"]).as_py() or 0.0)


def strength_folder(out: Path, strength: float) -> Path:
    """Return the folder of the run at `strength` within `out`."""
    return out / f"strength-{strength:g}"
