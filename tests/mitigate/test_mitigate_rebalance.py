"""How often pairs are seen for a concept to show a target's shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.mitigate.rebalance import LARGEST_WEIGHT, ReadPair, rebalance

UNIFORM = {"pilot": {"woman": 0.5, "man": 0.5}}


def pairs(women: int, men: int, named_women: int = 0, unread: int = 0) -> list[ReadPair]:
    made = [ReadPair(f"w{one}", "pilot", "woman") for one in range(women)]
    made += [ReadPair(f"m{one}", "pilot", "man") for one in range(men)]
    made += [ReadPair(f"n{one}", "pilot", "woman", "pilot") for one in range(named_women)]
    return made + [ReadPair(f"u{one}", "pilot", None) for one in range(unread)]


def test_the_rare_ones_are_seen_more_often_until_the_shares_are_met() -> None:
    found = rebalance(pairs(4, 18, unread=3), UNIFORM)
    [one] = found.concepts
    assert (one.before, one.after, one.short) == ({"woman": 4, "man": 18}, {"woman": 18, "man": 18}, ())
    assert sorted(found.copies.values()) == [4, 4, 5, 5]
    assert all(name.startswith("w") for name in found.copies)
    assert one.n_effective < 22, "seeing four pictures 18 times is not seeing 18"


def test_captions_are_rewritten_before_pictures_are_repeated() -> None:
    found = rebalance(pairs(4, 18, named_women=30), UNIFORM)
    [one] = found.concepts
    assert one.rewritten == {"woman": 14, "man": 0}
    assert one.after == {"woman": 18, "man": 18}
    assert found.copies == {}
    assert set(found.captions.values()) == {"pilot"}


def test_a_picture_is_not_repeated_without_end_and_the_shortfall_is_said() -> None:
    found = rebalance(pairs(1, 100), UNIFORM)
    [one] = found.concepts
    assert found.copies == {"w0": LARGEST_WEIGHT}
    assert one.short == ("woman",)
    [none] = rebalance(pairs(0, 10), UNIFORM).concepts
    assert (none.after, none.short) == ({"woman": 0, "man": 10}, ("woman",))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 40), st.floats(0.05, 0.95), st.floats(0, 1))
def test_no_pair_is_lost_and_a_greater_strength_comes_nearer(
    women: int, men: int, named: int, wanted: float, strength: float
) -> None:
    shares = {"pilot": {"woman": wanted, "man": 1 - wanted}}
    [part], [whole] = (rebalance(pairs(women, men, named), shares, one).concepts for one in (strength, 1.0))
    for one in (part, whole):
        assert one.after["woman"] >= women
        assert one.after["man"] >= men
        assert 1 <= one.n_effective <= sum(one.after.values()) + 1e-3
    before = women / (women + men)
    off_part, off_whole = (abs(one.after["woman"] / sum(one.after.values()) - wanted) for one in (part, whole))
    assert off_whole <= abs(before - wanted) + 0.02
    assert off_whole <= off_part + 0.02  # counts are whole numbers


def test_a_strength_beyond_the_whole_way_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        rebalance(pairs(1, 1), UNIFORM, 1.2)
    assert rebalance(pairs(4, 18), UNIFORM, 0.0).copies == {}
