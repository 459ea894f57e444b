"""What is told beyond shares: which step moved one, what a word changes, how far from a reference; and what is not."""

import re

import numpy as np
import pytest
from shown import Shown, evidence_of, measured, painted, paired
from test_audit_content import measured as content_measured
from test_audit_content import noise
from test_audit_content import shown as content_of
from test_audit_counterfactuals import pairs
from test_audit_intersections import crossed
from test_audit_memorisation import around, held_out_rows, training
from test_audit_reviews import Reviewed

from toolkit import schema
from toolkit.audit.findings import find
from toolkit.audit.measuring.measure import measure
from toolkit.audit.references import Reference


def told(rows, kind):
    return [one for one in find(rows) if one.kind == kind]


def test_the_step_that_moved_a_share_is_named_with_both_shares():
    rows = measured(painted("judge", 95, 5) + paired("judge", 60, 60) + paired("judge", 30, 30, kind="dropped"))
    (one,) = told(rows, "moved")
    assert re.fullmatch(
        r"the model moves 'judge' presented as a woman from 50 % \(of the kept pairs\) to 95 % "
        r"\(of what was painted\), 45 points \[\d+, \d+\], more than any other step from the data to m",
        one.title,
    )
    assert (one.measure, one.slice, one.group) == ("ledger_responsible", "judge", "woman")
    assert 0.3 < one.strength == one.low < one.value


def test_curation_is_blamed_where_it_dropped_one_group():
    rows = measured(painted("judge", 50, 50) + paired("judge", 60, 60) + paired("judge", 80, 0, kind="dropped"))
    (one,) = told(rows, "moved")
    assert one.title.startswith("curation moves 'judge' presented as a man from 30 % (of all pairs) to 50 %")


def test_no_step_is_told_where_none_moved_anything():
    assert told(measured(painted("judge", 50, 50) + paired("judge", 60, 60)), "moved") == []


def test_a_word_that_changes_who_is_shown_is_told_once():
    rows = measured(pairs([("man", "woman")] * 30 + [("man", "man")] * 10))
    whole = [one for one in told(rows, "effect of a word") if one.slice == "all"]
    assert len(whole) == 1
    assert "'trending' instead of 'plain' (style) in the prompt, on the same noise" in whole[0].title
    assert re.search(r"presented as a woman 75 points \[\d+, \d+\] more often, n = 40 pairs$", whole[0].title)


def test_that_a_prompted_gender_is_painted_is_no_finding():
    rows = measured(pairs([("man", "woman")] * 40, style="gender"))
    assert told(rows, "effect of a word") == []


@pytest.mark.parametrize(("woman", "man", "found"), [(90, 10, 1), (50, 50, 0)])
def test_going_further_than_the_nearest_captions_is_told_over_all_concepts(woman, man, found):
    pictures = []
    for place, concept in enumerate(("judge", "pilot", "cook")):
        vector = [0.0] * 8
        vector[place] = 1.0
        some = painted(concept, woman, man) + paired(concept, 60, 60)
        pictures += [one._replace(vector=vector) for one in some]
    told_now = told(measured(pictures, texts=Words()), "further than the data")
    assert len(told_now) == found
    assert all(re.search(r"m goes 4\d points \[\d+, \d+\] further from equal shares", one.title) for one in told_now)


class Words:
    """A text tower of eight orthogonal words."""

    fingerprint = "words"
    logit_scale = 10.0

    def embed_texts(self, texts, *, batch_size=64):
        found = np.zeros((len(texts), 8), np.float32)
        for row, text in enumerate(texts):
            names = ("judge", "pilot", "cook")
            found[row, next((k for k, name in enumerate(names) if name in text), 7)] = 1
        return found


