"""What pixels say changed between two audits: pictures made brighter, groups farther apart, and what says nothing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from audited import face, write_table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, ttest_rel

from toolkit.audit.audited import measured
from toolkit.audit.comparing.content_changes import content_changes
from toolkit.audit.comparing.same_noise import Painted, painted_of
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.stage import audit
from toolkit.statistics.comparisons import benjamini_hochberg
from toolkit.store import RunFolder, create_run

PAIR = Pair("m", "m")
COUNT = 16
BETWEEN = "content_difference_between_groups"


def audited(folder, lighter, first_seed=0, model="m"):
    """Return the audit of 16 drawn judges in coats of their own, each of them up to `lighter` lighter."""
    stream = np.random.default_rng(3)
    rows = []
    for place in range(COUNT):
        pixels = face((150, 110, 90), coat=(12 * place, 90, 40)).astype(np.int64)
        pixels = np.clip(pixels + round(lighter * (0.7 + 0.3 * stream.random())), 0, 255).astype(np.uint8)
        rows.append({"prompt": "judge", "model": model, "seed": first_seed + place, "pixels": pixels})
    return audit(write_table(folder / "painted", rows), folder / "audit", recipe={"annotators": ["skin-tone"]})


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The pictures as they were, from the same seeds lighter, and lighter ones from other seeds."""
    folder = tmp_path_factory.mktemp("content")
    return {
        "before": audited(folder / "a", 0),
        "lighter": audited(folder / "b", 60),
        "other seeds": audited(folder / "c", 60, first_seed=100),
        "other model": audited(folder / "d", 60, model="n"),
    }


def changes(first, second, pair=PAIR):
    painted = painted_of(first), painted_of(second)
    return content_changes((first, second), painted, pair, (measured(first), measured(second)))


def brightness(run):
    """Return the brightness of each picture by its seed, straight from the tables."""
    scores = {row["subject_id"]: row["brightness"] for row in run.read("content").to_pylist()}
    asked = sorted(run.read("requests").to_pylist(), key=lambda row: row["seed"])
    return np.array([scores[row["request_id"]] for row in asked])


def test_pictures_that_became_brighter_are_told_with_their_interval(runs):
    found = changes(runs["before"], runs["lighter"])
    (row,) = [one for one in found if one.group == "brightness"]
    sides = [brightness(runs[name]) for name in ("before", "lighter")]
    oracle = ttest_rel(sides[1], sides[0])
    ends = oracle.confidence_interval(0.95)
    assert (row.mean_a, row.mean_b) == pytest.approx([one.mean() for one in sides], abs=1e-5)
    assert (row.value, row.low, row.high) == pytest.approx(((sides[1] - sides[0]).mean(), *ends), abs=1e-5)
    assert row.p == pytest.approx(oracle.pvalue, rel=1e-3)
    assert (row.slice, row.attribute, row.annotator, row.pairs) == ("all", "content", "pixels", COUNT)
    assert row.low > 0
    said = row.sentence
    assert said.startswith("m, over all probes: brightness ")
    assert f"({row.value:+.2f} [" in said
    assert said.endswith(f"{COUNT} pairs of one seed, q < 0.001")


def test_the_surest_change_comes_first_and_each_is_told(runs):
    found = changes(runs["before"], runs["lighter"])
    assert [one.q for one in found] == sorted(one.q for one in found)
    assert all(one.p <= one.q <= 0.05 for one in found)
    assert all(one.low <= one.value <= one.high for one in found)
    assert len({one.group for one in found}) == len(found)


def test_the_other_way_round_they_became_darker(runs):
    there, back = (
        {one.group: one for one in changes(runs[one], runs[two])}
        for one, two in (("before", "lighter"), ("lighter", "before"))
    )
    assert there.keys() == back.keys()
    for name, one in there.items():
        assert (one.value, one.low, one.high) == pytest.approx((-back[name].value, -back[name].high, -back[name].low))
        assert (one.mean_a, one.mean_b) == (back[name].mean_b, back[name].mean_a)


def test_another_model_is_named_and_paired_by_its_seeds(runs):
    found = changes(runs["before"], runs["other model"], Pair("m", "n"))
    (row,) = [one for one in found if one.group == "brightness"]
    assert (row.subject_a, row.subject_b, row.pairs) == ("m", "n", COUNT)
    assert row.sentence.startswith("n, over all probes")


