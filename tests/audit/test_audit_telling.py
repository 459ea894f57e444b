"""What is told beyond shares: which step moved one, what a word changes, how far from a reference; and what is not."""

import re

import numpy as np
import pytest
from shown import Shown, evidence_of, measured, painted, paired
from test_audit_counterfactuals import pairs

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
