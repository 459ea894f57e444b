"""Which finding is meant, and at which shares it aims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import RecipeError, RunError
from toolkit.mitigate.aim import aim_at, choose_finding, read_findings
from toolkit.mitigate.target import published_target, uniform_target


def finding(slice_name: str, group: str, **changed: Any) -> dict[str, Any]:
    return {
        "title": f"{slice_name} shows {group}", "subject": "zoo:latent", "slice": slice_name, "group": group,
        "attribute": "gender presentation", "measure": "share", "annotator": "clip", "correction": "uncorrected",
        "kind": "drawn",
    } | changed  # fmt: skip


GENDER = ("gender presentation",)
FINDINGS = [
    finding("pilot", "man"),
    finding("cook", "woman", kind="census", subject="data:emoji"),
    finding("artist", "woman", measure="weat"),
    finding("artist", "man", measure="difference_from_reference"),
]


def test_a_finding_is_named_by_its_number_or_by_slice_and_group() -> None:
    assert choose_finding(FINDINGS, "1", GENDER) == FINDINGS[0]
    assert choose_finding(FINDINGS, "pilot:man", GENDER) == FINDINGS[0]
    assert choose_finding(FINDINGS, "artist:man", GENDER) == FINDINGS[3]
    first = finding("all", "bright", attribute="brightness")
    assert choose_finding([first, *FINDINGS], "strongest", GENDER) == FINDINGS[0], "of what a prompt can say"
    aim = aim_at(FINDINGS[0], ["pilot", "artist"])
    assert (aim.subject, aim.attribute, aim.slices) == ("zoo:latent", "gender presentation", ("pilot", "artist"))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("9", "there is no finding 9; the audit has 4; name one of pilot:man, artist:man"),
        ("0", "there is no finding 0"),
        ("pilot:woman", "there is no finding 'pilot:woman'; name one of pilot:man"),
        ("2", "no share of a model's pictures"),
        ("3", "no share of a model's pictures"),
    ],
)
def test_what_is_no_finding_to_change_is_refused_with_those_that_are(named: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        choose_finding(FINDINGS, named, GENDER)


def test_findings_are_read_from_the_audit(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="give a run that tain audit wrote"):
        read_findings(tmp_path)
    (tmp_path / "findings.json").write_text(json.dumps(FINDINGS), "utf-8")
    assert read_findings(tmp_path) == FINDINGS
    (tmp_path / "findings.json").write_text("{}", "utf-8")
    with pytest.raises(RunError, match="no list of findings"):
        read_findings(tmp_path)


def test_uniform_gives_each_group_its_share() -> None:
    target = uniform_target(["pilot"], ["woman", "man", "non-binary"])
    assert target.shares == {"pilot": dict.fromkeys(("woman", "man", "non-binary"), 1 / 3)}
    with pytest.raises(RecipeError, match="two groups or more"):
        uniform_target(["pilot"], ["woman"])


def test_published_shares_leave_other_slices_as_they_are() -> None:
    published = {"pilot": {"woman": 0.1, "man": 0.9}, "baker": {"woman": 0.6, "man": 0.4}}
    target, without = published_target("bls", published, ["pilot", "cook"], ["woman", "man"])
    assert (dict(target.shares), without) == ({"pilot": published["pilot"]}, ("cook",))
    with pytest.raises(RecipeError, match="speaks of none of cook"):
        published_target("bls", published, ["cook"], ["woman", "man"])
    with pytest.raises(RecipeError, match="a share of 'man'; the audit tells woman, robot apart"):
        published_target("bls", published, ["pilot"], ["woman", "robot"])
