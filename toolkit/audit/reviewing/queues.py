"""In which order people see pictures: at random, which alone estimates anything, or the least certain first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from toolkit.seeds import stable_hash

RANDOM, UNCERTAIN = "random", "uncertain"
QUEUES = (RANDOM, UNCERTAIN)
SEED = 0


def random_order(subject_ids: Iterable[str], attribute: str, seed: int = SEED) -> list[str]:
    """Return `subject_ids` in a random order, the same for everybody who reviews `attribute`.

    Wherever people stop, the first n of N are a simple random sample of them, each drawn with probability n / N; and
    that all see the same ones first says how far they agree. The order is that of hashes with the `seed`, so it knows
    nothing of a picture but its name.
    """
    return sorted(subject_ids, key=lambda one: stable_hash("review", seed, attribute, one))


def uncertain_order(margins: Mapping[str, float]) -> list[str]:
    """Return the keys of `margins`, the smallest margin first, equal ones in the order of their hashes.

    A margin is the probability of the likeliest value less that of the second, in [0, 1]: margin sampling, Settles
    (2009), "Active Learning Literature Survey", section 3.1.
    """
    return sorted(margins, key=lambda one: (margins[one], stable_hash("uncertain", one)))


def margin(probabilities: Mapping[str, float]) -> float | None:
    """Return the margin between the two likeliest of `probabilities`; None where there are none."""
    first, second = [*sorted(probabilities.values(), reverse=True)[:2], 0.0, 0.0][:2]
    return first - second if probabilities else None


def next_of(order: Sequence[str], seen: Collection[str]) -> str | None:
    """Return the first of `order` that is not in `seen`; None where all are."""
    return next((one for one in order if one not in seen), None)
