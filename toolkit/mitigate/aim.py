"""What a mitigation aims at: a finding of an audit, and with it an attribute, who reads it, and in which slices."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import RecipeError, RunError

CHANGEABLE = ("share", "difference_from_reference")
STRONGEST = "strongest"
MOST_LISTED = 8


class Aim(NamedTuple):
    """The shares of `attribute` among the pictures of the model `subject`, as `annotator` reads them (with
    `correction`), in `slices`; `finding` is the one that was named."""

    finding: Mapping[str, Any]
    subject: str
    attribute: str
    annotator: str
    correction: str
    slices: tuple[str, ...]


def read_findings(run: Path) -> list[dict[str, Any]]:
    """Return the findings of the audit in the folder `run`, strongest first. Raises RunError where it has none."""
    path = run / "findings.json"
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); give a run that tain audit wrote") from error
    if not isinstance(found, list):
        raise RunError(f"{path} holds no list of findings; run tain audit again")
    return found


def finding_names(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each of `findings` what it may be called by: its slice and group, `pilot:man`."""
    return [f"{one['slice']}:{one['group']}" for one in findings]


def choose_finding(findings: Sequence[Mapping[str, Any]], named: str, sayable: Collection[str]) -> Mapping[str, Any]:
    """Return the finding that `named` is: its place among `findings` from 1 on, its slice and group (`pilot:man`), or
    `strongest`: the first that can be changed, of an attribute that is `sayable`.

    Raises RecipeError where there is none, or where it is no share of a model's pictures that could be changed.
    """
    changeable = [one for one in findings if _is_changeable(one)]
    if named == STRONGEST:
        chosen = [one for one in changeable if one["attribute"] in sayable][:1]
    elif named.isdigit():
        if not 1 <= int(named) <= len(findings):
            raise RecipeError(f"there is no finding {named}; the audit has {len(findings)}{_listed(changeable)}")
        chosen = [findings[int(named) - 1]]
    else:
        chosen = [one for one, name in zip(findings, finding_names(findings), strict=True) if name == named]
        chosen = [one for one in chosen if _is_changeable(one)] or chosen
    if not chosen:
        raise RecipeError(f"there is no finding {named!r}{_listed(changeable)}")
    if not _is_changeable(chosen[0]):
        raise RecipeError(
            f"the finding {named!r} ({chosen[0]['title']}) is no share of a model's pictures, so there is nothing to "
            f"lead to a target{_listed(changeable)}"
        )
    return chosen[0]


def aim_at(finding: Mapping[str, Any], slices: Sequence[str]) -> Aim:
    """Return the aim of `finding` in `slices`."""
    subject, attribute, annotator, correction = (
        finding[one] for one in ("subject", "attribute", "annotator", "correction")
    )
    return Aim(finding, subject, attribute, annotator, correction, tuple(slices))


def _is_changeable(finding: Mapping[str, Any]) -> bool:
    return finding.get("measure") in CHANGEABLE and finding.get("kind") != "census"


def _listed(findings: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(finding_names(findings)))
    if not names:
        return "; this audit has no finding of a share that could be changed"
    more = ", ..." if len(names) > MOST_LISTED else ""
    return f"; name one of {', '.join(names[:MOST_LISTED])}{more}"
