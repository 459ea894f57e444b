"""What a plan promises is what audits of so many pictures deliver, by the tests that an audit uses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from toolkit.audit.planning import Aim, plan
from toolkit.errors import RecipeError
from toolkit.probes import load_probes
from toolkit.statistics.comparisons import benjamini_hochberg, binomial_test
from toolkit.statistics.power import binomial_power, labelled_share, pictures_per_arm
from toolkit.statistics.two_rates import equal_rates_p

AUDITS = 4_000
TWELVE = load_probes({"templates": ["{role}"], "slots": {"role": [f"role {place}" for place in range(12)]}})
AIMS = [
    Aim(0.1),
    Aim(0.2, power=0.9),
    Aim(0.3),
    Aim(0.1, reference=0.2),
    Aim(0.05, reference=0.05),
    Aim(0.1, sensitivity=0.95, specificity=0.9),
    Aim(0.15, sensitivity=0.8, specificity=0.85, power=0.7),
]


def worst_share(aim, n, arms):
    """Return the labelled share at `detect` that is harder to find of the two, by the greater variance."""
    shares = [one for one in (aim.reference - aim.detect, aim.reference + aim.detect) if 0 <= one <= 1]
    labelled = [labelled_share(one, aim.sensitivity, aim.specificity) for one in shares]
    return max(labelled, key=lambda one: one * (1 - one))


def p_against(counts, n, share):
    """Return the exact p of every count against a fixed share."""
    known = {k: binomial_test(int(k), n, share).p for k in np.unique(counts)}
    return np.array([known[k] for k in counts])


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("family", [False, True])
def test_power_against_a_reference_is_reached_within_five_points(aim, family):
    claim = plan(TWELVE, aim).claims[2 if family else 0]
    assert claim.models == 1
    n, stream = claim.pictures, np.random.default_rng(1)
    base = labelled_share(aim.reference, aim.sensitivity, aim.specificity)
    counts = stream.binomial(n, worst_share(aim, n, 1), AUDITS)
    assert (p_against(counts, n, base) <= claim.significance).mean() == pytest.approx(aim.power, abs=0.05)
    fair = stream.binomial(n, base, AUDITS)
    assert (p_against(fair, n, base) <= claim.significance).mean() <= claim.significance + 0.01


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("family", [False, True])
def test_power_between_two_models_is_reached_within_five_points(aim, family):
    claim = plan(TWELVE, aim).claims[3 if family else 1]
    assert claim.models == 2
    n, stream = claim.pictures, np.random.default_rng(2)
    base = labelled_share(aim.reference, aim.sensitivity, aim.specificity)
    first, second = stream.binomial(n, base, AUDITS), stream.binomial(n, worst_share(aim, n, 2), AUDITS)
    found = (equal_rates_p(first, n, second, n) <= claim.significance).mean()
    assert found == pytest.approx(aim.power, abs=0.05)


def test_bonferroni_is_a_cautious_stand_in_for_benjamini_hochberg():
    aim = Aim(0.2)
    claim = plan(TWELVE, aim).claims[2]
    stream, n = np.random.default_rng(3), claim.pictures
    found = []
    for _ in range(400):
        counts = stream.binomial(n, [0.7] * 6 + [0.5] * 6)
        q = benjamini_hochberg(p_against(counts, n, 0.5))
        found.append((q[:6] <= aim.significance).mean())
    assert np.mean(found) >= aim.power - 0.02


def test_pictures_of_one_noise_count_once():
    probes = load_probes(
        {
            "templates": ["a {style} of a {role}", "a {style} of a {role} at work"],
            "slots": {"role": ["judge", "cook"]},
            "attributes": {"style": ["photo", "drawing", "print"]},
        }
    )
    found = plan(probes, Aim(0.1))
    assert (found.concepts, found.prompts, found.draws) == (2, 12, 2)
    for claim in found.claims:
        assert claim.replicates * found.draws >= claim.pictures > (claim.replicates - 1) * found.draws
        assert claim.total == claim.replicates * 12 * claim.models


def test_one_concept_has_no_family():
    assert [one.models for one in plan(load_probes({"templates": ["a crowd"]}), Aim(0.1)).claims] == [1, 2]


@given(
    st.floats(0.02, 0.4),
    st.floats(0.5, 0.99),
    st.floats(0.1, 0.9),
    st.floats(0.6, 1),
    st.floats(0.6, 1),
    st.floats(0, 0.9),
)
@settings(max_examples=60)
def test_more_is_needed_for_less(detect, power, reference, sensitivity, specificity, abstained):
    aim = Aim(detect, power, reference=reference, sensitivity=sensitivity, specificity=specificity, abstained=abstained)
    counts = [one.pictures for one in plan(TWELVE, aim).claims]
    assert counts[0] <= counts[2]
    assert counts[1] <= counts[3]
    for easier in (aim._replace(abstained=0.0), aim._replace(power=0.4), aim._replace(significance=0.1)):
        assert all(one.pictures <= n for one, n in zip(plan(TWELVE, easier).claims, counts, strict=True))


@pytest.mark.parametrize(
    ("n", "reference", "share"), [(20, 0.5, 0.8), (97, 0.2, 0.35), (300, 0.5, 0.58), (9, 0.1, 0.5)]
)
def test_exact_power_is_that_of_the_test_of_an_audit(n, reference, share):
    refused = [k for k in range(n + 1) if binomial_test(k, n, reference).p <= 0.05]
    expected = sum(binom.pmf(k, n, share) for k in refused)
    assert binomial_power(n, reference, share) == pytest.approx(expected, abs=1e-9)


def test_the_published_count_is_within_the_plan():
    assert pictures_per_arm(0.5, 0.6) == 388
    assert 388 < plan(TWELVE, Aim(0.1)).claims[1].pictures <= 388 + 2 / 0.1  # Fisher's test takes about 2 / d more


@pytest.mark.parametrize(
    ("aim", "message"),
    [
        (Aim(0), "no share differs by 0"),
        (Aim(0.6), "no share differs by 0.6 from 0.5"),
        (Aim(0.1, power=1), "power is 1"),
        (Aim(0.1, significance=0), "significance is 0"),
        (Aim(0.1, reference=1.5), "reference is 1.5"),
        (Aim(0.1, sensitivity=0.5, specificity=0.5), "tells nothing"),
        (Aim(0.1, abstained=1), "abstained is 1"),
    ],
)
def test_an_aim_out_of_reach_is_told(aim, message):
    with pytest.raises(RecipeError, match=message):
        plan(TWELVE, aim)


def test_nothing_to_ask_is_nothing_to_plan():
    with pytest.raises(RecipeError, match="no probes"):
        plan([], Aim(0.1))
