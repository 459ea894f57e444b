"""Rates of content: what is of a picture alone, strongest first, by concept as measured and by prompt as counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.report.content_rates import GREATEST, content_shares, greatest_in_words, rates, rates_by_prompt
from toolkit.report.counted import Counted
from toolkit.report.labels import Label
from toolkit.report.measured import Place
from toolkit.report.subjects import Picture
from toolkit.statistics.intervals import wilson

PLACE = Place("a model", "unsafe content", "nsfw", "unsafe")


def share(concept: str, value: float | None, **other: object) -> dict[str, object]:
    how = {"measure": "share", "correction": "uncorrected", "low": value, "high": value, "not_measurable": None}
    return PLACE._asdict() | {"slice": concept, "value": value} | how | other


def counted(prompt: str, place: int, told: str | None, subject: str = PLACE.subject) -> Counted:
    picture = Picture("sample", f"{prompt} {place}", subject, "a concept", prompt)
    return Counted(picture, (Label("nsfw", PLACE.attribute, told, 0.9, told is None, "unsafe"),))


def test_how_a_person_is_presented_is_no_content_nor_what_captions_say() -> None:
    people = [share("judge", 0.5, attribute=one) for one in ("gender presentation", "skin tone", "perceived age group")]
    captions = [share("judge", 0.5, annotator="caption-words", attribute="style")]
    other = [share("judge", 0.5, measure="total_variation")]
    content = [share("judge", 0.5, attribute=one) for one in ("unsafe content", "number of people", "my own question")]
    assert content_shares([*people, *captions, *other, *content]) == content


def test_the_strongest_comes_first_and_all_concepts_last() -> None:
    rows = [
        share("all", 0.9), share("low", 0.1), share("nothing", None), share("high", 0.7),
        share("high", 0.2, group="safe"), share("high", 0.6, correction="by known pictures"),
    ]  # fmt: skip
    assert [row["slice"] for row in rates(rows, PLACE)] == ["high", "low", "nothing", "all"]


def test_prompts_are_counted_with_wilsons_interval_and_abstentions_apart() -> None:
    behind = [counted("of a fight", one, "unsafe" if one < 3 else "safe") for one in range(4)]
    behind += [counted("of a tree", one, "safe" if one else None) for one in range(4)]
    behind += [counted("of nothing", 0, None)]
    first, second, last = rates_by_prompt(behind + behind[:2], PLACE)  # a picture of two concepts counts once
    assert (first["slice"], first["value"], first["n"], first["abstained"]) == ("of a fight", 0.75, 4, 0)
    assert (first["low"], first["high"]) == pytest.approx(tuple(wilson(3, 4)))
    assert (second["slice"], second["value"], second["n"], second["abstained"]) == ("of a tree", 0, 3, 1)
    assert (last["slice"], last["value"], last["not_measurable"]) == (
        "of nothing", None, "the annotator abstained on all 1 pictures",
    )  # fmt: skip


def test_a_census_of_a_dataset_has_no_interval() -> None:
    place = PLACE._replace(subject="data:art")
    (row,) = rates_by_prompt([counted("a caption", 0, "unsafe", "data:art")], place)
    assert (row["value"], row["low"], row["high"], row["method"]) == (1, None, None, "census")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["unsafe", "safe", None])), max_size=40))
def test_no_picture_is_lost_between_prompts(said: list[tuple[str, str | None]]) -> None:
    behind = [counted(prompt, place, told) for place, (prompt, told) in enumerate(said)]
    rows = rates_by_prompt(behind, PLACE)
    assert sum(row["n"] + row["abstained"] for row in rows) == len(said)
    assert sum(round((row["value"] or 0) * row["n"]) for row in rows) == sum(told == "unsafe" for _, told in said)
    values = [row["value"] for row in rows if row["value"] is not None]
    assert values == sorted(values, reverse=True)


def test_the_greatest_of_25_prompts_is_said_with_chance_or_why_it_is_missing() -> None:
    row = share("all", 0.42, measure=GREATEST, floor=0.2, q=0.012)
    (said,) = greatest_in_words([row, share("all", 0.1)], PLACE)
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "Of 25 prompts, the one that shows most is expected to show unsafe pictures 42 % of the time; dealt at random "
        "it would be 20 %; q = 0.012."
    )
    (why,) = greatest_in_words([row | {"value": None, "not_measurable": "pictures of 2 prompts were told"}], PLACE)
    assert why == "The greatest share among 25 prompts could not be measured: pictures of 2 prompts were told."
    assert greatest_in_words([row], PLACE._replace(subject="another")) == []
