"""Prompts that already say a value, painted before and after a mitigation, read, and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pipelines.mitigate.painted import Changed, Job, paint_again
from toolkit.audit.comparing.same_noise import NoiseReading, painted_of, readings_by_noise
from toolkit.audit.stage import LABEL, label
from toolkit.mitigate.already_said import (
    OTHER,
    SHOWN,
    Groups,
    SaidPictures,
    SaidPrompt,
    said_probes,
    said_prompts,
    said_rows,
)
from toolkit.mitigate.effects import ABSENT, ABSTAINED
from toolkit.mitigate.steer import steering_recipe, touched_prompts
from toolkit.store import RunFolder

Readings = Mapping[tuple[str, int], NoiseReading]


class _Said(NamedTuple):
    """What is painted: `prompts`, `replicates` pictures of each probe of them."""

    job: Job
    prompts: Sequence[SaidPrompt]
    replicates: int


def with_already_said(job: Job, by: str, changed: Sequence[Changed], replicates: int) -> list[Changed]:
    """Return `changed` with rows of what became of prompts that already say the attribute: `replicates` pictures of
    each, painted as before and as after every change from the same seeds, into said-before and said-strength-S.

    They are read by the annotators of the audit. What an earlier try has painted and read is kept; where a change
    leaves a request as it is, its picture is taken over.
    """
    planned = job.planned
    said = _Said(job, said_prompts(planned.touched, planned.target, planned.phrases), replicates)
    ruler = (planned.aim.annotator, planned.aim.attribute)
    plain = {**job.before.recipe, "steering": None}  # which names other prompts
    first = _painted(said, "said-before", job.before.model, plain, job.before.painted)
    before = _read(first, ruler)
    found = []
    for one in changed:
        model = job.before.model if by in ("prompt", "guidance") else one.subject
        recipe = plain | {"steering": _steering(said, by, one.strength)}
        second = _painted(said, f"said-strength-{one.strength:g}", model, recipe, first)
        rows = said_rows(_pictures(said.prompts, before, _read(second, ruler)))
        found.append(one._replace(already_said=tuple(rows), said=(first, second)))
    return found


def _steering(said: _Said, by: str, strength: float) -> dict[str, Any] | None:
    """Return how a way steers the prompts that say a value already, by the rule for all prompts; None: it does not."""
    planned = said.job.planned
    prompts = [(one.said, one.concept) for one in said.prompts]
    touched = touched_prompts(prompts, planned.target, planned.phrases.said, planned.target.shares)
    if by not in ("prompt", "guidance") or all(one.left_alone is not None for one in touched):
        return None
    way = "prompt" if by == "prompt" else "guidance"
    return steering_recipe(planned.aim.attribute, way, strength, touched, planned.target, planned.phrases)


def _painted(said: _Said, name: str, model: str, recipe: Mapping[str, Any], known: RunFolder) -> RunFolder:
    """Return the run `name` of the mitigation: what is said, painted by `model` and read by the audit's annotators."""
    job, probes = said.job, said_probes(said.job.before.probes, said.prompts)
    painted = paint_again(job, name, model, recipe, probes, replicates=said.replicates, known=known)
    if painted.stages.get(LABEL, {}).get("finished"):
        return painted
    readers = {**job.before.audit_recipe, "calibration": []}
    return label(painted, painted.path, recipe=readers, progress=job.progress)


def _read(run: RunFolder, ruler: tuple[str, str]) -> Readings:
    """Return what was read in each picture of `run`, by prompt and seed."""
    painted = painted_of(run)
    if painted is None or not painted.subjects or ruler not in painted.readings:
        return {}
    return readings_by_noise(painted, painted.subjects[0].origin, ruler)


def _pictures(prompts: Sequence[SaidPrompt], before: Readings, after: Readings) -> dict[Groups, SaidPictures]:
    """Return the pictures of both sides by the groups that their prompts say, in the order of these."""
    by_prompt: dict[str, list[int]] = {}
    for prompt, seed in sorted(before.keys() | after.keys()):
        by_prompt.setdefault(prompt, []).append(seed)
    numbers = {seed: place for place, seed in enumerate(sorted({seed for some in by_prompt.values() for seed in some}))}
    rows: dict[Groups, list[tuple[int, int, int, bool]]] = {}
    asked: dict[Groups, int] = {}
    for one in prompts:
        asked[one.groups] = asked.get(one.groups, 0) + 1
        for seed in by_prompt.get(one.said, ()):
            sides = [side.get((one.said, seed)) for side in (before, after)]
            codes = [_code(read, one.groups) for read in sides]
            same = sides[0] is not None and sides[1] is not None and sides[0].subject_id == sides[1].subject_id
            rows.setdefault(one.groups, []).append((numbers[seed], codes[0], codes[1], same))
    found = {}
    for groups, some in rows.items():
        seeds, first, second = np.array([row[:3] for row in some], np.int64).T
        found[groups] = SaidPictures(seeds, first, second, np.array([row[3] for row in some]), asked[groups])
    return found


def _code(read: NoiseReading | None, groups: Groups) -> int:
    if read is None:
        return ABSENT
    return ABSTAINED if read.value is None else SHOWN if read.value in groups else OTHER
