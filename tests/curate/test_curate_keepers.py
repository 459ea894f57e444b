"""Which copy stays: the policies, against the plain way to choose."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from toolkit import schema
from toolkit.curate.cascade import Cascade
from toolkit.curate.duplicates.dates import seconds_of, seconds_of_column
from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.keepers import KeepPolicy, keepers
from toolkit.curate.stage import curate, decide
from toolkit.errors import RecipeError
from toolkit.sources.meta import encode_meta
from toolkit.store import RunFolder, create_run

ITEMS = st.lists(st.tuples(st.integers(0, 4), st.one_of(st.just(math.nan), st.integers(-3, 3))), max_size=40)


@given(ITEMS, st.randoms(use_true_random=False))
def test_each_cluster_keeps_its_best_row_whatever_the_order(items: list[tuple[int, float]], random: object) -> None:
    rows = [(label, float(merit), f"{number:03}") for number, (label, merit) in enumerate(items)]
    wanted = {}
    for label in {label for label, _, _ in rows}:  # the plain way: look at every row of a cluster
        inside = [(math.isnan(merit), -merit if merit == merit else 0, name) for at, merit, name in rows if at == label]
        wanted[label] = min(inside)[2]
    for _ in range(2):
        labels = np.array([row[0] for row in rows], np.int64)
        stays = keepers(labels, np.array([row[1] for row in rows]), pa.chunked_array([[row[2] for row in rows]]))
        assert [rows[kept][2] for kept in stays] == [wanted[label] for label, _, _ in rows]
        assert sum(kept == row for row, kept in enumerate(stays)) == len(wanted)
        random.shuffle(rows)  # type: ignore[attr-defined]


def test_of_many_equal_rows_the_smallest_id_stays() -> None:
    generator = np.random.default_rng(0)
    labels, ids = generator.integers(0, 50, 30_000), generator.permutation(30_000)
    stays = keepers(labels, np.zeros(30_000), pa.chunked_array([[f"{number:05}" for number in ids]]))
    wanted = {label: ids[labels == label].min() for label in range(50)}
    assert [ids[kept] for kept in stays] == [wanted[label] for label in labels]


def _rows(**columns: list[object]) -> pa.Table:
    size = len(columns["sample_id"])
    blank = {"content_id": ["same"] * size, "people_named": [""] * size, "skin_tone_named": [""] * size}
    return pa.table(blank | {"width": [8] * size, "height": [8] * size} | columns)


def _run(path: Path, columns: dict[str, pa.Array], meta: list[dict[str, object]]) -> RunFolder:
    """Write a run, two rows a shard, with these score columns and this meta; sample_ids are a, b, c ..."""
    run = create_run(path)
    ids = [chr(ord("a") + row) for row in range(len(meta))]
    pairs = [
        dict.fromkeys(schema.table_schema("pairs").schema.names) | {"sample_id": one, "meta": encode_meta(more)}
        for one, more in zip(ids, meta, strict=True)
    ]
    unscored = pa.array([[]] * len(ids), pa.map_(pa.string(), pa.string()))
    scores = pa.table({"sample_id": ids, "unscored": unscored} | columns)
    for index, start in enumerate(range(0, len(ids), 2)):
        run.write_shard("pairs", index, schema.from_rows("pairs", pairs[start : start + 2]))
        run.write_shard("scores", index, scores.slice(start, 2))
    return run


def _kept_instead(policy: KeepPolicy, rows: pa.Table) -> dict[str, str]:
    """Return the row that stays for every row that goes, by sample_id."""
    taken = ExactDuplicates(policy).judge(rows)
    ids = rows["sample_id"].to_pylist()
    return {ids[row]: taken.explain(index).value for index, row in enumerate(taken.rows.tolist())}


def test_the_largest_stays_then_the_first_id() -> None:
    rows = _rows(sample_id=list("cabd"), width=[9, 5, 9, 9], height=[2, 2, 2, 2], content_id=list("xxxy"))
    assert _kept_instead(KeepPolicy(), rows) == {"a": "b", "c": "b"}


def test_the_first_of_the_input_stays() -> None:
    assert _kept_instead(KeepPolicy("first"), _rows(sample_id=list("cab"))) == {"a": "c", "b": "c"}


def test_the_best_by_a_score_stays_and_rows_without_one_come_last(tmp_path: Path) -> None:
    sharpness = pa.array([None, 2, 7, None], pa.int64())
    run = _run(tmp_path / "run", {"sharpness": sharpness}, [{}] * 4)
    policy = KeepPolicy("best", "sharpness", run)
    assert _kept_instead(policy, _rows(sample_id=list("dbac"))) == {"d": "c", "b": "c", "a": "c"}
    assert _kept_instead(policy, _rows(sample_id=list("da"))) == {"d": "a"}
    taken = ExactDuplicates(policy).judge(_rows(sample_id=list("cb")))
    assert taken.explain(0).text == ("the same picture, byte for byte, as row c, which stays as the best by sharpness")


def test_a_score_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    run = _run(tmp_path / "run", {"entropy": pa.array([1.0, 2.0]), "hash": pa.array(["x", "y"])}, [{}] * 2)
    for unknown in ("sharpness", "hash"):
        with pytest.raises(RecipeError, match=f"best_by is '{unknown}', which .*; name one of entropy"):
            _kept_instead(KeepPolicy("best", unknown, run), _rows(sample_id=["a", "b"]))


def test_the_oldest_by_a_column_of_meta_stays(tmp_path: Path) -> None:
    meta: list[dict[str, object]] = [
        {"added": "2020-05-01"},
        {"added": 1_500_000_000},
        {"added": "yesterday"},
        {"other": "1990-01-01"},
    ]
    policy = KeepPolicy("oldest", "added", _run(tmp_path / "run", {}, meta))
    assert _kept_instead(policy, _rows(sample_id=list("abcd"))) == dict.fromkeys("acd", "b")
    assert _kept_instead(policy, _rows(sample_id=list("dc"))) == {"d": "c"}  # neither tells: the smaller id
    assert _kept_instead(policy, _rows(sample_id=list("ca"))) == {"c": "a"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1970-01-02", 86400),
        ("1970-01-02T00:00:00Z", 86400),
        ("1970-01-02 02:00:00+02:00", 86400),
        ("19700102", 86400),
        ("1971", 365 * 86400),
        (1971, 365 * 86400),
        ("1970-02", 31 * 86400),
        (86400, 86400),
        ("1700000000", 1_700_000_000),
        ("1700000000.5", 1_700_000_000.5),
        (1_700_000_000_000, 1_700_000_000),
    ],
)
def test_dates_are_read_as_people_write_them(value: object, seconds: float) -> None:
    assert seconds_of(value) == seconds


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.lists(st.integers())))
@example("0000-00-00")
@example(10**400)
@example("9" * 400)
@example("9999-12-31T23:59:59-14:00")
def test_anything_else_is_no_date_and_no_error(value: object) -> None:
    assert isinstance(seconds_of(value), float)


@given(st.dates(), st.text(min_size=1).filter(str.isprintable))
def test_a_date_in_meta_is_found_under_any_name(date: object, name: str) -> None:
    meta = pa.chunked_array([[encode_meta({name: date, "x": 1}), encode_meta({"y": name}), None]], pa.string())
    found = seconds_of_column(meta, name)
    assert found[0] == seconds_of(str(date)) or name == "x"
    assert np.isnan(found[1]) or name == "y"
    assert np.isnan(found[2])


SIZES = {"small": 64, "large": 128, "middle": 96}  # in the order of the input
ADDED = {"small": "2021-05-01", "large": "never", "middle": "2019-02-03T10:00:00Z"}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of one photograph in three sizes, its bytes twice, and another photograph."""
    folder = tmp_path_factory.mktemp("source") / "copies"
    folder.mkdir()
    photograph = Image.fromarray(data.chelsea()).resize((128, 128))
    lines = [{"file_name": f"{name}.png", "text": f"a cat that sits, {name}", "added": ADDED[name]} for name in SIZES]
    for name, side in SIZES.items():
        photograph.resize((side, side)).save(folder / f"{name}.png")
    shutil.copy(folder / "large.png", folder / "again.png")
    lines.append({"file_name": "again.png", "text": "a cat that sits, again", "added": "2020-01-01"})
    Image.fromarray(data.coffee()).save(folder / "coffee.png")
    lines.append({"file_name": "coffee.png", "text": "a cup of coffee", "added": ""})
    (folder / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return curate(folder, tmp_path_factory.mktemp("runs") / "run")


@pytest.mark.parametrize(
    ("asked", "stays"),
    [
        ({}, {"large", "again"}),
        ({"keep": "first"}, {"small"}),
        ({"keep": "oldest", "oldest_by": "added"}, {"middle"}),
        ({"keep": "best", "best_by": "caption_characters"}, {"middle"}),
        ({"keep": "best", "best_by": "caption_characters", "exact": False, "perceptual": None}, {*SIZES, "again"}),
    ],
)
def test_deciding_by_another_policy_scores_nothing_and_keeps_one_of_each(
    asked: dict[str, object], stays: set[str], copies: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cascade, "run", lambda *_: pytest.fail("scored again"))
    decided = decide(copies, tmp_path / "decided", recipe={"duplicates": asked}).read("decisions").to_pylist()
    names = [Path(image["path"]).stem for image in copies.read("pairs")["image"].to_pylist()]
    kept = {name for name, one in zip(names, decided, strict=True) if one["keep"]}
    assert "coffee" in kept
    assert kept - {"coffee"} <= stays
    assert len(kept) == (2 if asked.get("exact", True) else 5)
    policy = f"the {asked.get('keep', 'largest')}"
    assert all(policy in one["reasons"][0]["text"] for one in decided if not one["keep"])


def test_a_policy_by_an_unknown_score_fails_before_a_row_is_decided(copies: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"best_by is 'beauty'.*name one of .*picture_entropy"):
        decide(copies, tmp_path / "run", recipe={"duplicates": {"keep": "best", "best_by": "beauty"}})
    assert not (tmp_path / "run").exists()
