"""What a finding rests on: the pictures that it counts, and the command that finds it again."""

from __future__ import annotations

import json
import os
from typing import Any

from toolkit.report.labels import labels_by_picture
from toolkit.report.measured import ALL
from toolkit.report.subjects import Picture, pairs_shown, samples_shown
from toolkit.report.tiles import READS_CAPTIONS
from toolkit.store import RunFolder

RECIPE_FILE = "report/audit-recipe.json"
SHOWN = 12
WHOLE = ("pictures", "content")  # the attributes of measures of pictures as a whole
BETWEEN = "content_difference_between_groups"
AND = " & "  # between the attributes, annotators and values of two attributes together
_PLACE = ("subject", "slice", "attribute", "annotator", "group")


def with_evidence(run: RunFolder, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `findings`, each with `pictures`, how many it counts, the ids of the first twelve that show its group, and
    the `command` that finds it again from the folder of the run."""
    command = reproduce(run)
    findings = [one | {name: one.get(name) for name in _PLACE if name not in one} for one in findings]
    slices = sorted({one["slice"] for one in findings if one["slice"] not in (None, ALL)})
    known = samples_shown(run) + pairs_shown(run, slices) if findings else []
    read = _read_values(run)
    return [{**one, "pictures": _pictures(one, known, read), "command": command} for one in findings]


def reproduce(run: RunFolder) -> str | None:
    """Return the command that audits the same pictures again, run in the folder of `run`; None without an audit."""
    entry = run.stages.get("audit")
    if entry is None:
        return None
    folders = {name: _relative(run, run.find(name)) for name in ("samples", "pairs")}
    painted = folders["samples"] or "."
    data = f" --data {folders['pairs']}" if folders["pairs"] else ""
    return f"tain audit {painted} --out ../again{data} --recipe {RECIPE_FILE}"


def audit_recipe(run: RunFolder) -> bytes | None:
    """Return the recipe of the audit of `run` as JSON, which is YAML too; None without one."""
    recipe = run.stages.get("audit", {}).get("recipe")
    return json.dumps(recipe, indent=2, sort_keys=True, ensure_ascii=False).encode("utf-8") + b"\n" if recipe else None


def _relative(run: RunFolder, other: RunFolder | None) -> str | None:
    return None if other is None else os.path.relpath(other.path, run.path)


def _read_values(run: RunFolder) -> dict[tuple[str, str, str, str], str | None]:
    """Return what each annotator read of each attribute of each picture; None where it could not tell."""
    return {
        (kind, name, label.annotator, label.attribute): None if label.abstained else label.value
        for (kind, name), labels in labels_by_picture(run).items()
        for label in labels
    }


def value_of(finding: dict[str, Any]) -> str:
    """Return which value the pictures of `finding` were read as: what a word's effect is on, or, of groups that are
    compared, the first."""
    first, _, rest = str(finding["group"]).partition(": ")
    return rest.rpartition(" against ")[0] if finding.get("measure") == BETWEEN else first


def _pictures(
    finding: dict[str, Any], known: list[Picture], read: dict[tuple[str, str, str, str], str | None]
) -> dict[str, Any]:
    counted: dict[str, str | None] = {}
    group = value_of(finding)
    whole = finding["attribute"] in WHOLE  # whatever anybody read of these pictures, all show it
    rulers = rulers_of(finding)
    labelled = {key[:2] for key in read} if whole else set()
    for one in known:
        keys = [(one.kind, one.subject_id, *ruler) for ruler in rulers]
        neutral = one.neutral or finding["annotator"] == READS_CAPTIONS
        there = one.subject == finding["subject"] and finding["slice"] in (one.slice, ALL) and neutral
        if there and (all(key in read for key in keys) or keys[0][:2] in labelled):
            counted[one.subject_id] = group if whole else _joined([read[key] for key in keys])
    shown = [name for name, value in counted.items() if value == group]
    return {"counted": len(counted), "of_group": len(shown), "examples": shown[:SHOWN]}


def rulers_of(finding: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the annotators and attributes that a finding is of: one of each, or two together."""
    annotators, attributes = (str(finding[one]).split(AND) for one in ("annotator", "attribute"))
    if len(annotators) != len(attributes):
        return [(str(finding["annotator"]), str(finding["attribute"]))]
    return list(zip(annotators, attributes, strict=True))


def _joined(values: list[str | None]) -> str | None:
    told = [one for one in values if one is not None]
    return AND.join(told) if len(told) == len(values) else None
