"""How often pairs are seen for a concept to show the targets of several attributes at once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import schema
from toolkit.curate.balance import balance
from toolkit.mitigate.rebalance import LARGEST_WEIGHT, ReadPair, rebalance
from toolkit.mitigate.rebalance_several import NOT_TOGETHER, NOTHING_READ, AttributeTarget, rebalance_several, weigh
from toolkit.store import create_run

EVEN = {"woman": 0.5, "man": 0.5}
LIGHTS = {"light": 0.6, "dark": 0.4}
TARGETS = (AttributeTarget("gender", {"pilot": EVEN}), AttributeTarget("skin tone", {"pilot": LIGHTS}))
COUNTS = st.integers(1, 30)


def pairs(cells: dict[tuple[str | None, str | None], int], rewritten: str | None = None) -> list[ReadPair]:
    """Return so many pairs of each gender and skin tone."""
    return [
        ReadPair(f"{gender}-{tone}-{rewritten}-{one}", "pilot", gender, rewritten, (tone,))
        for (gender, tone), count in cells.items()
        for one in range(count)
    ]


def seen(given: list[ReadPair], targets=TARGETS, strength: float = 1.0) -> dict[str, int]:
    """Return how often each pair is seen under a caption that names no value."""
    found = rebalance_several(given, targets, strength)
    times = {one.sample_id: 1 for one in given if one.rewritten is None or one.sample_id in found.captions}
    return times | dict(found.copies)


def counted(given: list[ReadPair], times: dict[str, int], place: int) -> Counter[str | None]:
    found: Counter[str | None] = Counter()
    for one in given:
        found[(one.group, *one.also)[place]] += times.get(one.sample_id, 0)
    return found


def share(counts: Counter[str | None], group: str) -> float:
    return counts[group] / sum(count for name, count in counts.items() if name is not None)


def test_both_attributes_come_to_their_targets() -> None:
    given = pairs({("woman", "light"): 6, ("woman", "dark"): 2, ("man", "light"): 20, ("man", "dark"): 12})
    [one] = rebalance_several(given, TARGETS).concepts
    [tone] = one.also
    assert (one.before, tone.before) == ({"woman": 8, "man": 32}, {"light": 26, "dark": 14})
    assert abs(one.after["woman"] - one.after["man"]) <= 1
    assert tone.after["light"] / sum(tone.after.values()) == pytest.approx(0.6, abs=0.02)
    assert (tone.attribute, one.short, tone.short, tone.left) == ("skin tone", (), (), None)
    assert one.n_effective < sum(one.after.values()), "pictures that are seen again say less than other ones"


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.integers(0, 5), st.integers(0, 5), st.floats(0.3, 0.7))
def test_margins_are_within_rounding_of_the_targets_that_can_be_reached_and_no_pair_is_lost(
    a: int, b: int, c: int, d: int, unread: int, half_read: int, wanted: float
) -> None:
    cells: dict[tuple[str | None, str | None], int] = {
        ("woman", "light"): a, ("woman", "dark"): b, ("man", "light"): c, ("man", "dark"): d,
        (None, None): unread, ("woman", None): half_read,
    }  # fmt: skip
    given = pairs(cells)
    targets = (AttributeTarget("gender", {"pilot": {"woman": wanted, "man": 1 - wanted}}), TARGETS[1])
    times = seen(given, targets)
    assert set(times) == {one.sample_id for one in given}
    assert all(1 <= one <= LARGEST_WEIGHT for one in times.values())
    raked = dict(zip(times, weigh(given, [one.shares["pilot"] for one in targets]).weights, strict=False))
    if max(raked.values()) <= LARGEST_WEIGHT * min(raked.values()):  # else a picture would be seen too often
        read = [sum(v for k, v in counted(given, times, place).items() if k is not None) for place in (0, 1)]
        off = (
            abs(share(counted(given, times, 0), "woman") - wanted),
            abs(share(counted(given, times, 1), "light") - 0.6),
        )
        assert off[0] * read[0] < 2, "of each group less than one more or less"
        assert off[1] * read[1] < 6, "in each group of the first attribute, and among those of none"


@given(st.lists(COUNTS, min_size=4, max_size=4), st.lists(st.integers(0, 30), min_size=4, max_size=4), st.integers())
def test_the_order_of_pairs_changes_nothing(bare: list[int], named: list[int], seed: int) -> None:
    kinds = [("woman", "light"), ("woman", "dark"), ("man", "light"), ("man", None)]
    given = [*pairs(dict(zip(kinds, bare, strict=True))), *pairs(dict(zip(kinds, named, strict=True)), "pilot")]
    mixed = Random(seed).sample(given, len(given))
    assert rebalance_several(given, TARGETS) == rebalance_several(mixed, TARGETS)


@given(COUNTS, COUNTS, st.integers(0, 40), st.integers(0, 40), st.floats(0.05, 0.95), st.floats(0, 1))
def test_one_attribute_alone_is_as_it_is_by_itself(
    women: int, men: int, named_women: int, named_men: int, wanted: float, strength: float
) -> None:
    shares = {"pilot": {"woman": wanted, "man": 1 - wanted}}
    given = [one._replace(also=()) for one in pairs({("woman", None): women, ("man", None): men})]
    given += [one._replace(also=()) for one in pairs({("woman", None): named_women, ("man", None): named_men}, "pilot")]
    [alone] = rebalance(given, shares, strength).concepts
    [one] = rebalance_several(given, [AttributeTarget("gender", shares)], strength).concepts
    assert one.before == alone.before
    assert all(abs(one.after[group] - alone.after[group]) <= 1 for group in EVEN)
    assert all(abs(one.rewritten[group] - alone.rewritten[group]) <= 1 for group in EVEN)


def test_weights_are_those_of_balance_on_the_same_table(tmp_path: Path) -> None:
    cells: dict[tuple[str | None, str | None], int] = {
        ("woman", "light"): 7, ("woman", "dark"): 3, ("man", "light"): 21, ("man", "dark"): 4, ("man", None): 5,
        (None, "dark"): 6, (None, None): 2,
    }  # fmt: skip
    given = pairs(cells)
    run = create_run(tmp_path / "curated")
    with run.stage("curate", recipe={}):
        rows = [{"sample_id": one.sample_id, "source": "s", "license": "l"} for one in given]
        metas = [json.dumps({"g": one.group or "", "t": one.also[0] or ""}) for one in given]
        tables = {
            "pairs": [row | {"meta": meta} for row, meta in zip(rows, metas, strict=True)],
            "scores": [{"sample_id": row["sample_id"], "unscored": []} for row in rows],
            "decisions": [
                {"sample_id": row["sample_id"], "status": "kept", "keep": True, "reasons": []} for row in rows
            ],
        }
        for table, some in tables.items():
            run.write_shard(table, 0, schema.from_rows(table, some))
    made = balance(run, tmp_path / "out", {"meta.g": EVEN, "meta.t": LIGHTS})
    theirs = {row["sample_id"]: row["weight"] for row in made.read("weights").to_pylist()}
    ours = weigh(given, [EVEN, LIGHTS]).weights
    assert [theirs[one.sample_id] for one in given] == pytest.approx(ours.tolist(), abs=1e-6)


def test_captions_are_rewritten_before_pictures_are_repeated() -> None:
    bare = {("woman", "light"): 4, ("man", "light"): 18, ("man", "dark"): 14, ("woman", "dark"): 4}
    given = [*pairs(bare), *pairs({("woman", "light"): 40, ("woman", "dark"): 40, ("man", "light"): 40}, "pilot")]
    found = rebalance_several(given, TARGETS)
    [one] = found.concepts
    assert found.copies == {}, "there are enough pictures whose captions can be rewritten"
    assert set(found.captions.values()) == {"pilot"}
    assert abs(one.after["woman"] - one.after["man"]) <= 1
    assert one.also[0].after["light"] / sum(one.also[0].after.values()) == pytest.approx(0.6, abs=0.03)
    assert one.rewritten["woman"] >= 20


def test_a_group_that_only_rewritten_captions_show_is_reached_by_them() -> None:
    given = [*pairs({("woman", "light"): 10, ("man", "light"): 10}), *pairs({("man", "dark"): 30}, "pilot")]
    [one] = rebalance_several(given, TARGETS).concepts
    assert one.also[0].before == {"light": 20, "dark": 0}
    assert one.also[0].after["dark"] / sum(one.also[0].after.values()) == pytest.approx(0.4, abs=0.03)


def test_captions_that_all_name_a_value_are_rewritten_by_their_weights() -> None:
    cells = {("woman", "light"): 10, ("woman", "dark"): 10, ("man", "light"): 40, ("man", "dark"): 40}
    given = pairs(cells, "pilot")
    found = rebalance_several(given, TARGETS)
    [one] = found.concepts
    assert (one.before, sum(one.after.values())) == ({"woman": 0, "man": 0}, 100)
    assert abs(one.after["woman"] - 50) <= 1
    assert abs(one.also[0].after["light"] - 60) <= 2
    assert len(found.captions) == one.rewritten["woman"] + one.rewritten["man"] == 20 + 50


def test_what_cannot_be_reached_is_said() -> None:
    [none_dark] = rebalance_several(pairs({("woman", "light"): 5, ("man", "light"): 9}), TARGETS).concepts
    assert none_dark.after == {"woman": 9, "man": 9}
    assert (none_dark.also[0].after, none_dark.also[0].short) == ({"light": 18, "dark": 0}, ("dark",))
    # All women are light and all men dark: half and half of one is half and half of the other.
    given = pairs({("woman", "light"): 5, ("man", "dark"): 9})
    [apart] = rebalance_several(given, TARGETS).concepts
    assert apart.after == {"woman": 9, "man": 9}, "the attribute of the finding comes first"
    assert (apart.also[0].left, apart.also[0].short) == (NOT_TOGETHER, ("light",))
    [unread] = rebalance_several(pairs({("woman", None): 5, ("man", None): 9}), TARGETS).concepts
    assert (unread.after, unread.also[0].left) == ({"woman": 9, "man": 9}, NOTHING_READ)
    [nobody] = rebalance_several([], TARGETS).concepts
    assert (nobody.after, nobody.also[0].left) == ({"woman": 0, "man": 0}, NOTHING_READ)


def test_pictures_that_could_not_be_read_are_seen_and_weighed_by_the_other_attribute() -> None:
    women_read = {("woman", "light"): 4, ("woman", "dark"): 4, ("woman", None): 6}
    given = pairs(women_read | {("man", "light"): 20, ("man", "dark"): 16, ("man", None): 6})
    times = seen(given)
    assert set(times) == {one.sample_id for one in given}
    genders = counted(given, times, 0)
    assert abs(genders["woman"] - genders["man"]) <= 1
    women = sum(times[f"woman-None-None-{one}"] for one in range(6)) / 6
    men = sum(times[f"man-None-None-{one}"] for one in range(6)) / 6
    weights = dict(zip((one.sample_id for one in given), weigh(given, [EVEN, LIGHTS]).weights, strict=True))
    assert women > men
    assert women / men == pytest.approx(weights["woman-None-None-0"] / weights["man-None-None-0"], rel=0.3)


def test_one_picture_that_does_not_fit_keeps_its_place_and_does_not_multiply_all_others() -> None:
    cells = {("woman", "light"): 30, ("woman", "dark"): 30, ("man", "light"): 1, ("man", "dark"): 200}
    targets = (
        AttributeTarget("gender", {"pilot": EVEN}),
        AttributeTarget("skin tone", {"pilot": {"light": 0.1, "dark": 0.9}}),
    )
    times = seen(pairs(cells), targets)
    assert times["man-light-None-0"] >= 1
    assert max(times.values()) <= LARGEST_WEIGHT


@given(st.floats(0, 1))
def test_a_part_of_the_way_lies_between(strength: float) -> None:
    given = pairs({("woman", "light"): 60, ("woman", "dark"): 20, ("man", "light"): 20, ("man", "dark"): 120})
    times = seen(given, strength=strength)
    expected = (1 - strength) * 80 / 220 + strength * 0.5
    assert share(counted(given, times, 0), "woman") == pytest.approx(expected, abs=0.01)
    tones = (1 - strength) * 80 / 220 + strength * 0.6
    assert share(counted(given, times, 1), "light") == pytest.approx(tones, abs=0.01)


def test_no_strength_changes_nothing_and_one_beyond_the_whole_is_refused() -> None:
    given = pairs({("woman", "light"): 5, ("man", "dark"): 9})
    assert rebalance_several(given, TARGETS, 0.0).copies == {}
    with pytest.raises(ValueError, match="from 0 to 1"):
        rebalance_several(given, TARGETS, 1.2)