@pytest.mark.parametrize(
    ("published", "words"),
    [(0.5, r"a woman 40 points \[\d+, \d+\] more often than table 1 \(90 %; there 50 %\)"),
     (0.97, r"a man 7 points \[\d+, \d+\] more often than table 1 \(10 %; there 3 %\)"), (0.9, None)],
)  # fmt: skip
def test_what_lies_apart_from_a_published_share_is_told_beside_it(published, words):
    evidence = evidence_of(painted("judge", 360, 40))
    known = {"judge": (Reference("judge", {"woman": published, "man": 1 - published}, "table 1"),)}
    rows = schema.from_rows("measures", measure(evidence._replace(references=known))).to_pylist()
    found = told(rows, "apart from a reference")
    assert len(found) == (words is not None)
    assert all(re.search(words, one.title) for one in found)


def test_a_model_that_gives_training_pictures_back_is_told():
    random = np.random.default_rng(5)
    training = random.normal(size=(120, 32))
    known = [Shown("pair", "judge", "man", str(k), vector=one, origin="data:art") for k, one in enumerate(training)]
    copies = [Shown("sample", "judge", "man", "judge", vector=one) for one in training[:30]]
    fresh = [Shown("sample", "judge", "man", "judge", vector=one) for one in random.normal(size=(30, 32))]
    (one, *_) = told(measured(known + copies + fresh), "near copies")
    assert re.match(r"5\d % \[\d+, \d+\] of what m paints of", one.title)
    assert told(measured(known + fresh), "near copies") == []


def test_pictures_that_show_nothing_of_their_prompt_are_told():
    random = np.random.default_rng(6)
    names = ("judge", "pilot", "cook")
    blind = [Shown("sample", one, "man", one, vector=random.normal(size=8)) for one in names * 20]
    (one,) = told(measured(blind, texts=Words()), "not what was asked")
    assert "no more often than by chance" in one.title
    seeing = [
        Shown("sample", one, "man", one, vector=np.eye(8)[k % 3] + random.normal(size=8) * 0.05)
        for k, one in enumerate(names * 20)
    ]
    assert told(measured(seeing, texts=Words()), "not what was asked") == []


def both(*cells):
    """Measure pictures of judges: each of `cells` is a gender, a tone, and how many pictures are read so."""
    return crossed([(gender, tone) for gender, tone, count in cells for _ in range(count)])


def test_two_values_that_meet_more_often_than_their_shares_say_are_told_once():
    rows = both(("woman", "light", 40), ("man", "light", 20), ("woman", "dark", 15), ("man", "dark", 45))
    whole = [one for one in told(rows, "two attributes together") if one.slice == "all"]
    assert [one.group for one in whole] == ["man & dark"]  # of the two that say the same, the more frequent
    assert re.fullmatch(
        r"m paints people, over all probes, presented as a man and with a skin tone perceived as dark 10 points "
        r"\[\d+, \d+\] more often than the shares of the two say \(38 % \[\d+, \d+\]; 27 % if they had nothing to do "
        r"with each other\), n = 120",
        whole[0].title,
    )
    assert 0 < whole[0].strength < whole[0].low


def test_neither_independent_attributes_nor_cells_of_few_pictures_are_told():
    even = both(("woman", "light", 30), ("man", "light", 30), ("woman", "dark", 30), ("man", "dark", 30))
    assert told(even, "two attributes together") == []
    few = both(("woman", "light", 9), ("man", "dark", 9))
    assert [row for row in few if row["measure"] == "intersection_excess" and row["q"] is not None and row["q"] < 0.05]
    assert told(few, "two attributes together") == []


@pytest.fixture(scope="module")
def brighter():
    """Painted women are brighter than men; both are darker than the data's pictures."""
    pictures, brightness = [], []
    for value, kind, mean in (("woman", "sample", 0.5), ("man", "sample", 0.4), ("woman", "pair", 0.7)):
        pictures += content_of("judge", 40, value=value, kind=kind, first_seed=len(pictures))
        brightness += noise(40, mean, len(pictures))
    return content_measured(pictures, brightness)


