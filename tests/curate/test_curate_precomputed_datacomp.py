"""The rows that DataComp's own filters keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import pipelines
from toolkit.curate.captions import rules as captions
from toolkit.curate.captions.language import CaptionLanguage
from toolkit.curate.precomputed import rules as precomputed
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.scorer import Batch, Facts
from toolkit.curate.stage import curate
from toolkit.recipe import load_recipe

GOLDEN = json.loads(Path(__file__).parents[1].joinpath("golden", "datacomp.json").read_text("utf-8"))
BASIC = Path(pipelines.__file__).parent / "recipes" / "datacomp-basic.yaml"
NO_BASIC = {"min_code_points": None, "min_tokens": None, "languages": None}


def without_basic(similarity: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe with its own limits taken out, and limits on one similarity instead."""
    content = yaml.safe_load(BASIC.read_text("utf-8"))
    return content | {"captions": content["captions"] | NO_BASIC, "precomputed": similarity}


RECIPES: dict[str, Any] = {
    "basic_filter": BASIC,
    "clip_b32 >= 0.28": without_basic({"clip_b32_similarity_score": {"minimum": 0.28}}),
    "clip_l14 >= 0.243": without_basic({"clip_l14_similarity_score": {"minimum": 0.243}}),
    "clip_l14 top 0.3": without_basic({"clip_l14_similarity_score": {"top_fraction": 0.3}}),
    "clip_l14 top 0.05": without_basic({"clip_l14_similarity_score": {"top_fraction": 0.05}}),
}


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datacomp") / "metadata.parquet"
    rows = [dict(zip(GOLDEN["columns"], row, strict=True)) for row in GOLDEN["rows"]]
    table = pa.Table.from_pylist([row | {"url": f"https://example.org/{row['uid']}.jpg"} for row in rows])
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("name", GOLDEN["kept"])
def test_the_same_ids_are_kept_as_by_datacomp(name: str, metadata: Path, tmp_path: Path) -> None:
    run = curate(metadata, tmp_path / "run", recipe=RECIPES[name])
    pairs, decisions = (pa.concat_tables(run.scan(table)).to_pylist() for table in ("pairs", "decisions"))
    uids = {pair["sample_id"]: json.loads(pair["meta"])["uid"] for pair in pairs}
    assert sorted(uids[row["sample_id"]] for row in decisions if row["keep"]) == GOLDEN["kept"][name]
    assert len(decisions) == len(GOLDEN["rows"])


def kept_by(family: Any, section: Any, batch: Batch, rows: int) -> np.ndarray[Any, Any]:
    """Return which rows the rules of one family keep, as the cascade applies them: a null is passed over."""
    columns = {name: values for scorer in family.scorers(section) for name, values in scorer.score(batch).items()}
    kept = np.ones(rows, dtype=bool)
    for rule in family.rules(section):
        at = [row for row in range(rows) if all(columns[name][row] is not None for name in rule.columns)]
        seen = {name: [columns[name][row] for row in at] for name in rule.columns}
        table = pa.table({"sample_id": [str(row) for row in at]} | seen)
        kept[np.array(at, dtype=np.int64)[rule.judge(table).rows]] = False
    return kept


SIDES = st.one_of(st.none(), st.integers(150, 250), st.integers(1, 5000))


@given(st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=20))
def test_any_size_is_judged_by_the_definition(sizes: list[tuple[int | None, int | None]]) -> None:
    widths, heights = np.array(sizes, dtype=float).T
    shorter, longer = np.minimum(widths, heights), np.maximum(widths, heights)
    expected = (shorter >= 200) & (longer / shorter <= 3.0)
    metas = [json.dumps({"original_width": width, "original_height": height}) for width, height in sizes]
    batch = Batch(facts=[Facts(meta=meta) for meta in metas])
    section = load_recipe(CurateRecipe, BASIC).precomputed
    assert kept_by(precomputed, section, batch, len(sizes)).tolist() == expected.tolist()


WORDS = st.sampled_from(["the", "dog", "Hund", "und", "le", "chat", "a", "I", "on", "hill", "-", "12", " ", "\n", "é"])


@given(st.lists(WORDS, max_size=9).map(" ".join))
def test_any_caption_is_judged_by_the_definition(text: str) -> None:
    scorer = CaptionLanguage()
    scorer.setup()
    assert scorer._predict is not None
    ((_, label),) = scorer._predict(text.replace("\n", " ") + "\n", 1, 0.0, "strict")
    expected = label == "__label__en" and len(text.split()) > 2 and len(text) > 5
    section = load_recipe(CurateRecipe, BASIC).captions
    batch = Batch(captions=[text], facts=[Facts()])
    assert kept_by(captions, section, batch, 1).tolist() == [expected]


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=30), st.floats(0.01, 1))
def test_any_top_fraction_is_that_of_the_definition(scores: list[int], fraction: float) -> None:
    values = np.array(scores) / 20
    place = int(len(values) * fraction)
    threshold = -np.sort(-values)[
        min(place, len(values) - 1)
    ]  # at a fraction of 1 DataComp's own index is out of range
    section = load_recipe(CurateRecipe, without_basic({"similarity": {"top_fraction": fraction}})).precomputed
    batch = Batch(facts=[Facts(meta=json.dumps({"similarity": value})) for value in values.tolist()])
    assert kept_by(precomputed, section, batch, len(scores)).tolist() == (values >= threshold).tolist()
