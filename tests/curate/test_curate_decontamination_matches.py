"""Which rows match another table's: every test against the plain way to compare all with all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from skimage import data

from toolkit.curate.duplicates.comparison import Comparison
from toolkit.curate.duplicates.fingerprint_file import FingerprintFile, fingerprint_file
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.look_matches import look_matches
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.matches import Nearest, cosine_matches, equal_matches
from toolkit.curate.duplicates.recipe import EvaluationLooksRecipe
from toolkit.curate.scorer import Batch

SEEDS = st.integers(0, 2**32)
_DEFAULT = EvaluationLooksRecipe()
LOOKS = Looks(_DEFAULT.distance, _DEFAULT.mean_colour, _DEFAULT.cell_colour)


def _pictures() -> list[np.ndarray]:
    """Return crops of photographs, and each smaller, brighter, flipped and within a border."""
    found = []
    for seed, name in enumerate(("chelsea", "coffee", "astronaut", "rocket")):
        top, left = np.random.default_rng(seed).integers(0, 100, 2)
        whole = Image.fromarray(getattr(data, name)()[top : top + 200, left : left + 240])
        others = whole.resize((120, 100)), whole.point(lambda value: min(255, value + 40)), ImageOps.mirror(whole)
        found += [np.asarray(one) for one in (whole, *others, ImageOps.expand(whole, 20, "white"))]
    return found


PRINTS = pa.table(
    {name: pa.array(values, Fingerprints().columns[name])
     for name, values in Fingerprints().score(Batch(thumbnails=_pictures())).items()}
)  # fmt: skip


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FingerprintFile]:
    with fingerprint_file(tmp_path_factory.mktemp("prints")) as file:
        file.add(PRINTS)
        yield file


def _table(random: np.random.Generator, size: int, name: str) -> pa.Table:
    """Return rows with few different values, so that many match; some have no fingerprint, as if it had failed."""
    chosen = random.integers(0, PRINTS.num_rows, size)
    prints = PRINTS.take(pa.array(chosen, mask=random.random(size) < 0.1))
    few = {
        "content_id": [str(one) for one in random.integers(0, 30, size)],
        "people_named": [["", "man"][one] for one in random.integers(0, 2, size)],
        "caption_template": [["", "a", "b"][one] for one in random.integers(0, 3, size)],
        "sample_id": [f"{name} {row:03}" for row in range(size)],
    }
    for column, values in few.items():
        prints = prints.append_column(column, pa.array(values, pa.string()))
    return prints


@given(SEEDS, st.integers(0, 20), st.integers(0, 20))
def test_equal_rows_match_the_first_of_the_other_table(seed: int, size: int, others: int) -> None:
    random = np.random.default_rng(seed)
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    columns = ["content_id", "people_named"]
    mine, known = (list(zip(*(one[c].to_pylist() for c in columns), strict=True)) for one in (ours, theirs))
    found = equal_matches(ours, theirs, columns)
    assert list(zip(found.rows.tolist(), found.theirs.tolist(), strict=True)) == [
        (row, known.index(one)) for row, one in enumerate(mine) if one in known
    ]


@given(SEEDS, st.integers(0, 8), st.integers(0, 8), st.sampled_from([(), ("people_named",)]))
@settings(max_examples=20)
def test_pictures_match_the_nearest_of_those_that_look_the_same(
    prints: FingerprintFile, seed: int, size: int, others: int, same: tuple[str, ...]
) -> None:
    random = np.random.default_rng(seed)
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    wanted = []
    for row in range(size):  # the plain way: every pair by itself
        alone = [
            (look_matches(ours.slice(row, 1), theirs.slice(other, 1), prints, LOOKS, same), other)
            for other in range(others)
        ]
        near = [(float(found.measured[0]), other) for found, other in alone if len(found.rows)]
        wanted += [(row, min(near)[1], min(near)[0])] if near else []
    found = look_matches(ours, theirs, prints, LOOKS, same)
    assert list(zip(*(one.tolist() for one in found), strict=True)) == wanted


def test_copies_look_the_same_and_other_pictures_do_not(prints: FingerprintFile) -> None:
    originals = PRINTS.take(pa.array(range(0, PRINTS.num_rows, 5)))
    for place, copy in ((1, "smaller"), (3, "flipped"), (4, "bordered")):
        copies = PRINTS.take(pa.array(range(place, PRINTS.num_rows, 5)))
        assert look_matches(copies, originals, prints, LOOKS).theirs.tolist() == [0, 1, 2, 3], copy
    brighter = PRINTS.take(pa.array(range(2, PRINTS.num_rows, 5)))
    assert look_matches(brighter, originals, prints, LOOKS).rows.tolist() == [], "another light is another picture"


@given(SEEDS, st.integers(1, 25), st.integers(1, 25), st.sampled_from([0.3, 0.8, 0.95]))
@settings(max_examples=40)
def test_embeddings_match_the_nearest_by_brute_force(seed: int, size: int, others: int, cosine: float) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((30, 4))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    vectors[random.random(30) < 0.1] = np.nan
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    a, b = (vectors[[int(one) for one in table["content_id"].to_pylist()]] for table in (ours, theirs))
    people = [table["people_named"].to_numpy() for table in (ours, theirs)]
    exact = np.round(np.nan_to_num(a.astype(np.float64) @ b.T.astype(np.float64), nan=-2), 4)
    exact[people[0][:, None] != people[1][None]] = -2
    found = cosine_matches(
        ours, theirs, ("people_named",), cosine, lambda ids: vectors[[int(one) for one in ids]], None
    )
    rows = np.flatnonzero(exact.max(axis=1) >= cosine)
    assert found.rows.tolist() == rows.tolist()
    assert found.theirs.tolist() == exact[rows].argmax(axis=1).tolist()
    assert found.measured.tolist() == exact[rows].max(axis=1).tolist()


@given(SEEDS, st.integers(0, 15), st.integers(0, 15))
def test_the_first_test_that_finds_a_row_gives_its_reason(
    prints: FingerprintFile, seed: int, size: int, others: int
) -> None:
    random = np.random.default_rng(seed)
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    comparison = Comparison(True, LOOKS, captions=True, fingerprints=prints)
    taken = comparison.taken(ours, theirs, "some_rule", lambda row: f"row {row}")
    exact = equal_matches(ours, theirs, ["content_id"]).rows.tolist()
    looks = look_matches(ours, theirs, prints, LOOKS).rows.tolist()
    captions = [
        row for row, one in enumerate(ours["caption_template"].to_pylist())
        if one and one in theirs["caption_template"].to_pylist()
    ]  # fmt: skip
    assert taken.rows.tolist() == sorted({*exact, *looks, *captions})
    for index, row in enumerate(taken.rows.tolist()):
        word = "byte for byte" if row in exact else "looks the same" if row in looks else "has the caption"
        reason = taken.explain(index)
        assert word in reason.text
        assert reason.rule == "some_rule"
        assert f"row {theirs['sample_id'].to_pylist().index(reason.value)}" in reason.text


def test_embeddings_have_the_last_word_on_looks_where_both_rows_have_one(prints: FingerprintFile) -> None:
    copies = PRINTS.take(pa.array([1, 6, 11])).append_column("content_id", pa.array(["a", "b", "none"]))
    originals = PRINTS.take(pa.array([0, 5, 10])).append_column("content_id", pa.array(["a", "c", "d"]))
    vectors = {"a": [1, 0], "b": [0, 1], "c": [1, 0], "d": [1, 0], "none": [np.nan, np.nan]}
    copies, originals = (
        one.append_column("sample_id", one["content_id"]).append_column("side", pa.array(sides))
        for one, sides in ((copies, ["left", "", ""]), (originals, ["right", "", ""]))
    )

    def taken(**asked: object) -> list[int]:
        embeddings = lambda ids: np.array([vectors[one] for one in ids])  # noqa: E731
        looks = Comparison(False, LOOKS, embeddings=embeddings, fingerprints=prints, **asked)
        return looks.taken(copies, originals, "rule", str).rows.tolist()

    assert taken() == [0, 1, 2]
    assert taken(looks_cosine=0.9) == [0, 2]
    assert taken(looks_same=("side",)) == [1, 2]


def test_the_nearest_is_kept_whatever_the_order_of_pairs() -> None:
    best = Nearest(3)
    best.add(np.array([2, 0, 2]), np.array([5, 1, 4]), np.array([1.0, 9.0, 1.0]))
    best.add(np.array([2, 0]), np.array([3, 8]), np.array([1.0, 2.0]))
    best.add(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    found = best.matches()
    assert (found.rows.tolist(), found.theirs.tolist(), found.measured.tolist()) == ([0, 2], [8, 3], [2.0, 1.0])