def test_a_group_that_is_painted_brighter_is_told_in_the_unit_of_brightness(brighter):
    (whole, *_) = [one for one in told(brighter, "painted otherwise") if one.slice == "all"]
    assert re.fullmatch(
        r"m paints people presented as a woman brighter than those presented as a man, within concepts: "
        r"\+0\.\d\d \[0\.\d\d, 0\.\d\d\] \(brightness, from 0 to 1\), n = 80",
        whole.title,
    )
    assert 0.05 < whole.strength < whole.low


def test_what_differs_from_the_data_is_told_over_all_concepts_alone(brighter):
    found = [one for one in told(brighter, "unlike the data's pictures") if one.group == "brightness"]
    assert [one.slice for one in found] == ["all"]
    assert found[0].title.startswith("pictures of m are darker than those of the data about the same concepts: -0.2")
    assert 0 < found[0].strength < -found[0].high


def test_units_that_run_further_weigh_no_more():
    figures = {"subject": "m", "slice": "all", "attribute": "content", "annotator": "pixels", "q": 0.001, "n": 90}
    row = figures | {"measure": "content_difference_from_data", "correction": "uncorrected", "abstained": 0}
    bright = row | {"group": "brightness", "value": 0.2, "low": 0.15, "high": 0.25, "floor": 0.01}
    colour = row | {"group": "colourfulness"} | {name: 110 * bright[name] for name in ("value", "low", "high", "floor")}
    first, second = find([bright, colour])
    assert first.strength == second.strength == pytest.approx(0.14)


@pytest.mark.parametrize(("score", "found"), [("brightness", 0), ("sharpness", 1)])
def test_that_a_dark_skin_is_dark_is_no_finding(score, found):
    place = {"subject": "m", "slice": "all", "attribute": "skin tone", "annotator": "skin-tone", "q": 0.001, "n": 90}
    row = place | {"measure": "content_difference_between_groups", "correction": "uncorrected", "abstained": 0}
    row |= {"group": f"{score}: monk-8 against others", "value": -0.3, "low": -0.4, "high": -0.2, "floor": 0.0}
    titles = [one.title for one in find([row])]
    assert len(titles) == found
    assert all("with a skin tone perceived as Monk tone 8 less sharp than others" in one for one in titles)


def test_copies_are_told_against_what_training_did_not_see_where_that_is_known():
    unseen = [
        one
        for place, name in enumerate("abc")
        for one in around(name, 40, seed=100 + place, kind="pair", origin="data:unseen")
    ]
    data = training()
    copies = [one._replace(kind="sample", origin="m", seed=900 + place) for place, one in enumerate(data[:40])]
    rows = held_out_rows([*data, *unseen], copies, start="first")
    (found,) = [one for one in told(rows, "near copies") if one.slice == "all"]
    assert found.measure == "share_above_held_out_99"
    assert re.search(
        r"near to a training picture as \d(\.\d)? % of 120 pictures that training did not see, though first, which it "
        r"went on from, may have, do, n = 40: look for copies$",
        found.title,
    )
    without = [row for row in rows if "held_out" not in row["measure"]]
    assert [one.measure for one in told(without, "near copies") if one.slice == "all"] == ["share_above_neighbours_99"]


@pytest.mark.parametrize(("wrong", "found"), [(30, 1), (2, 0)])
def test_reviewers_who_disagree_are_told_and_correct_nothing(wrong, found):
    made = Reviewed(400, women=0.1, seed=3)
    drawn = made.at_random(60)
    second = made.said(drawn, reviewer="ben")
    for one in second[:wrong]:
        one["value"] = "man" if one["value"] == "woman" else "woman"
    rows = made.measured([*made.said(drawn), *second])
    unsure = [one for one in told(rows, "could not be told") if one.measure == "reviewer_agreement"]
    assert len(unsure) == found
    assert all("could not be told by people" in one.title and one.strength > 0.333 for one in unsure)
    shares = {one.correction for one in find(rows) if one.measure == "share"}
    assert ("prediction-powered" in shares) == (not found)
