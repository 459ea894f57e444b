"""Findings: what is told, in which words, in which order, and what is not told."""

import re

import pytest

from toolkit import schema
from toolkit.audit.calibration import Calibration, unreliable
from toolkit.audit.findings import find, strongest
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.tallies import Place, Tallies, Tally

GENDER, SKIN = "gender presentation", "skin tone"
VALUES = {("clip", GENDER): ("man", "woman"), ("nearest-variant", GENDER): ("man", "woman"),
          ("skin-tone", SKIN): tuple(f"monk-{tone}" for tone in range(1, 11))}  # fmt: skip


def rows(*places):
    """Return measures of (subject, slice, annotator, attribute, counts, abstained, outside)."""
    counts = {}
    for subject, name, annotator, attribute, values, abstained, outside in places:
        tally = Tally(abstained=abstained, outside=outside, independent=sum(values.values()))
        tally.values.update(values)
        counts[Place(subject, name, attribute, annotator)] = tally
    return schema.from_rows("measures", measure(Evidence((), (), Tallies(counts, VALUES)))).to_pylist()


def test_a_lopsided_share_is_told_in_plain_words_with_its_figures():
    (one,) = find(rows(("zoo:latent", "firefighter", "clip", GENDER, {"man": 91, "woman": 9}, 0, 0)))
    assert one.title == (
        "zoo:latent paints 'firefighter' presented as a man 91 % of the time [84, 95], n = 100; uniform: 50 %"
    )
    assert (one.group, one.value, one.n, one.kind) == ("man", 0.91, 100, "drawn")
    assert one.strength == pytest.approx(one.low - 0.5 - one.floor, abs=1e-5)


@pytest.mark.parametrize("counts", [{"man": 54, "woman": 46}, {"man": 5, "woman": 3}, {"man": 50, "woman": 50}])
def test_what_noise_explains_is_not_told(counts):
    assert find(rows(("zoo:latent", "judge", "clip", GENDER, counts, 0, 0))) == []


def test_the_wording_never_claims_who_anyone_is():
    found = find(
        rows(
            ("m", "judge", "clip", GENDER, {"woman": 90, "man": 10}, 0, 0),
            ("m", "judge", "skin-tone", SKIN, {"monk-3": 90}, 10, 0),
            ("data:emoji/google", "all", "nearest-variant", GENDER, {"man": 9, "woman": 1}, 2, 0),
            ("data:emoji/google", "all", "clip", GENDER, {"man": 9, "woman": 1}, 2, 0),
        )
    )
    assert len(found) >= 4
    for one in found:
        assert re.search(r"presented as|perceived as|nearer to its own", one.title)
        assert not re.search(r"\b(is|are) (a )?(man|woman|men|women|male|female)\b", one.title)


def test_a_census_is_told_as_counts_and_only_of_enough_concepts():
    (one,) = find(rows(("data:emoji/google", "all", "nearest-variant", GENDER, {"man": 9, "woman": 1}, 2, 0)))
    assert "9 of 10 roles without a gender word nearer to its own man" in one.title
    assert "2 more lie near neither" in one.title
    assert (one.low, one.q, one.kind) == (None, None, "census")
    assert find(rows(("data:openclipart", "all", "clip", GENDER, {"man": 3}, 0, 0))) == []


def test_a_default_person_outside_human_skin_is_told_once():
    (one,) = find(rows(("data:emoji/google", "all", "skin-tone", SKIN, {}, 12, 12)))
    assert "outside human skin: 12 of 12 pictures" in one.title


def test_mostly_unreadable_pictures_are_told_as_such():
    found = find(rows(("zoo:latent", "all", "clip", GENDER, {"man": 10, "woman": 10}, 180, 0)))
    assert [one.kind for one in found] == ["could not be told"]
    assert "90 % of the pictures of zoo:latent" in found[0].title


def test_the_strongest_vary_and_keep_their_order():
    roles = [(f"role {k}", {"man": 100 - k, "woman": k}) for k in range(8)]
    found = find(
        rows(
            *[("m", name, "clip", GENDER, counts, 0, 0) for name, counts in roles],
            ("m", "all", "skin-tone", SKIN, {"monk-5": 60, "monk-6": 40}, 0, 0),
            ("data:emoji/google", "all", "nearest-variant", GENDER, {"man": 9, "woman": 3}, 0, 0),
        )
    )
    assert [one.strength for one in found] == sorted((one.strength for one in found), reverse=True)
    shown = strongest(found)
    assert len(shown) == 5
    assert {(one.attribute, one.kind) for one in shown} == {(GENDER, "drawn"), (SKIN, "drawn"), (GENDER, "census")}
    assert [one.slice for one in shown if one.attribute == GENDER and one.kind == "drawn"][:2] == ["role 0", "role 1"]
    assert strongest(found, 100) == found
    assert strongest([], 5) == []


def calibration(right, wrong):
    told = right + wrong
    confusion = {"woman": {"woman": right, "man": wrong, "abstained": 5}}
    return [Calibration("clip", "1", GENDER, "data:emoji/google", told + 5, told, right / told, confusion, "")]


def test_an_annotator_that_known_pictures_contradict_tells_nothing_but_that():
    doubted = unreliable(calibration(55, 45), 0.7, 0.95)
    (one,) = find(rows(("m", "judge", "clip", GENDER, {"man": 95, "woman": 5}, 0, 0)), doubted)
    assert one.subject == "annotators"
    assert "only 55 % of the time [45, 64], n = 100" in one.title


def test_an_annotator_that_agrees_or_was_never_compared_is_heard():
    assert unreliable(calibration(95, 5), 0.7, 0.95) == []
    assert unreliable([], 0.7, 0.95) == []
