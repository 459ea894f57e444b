"""What a mitigation did and what it cost: audits before and after in, mitigation.json and its page out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pipelines.mitigate.compute import computed
from toolkit.audit.audited import measured, open_audit
from toolkit.audit.comparing.compare import (
    UNCORRECTED_SHARES,
    Comparison,
    Texts,
    compare,
    texts_of,
    with_costs,
    write_comparison,
)
from toolkit.audit.comparing.content_changes import content_changes
from toolkit.audit.comparing.paired_codes import paired_codes
from toolkit.audit.comparing.same_noise import Painted, painted_of
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.measuring.rows import Row
from toolkit.audit.measuring.tallies import is_census
from toolkit.audit.subjects import ALL
from toolkit.errors import RunError
from toolkit.mitigate.aim import Aim
from toolkit.mitigate.effects import UNCORRECTED, Judged, Share, SlicePictures, bias_row, skew_rows
from toolkit.mitigate.steer import Touched
from toolkit.mitigate.target import Target
from toolkit.mitigate.trade_off import pareto_points
from toolkit.report.comparison import write_comparison_page
from toolkit.report.mitigation import JSON_FILE, write_mitigation_page
from toolkit.store import RunFolder

FORMAT = 1
SHARE, ADHERENCE = "share", "clip_score"
CONFIDENCE = 0.95


class After(Protocol):
    """What became of one strength: the audited `run`, the model `subject` in it, and the seconds of `training`; rows of
    prompts that had `already_said` the attribute, and the runs in which these were painted (`said`)."""

    @property
    def strength(self) -> float: ...
    @property
    def run(self) -> RunFolder: ...
    @property
    def subject(self) -> str: ...
    @property
    def training(self) -> float: ...
    @property
    def already_said(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def said(self) -> Sequence[RunFolder]: ...


class Asked(NamedTuple):
    """What a mitigation set out to do: its `aim` and `target`, by which way, the prompts that it `touched` or left
    alone, rows of how often it touched what it should not have, what a reader must bear in mind of the plan, and aims
    and targets of the attributes that were `also` aimed at."""

    aim: Aim
    target: Target
    by: str
    touched: Sequence[Touched]
    over_application: Sequence[Mapping[str, Any]] = ()
    cautions: Sequence[str] = ()
    also: Sequence[tuple[Aim, Target]] = ()


def judge_mitigation(made: RunFolder, before: RunFolder, afters: Sequence[After], asked: Asked) -> dict[str, Any]:
    """Return what mitigation.json says of the audits `afters`, by strength, against `before`, and write it into the run
    folder `made`, with mitigation.html beside it and a comparison of both audits for each strength.

    Raises RunError where an audit is not finished, or holds nothing of what was aimed at.
    """
    if not afters:
        raise RunError("there is no audit after the mitigation; paint and audit at one strength at least")
    aim = asked.aim
    network = texts_of(open_audit(before.path))
    steps = [_step(made, before, one, asked, network) for one in sorted(afters, key=lambda one: one.strength)]
    found = {
        "format": FORMAT,
        "before": str(before.path),
        "finding": dict(aim.finding),
        "subject": aim.subject,
        "attribute": aim.attribute,
        "annotator": aim.annotator,
        "correction": aim.correction,
        "by": asked.by,
        "target": _target(asked.target),
        "touched": [one._asdict() | {"words": list(one.words)} for one in asked.touched],
        "over_application": [dict(one) for one in asked.over_application],
        "cautions": [*_cautions(aim), *asked.cautions],
        "steps": steps,
        "pareto": _pareto(steps),
    }
    text = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    made.write_file(JSON_FILE, text.encode("utf-8"))
    write_mitigation_page(made.path)
    return found


def _step(made: RunFolder, before: RunFolder, after: After, asked: Asked, network: Texts) -> dict[str, Any]:
    one, two, aim = open_audit(before.path), open_audit(after.run.path), asked.aim
    pair = Pair(aim.subject, after.subject)
    found = with_costs(compare(one, two, subject_a=pair.first, subject_b=pair.second), network)
    _write_comparison(made, after.strength, found)
    painted = painted_of(one), painted_of(two)
    measures = measured(one), measured(two)
    skew, bias = _effects(_judged(painted, pair, aim, asked.target, measures), asked.target)
    also = [_also(_judged(painted, pair, other, target, measures), other, target) for other, target in asked.also]
    aims = (aim, *(other for other, _ in asked.also))
    return {
        "strength": after.strength,
        "run": _relative(after.run.path, made.path),
        "subject": after.subject,
        "skew": skew,
        "bias": bias,
        "also": also,
        "costs": [row._asdict() for _, row in found.costs],
        "already_said": [dict(one) for one in after.already_said],
        "others": [*_others(found, aims), *_content((one, two), painted, pair, measures)],
        "cautions": [*(one for one in found.cautions if one != UNCORRECTED_SHARES), *_abstained(skew)],
        "compute": computed((one, two), painted, pair, after.said, after.training),
    }


def _effects(judged: Judged, target: Target) -> tuple[list[Row], Row]:
    return skew_rows(judged, target, CONFIDENCE), bias_row(judged, target, CONFIDENCE)


def _also(judged: Judged, aim: Aim, target: Target) -> Row:
    """Return what became of one attribute besides that of the finding."""
    skew, bias = _effects(judged, target)
    ruler = {"attribute": aim.attribute, "annotator": aim.annotator, "correction": aim.correction}
    return ruler | {"target": _target(target), "skew": skew, "bias": bias}


def _target(target: Target) -> Row:
    return {"name": target.name, "shares": {name: dict(shares) for name, shares in target.shares.items()}}


def _judged(
    painted: tuple[Painted | None, Painted | None],
    pair: Pair,
    aim: Aim,
    target: Target,
    measures: tuple[Sequence[Row], Sequence[Row]],
) -> Judged:
    shares = [_shares(rows, subject, aim, target) for rows, subject in zip(measures, pair, strict=True)]
    if not shares[0]:
        raise RunError(
            f"the first audit has no share of {aim.attribute} of {aim.subject} by {aim.annotator}, {aim.correction}, "
            f"in {', '.join(target.shares)}; name a finding of that audit"
        )
    groups, pictures = tuple(dict.fromkeys((*target.groups, *(group for _, group in shares[0])))), {}
    if painted[0] is not None and painted[1] is not None:
        ruler = (aim.annotator, aim.attribute)
        read, found = paired_codes(painted[0], painted[1], pair, ruler, target.shares)
        groups = tuple(dict.fromkeys((*read, *groups)))  # codes are places among what was read
        pictures = {name: SlicePictures(*some) for name, some in found.items()}
    return Judged(groups, shares[0], shares[1], pictures, aim.correction)


def _shares(rows: Iterable[Row], subject: str, aim: Aim, target: Target) -> dict[tuple[str, str], Share]:
    wanted = {"subject": subject, "attribute": aim.attribute, "annotator": aim.annotator, "correction": aim.correction}
    return {
        (row["slice"], row["group"]): Share(
            row["value"], row["low"], row["high"], row["n"], row["abstained"], row["not_measurable"]
        )
        for row in rows
        if row["measure"] == SHARE and row["slice"] in target.shares and wanted.items() <= row.items()
    }


def _others(found: Comparison, aims: Sequence[Aim]) -> list[dict[str, Any]]:
    """Return what else changed beyond chance: shares of other attributes, as compare.json tells them."""
    told, aimed = found.described()["told"], {one.attribute for one in aims}
    return [one for one in told if one["attribute"] not in aimed and not is_census(one["subject_a"])]


def _content(
    runs: tuple[RunFolder, RunFolder],
    painted: tuple[Painted | None, Painted | None],
    pair: Pair,
    measures: tuple[Sequence[Row], Sequence[Row]],
) -> list[dict[str, Any]]:
    """Return what pixels say that changed beyond chance."""
    if painted[0] is None or painted[1] is None:
        return []
    found = content_changes(runs, (painted[0], painted[1]), pair, measures, CONFIDENCE)
    return [one.as_row() | {"sentence": one.sentence} for one in found]


def _pareto(steps: Sequence[Mapping[str, Any]]) -> list[float]:
    first = steps[0]
    points = {0.0: (first["bias"]["before"], _adherence(first, "before"))}
    points |= {one["strength"]: (one["bias"]["after"], _adherence(one, "after")) for one in steps}
    return pareto_points(points)


def _adherence(step: Mapping[str, Any], side: str) -> float | None:
    (value,) = [row[side] for row in step["costs"] if (row["measure"], row["slice"]) == (ADHERENCE, ALL)] or [None]
    return None if value is None else float(value)


def _cautions(aim: Aim) -> list[str]:
    said = [
        f"One annotator, {aim.annotator}, both found the bias and judges the change: what it reads wrongly in both it "
        "does not notice. Have people review pictures of both audits.",
        "The finding was chosen because it stood out in the very pictures that are the start here; so the start may "
        "look somewhat farther from the target than it is.",
    ]
    if aim.correction == UNCORRECTED:
        said.append(UNCORRECTED_SHARES)
    return said


def _abstained(skew: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return of each slice with pictures after that could not be told, what its shares are in the worst case."""
    said = {}
    for row in skew:
        if row["after_worst_low"] is not None and row["slice"] not in said:
            low, high = (f"{100 * row[one]:.0f}" for one in ("after_worst_low", "after_worst_high"))
            said[row["slice"]] = (
                f"Of the pictures of '{row['slice']}' after the change {row['abstained_after']} could not be told "
                f"({row['abstained_before']} before): counted one way or the other, the share of {row['group']} is "
                f"between {low} and {high} %."
            )
    return list(said.values())


def _write_comparison(made: RunFolder, strength: float, found: Comparison) -> None:
    folder = made.path / f"compare-{strength:g}"
    if not folder.exists():  # one that was written before is of the same audits: a run folder never changes
        write_comparison_page(write_comparison(found, folder))


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path.resolve(), base.resolve())).as_posix()
