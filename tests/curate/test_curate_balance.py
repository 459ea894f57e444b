"""Balance: weights of kept rows that give groups their shares, what they cost, and targets that cannot be met."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import schema
from toolkit.curate.balance import OTHERS, balance
from toolkit.errors import RecipeError, RunError
from toolkit.store import RunFolder, create_run

# (gender, age, country, kept): how many rows. The word lists' own columns, as tain curate writes them.
CELLS = {
    ("woman", "child", "it", True): 10,
    ("woman", "", "it", True): 20,
    ("man", "child", "it", True): 5,
    ("man", "", "ke", True): 45,
    ("man, woman", "child", "ke", True): 8,
    ("", "older person", "ke", True): 12,
    ("woman", "older person", "it", False): 30,
}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = create_run(tmp_path / "curated")
    rows = [cell for cell, size in CELLS.items() for _ in range(size)]
    ids = [f"{place:03d}" for place in range(len(rows))]
    pairs, scores, decisions = [], [], []
    for name, (gender, age, country, keep) in zip(ids, rows, strict=True):
        pairs.append({"sample_id": name, "source": "s", "license": "l", "meta": f'{{"country": "{country}"}}'})
        scores.append({"sample_id": name, "unscored": [], "group_gender": gender, "group_age": age})
        decisions.append({"sample_id": name, "status": "kept" if keep else "dropped", "keep": keep, "reasons": []})
    with made.stage("curate", recipe={}):
        for table, given in (("pairs", pairs), ("scores", scores), ("decisions", decisions)):
            made.write_shard(table, 0, schema.from_rows(table, given))
    return made


def weights(balanced: RunFolder) -> dict[tuple[str, str, str, bool], float]:
    """The weight of each cell, all of whose rows must have one and the same."""
    rows = [cell for cell, size in CELLS.items() for _ in range(size)]
    found: dict[tuple[str, str, str, bool], set[float]] = {}
    for row in balanced.read("weights").to_pylist():
        found.setdefault(rows[int(row["sample_id"])], set()).add(row["weight"])
    assert all(len(some) == 1 for some in found.values())
    return {cell: some.pop() for cell, some in found.items()}


def test_one_attribute_has_its_shares_and_other_rows_keep_theirs(run: RunFolder, tmp_path: Path) -> None:
    made = balance(run, tmp_path / "out", {"gender": {"woman": 0.5, "man": 0.5}})
    found = weights(made)
    assert set(found) == {cell for cell in CELLS if cell[3]}, "the kept rows, and no other"
    # 80 of 100 kept rows name exactly one; 30 women and 50 men become 40 and 40, the other 20 stay 20.
    assert found["woman", "child", "it", True] == pytest.approx(40 / 30)
    assert found["man", "", "ke", True] == pytest.approx(40 / 50)
    assert found["", "older person", "ke", True] == pytest.approx(1)
    assert found["man, woman", "child", "ke", True] == pytest.approx(1)


def test_counts_say_what_the_weights_cost(run: RunFolder, tmp_path: Path) -> None:
    counts = balance(run, tmp_path / "out", {"gender": {"woman": 0.5, "man": 0.5}}).stages["balance"]["counts"]
    squares = 30 * (40 / 30) ** 2 + 50 * (40 / 50) ** 2 + 20
    assert counts["rows"] == 100
    assert counts["n_effective"] == pytest.approx(100**2 / squares, abs=1e-3)
    assert counts["design_effect"] == pytest.approx(squares / 100, abs=1e-6)
    assert counts["shares"]["gender"]["before"] == {"woman": 0.3, "man": 0.5, OTHERS: 0.2}
    assert counts["shares"]["gender"]["after"] == {"woman": 0.4, "man": 0.4, OTHERS: 0.2}


def test_several_attributes_words_and_columns_at_once(run: RunFolder, tmp_path: Path) -> None:
    target = {"gender": {"woman": 0.5, "man": 0.5}, "meta.country": {"it": 0.45, "ke": 0.55}}
    after = balance(run, tmp_path / "out", target).stages["balance"]["counts"]["shares"]
    assert after["gender"]["after"] == pytest.approx({"woman": 0.4, "man": 0.4, OTHERS: 0.2}, abs=1e-6)
    assert after["meta.country"]["after"] == pytest.approx({"it": 0.45, "ke": 0.55}, abs=1e-6)


def test_uniform_gives_every_group_the_same_share(run: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text("age: uniform\n")
    after = balance(run.path, tmp_path / "out", file).stages["balance"]["counts"]["shares"]["age"]["after"]
    assert after == pytest.approx({"child": 0.175, "older person": 0.175, OTHERS: 0.65}, abs=1e-6)


def test_a_cap_bounds_the_weights_or_is_said_to_be_too_low(run: RunFolder, tmp_path: Path) -> None:
    target = {"gender": {"woman": 0.6, "man": 0.4}, "age": {"child": 0.8, "older person": 0.2}}
    free = max(weights(balance(run, tmp_path / "free", target)).values())
    capped = max(weights(balance(run, tmp_path / "capped", target, cap=free * 0.97)).values())
    assert capped <= free * 0.97 + 1e-6
    with pytest.raises(RunError, match=r"cannot be met with no weight above 1.2: .* raise the cap"):
        balance(run, tmp_path / "low", {"gender": {"woman": 0.9, "man": 0.1}}, cap=1.2)
    assert not (tmp_path / "low").exists()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"gendre": {"woman": 0.5, "man": 0.5}}, "no attribute 'gendre'; .* has age, gender, license, source"),
        ({"gender": {"woman": 0.5, "girl": 0.5}}, "no kept row is of 'girl' alone"),
        ({"gender": {"woman": 0.5, "man": 0.6}}, "must sum to 1; found 1.1"),
        ({"gender": {"woman": 1.0, "man": 0.0}}, "greater than 0"),
        ({"gender": {"woman": 1.0}}, "two groups or more"),
        ({"gender": "even"}, "'uniform'"),
        ({"source": "uniform"}, "two groups"),
        ({}, "no attribute is named"),
    ],
)
def test_targets_that_make_no_sense_are_refused(
    run: RunFolder, tmp_path: Path, target: dict[str, object], said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        balance(run, tmp_path / "out", target)
    assert not (tmp_path / "out").exists()


def test_targets_that_contradict_one_another_are_said_to(run: RunFolder, tmp_path: Path) -> None:
    # Every woman who is named alone is in Italy, and all but five men in Kenya.
    target = {"gender": {"woman": 0.9, "man": 0.1}, "meta.country": {"it": 0.1, "ke": 0.9}}
    with pytest.raises(RunError, match=r"cannot be met: after .* rounds .* rather than"):
        balance(run, tmp_path / "out", target)


def test_a_run_without_decisions_or_kept_rows_is_refused(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="has no decisions"):
        balance(create_run(tmp_path / "empty"), tmp_path / "out", {"gender": "uniform"})
    nothing = create_run(tmp_path / "nothing")
    rows = [{"sample_id": "0", "status": "dropped", "keep": False, "reasons": []}]
    with nothing.stage("curate", inputs=[run]):
        nothing.write_shard("decisions", 0, schema.from_rows("decisions", rows))
    with pytest.raises(RunError, match="kept no row"):
        balance(nothing, tmp_path / "out", {"gender": "uniform"})
