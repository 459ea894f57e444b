"""Amplification of corrected shares: how often its interval holds what was planted, and how often it cries wolf."""

from collections import Counter

import numpy as np
import pytest

from toolkit.statistics.amplification import deviation_of_counts, directional_of_counts, zhao_of_many
from toolkit.statistics.confusion import correct
from toolkit.statistics.corrected_amplification import corrected_amplification

RATES = np.array([[0.70, 0.15, 0.15], [0.10, 0.85, 0.05]])  # of women and men: read as woman, as man, not told
MEASURES = {"deviation": deviation_of_counts, "zhao": zhao_of_many, "directional": directional_of_counts}
PICTURES, ROLES, KNOWN = 300, 15, 40  # a concept and side; concepts with known pictures, and of each truth of one
SAME = ((0.7, 0.3), (0.7, 0.3))
FURTHER = ((0.65, 0.4), (0.85, 0.2))
ONE_SIDED = ((0.60, 0.65, 0.70, 0.75), (0.70, 0.75, 0.80, 0.85))
FAIR_DATA = ((0.5, 0.5), (0.8, 0.2))


def corrected(stream, shares, concentration, side):
    """Return corrected shares of pictures of planted `shares` of women, by known pictures of other concepts.

    An annotator's rates are those of `RATES`; with `concentration` they differ from concept to concept (Dirichlet).
    """
    each = [RATES if concentration is None else _rates(stream, concentration) for _ in range(ROLES)]
    known = np.stack([[stream.multinomial(KNOWN, row) for row in one] for one in each]).astype(float)
    found = []
    for place, share in enumerate(shares):
        women = stream.binomial(PICTURES, share)
        labels = stream.multinomial(women, each[place][0]) + stream.multinomial(PICTURES - women, each[place][1])
        others = np.delete(known, place, axis=0)
        found.append(correct(labels, others, concepts=1, labels_seed=2 * place + side))
    return found


def _rates(stream, concentration):
    return np.stack([stream.dirichlet(concentration * row) for row in RATES])


def truth(measure, planted):
    first, second = (PICTURES * np.stack([one, 1 - np.array(one)], axis=-1) for one in planted)
    return float(measure(first, second))


def simulated(planted, rounds, concentration=None, names=tuple(MEASURES)):
    """Return how often intervals held the planted figure, and how often p was at most 0.05, by measure."""
    stream, held, found = np.random.default_rng(3), Counter(), Counter()
    for _ in range(rounds):
        sides = [corrected(stream, shares, concentration, side) for side, shares in enumerate(planted)]
        for name in names:
            one = corrected_amplification(MEASURES[name], *sides, [PICTURES] * len(planted[0]))
            held[name] += one.low <= truth(MEASURES[name], planted) <= one.high
            found[name] += one.p <= 0.05
    return tuple({name: count[name] / rounds for name in names} for count in (held, found))


def test_intervals_hold_what_was_planted_and_equal_shares_are_seldom_called_amplified():
    held, found = simulated(SAME, 60)
    assert min(held.values()) >= 0.95
    assert max(found.values()) <= 0.05


def test_a_link_that_fair_data_lack_is_found_and_held_by_the_interval():
    held, found = simulated(FAIR_DATA, 40, names=("deviation",))
    assert held["deviation"] >= 0.93
    assert found["deviation"] >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("concentration", [None, 30], ids=["one matrix", "a matrix a concept"])
@pytest.mark.parametrize("planted", [SAME, FURTHER, ONE_SIDED], ids=["same", "further", "one-sided"])
def test_in_2_000_redrawn_audits_intervals_hold_what_was_planted(planted, concentration):
    held, found = simulated(planted, 2_000, concentration)
    print(f"\n{planted}, {concentration}: held {held}, p <= 0.05 {found}")
    assert min(held.values()) >= 0.93
    if planted is SAME:
        assert max(found.values()) <= 0.05


def test_draws_of_two_concepts_go_together_in_the_matrix_and_not_in_the_labels():
    matrix = np.array([[70.0, 15, 15], [10, 85, 5]])

    def correlation(pictures, known):
        labels = np.array([40.0, 50, 10]) * pictures
        first, second = (correct(labels, matrix[None] * known, labels_seed=one).draws[:, 0] for one in (1, 2))
        return np.corrcoef(first, second)[0, 1]

    assert abs(correlation(1, 10_000)) < 0.06
    assert correlation(10_000, 1) > 0.95
    again = [correct([40, 50, 10], matrix[None], labels_seed=1).draws for _ in range(2)]
    assert (again[0] == again[1]).all()


def test_sides_that_do_not_go_together_are_refused():
    one = correct([40, 50, 10], RATES[None] * 100)
    three = correct([40, 50, 10], np.eye(3)[None] * 100)
    for data, model, sizes in (([one], [one, one], [9]), ([one], [three], [9]), ([], [], [])):
        with pytest.raises(ValueError, match="as many concepts of the data as of the model"):
            corrected_amplification(zhao_of_many, data, model, sizes)
    with pytest.raises(ValueError, match="defined for two groups; there are 3"):
        corrected_amplification(deviation_of_counts, [three], [three], [9])
