"""What a mitigation is about to do, all of it known before anything is painted or trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.mitigate.aimed import aimed_target, told
from pipelines.mitigate.also import Also, plan_also
from pipelines.mitigate.before import Before
from toolkit.audit.audited import measured
from toolkit.errors import RecipeError
from toolkit.mitigate.aim import Aim, aim_at, choose_finding, read_findings
from toolkit.mitigate.over_application import over_application
from toolkit.mitigate.phrases import AttributePhrases, load_phrases, sayable_attributes
from toolkit.mitigate.steer import Touched, touched_prompts
from toolkit.mitigate.target import Target


class Planned(NamedTuple):
    """The `aim`, the `target`, the `phrases` of its groups, what is `touched`, `cautions` for the reader, and what is
    `also` brought to a target."""

    aim: Aim
    target: Target
    phrases: AttributePhrases
    touched: tuple[Touched, ...]
    cautions: tuple[str, ...]
    also: tuple[Also, ...] = ()

    @property
    def over_application(self) -> list[dict[str, Any]]:
        """How often prompts that are to be left alone would be touched; see `over_application`."""
        return [one._asdict() for one in over_application(self.aim.attribute, self.phrases.said)]


def plan_mitigation(
    before: Before,
    finding: str,
    target: str,
    *,
    slices: Sequence[str] = (),
    phrases: Path | None = None,
    also: Sequence[str] = (),
) -> Planned:
    """Return the plan for the `finding` (its number, or SLICE:GROUP) of an audit and a `target` (uniform, bls, or a CSV
    file of published shares), in `slices`, or all that the audit has; and for further attributes: see `plan_also`.

    Raises RecipeError where a name is unknown, or nothing would be touched.
    """
    chosen = choose_finding(read_findings(before.run.path), finding, sayable_attributes(phrases))
    groups, known = _told(before, chosen)
    for one in slices:
        if one not in known:
            raise RecipeError(f"the audit has no slice {one!r} of {chosen['attribute']}; it has {', '.join(known)}")
    aimed, cautions = aimed_target(target, chosen["attribute"], tuple(slices) or known, groups)
    said = load_phrases(chosen["attribute"], aimed.groups, phrases)
    touched = touched_prompts(before.prompts, aimed, said.said, aimed.shares)
    if all(one.left_alone is not None for one in touched):
        why = "; ".join(f"{one.prompt!r}: {one.left_alone}" for one in touched[:5])
        raise RecipeError(f"no prompt of the audit may be touched ({why}); choose other slices or another target")
    changed = {one.concept for one in touched if one.left_alone is None}
    aimed = Target(aimed.name, {name: shares for name, shares in aimed.shares.items() if name in changed})
    aim = aim_at(chosen, tuple(aimed.shares))
    further = plan_also(before, aim, also, phrases)
    cautions += [words for one in further for words in one.cautions]
    return Planned(aim, aimed, said, tuple(touched), tuple(cautions), further)


def _told(before: Before, finding: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the groups that the annotator of `finding` tells apart, and the slices that it has shares of."""
    keys = ("subject", "attribute", "annotator", "correction")
    return told(row for row in measured(before.run) if all(row[one] == finding[one] for one in keys))
