"""Attributes that are brought to a target together with that of the finding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipelines.mitigate.aimed import SHARE, aimed_target, told
from pipelines.mitigate.before import Before
from toolkit.audit.audited import measured
from toolkit.audit.measuring.rows import Row
from toolkit.errors import RecipeError
from toolkit.mitigate.aim import Aim
from toolkit.mitigate.effects import UNCORRECTED
from toolkit.mitigate.phrases import words_said
from toolkit.mitigate.target import UNIFORM, Target


class Also(NamedTuple):
    """An attribute besides that of the finding: its `aim` and `target`, the words by which a caption has `said` a value
    of it, and `cautions` for the reader."""

    aim: Aim
    target: Target
    said: tuple[str, ...]
    cautions: tuple[str, ...]


def plan_also(before: Before, aim: Aim, named: Sequence[str], phrases: Path | None) -> tuple[Also, ...]:
    """Return what is to be brought to a target besides `aim`, in its slices: each of `named` is an ATTRIBUTE that the
    audit has shares of, towards equal ones, or ATTRIBUTE=TARGET, which is as for the finding.

    It is read by the annotator of the finding where that reads it, else by the first by name that does; with the
    correction of the finding where there are such shares. Raises RecipeError for another attribute, or one named twice.
    """
    rows = [row for row in measured(before.run) if row["measure"] == SHARE and row["subject"] == aim.subject]
    known = tuple(dict.fromkeys(str(row["attribute"]) for row in rows if row["attribute"] != aim.attribute))
    found: list[Also] = []
    for one in named:
        attribute, _, target = one.partition("=")
        attribute = attribute if attribute in known else attribute.replace("_", " ")
        if attribute == aim.attribute:
            raise RecipeError(f"--also {one}: that is the attribute of the finding, which is brought to --target")
        if attribute not in known:
            what = f"it has {', '.join(known)} besides" if known else "it has no other"
            raise RecipeError(f"--also {one}: the audit has no shares of {attribute!r}; {what}")
        if attribute in {other.aim.attribute for other in found}:
            raise RecipeError(f"--also {one}: {attribute} is named more than once; keep one of them")
        found.append(_also(aim, attribute, target or UNIFORM, rows, phrases))
    return tuple(found)


def _also(aim: Aim, attribute: str, target: str, rows: Sequence[Row], phrases: Path | None) -> Also:
    """Return one attribute, of the audit's `rows` of shares."""
    own = [row for row in rows if row["attribute"] == attribute]
    annotators = sorted({str(row["annotator"]) for row in own})
    annotator = aim.annotator if aim.annotator in annotators else annotators[0]
    own = [row for row in own if row["annotator"] == annotator]
    correction = aim.correction if aim.correction in {row["correction"] for row in own} else UNCORRECTED
    groups, slices = told(row for row in own if row["correction"] == correction)
    inside = [one for one in aim.slices if one in slices]
    if not inside:
        raise RecipeError(f"--also {attribute}: {annotator} read it in no picture of {', '.join(aim.slices)}")
    aimed, cautions = aimed_target(target, attribute, inside, groups)
    said = words_said(attribute, phrases)
    if not said:
        cautions.append(
            f"Nothing says by which words a caption names its {attribute}, so captions that do are taken as if they "
            "named none; --phrases FILE can say it."
        )
    narrowed = aim._replace(attribute=attribute, annotator=annotator, correction=correction, slices=tuple(aimed.shares))
    return Also(narrowed, aimed, said, tuple(cautions))
