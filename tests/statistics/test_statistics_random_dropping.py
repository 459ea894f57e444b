"""A filter against dropping at random: exact for two groups, and p that is uniform where nothing was chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from toolkit.statistics.amplification import deviation_of_counts, zhao_of_many
from toolkit.statistics.random_dropping import compare_with_random_dropping


@given(women=st.integers(1, 60), men=st.integers(1, 60), share=st.floats(0.2, 0.9), seed=st.integers(0, 9))
def test_floor_and_p_are_those_of_the_hypergeometric_distribution(women, men, share, seed):
    size = max(1, round(share * (women + men)))
    kept = int(np.random.default_rng(seed).hypergeometric(women, men, size))
    found = compare_with_random_dropping(deviation_of_counts, [[women, men]], [[kept, size - kept]])
    outcomes = np.arange(max(0, size - men), min(women, size) + 1)
    chances = hypergeom.pmf(outcomes, women + men, women, size)
    values = np.abs(outcomes / size - 0.5) - abs(women / (women + men) - 0.5)
    floor = float(values @ chances)
    assert found.value == pytest.approx(abs(kept / size - 0.5) - abs(women / (women + men) - 0.5))
    spread = float(np.sqrt((values - floor) ** 2 @ chances))
    assert found.floor == pytest.approx(floor, abs=5 * spread / np.sqrt(999) + 1e-9)
    # outcomes that lie about as far from the floor as what was seen may fall on either side
    near = 5 * spread / np.sqrt(999) + 1e-9
    least = chances[np.abs(values - floor) >= abs(found.value - floor) + near].sum()
    most = chances[np.abs(values - floor) >= abs(found.value - floor) - near].sum()
    assert least - 0.08 <= found.p <= most + 0.08


def test_p_is_uniform_where_nothing_was_chosen():
    random = np.random.default_rng(1)
    raw = np.array([[60, 40], [30, 90], [50, 50]])
    found = []
    for _ in range(200):
        kept = np.array([random.multivariate_hypergeometric(one, 50) for one in raw])
        found.append(compare_with_random_dropping(zhao_of_many, raw, kept).p)
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(found) <= level) == pytest.approx(level, abs=3.3 * np.sqrt(level * (1 - level) / 200))


@pytest.mark.parametrize("kept", [[[4, 0]], [[-1, 1]], [[1, 1, 1]]])
def test_more_than_there_was_cannot_be_kept(kept):
    with pytest.raises(ValueError, match="none greater than that before"):
        compare_with_random_dropping(zhao_of_many, [[3, 3]], kept)
