"""The audit set painted again, from the same seeds, and audited by the same recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipelines.mitigate.before import Before
from pipelines.mitigate.planned import Planned
from toolkit.audit.stage import audit
from toolkit.generate.stage import generate
from toolkit.probes import Probe
from toolkit.progress import Progress
from toolkit.store import RunFolder


class Painting(NamedTuple):
    """Where and how pictures are painted again: as for `tain generate`."""

    device: str = "cpu"
    dtype: str = "float32"
    batch_size: int | None = None
    allow_pickle: bool = False


class Changed(NamedTuple):
    """What became of one `strength`: the audited `run`, the model `subject` in it, the seconds of `training`, what
    could not be brought about (`unreached`), and rows of prompts that had `already_said` the attribute, where these
    were painted, and the runs before and after in which they were (`said`)."""

    strength: float
    run: RunFolder
    subject: str
    training: float = 0.0
    unreached: tuple[str, ...] = ()
    already_said: tuple[Mapping[str, Any], ...] = ()
    said: tuple[RunFolder, ...] = ()

    @property
    def pictures(self) -> int:
        """How many pictures were painted."""
        return int(self.run.stages["generate"]["counts"]["requests"])


class Job(NamedTuple):
    """What a way has to do: change what is `planned` of the audit `before` at each of `strengths`, in the folder of
    `out`, and paint as `painting` says."""

    before: Before
    planned: Planned
    out: RunFolder
    strengths: Sequence[float]
    painting: Painting
    progress: Progress


def paint_again(
    job: Job,
    name: str,
    model: str,
    recipe: Mapping[str, Any],
    probes: Sequence[Probe],
    *,
    replicates: int,
    known: RunFolder | None,
) -> RunFolder:
    """Return the run `name` of a mitigation: `probes` painted by `model` and `recipe` from the seeds of before.

    What an earlier try has left there is kept; of what `known` was asked for too, its pictures are taken.
    """
    painting = job.painting
    return generate(
        model,
        list(probes),
        job.out.path / name,
        replicates=replicates,
        seed=job.before.seed,
        batch_size=painting.batch_size,
        recipe=recipe,
        resume=True,
        allow_pickle=painting.allow_pickle,
        device=painting.device,
        dtype=painting.dtype,
        known=known,
        progress=job.progress,
    )


def paint_and_audit(
    job: Job, strength: float, model: str, recipe: Mapping[str, Any], data: RunFolder | None
) -> RunFolder:
    """Return the run of one `strength`: the probes of before painted by `model` and `recipe`, audited beside `data`;
    see `paint_again`. An audit that is finished is kept."""
    before = job.before
    painted = paint_again(
        job,
        f"strength-{strength:g}",
        model,
        recipe,
        before.probes,
        replicates=before.replicates,
        known=before.painted,
    )
    if painted.stages.get("audit", {}).get("finished"):
        return painted
    return audit(painted, painted.path, data=data, recipe=before.audit_recipe, progress=job.progress)
