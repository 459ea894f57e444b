from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from toolkit.train.batches import Batches, PassLimit
from toolkit.train.draw import Draw

CPU = torch.device("cpu")


@given(count=st.integers(1, 40), batch_size=st.integers(1, 60), seed=st.integers(0, 5))
def test_every_pass_uses_every_index_once(count: int, batch_size: int, seed: int) -> None:
    batches = Batches(np.arange(100, 100 + count), batch_size, seed)
    drawn = [batches.at(step) for step in range(2 * count)]
    assert all(len(batch) == batch_size for batch in drawn)
    stream = np.concatenate(drawn)
    for start in range(0, len(stream) - count + 1, count):
        assert sorted(stream[start : start + count]) == batches.indices.tolist()


@given(step=st.integers(0, 300), seed=st.integers(0, 5))
def test_a_batch_depends_on_seed_and_step_alone(step: int, seed: int) -> None:
    one, other = Batches(np.arange(50), 7, seed), Batches(np.arange(50), 7, seed)
    for earlier in range(0, step, 9):
        one.at(earlier)
    assert np.array_equal(one.at(step), other.at(step))
    assert not np.array_equal(one.at(step), Batches(np.arange(50), 7, seed + 1).at(step))


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6), most=st.integers(1, 5), seed=st.integers(0, 3))
def test_a_pass_takes_of_a_large_group_so_many_and_all_of_it_in_time(sizes: list[int], most: int, seed: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    batches = Batches(np.arange(len(groups)) + 100, 4, seed, PassLimit(groups, most))
    assert batches.a_pass == sum(min(size, most) for size in sizes)
    passes = 200
    stream = np.concatenate([batches.at(step) for step in range(-(-passes * batches.a_pass // 4))]) - 100
    for turn in range(passes):
        one = stream[turn * batches.a_pass : (turn + 1) * batches.a_pass]
        assert len(set(one.tolist())) == len(one)
        assert np.bincount(groups[one], minlength=len(sizes)).tolist() == [min(size, most) for size in sizes]
    assert set(stream.tolist()) == set(range(len(groups)))


@given(step=st.integers(0, 9), cut=st.integers(1, 7))
def test_a_part_of_a_batch_draws_what_the_whole_draws_for_it(step: int, cut: int) -> None:
    whole = Draw(0, "part", step, slice(0, 8), 8, CPU)
    parts = [Draw(0, "part", step, slice(*edges), 8, CPU) for edges in ((0, cut), (cut, 8))]
    for draw in (lambda one: one.normal(2, 3), lambda one: one.uniform(), lambda one: one.integers(0, 99, 2)):
        assert torch.equal(draw(whole), torch.cat([draw(part) for part in parts]))


def test_steps_and_parts_draw_differently() -> None:
    drawn = {
        float(Draw(seed, part, step, slice(0, 1), 1, CPU).normal())
        for seed in (0, 1)
        for part in ("autoencoder", "transformer")
        for step in range(20)
    }
    assert len(drawn) == 80
