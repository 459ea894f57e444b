"""What pictures cost against those of the same noise: figures of the real pipeline by hand, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
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


def test_the_distance_to_the_data_is_told_where_there_is_data(mitigated, monkeypatch):
    from toolkit.audit.comparing import fidelity_costs as module

    runs, painted = both(mitigated)
    seen = twin_vectors(runs, painted, PAIR)
    monkeypatch.setattr(module, "FEWEST", 8)
    monkeypatch.setattr(module, "data_vectors", lambda *_: seen.before)
    (row,) = fidelity_costs(runs, painted, PAIR, 0.95)
    assert row.before < row.after
    assert row.low < row.change < row.high
    assert "data fixed" in row.method


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
