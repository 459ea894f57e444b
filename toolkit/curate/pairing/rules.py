"""The scorers on embeddings, and the rules on their scores."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.pairing.recipe import PairingRecipe
from toolkit.curate.pairing.similarity import PairingSimilarity, similarity_threshold
from toolkit.curate.pairing.top_fraction import OTHER, TopFraction, TopFractionByLanguage
from toolkit.curate.resources import Resources
from toolkit.curate.rule import Rule
from toolkit.curate.scorer import Scorer


def scorers(asked: PairingRecipe, embedder: Embedder) -> list[Scorer]:
    """Return the scorers that read the embeddings of `embedder`."""
    return [PairingSimilarity(embedder)]


def rules(asked: PairingRecipe, resources: Resources) -> list[Rule]:
    """Return the rules on pairing scores, in the order of the cascade."""
    made: list[Rule] = []
    if asked.threshold is not None:
        made.append(similarity_threshold(asked.threshold))
    if asked.top_fraction is not None:
        made.append(TopFraction(asked.top_fraction))
    if (fractions := asked.top_fraction_by_language) is not None:
        made.append(TopFractionByLanguage(fractions if isinstance(fractions, Mapping) else {OTHER: fractions}))
    return made
