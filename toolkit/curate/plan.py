"""A recipe as the scorers to run and the rules that decide, both in the order of the cascade."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from toolkit.curate.captions import rules as captions
from toolkit.curate.duplicates import rules as duplicates
from toolkit.curate.groups import rules as groups
from toolkit.curate.groups.attributes import check_groups
from toolkit.curate.pairing.recipe import PairingRecipe
from toolkit.curate.pictures import rules as pictures
from toolkit.curate.plugins import plugged_rules, plugged_scorers
from toolkit.curate.precomputed.recipe import PrecomputedRecipe
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.resources import Resources
from toolkit.curate.rule import Rule
from toolkit.curate.safety.address_keys import AddressKeys
from toolkit.curate.safety.recipe import SafetyRecipe
from toolkit.curate.scorer import LEVELS, Scorer, cost

if TYPE_CHECKING:
    from toolkit.curate.pairing.embedder import Embedder


@dataclass(frozen=True)
class Plan:
    """`scorers` from cheap to dear, `rules` in the order in which they decide, and the embedder that the scorers
    share, if there is one."""

    scorers: tuple[Scorer, ...]
    rules: tuple[Rule, ...]
    embedder: Embedder | None
    score_all: bool
    pictures_required: bool = True

    def failure(self, error: str | None) -> str | None:
        """Return why a row of pairs with `error` has failed; None for one that may wait for its download."""
        waits = not self.pictures_required and error is not None and error.startswith("not_downloaded")
        return None if waits else error

    def local_rules_at(self, level: int) -> tuple[Rule, ...]:
        """Return the local rules whose dearest column is of a scorer of `level`."""
        return self._local_rules_by_level[level]

    @cached_property
    def _local_rules_by_level(self) -> tuple[tuple[Rule, ...], ...]:
        levels = [(rule, self.level_of(rule)) for rule in self.local_rules]
        return tuple(tuple(rule for rule, level in levels if level == one) for one in range(len(LEVELS)))

    def level_of(self, rule: Rule) -> int:
        """Return the level of the dearest scorer whose columns `rule` reads; 0 where it reads facts of pairs only."""
        return max((cost(scorer) for scorer in self.scorers if set(rule.columns) & set(scorer.columns)), default=0)

    @cached_property
    def reads_pictures(self) -> bool:
        """Whether a scorer needs more of a picture than its header."""
        return any(scorer.needs & {"bytes", "pixels", "embedding"} for scorer in self.scorers)

    @property
    def local_rules(self) -> tuple[Rule, ...]:
        """The rules that need to see only the row itself."""
        return tuple(rule for rule in self.rules if rule.scope == "local")


def plan_of(recipe: CurateRecipe, resources: Resources = Resources()) -> Plan:
    """Return the plan of `recipe`; `resources` are what its global rules read beside the rows."""
    embedder, pairing = _pairing(recipe.pairing, resources)
    safety = _safety(recipe.safety, embedder)
    precomputed = _precomputed(recipe.precomputed)
    scorers: list[Scorer] = [
        *safety.scorers,
        *captions.scorers(recipe.captions),
        *precomputed.scorers,
        *groups.scorers(recipe.groups),
        *pictures.scorers(recipe.pictures),
        *duplicates.scorers(recipe.duplicates),
        *plugged_scorers(recipe.plugins),
        *pairing.scorers,
    ]
    rules: list[Rule] = [
        *safety.rules,
        *captions.rules(recipe.captions),
        *precomputed.rules,
        *pictures.rules(recipe.pictures),
        *plugged_rules(recipe.plugins),
        *duplicates.rules(recipe.duplicates, resources),
        *pairing.rules,
    ]
    check_groups(recipe.groups, scorers)
    duplicates.check_columns(recipe.duplicates, scorers)
    scorers = _used(scorers, rules, recipe) if recipe.scorers == "used" else scorers
    return Plan(tuple(sorted(scorers, key=cost)), tuple(rules), embedder, recipe.score_all, recipe.pictures.required)


class _Family(NamedTuple):
    scorers: list[Scorer]
    rules: list[Rule]


# Families of which most recipes ask nothing are imported by those that do: a small run is over sooner.
def _pairing(asked: PairingRecipe, resources: Resources) -> tuple[Embedder | None, _Family]:
    if asked == PairingRecipe():
        return None, _Family([], [])
    from toolkit.curate.pairing import rules as pairing
    from toolkit.curate.pairing.embedder import Embedder

    embedder = None if asked.model is None else Embedder(asked.model, resources.cache, asked.device)
    return embedder, _Family(pairing.scorers(asked, embedder), pairing.rules(asked, resources, embedder))


def _safety(asked: SafetyRecipe, embedder: Embedder | None) -> _Family:
    if asked == SafetyRecipe():
        return _Family([AddressKeys()], [])
    from toolkit.curate.safety import rules as safety

    return _Family(safety.scorers(asked, embedder), safety.rules(asked))


def _precomputed(asked: PrecomputedRecipe) -> _Family:
    if not asked:
        return _Family([], [])
    from toolkit.curate.precomputed import rules as precomputed

    return _Family(precomputed.scorers(asked), precomputed.rules(asked))


def _used(scorers: list[Scorer], rules: list[Rule], recipe: CurateRecipe) -> list[Scorer]:
    """Return the scorers that have a column which one of `rules` reads, or make embeddings that rules compare."""
    read = {column for rule in rules for column in rule.columns} | {recipe.duplicates.best_by}
    compared = recipe.duplicates.compares_embeddings
    return [one for one in scorers if read & set(one.columns) or (compared and "embedding" in one.needs)]
