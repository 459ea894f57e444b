"""Prompts that already say a value: which are painted, and what became of their pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.mitigate.already_said import SaidPictures, said_probes, said_prompts, said_rows
from toolkit.mitigate.effects import ABSENT, ABSTAINED
from toolkit.mitigate.phrases import load_phrases
from toolkit.mitigate.prompts_about import SAID, prompt_about
from toolkit.mitigate.steer import touched_prompts
from toolkit.mitigate.target import uniform_target
from toolkit.probes import load_probes
from toolkit.statistics.intervals import wilson
from toolkit.statistics.paired import paired_difference

PROBES = load_probes({
    "templates": ["a photo of a {role}", "{role}"], "slots": {"role": ["pilot", "artist", "woman cook", "apple"]}
})  # fmt: skip
PROMPTS = [(one.prompt, one.concept) for one in PROBES]
CODES = st.sampled_from([1, 0, ABSTAINED, ABSENT])


def said(attribute: str, groups: Sequence[str], aimed: Sequence[str] = ("pilot", "artist", "woman cook", "apple")):
    phrases, target = load_phrases(attribute, groups, None), uniform_target(aimed, groups)
    return said_prompts(touched_prompts(PROMPTS, target, phrases.said, aimed), target, phrases), phrases


def test_every_value_is_said_in_the_prompts_that_would_be_steered() -> None:
    found, phrases = said("gender presentation", ["woman", "man"])
    assert [(one.said, one.groups) for one in found[:2]] == [
        ("a photo of a woman pilot", ("woman",)),
        ("a photo of a man pilot", ("man",)),
    ]
    assert {one.concept for one in found} == {"pilot", "artist"}, "not what says it already, nor what is nobody"
    assert all(prompt_about(one.said, phrases.said).left_alone == SAID for one in found)
    only, _ = said("gender presentation", ["woman", "man"], ["artist"])
    assert {one.said for one in only} == {
        "a photo of a woman artist", "a photo of a man artist", "woman artist", "man artist"
    }  # fmt: skip


def test_values_of_one_phrase_are_one_prompt() -> None:
    found, _ = said("skin tone", [f"monk-{place}" for place in range(1, 11)], ["pilot"])
    assert [one.groups for one in found[:2]] == [("monk-1", "monk-2"), ("monk-3", "monk-4")]
    assert len(found) == 2 * 5


def test_all_values_are_said_to_the_noise_of_the_audit() -> None:
    found, _ = said("gender presentation", ["woman", "man"])
    asked = said_probes(PROBES, found)
    assert len({one.probe_id for one in asked}) == len(asked) == len(found)
    noise = {one.prompt: one.pair_id for one in PROBES}
    assert {one.said: noise[one.prompt] for one in found} == {one.prompt: one.pair_id for one in asked}
    assert all(one.attributes["concept"] == one.concept for one in asked), "sliced as the audit is"


def pictures(before: Sequence[int], after: Sequence[int], same: bool = False, prompts: int = 1) -> SaidPictures:
    count = len(before)
    arrays = (np.array(one, np.int64) for one in (range(count), before, after))
    return SaidPictures(*arrays, np.full(count, same), prompts)


def test_shares_and_the_change_are_those_of_the_pictures() -> None:
    [row, whole] = said_rows({("woman",): pictures([1] * 20, [1] * 8 + [0] * 12, prompts=2)})
    assert (row["before"], row["after"], row["change"]) == (1.0, 0.4, pytest.approx(-0.6))
    assert (row["after_low"], row["after_high"]) == pytest.approx(tuple(wilson(8, 20)), abs=1e-6)
    oracle = paired_difference(0, 12, 20)
    assert (row["change_low"], row["change_high"]) == pytest.approx((oracle.low, oracle.high), abs=1e-6)
    assert whole == row | {"groups": []}, "one value said is all of them"


def test_pictures_of_one_request_are_one_picture() -> None:
    row, _ = said_rows({("man",): pictures([1, 0, 1], [1, 0, 1], same=True)})
    assert (row["unchanged"], row["change"], row["change_low"], row["change_high"]) == (3, 0.0, 0.0, 0.0)
    assert "same requests" in row["method"]


def test_values_said_to_one_noise_are_no_more_sure_than_one() -> None:
    once = pictures([1] * 30, [1] * 20 + [0] * 10)
    [row, whole] = [said_rows({(name,): once for name in names})[-1] for names in ("a", "ab")]
    widths = [one["change_high"] - one["change_low"] for one in (row, whole)]
    assert whole["change"] == row["change"]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)
    assert (whole["after_low"], whole["after_high"]) == (row["after_low"], row["after_high"])


@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=25))
def test_every_picture_is_counted_and_what_cannot_be_told_says_why(codes: list[tuple[int, int]]) -> None:
    before, after = zip(*codes, strict=True)
    for row in said_rows({("woman",): pictures(before, after)}):
        for side, some in (("before", before), ("after", after)):
            assert row[f"n_{side}"] + row[f"abstained_{side}"] + some.count(ABSENT) == row["pictures"]
            told = [one for one in some if one >= 0]
            if told:
                assert row[side] == pytest.approx(sum(told) / len(told), abs=1e-6)
                assert row[f"{side}_low"] <= row[side] <= row[f"{side}_high"]
        if row["not_measurable"] is None:
            assert -1 <= row["change_low"] <= row["change"] <= row["change_high"] <= 1
        else:
            assert "could be told" in row["not_measurable"]
            assert row["change"] is None


def test_nothing_painted_is_no_row() -> None:
    assert said_rows({}) == []
