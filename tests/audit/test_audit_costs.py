"""What pictures cost against those of the same noise: figures of the real pipeline by hand, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
from audited_runs import build_drawn, build_people
from mitigated_runs import MODEL, REPLICATES, ROLES, STEERED, MitigatedRuns

from toolkit.audit.comparing.compare import compare, texts_of, with_costs
from toolkit.audit.comparing.cost import Cost
from toolkit.audit.comparing.costs import costs
from toolkit.audit.comparing.fidelity_costs import fidelity_costs
from toolkit.audit.comparing.paired_codes import ABSENT, UNTOLD, paired_codes
from toolkit.audit.comparing.same_noise import painted_of, twins_of
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.comparing.twin_vectors import twin_vectors
from toolkit.models.pairing import load_pairing
from toolkit.statistics.diversity import mean_similarity, vendi
from toolkit.statistics.kernel_distance import kernel_distance

PAIR = Pair(MODEL, MODEL)
RULER = ("clip", "gender presentation")


@pytest.fixture(scope="module")
def found(mitigated: MitigatedRuns) -> dict[tuple[str, str], Cost]:
    rows = with_costs(compare(mitigated.before, mitigated.whole)).costs
    return {(row.measure, row.slice): row for _, row in rows}


def vectors(run, role):
    """Return the vectors of the pictures of a role by their seed, straight from the tables."""
    seen = {row["subject_id"]: np.array(row["vector"]) for row in run.read("embeddings").to_pylist()}
    asked = [row for row in run.read("requests").to_pylist() if row["prompt"] == role]
    return np.stack([seen[row["request_id"]] for row in sorted(asked, key=lambda row: row["seed"])])


def test_adherence_is_held_against_the_prompt_as_it_was_written(mitigated, found):
    text = load_pairing("zoo:clip").embed_texts(["pilot"])[0]
    sent = {row["prompt_sent"] for row in mitigated.whole.read("requests").to_pylist() if row["prompt"] == "pilot"}
    assert sent <= {"woman pilot", "man pilot"}
    row = found["clip_score", "pilot"]
    means = [float((vectors(run, "pilot") @ text).mean()) for run in (mitigated.before, mitigated.whole)]
    assert (row.before, row.after) == pytest.approx(means, abs=1e-5)
    assert row.change == pytest.approx(means[1] - means[0], abs=1e-5)
    assert row.low < row.change < row.high
    assert row.relative == pytest.approx(row.change / row.before, abs=1e-4)
    assert (row.pairs, row.better) == (REPLICATES, "higher")


def test_diversity_is_that_of_the_pictures_of_both(mitigated, found):
    first, second = (vectors(run, "firefighter") for run in (mitigated.before, mitigated.whole))
    row = found["vendi", "firefighter"]
    assert (row.before, row.after) == pytest.approx((vendi(first), vendi(second)), abs=1e-5)
    alike = found["intra_prompt_similarity", "firefighter"]
    assert (alike.before, alike.after) == pytest.approx((mean_similarity(first), mean_similarity(second)), abs=1e-5)
    assert alike.better == "lower"


def test_prompts_that_were_left_alone_cost_nothing(found):
    (alone,) = set(ROLES) - set(STEERED)
    for measure in ("clip_score", "own_prompt_nearest", "vendi", "intra_prompt_similarity"):
        assert found[measure, alone].change == 0


def test_every_concept_and_all_have_every_measure(found):
    for measure in ("clip_score", "own_prompt_nearest", "vendi", "intra_prompt_similarity"):
        assert {name for one, name in found if one == measure} == {"all", *ROLES}


def test_without_data_the_distance_to_it_says_why(found):
    row = found["kid", "all"]
    assert row.change is None
    assert "audit with --data" in row.not_measurable


@pytest.fixture(scope="module")
def held_against_data(tmp_path_factory):
    """An audit of two models that drew 24 people of each of two roles, from the same seeds, held against drawn data."""
    folder = tmp_path_factory.mktemp("data")
    return build_drawn(folder / "drawn", build_people(folder / "data"))


def test_the_distance_to_the_data_is_told_where_the_audit_was_made_with_data(held_against_data):
    first, second = "mostly light", "mostly dark"
    found = with_costs(compare(held_against_data, subject_a=first, subject_b=second))
    (row,) = [row for _, row in found.costs if row.measure == "kid"]
    seen = held_against_data.read("embeddings").to_pylist()
    of = {row["request_id"]: dict(row)["settings"] for row in held_against_data.read("requests").to_pylist()}
    data, *sides = (
        np.array([one["vector"] for one in seen if chosen(one)], np.float64)
        for chosen in (
            lambda one: one["subject_kind"] == "pair",
            lambda one: first in of.get(one["subject_id"], ""),
            lambda one: second in of.get(one["subject_id"], ""),
        )
    )
    assert len(sides[0]) == len(sides[1]) == row.pairs == 48
    scale = data.shape[1] ** 0.5
    distances = [kernel_distance(side * scale, data * scale).value for side in sides]
    assert (row.before, row.after) == pytest.approx(distances, abs=1e-5)
    assert row.change == pytest.approx(distances[1] - distances[0], abs=1e-5)
    assert row.low < row.change < row.high
    assert (row.n, row.better) == (24, "lower"), "both roles are of the same seeds"
    assert row.method.endswith("data fixed, by the pairing network")
    (back,) = [row for _, row in with_costs(compare(held_against_data, subject_a=second, subject_b=first)).costs
               if row.measure == "kid"]  # fmt: skip
    assert (back.before, back.change) == pytest.approx((row.after, -row.change), abs=1e-6)


def test_too_few_pictures_of_the_data_or_of_a_model_say_so(held_against_data, monkeypatch):
    painted = painted_of(held_against_data)
    monkeypatch.setattr("toolkit.audit.comparing.fidelity_costs.FEWEST", 49)
    runs, pair = (held_against_data, held_against_data), Pair("mostly light", "mostly dark")
    (row,) = fidelity_costs(runs, (painted, painted), pair, 0.95)
    assert row.change is None
    assert row.not_measurable.startswith("48 pairs of pictures and ")
    assert "49 of each at least are needed" in row.not_measurable


def both(mitigated):
    runs = mitigated.before, mitigated.whole
    return runs, (painted_of(runs[0]), painted_of(runs[1]))


def test_a_network_that_is_gone_leaves_diversity(mitigated):
    rows = {(row.measure, row.slice): row for row in costs(*both(mitigated), PAIR, lambda: None)}
    assert "texts cannot be embedded" in rows["clip_score", "all"].not_measurable
    assert rows["vendi", "all"].change is not None


def test_other_pictures_are_no_twins(mitigated):
    runs, painted = both(mitigated)
    assert twin_vectors(runs, painted, Pair(MODEL, "another")) == "no prompt was painted from the same seed in both"
    rows = costs(runs, painted, Pair(MODEL, "another"), texts_of(runs[0]))
    assert {row.not_measurable for row in rows} == {"no prompt was painted from the same seed in both"}


def test_codes_are_those_of_the_twins(mitigated):
    _, painted = both(mitigated)
    groups, found = paired_codes(*painted, PAIR, RULER, STEERED)
    assert set(found) == set(STEERED)
    for name, codes in found.items():
        twins = [one for one in twins_of(*painted, PAIR, RULER) if name in one.slices]
        told = [(groups[a] if a >= 0 else None, groups[b] if b >= 0 else None) for _, a, b in zip(*codes, strict=True)]
        assert sorted(map(str, told)) == sorted(str((one.before, one.after)) for one in twins)
    assert paired_codes(*painted, PAIR, ("nobody", "gender presentation"), STEERED) == ((), {})
    _, alone = paired_codes(*painted, Pair(MODEL, "another"), RULER, ["pilot"])
    assert set(alone["pilot"].after.tolist()) == {ABSENT}
    assert UNTOLD != ABSENT
