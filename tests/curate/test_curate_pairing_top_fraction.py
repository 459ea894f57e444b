"""The best fraction by similarity: DataComp's rule, over all rows or within each language."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.pairing.top_fraction import TopFraction, TopFractionByLanguage
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.rule import show
from toolkit.errors import RecipeError
from toolkit.recipe import load_recipe
from toolkit.statistics import selection

SCORES = st.lists(st.one_of(st.floats(-1, 1), st.sampled_from([0.1, 0.2, 0.3])), min_size=1, max_size=60)


def table(scores: list[float], languages: list[str] | None = None) -> pa.Table:
    columns = {
        "sample_id": [str(row) for row in range(len(scores))],
        "pairing_similarity": pa.array(scores, pa.float64()),
    }
    return pa.table(columns | ({} if languages is None else {"caption_language": pa.array(languages, pa.string())}))


def kept_by_datacomp(scores: list[float], fraction: float) -> list[int]:
    """The rows that `get_threshold` of DataComp's baselines/apply_filter.py and its `>=` keep."""
    n = min(int(len(scores) * fraction), len(scores) - 1)
    threshold = -np.sort(-np.array(scores))[n]
    return [row for row, score in enumerate(scores) if score >= threshold]


@given(SCORES, st.floats(0.01, 1))
def test_it_keeps_what_datacomp_keeps(scores: list[float], fraction: float) -> None:
    taken = TopFraction(fraction).judge(table(scores)).rows
    assert sorted(set(range(len(scores))) - set(taken.tolist())) == kept_by_datacomp(scores, fraction)


@given(SCORES, st.floats(0.01, 1), st.sampled_from([1, 2, 16]), st.integers(0, 2**32))
def test_it_takes_the_same_rows_however_they_are_cut(
    scores: list[float], fraction: float, shards: int, seed: int
) -> None:
    whole = table(scores)
    cuts = [0, *sorted(np.random.default_rng(seed).integers(0, len(scores) + 1, shards - 1).tolist()), len(scores)]
    cut = pa.concat_tables(whole.slice(low, high - low) for low, high in pairwise(cuts))
    for held in (0, selection.HELD):  # on both sides of what is put in order in memory
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(selection.kth_smallest, "__defaults__", (held,))
            taken = TopFraction(fraction).judge(cut)
        assert sorted(set(range(len(scores))) - set(taken.rows.tolist())) == kept_by_datacomp(scores, fraction)
        assert [taken.explain(index).value for index in range(len(taken.rows))] == [
            show(scores[row]) for row in taken.rows.tolist()
        ]


def test_one_row_more_than_the_fraction_survives() -> None:
    taken = TopFraction(0.3).judge(table([0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5, 0.0]))
    assert taken.rows.tolist() == [1, 3, 5, 7, 8, 9]
    assert taken.explain(3)._asdict() == {
        "rule": "pairing_top_fraction",
        "value": "0.4",
        "limit": "0.6",
        "text": "picture and caption agree by 0.4; the best 0.3 of rows have 0.6 or more",
    }


def test_no_rows_at_all() -> None:
    assert TopFraction(0.3).judge(table([])).rows.tolist() == []
    assert TopFractionByLanguage({"other": 0.3}).judge(table([], [])).rows.tolist() == []


@given(SCORES, st.data(), st.floats(0.01, 1), st.floats(0.01, 1))
def test_each_language_is_filtered_by_itself(scores: list[float], data: st.DataObject, en: float, other: float) -> None:
    languages = data.draw(st.lists(st.sampled_from(["en", "de", "ja"]), min_size=len(scores), max_size=len(scores)))
    taken = TopFractionByLanguage({"en": en, "other": other}).judge(table(scores, languages)).rows.tolist()
    wanted = []
    for language in ("en", "de", "ja"):
        rows = [row for row, one in enumerate(languages) if one == language]
        if rows:
            wanted += [
                rows[place]
                for place in kept_by_datacomp([scores[row] for row in rows], en if language == "en" else other)
            ]
    assert sorted(set(range(len(scores))) - set(taken)) == sorted(wanted)


def test_a_language_that_no_fraction_names_stays_whole() -> None:
    taken = TopFractionByLanguage({"en": 0.01}).judge(table([0.5, 0.1, 0.2, 0.3], ["en", "en", "de", "de"]))
    assert taken.rows.tolist() == [1]
    assert taken.explain(0).text == "picture and caption agree by 0.1; the best 0.01 of rows in 'en' have 0.5 or more"


@pytest.mark.parametrize("asked", [0.3, {"en": 0.3, "other": 0.5}])
def test_the_recipe_takes_one_fraction_or_a_mapping(asked: object) -> None:
    recipe = load_recipe(CurateRecipe, {"pairing": {"model": "zoo:clip", "top_fraction_by_language": asked}})
    assert recipe.pairing.top_fraction_by_language == asked
    with pytest.raises(RecipeError, match="top_fraction_by_language need a model"):
        load_recipe(CurateRecipe, {"pairing": {"top_fraction_by_language": asked}})
