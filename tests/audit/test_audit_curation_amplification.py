"""Amplification by curation: against figures by hand, and no more found than chance where pairs are dropped blindly."""

import numpy as np
import pytest
from planted import Audit
from shown import evidence_of, measured, painted, paired, rows_of

from toolkit.audit.measuring.curation_amplification import measure_curation_amplification

KEPT = "data:all sources"
NAIVE, NEUTRAL = "amplification_all_captions", "amplification_neutral_captions"


def figure(rows, measure, concept="all", correction="uncorrected"):
    (row,) = rows_of(rows, subject=KEPT, measure=measure, slice=concept, correction=correction)
    return row


def two_concepts():
    """Raw: 60 % women of judges, 40 % of cooks; kept: 90 % and 20 %."""
    pictures = painted("judge", 5, 5) + painted("cook", 5, 5)
    pictures += paired("judge", 90, 10) + paired("judge", 30, 70, kind="dropped")
    return pictures + paired("cook", 20, 80) + paired("cook", 60, 40, kind="dropped")


def test_what_curation_amplifies_is_that_by_hand():
    rows = measured(two_concepts())
    assert figure(rows, NAIVE, "judge")["value"] == pytest.approx(0.4 - 0.1)
    assert figure(rows, NAIVE, "cook")["value"] == pytest.approx(0.3 - 0.1)
    assert figure(rows, NAIVE)["value"] == pytest.approx(0.25)
    assert figure(rows, "amplification_zhao")["value"] == pytest.approx((0.3 + 0.2) / 2)
    assert figure(rows, "amplification_directional")["value"] == pytest.approx((0.3 + 0.2) / 2)
    for row in rows_of(rows, subject=KEPT, measure=NAIVE):
        assert row["p"] <= row["q"] <= 0.01
        assert abs(row["floor"]) < 0.05
        assert row["low"] is None
        assert row["reference"] == f"raw pairs, n = {400 if row['slice'] == 'all' else 200}"


def test_captions_that_name_a_group_count_in_one_form_alone():
    pictures = two_concepts() + paired("judge", 100, 0, kind="dropped", caption="woman judge")
    rows = measured(pictures)
    assert figure(rows, NAIVE, "judge")["value"] == pytest.approx(0.4 - abs(220 / 300 - 0.5), abs=1e-6)
    assert figure(rows, NEUTRAL, "judge")["value"] == pytest.approx(0.4 - 0.1)


def test_pairs_dropped_blindly_are_seldom_called_an_amplification():
    random = np.random.default_rng(4)
    found = 0
    for _ in range(100):
        pictures = painted("judge", 1, 1)
        for kind, count in (("pair", 80), ("dropped", 60)):
            women = int(random.binomial(count, 0.6))
            pictures += paired("judge", women, count - women, kind=kind)
        (row,) = rows_of(measure_curation_amplification(evidence_of(pictures)), measure=NAIVE, slice="judge")
        found += row["p"] <= 0.05
    assert found <= 11  # of a binomial of 100 at .05, more come once in a hundred times


def test_nothing_is_said_where_nothing_was_dropped_and_why_where_nothing_was_read():
    assert not rows_of(measured(painted("judge", 5, 5) + paired("judge", 5, 5)), subject=KEPT)
    blank = [one._replace(value=None) for one in paired("judge", 4, 4, kind="dropped")]
    same = measured(painted("judge", 5, 5) + paired("judge", 5, 5) + blank)
    assert figure(same, NAIVE)["not_measurable"] == "curation dropped no pair that could be told"
    none = [one._replace(value=None) for one in paired("judge", 4, 4)]
    nobody = measured(painted("judge", 5, 5) + none + paired("judge", 4, 4, kind="dropped"))
    assert "of no concept" in figure(nobody, "amplification_zhao")["not_measurable"]
    three = measured(two_concepts(), values=("woman", "man", "neither"))
    assert "defined for two groups" in figure(three, NAIVE)["not_measurable"]
    assert figure(three, "amplification_zhao")["value"] is not None


def planted(kept, dropped, seed=0):
    """Shares of women among the kept and the dropped pairs about judges and tailors, as many of each."""
    made = Audit(seed)
    for concept, *shares in zip(("judge", "tailor"), kept, dropped, strict=True):
        made.painted(concept, 50, women=0.5)
        for kind, share in zip(("pair", "dropped"), shares, strict=True):
            made.paired(concept, 600, women=share, kind=kind)
    for role in range(15):
        for domain in ("m", "data:art"):
            made.known(f"role {role}", each=40, domain=domain)
    return made.rows({"m": ("m",), "data:art": ("data:art",)})


def test_corrected_figures_hold_what_was_planted_beside_the_raw_ones():
    rows = planted(kept=(0.9, 0.1), dropped=(0.5, 0.5))
    for where in ("judge", "tailor", "all"):
        row = figure(rows, NAIVE, where, "confusion matrix")
        assert row["low"] < 0.4 - 0.2 < row["high"]
        assert row["calibration_id"]
        assert figure(rows, NAIVE, where)["value"] < 0.2  # errors hide a part of it
    directional = figure(rows, "amplification_directional", correction="confusion matrix")
    assert directional["low"] < 0.2 < directional["high"]
    assert figure(rows, NEUTRAL, correction="confusion matrix")["p"] < 0.05


def test_corrected_figures_of_equal_shares_hold_none():
    rows = planted(kept=(0.7, 0.3), dropped=(0.7, 0.3))
    for measure in (NAIVE, NEUTRAL, "amplification_zhao", "amplification_directional"):
        row = figure(rows, measure, correction="confusion matrix")
        assert row["low"] < 0 < row["high"]
        assert row["p"] > 0.05
