"""Who reviews where pictures come at random may stop anywhere: the figures hold. Checked against planted truth."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import label_row

from toolkit import schema
from toolkit.audit.measuring.readings import read_labels
from toolkit.audit.reviewing.drawn import review_rows
from toolkit.audit.reviewing.log import Action, Review
from toolkit.audit.reviewing.queues import RANDOM, UNCERTAIN, margin, next_of, random_order, uncertain_order
from toolkit.audit.reviewing.standing import evidence_of, standing
from toolkit.audit.subjects import Subject

GENDER = "gender presentation"
WOMEN = 0.3
PICTURES = 300


@given(st.sets(st.text(max_size=5), max_size=30), st.text(max_size=5), st.integers(0, 9), st.randoms())
def test_a_random_order_holds_each_picture_once_however_they_are_given(ids, attribute, seed, random):
    shuffled = sorted(ids)
    random.shuffle(shuffled)
    order = random_order(shuffled, attribute, seed)
    assert sorted(order) == sorted(ids)
    assert order == random_order(sorted(ids), attribute, seed)


def test_wherever_people_stop_each_picture_was_as_likely_to_be_among_the_first():
    ids, seeds = [str(one) for one in range(20)], 2_000
    places = np.array([[random_order(ids, GENDER, seed).index(one) for one in ids] for seed in range(seeds)])
    for n in (1, 5, 12, 19):
        drawn = (places < n).mean(axis=0)
        assert np.abs(drawn - n / 20).max() < 4 * np.sqrt(n / 20 * (1 - n / 20) / seeds)
    assert random_order(ids, GENDER) != random_order(ids, "skin tone")


@given(st.dictionaries(st.text(max_size=4), st.floats(0, 1), max_size=20))
def test_the_uncertain_queue_begins_with_the_smallest_margin(margins):
    order = uncertain_order(margins)
    assert sorted(order) == sorted(margins)
    assert [margins[one] for one in order] == sorted(margins.values())


def test_a_margin_is_between_the_two_likeliest():
    assert margin({"a": 0.5, "b": 0.2, "c": 0.3}) == pytest.approx(0.2)
    assert margin({"a": 0.7}) == pytest.approx(0.7)
    assert margin({}) is None


def test_the_next_picture_is_the_first_that_was_not_seen():
    assert next_of(["a", "b", "c"], {"a", "c"}) == "b"
    assert next_of(["a"], {"a"}) is None


class Painted:
    """Pictures of a model that paints women in `WOMEN` of those that can be told, read by an annotator that errs more
    often in men; one of ten pictures shows nobody."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.seed = seed
        self.ids = [f"{seed}-{place}" for place in range(PICTURES)]
        self.truth = np.where(self.random.random(PICTURES) < WOMEN, "woman", "man")
        self.nobody = self.random.random(PICTURES) < 0.1
        wrong = self.random.random(PICTURES) < np.where(self.truth == "man", 0.3, 0.1)
        self.read = np.where(wrong, np.where(self.truth == "man", "woman", "man"), self.truth)
        self.unsure = np.where(wrong, 0.2, 0.8) + self.random.random(PICTURES) / 10  # errors are among the unsure
        subjects = [Subject("sample", one, "m", ("judge",), "judge", "", {}, Path()) for one in self.ids]
        rows = [
            label_row("sample", one, "clip", value, ("man", "woman"))
            for one, value in zip(self.ids, self.read, strict=True)
        ]
        labels = schema.from_rows("labels", [row | {"inclusion_probability": 1.0} for row in rows])
        self.evidence = evidence_of(subjects, read_labels(labels, subjects))

    def said(self, order, reviewer, queue):
        """Return reviews of `order` by somebody who is always right."""
        places = {one: place for place, one in enumerate(self.ids)}
        found = []
        for one in order:
            value = None if self.nobody[places[one]] else str(self.truth[places[one]])
            found.append(Review("sample", one, GENDER, value, reviewer, queue, PICTURES if queue == RANDOM else None))
        return found

    def share(self, reviews):
        actions = [Action(place, f"{place:06d}", None, one) for place, one in enumerate(reviews)]
        found = standing(self.evidence, review_rows(actions))
        (row,) = [one for one in found.shares if one["group"] == "woman"]
        return row, found

    def session(self):
        """Return the reviews of a session that stops anywhere: by one person, or two who go on for unequally long."""
        order = random_order(self.ids, GENDER, self.seed)
        first, second = self.random.integers(20, 150), self.random.integers(0, 60) * self.random.integers(0, 2)
        return [*self.said(order[:first], "ann", RANDOM), *self.said(order[:second], "ben", RANDOM)]


def test_intervals_hold_the_truth_wherever_people_stop():
    rows = [made.share(made.session())[0] for made in map(Painted, range(250))]
    held = np.mean([row["low"] <= WOMEN <= row["high"] for row in rows])
    assert abs(held - 0.95) < 3 * np.sqrt(0.95 * 0.05 / len(rows))
    errors = np.array([row["value"] - WOMEN for row in rows])
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(len(errors))
    raw = np.mean([(made.read == "woman").mean() for made in map(Painted, range(20))])
    assert raw > WOMEN + 0.1  # what the annotator reads is far off


def test_the_least_certain_say_nothing_and_would_mislead_as_random_ones():
    made = Painted(1)
    reviews = made.session()
    hard = uncertain_order(dict(zip(made.ids, made.unsure.tolist(), strict=True)))[:100]
    assert made.share([*reviews, *made.said(hard, "ann", UNCERTAIN)]) == made.share(reviews)
    misled = made.share(made.said(hard, "ann", RANDOM))[0]
    assert not misled["low"] <= WOMEN <= misled["high"]


def test_what_stands_is_told_at_once_by_annotator_and_by_reviewers():
    made = Painted(2)
    order = random_order(made.ids, GENDER, 2)
    few = standing(made.evidence, [])
    assert (few.shares, few.agreement, few.annotators) == ([], [], [])
    assert few.read[0]["n"] == PICTURES
    row, found = made.share(made.said(order[:9], "ann", RANDOM))
    assert row["not_measurable"] == "9 pictures drawn at random were reviewed; 10 are needed"
    row, found = made.share([*made.said(order[:80], "ann", RANDOM), *made.said(order[:50], "ben", RANDOM)])
    assert row["method"] == "prediction-powered, 80 reviewed"
    (agreement,) = found.agreement
    assert (agreement["n"], agreement["value"]) == (50, 1.0)
    (clip,) = found.annotators
    places = [made.ids.index(one) for one in order[:80]]
    told = [place for place in places if not made.nobody[place]]
    right = [made.read[place] == made.truth[place] for place in told]
    assert clip.calibration.n == len(told)
    assert clip.agreement.value == pytest.approx(np.mean(right))
    assert clip.agreement.low < np.mean(right) < clip.agreement.high
    men = [made.read[place] == "man" for place in told if made.truth[place] == "man"]
    assert clip.by_value["man"].value == pytest.approx(np.mean(men))
    assert clip.calibration.confusion["man"]["man"] == sum(men)


def test_a_review_that_was_said_again_counts_once_and_as_said_last():
    made = Painted(3)
    order = random_order(made.ids, GENDER, 3)
    wrong = [one._replace(value="woman") for one in made.said(order[:40], "ann", RANDOM)]
    assert made.share([*wrong, *made.said(order[:40], "ann", RANDOM)]) == made.share(
        made.said(order[:40], "ann", RANDOM)
    )
