"""Hashes and seeds: the same everywhere, different for different things."""

import os
import subprocess
import sys

import torch
from hypothesis import given
from hypothesis import strategies as st

from toolkit.seeds import content_hash, framed, hash_after, random_stream, seed_for, stable_hash

PARTS = st.lists(st.one_of(st.text(max_size=30), st.binary(max_size=30)), max_size=5)


def bytes_of(parts):
    return [part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass") for part in parts]


def test_known_hashes_never_change():
    assert stable_hash() == "cae66941d9efbd404e4d88758ea67670", "blake2b-128 of nothing"
    assert content_hash(b"") == "cae66941d9efbd404e4d88758ea67670"
    assert stable_hash("openclipart", "food/apple.png") == "aa622c53a44013e0c42724af9dcf2c03"
    assert seed_for(0, "firefighter", 0) == 2_064_666_660_076_534_669


def test_a_hash_does_not_depend_on_the_process():
    program = "from toolkit.seeds import stable_hash; print(stable_hash('a', 1, b'c'))"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {stable_hash("a", 1, b"c")}


@given(PARTS, PARTS)
def test_hashes_are_equal_exactly_where_the_parts_are(one, two):
    assert (stable_hash(*one) == stable_hash(*two)) == (bytes_of(one) == bytes_of(two))


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 40))
def test_moving_a_letter_between_parts_changes_the_hash(left, right, cut):
    whole = left + right
    other = (whole[:cut], whole[cut:])
    assert (stable_hash(left, right) == stable_hash(*other)) == ((left, right) == other)


@given(st.text(st.characters(), max_size=20))
def test_lone_surrogates_hash_too(text):
    assert len(stable_hash(text)) == 32
    assert int(stable_hash(text), 16) >= 0


@given(PARTS, st.text(max_size=30))
def test_hashes_that_begin_alike_are_those_of_all_parts(parts, last):
    assert hash_after(framed(*parts), last) == stable_hash(*parts, last)


@given(st.integers(), st.text(max_size=20), st.integers(0, 10_000))
def test_a_seed_fits_every_random_generator(audit_seed, pair_id, replicate):
    seed = seed_for(audit_seed, pair_id, replicate)
    assert 0 <= seed < 2**63
    assert seed == seed_for(audit_seed, pair_id, replicate)
    assert seed != seed_for(audit_seed, pair_id, replicate + 1)
    assert seed != seed_for(audit_seed + 1, pair_id, replicate)


def test_ten_thousand_seeds_are_all_different():
    seeds = {seed_for(0, f"probe-{probe}", replicate) for probe in range(100) for replicate in range(100)}
    assert len(seeds) == 10_000


def test_a_random_stream_is_its_own_and_leaves_the_global_state_alone():
    before = torch.random.get_rng_state()
    one = torch.randn(8, generator=random_stream(5))
    torch.manual_seed(123)
    again = torch.randn(8, generator=random_stream(5))
    torch.random.set_rng_state(before)
    assert torch.equal(one, again)
    torch.randn(3, generator=random_stream(6))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.equal(one, torch.randn(8, generator=random_stream(6)))
