"""Degenerate inputs through every family of figures: no NaN, no false maximum, plain reasons."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from shown import FIGURES, Shown, measured, painted, paired, rows_of

from toolkit.audit.measuring.ledger import ledger
from toolkit.audit.stage import audit
from toolkit.images import encode_png
from toolkit.models.pairing import load_pairing
from toolkit.requested import Variant


@pytest.fixture(scope="module")
def network(tiny_clip):
    return load_pairing(tiny_clip)


def seen(pictures, *, equal=False):
    """Return `pictures` with vectors, each its own or all equal."""
    random = np.random.default_rng(6)
    vectors = random.standard_normal((len(pictures), 32))
    return [one._replace(vector=vectors[0 if equal else place]) for place, one in enumerate(pictures)]


def two_words(count, read):
    """Return pictures of `count` noises under two words each."""
    words = ("plain", "trending")
    variants = [Variant("p", {"concept": "judge", "style": word}, order) for order, word in enumerate(words)]
    return [
        Shown("sample", "judge", read, f"{word} judge", seed, (variant,))
        for seed in range(count)
        for word, variant in zip(words, variants, strict=True)
    ]


DATA = paired("judge", 3, 3) + paired("judge", 2, 1, kind="dropped") + paired("judge", 1, 0, caption="woman judge")
CASES: dict[str, Callable[[], list[Shown]]] = {
    "all abstained": lambda: seen(painted("judge", 0, 0, 20) + DATA),
    "all abstained, data too": lambda: seen(
        painted("judge", 0, 0, 20) + [one._replace(value=None) for one in paired("judge", 8, 0)]
    ),
    "one picture": lambda: seen(painted("judge", 1, 0)),
    "one picture and data": lambda: seen(painted("judge", 1, 0) + DATA),
    "one picture and one pair": lambda: seen(painted("judge", 1, 0) + paired("judge", 0, 1)),
    "one class": lambda: seen(painted("judge", 20, 0) + painted("cook", 20, 0) + paired("judge", 20, 0)),
    "one concept": lambda: seen(painted("judge", 10, 10) + DATA),
    "equal pictures": lambda: seen(painted("judge", 12, 0) + painted("cook", 12, 0) + DATA, equal=True),
    "no embeddings": lambda: painted("judge", 10, 10) + DATA,
    "no data": lambda: seen(painted("judge", 10, 10) + painted("cook", 10, 10)),
    "data of another concept": lambda: seen(painted("judge", 10, 10) + paired("cook", 4, 4)),
    "all pairs dropped": lambda: seen(painted("judge", 10, 10) + paired("judge", 4, 4, kind="dropped")),
    "one noise for all": lambda: seen([one._replace(seed=1) for one in painted("judge", 10, 10)]),
    "pairs that cannot be told": lambda: seen(two_words(10, None)),
    "one pair of words": lambda: seen(two_words(1, "woman")),
    "words that change nothing": lambda: seen(two_words(10, "woman")),
    "nothing but data": lambda: seen(list(DATA)),
    "nothing": list,
}
SURE = 0.05


@pytest.mark.parametrize("name", CASES)
def test_no_figure_is_nan_and_every_row_has_a_value_or_a_reason(name, network):
    pictures = CASES[name]()
    for texts in (None, network):
        for row in measured(pictures, texts=texts):
            where = (row["measure"], row["slice"], row["group"])
            assert all(row[one] is None or math.isfinite(row[one]) for one in FIGURES), where
            assert (row["value"] is None) == (row["not_measurable"] is not None), where
            assert row["not_measurable"] is None or len(row["not_measurable"]) > 10, where
            if row["low"] is not None:
                assert row["low"] <= row["value"] <= row["high"], where


@pytest.mark.parametrize(
    "name", ["all abstained", "all abstained, data too", "one picture", "one picture and one pair", "one noise for all"]
)
def test_what_says_nothing_is_no_finding(name, network):
    for row in measured(CASES[name](), texts=network):
        about_pictures = row["measure"] in ("weat", "own_prompt_nearest", "clip_score") or "null" in row["measure"]
        assert about_pictures or row["q"] is None or row["q"] > SURE, (row["measure"], row["group"], row["q"])


def test_all_abstained_has_no_share_no_ledger_and_no_amplification(network):
    rows = measured(CASES["all abstained"](), texts=network)
    for row in rows_of(rows, subject="m", annotator="clip"):
        if row["measure"] in ("share", "ledger_generated", "ledger_change_generated"):
            assert row["value"] is None
            assert "abstained on all 20 pictures" in row["not_measurable"]
    assert {one["responsible"] for one in ledger(rows)} <= {None, "kept", "captions"}
    assert all(
        row["value"] is None
        for row in rows_of(rows, subject="m", slice="all")
        if row["measure"].startswith("amplification")
    )


def test_equal_pictures_are_one_picture(network):
    rows = measured(CASES["equal pictures"](), texts=network)
    (vendi,) = rows_of(rows, measure="vendi", slice="judge", subject="m")
    assert (vendi["value"], vendi["low"], vendi["high"]) == (1, 1, 1)
    assert all("count as one" in row["not_measurable"] for row in rows_of(rows, measure="clip_score"))
    assert all(row["p"] == 1 for row in rows_of(rows, measure="own_prompt_nearest"))
    for row in rows_of(rows, measure="share_above_null_95", subject="m"):
        assert row["value"] in (None, 0)


def test_blank_pictures_are_told_by_nobody_and_gain_nothing(tiny_clip, tmp_path):
    blank = encode_png(np.asarray(Image.new("RGB", (32, 32), "black")))
    for place in range(24):
        (tmp_path / f"{place}.png").write_bytes(blank)
    lines = [f"{('judge', 'cook')[place % 2]},{place}.png,their model,{place}" for place in range(24)]
    (tmp_path / "theirs.csv").write_text("\n".join(["prompt,image,model,seed", *lines]))
    rows = audit(tmp_path / "theirs.csv", tmp_path / "run", recipe={"pairing": str(tiny_clip)}).read("measures")
    found = rows.to_pylist()
    for row in rows_of(found, measure="share"):
        assert "abstained on all" in row["not_measurable"]
    for row in rows_of(found, measure="own_prompt_nearest"):
        assert row["p"] == 1
        assert row["value"] == pytest.approx(row["floor"], abs=0.02)
    for row in rows_of(found, measure="vendi"):
        assert row["value"] == pytest.approx(1, abs=1e-4)
    assert all(row[one] is None or math.isfinite(row[one]) for row in found for one in FIGURES)