def test_pictures_that_are_the_same_changed_nothing(runs, tmp_path):
    assert changes(runs["before"], audited(tmp_path, 0)) == []


def test_pictures_of_other_seeds_are_no_pairs_and_tell_nothing(runs):
    assert [one for one in changes(runs["before"], runs["other seeds"]) if one.pairs is not None] == []
    assert changes(runs["before"], runs["lighter"], Pair("m", "nobody")) == []


def test_labels_without_scores_tell_nothing(runs, tmp_path):
    shutil.copytree(runs["lighter"].path, tmp_path / "old")
    shutil.rmtree(tmp_path / "old" / "content")
    assert changes(runs["before"], RunFolder(tmp_path / "old")) == []


def between(group, value, half):
    """Return the row of an audit on how far two groups are painted apart."""
    return {
        "subject": "m", "slice": "all", "attribute": "gender presentation", "annotator": "clip", "measure": BETWEEN,
        "group": group, "value": value, "low": None if half is None else value - half,
        "high": None if half is None else value + half,
    }  # fmt: skip


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A run without any picture, so that nothing but the measures speaks."""
    return create_run(tmp_path_factory.mktemp("empty") / "run")


def of_measures(run, first, second):
    return content_changes((run, run), (Painted((), {}), Painted((), {})), PAIR, (first, second))


def test_groups_that_are_painted_farther_apart_are_told_and_nearer_ones_are_not(empty):
    near, far = (
        between("brightness: woman against man", 0.02, 0.02),
        between("brightness: woman against man", 0.2, 0.04),
    )
    (row,) = of_measures(empty, [near], [far])
    assert (row.mean_a, row.mean_b, row.value, row.pairs) == (0.02, 0.2, 0.18, None)
    half = float(np.hypot(0.02, 0.04))
    assert (row.low, row.high) == pytest.approx((0.18 - half, 0.18 + half), abs=1e-6)
    assert row.p == pytest.approx(2 * norm.sf(0.18 / (half / norm.ppf(0.975))), rel=1e-3)
    assert row.sentence.startswith("m, over all probes: brightness: woman against man 0.02 -> 0.20 (+0.18 [")
    assert "pairs" not in row.sentence, "both figures are of all pictures"
    assert of_measures(empty, [far], [near]) == [], "what came nearer got no worse"


@pytest.mark.parametrize(
    "other",
    [
        between("sharpness: woman against man", 0.9, 0.01),
        between("brightness: woman against man", 0.9, None),
        between("brightness: woman against man", 0.9, 0.01) | {"slice": "judge"},
        between("brightness: woman against man", 0.9, 0.01) | {"subject": "n"},
        between("brightness: woman against man", 0.9, 0.01) | {"measure": "content_mean"},
        between("brightness: woman against man", 0.9, 0.01) | {"annotator": "faces"},
    ],
)
def test_only_the_same_figure_of_the_same_model_over_all_is_held_against_it(empty, other):
    assert of_measures(empty, [between("brightness: woman against man", 0.0, 0.01)], [other]) == []


FIGURE = st.tuples(st.floats(-1, 1), st.floats(0.001, 0.5))


@given(st.lists(st.tuples(FIGURE, FIGURE), min_size=1, max_size=8))
@settings(max_examples=60)
def test_what_is_told_is_farther_apart_and_sure_among_all_that_was_asked(empty, figures):
    sides = [
        [between(f"score {place}: woman against man", *one[side]) for place, one in enumerate(figures)]
        for side in (0, 1)
    ]
    found = {one.group: one for one in of_measures(empty, *sides)}
    z = norm.ppf(0.975)
    p = [float(2 * norm.sf(abs(b - a) / (np.hypot(one, two) / z))) for (a, one), (b, two) in figures]
    for place, (((a, _), (b, _)), q) in enumerate(zip(figures, benjamini_hochberg(p), strict=True)):
        row = found.get(f"score {place}: woman against man")
        if row is None:
            assert q > 0.0499 or abs(b) <= abs(a) + 1e-6, "rows are told of what is rounded to 1e-6"
            continue
        assert abs(b) > abs(a)
        assert row.q == pytest.approx(q, rel=1e-2, abs=1e-12)
        assert row.low <= row.value <= row.high
        assert row.value == pytest.approx(b - a, abs=1e-5)
