"""Captions of one template on too many pictures."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.captions.boilerplate import Boilerplate, CaptionTemplate, template
from toolkit.curate.rule import Reason
from toolkit.curate.scorer import Batch


def taken_of(captions: list[str], rule: Boilerplate) -> dict[int, Reason]:
    ids = [str(row) for row in range(len(captions))]
    scores = CaptionTemplate().score(Batch(captions=captions))
    return reasons(rule.judge(pa.table({"sample_id": ids, **scores})))


@given(st.text(max_size=200))
def test_template_is_stable_and_blind_to_numbers(caption: str) -> None:
    assert template(template(caption)) == template(caption)
    assert template(caption + " 17") == template(caption + " 4")


def test_template_joins_what_boilerplate_changes() -> None:
    flat = "Part of the Flat Icon Collection (Wed Aug 25 23:29:46 2004)"
    assert template(flat) == template("part of the flat icon collection - wed aug 25 23:23:49 2004")
    assert template(flat) != template("Lemon SVG theme")
    assert template("हिन्दी") != template("हन्द")


def test_boilerplate_is_seen_in_n_rows_or_more_and_empty_captions_are_none() -> None:
    taken = taken_of(["Icon 1", "icon 22", "ICON: 3", "a hat", "a hat", "", "", ""], Boilerplate(3))
    assert sorted(taken) == [0, 1, 2]
    assert taken[0].value == "3"
    assert taken[0].text.startswith("caption is one of 3 that differ at most in numbers")


def test_a_name_is_no_boilerplate_however_many_pictures_bear_it() -> None:
    part = "part of the flat icon collection 7"
    captions = ["people, icon, people"] * 4 + [f"keycap {number}" for number in range(4)] + [part] * 4
    assert sorted(taken_of(captions, Boilerplate(4, words=4))) == [8, 9, 10, 11]


def test_a_share_of_the_rows_is_asked_for_as_well_as_a_number() -> None:
    captions = ["photo by some agency 1"] * 3 + [f"{one} on a wide green hill" for one in ("cat", "dog", "ox")]
    taken = taken_of(captions, Boilerplate(2, share=0.5))
    assert sorted(taken) == [0, 1, 2]
    assert taken[0].limit == "3"
    assert taken_of(captions, Boilerplate(3, share=0.51)) == {}


def test_no_rows_hold_no_boilerplate() -> None:
    assert taken_of([], Boilerplate(2)) == {}


@given(st.lists(st.sampled_from(["a b c d 1", "a b c d 2", "E f g h", "i j", "", "#"])), st.integers(2, 4))
def test_boilerplate_is_what_counting_templates_finds(captions: list[str], rows: int) -> None:
    seen = Counter(template(caption) for caption in captions)
    expected = [
        row
        for row, caption in enumerate(captions)
        if seen[template(caption)] >= rows and len(set(template(caption).split()) - {"#"}) >= 4
    ]
    assert sorted(taken_of(captions, Boilerplate(rows, words=4))) == expected
