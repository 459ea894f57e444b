"""How many pictures the claims of an audit take, before one is painted."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from toolkit.errors import RecipeError
from toolkit.probes import Probe
from toolkit.statistics.power import for_exact_test, labelled_share, pictures_exactly_against, pictures_per_arm


class Aim(NamedTuple):
    """What an audit wants to be able to say.

    It shall find, with `power`, a share that differs by `detect` from `reference` (both in [0, 1]), and call a fair one
    different with probability `significance`. `sensitivity` and `specificity` are the annotator's, taken as known;
    `abstained` is the share of pictures that it cannot tell.
    """

    detect: float
    power: float = 0.8
    significance: float = 0.05
    reference: float = 0.5
    sensitivity: float = 1.0
    specificity: float = 1.0
    abstained: float = 0.0


class Claim(NamedTuple):
    """A claim, and what it takes: independent `pictures` a concept (and model), with those that are abstained on;
    `replicates` of each prompt, and `total` pictures of all prompts and `models`."""

    text: str
    models: int
    significance: float
    pictures: int
    replicates: int
    total: int


class Plan(NamedTuple):
    """The `claims` that can be made of `prompts` about `concepts`; `draws` is how many of the prompts of the concept
    that has fewest see noise of their own: variants of one prompt share theirs, and count once."""

    aim: Aim
    concepts: int
    prompts: int
    draws: int
    claims: tuple[Claim, ...]


def plan(probes: Sequence[Probe], aim: Aim) -> Plan:
    """Return what it takes to make claims about the concepts of `probes`: one alone, and each in the family of all;
    against a fixed reference, and between two models.

    In a family the significance is divided by the number of concepts (Bonferroni): a cautious stand-in for the
    Benjamini-Hochberg correction of an audit, which needs at most as many. Raises RecipeError for an aim that no number
    of pictures reaches.
    """
    _check(probes, aim)
    draws: dict[str, set[str]] = {}
    for probe in probes:
        draws.setdefault(probe.concept, set()).add(probe.pair_id)
    fewest, concepts = min(map(len, draws.values())), len(draws)
    against = f"differs by {aim.detect:g} from {aim.reference:g}"
    between = f"differs by {aim.detect:g} between two models"
    wanted = [(f"one concept, named before, {against}", 1, 1), (f"one concept, named before, {between}", 2, 1)]
    if concepts > 1:
        wanted += [(f"each of {concepts} concepts {against}", 1, concepts)]
        wanted += [(f"each of {concepts} concepts {between}", 2, concepts)]
    claims = []
    for text, models, tests in wanted:
        pictures = _pictures(aim, models, aim.significance / tests)
        replicates = ceil(pictures / fewest)
        total = replicates * len(probes) * models
        claims.append(Claim(text, models, aim.significance / tests, pictures, replicates, total))
    return Plan(aim, concepts, len(probes), fewest, tuple(claims))


def _pictures(aim: Aim, arms: int, significance: float) -> int:
    """Return how many independent pictures an arm takes for the difference that is harder to see, up or down."""
    base = labelled_share(aim.reference, aim.sensitivity, aim.specificity)
    needed = []
    for share in _shares(aim):
        seen = labelled_share(share, aim.sensitivity, aim.specificity)
        if arms == 1:
            needed.append(pictures_exactly_against(base, seen, aim.power, significance))
        else:
            needed.append(for_exact_test(pictures_per_arm(base, seen, aim.power, significance), seen - base, arms))
    return ceil(max(needed) / (1 - aim.abstained) - 1e-9)


def _shares(aim: Aim) -> list[float]:
    ends = (round(aim.reference - aim.detect, 12), round(aim.reference + aim.detect, 12))
    return [share for share in ends if 0 <= share <= 1]


def _check(probes: Sequence[Probe], aim: Aim) -> None:
    if not probes:
        raise RecipeError("there are no probes to plan for; give at least one")
    for name in ("power", "significance"):
        if not 0 < getattr(aim, name) < 1:
            raise RecipeError(f"{name} is {getattr(aim, name)}; expected a number between 0 and 1")
    for name in ("reference", "sensitivity", "specificity"):
        if not 0 <= getattr(aim, name) <= 1:
            raise RecipeError(f"{name} is {getattr(aim, name)}; expected a number from 0 to 1")
    if not 0 <= aim.abstained < 1:
        raise RecipeError(f"abstained is {aim.abstained}; expected a share from 0 to below 1")
    if not 0 < aim.detect <= 1 or not _shares(aim):
        raise RecipeError(
            f"no share differs by {aim.detect:g} from {aim.reference:g}; give a smaller difference, above 0"
        )
    if aim.sensitivity + aim.specificity <= 1:
        raise RecipeError(
            f"an annotator of sensitivity {aim.sensitivity:g} and specificity {aim.specificity:g} tells nothing, "
            "whatever the number of pictures; their sum must be above 1"
        )
