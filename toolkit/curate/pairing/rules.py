"""The scorers on embeddings, and the rules on their scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from toolkit.curate.pairing.caption_clusters import CaptionClusters
from toolkit.curate.pairing.caption_concepts import concept_rule, concept_scorer
from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.pairing.heads import Head, head_limit
from toolkit.curate.pairing.image_clusters import ImageClusters
from toolkit.curate.pairing.negclip import NegClipLoss
from toolkit.curate.pairing.normsim import NormSim, NormSimDynamic
from toolkit.curate.pairing.recipe import SELF, PairingRecipe
from toolkit.curate.pairing.similarity import PairingSimilarity, similarity_threshold
from toolkit.curate.pairing.target import Target
from toolkit.curate.pairing.top_fraction import OTHER, TopFraction, TopFractionByLanguage
from toolkit.curate.resources import Resources
from toolkit.curate.rule import Rule
from toolkit.curate.scorer import Scorer


def scorers(asked: PairingRecipe, embedder: Embedder | None) -> list[Scorer]:
    """Return the scorers that read the embeddings of `embedder`, and the one of listed concepts."""
    made: list[Scorer] = []
    if asked.caption_concepts is not None:
        made.append(concept_scorer(asked.caption_concepts))
    if embedder is not None:
        made.append(PairingSimilarity(embedder))
        made += [Head(key, head, embedder) for key, head in asked.heads.items()]
    return made


def rules(asked: PairingRecipe, resources: Resources, embedder: Embedder | None) -> list[Rule]:
    """Return the rules on pairing, in the order of the cascade."""
    made: list[Rule] = [] if asked.caption_concepts is None else [concept_rule()]
    if embedder is None:
        return made
    if asked.threshold is not None:
        made.append(similarity_threshold(asked.threshold))
    for key, head in asked.heads.items():
        if (head.minimum, head.maximum) != (None, None):
            made.append(head_limit(key, head))
    made += _on_embeddings(asked, resources, embedder)
    if asked.top_fraction is not None:
        made.append(TopFraction(asked.top_fraction))
    if (fractions := asked.top_fraction_by_language) is not None:
        made.append(TopFractionByLanguage(fractions if isinstance(fractions, Mapping) else {OTHER: fractions}))
    return made


def _on_embeddings(asked: PairingRecipe, resources: Resources, embedder: Embedder) -> Iterator[Rule]:
    pictures, folder = resources.embeddings, resources.folder
    if (near := asked.image_clusters) is not None:
        yield ImageClusters(near, Target(near.target, embedder, folder), pictures, folder)
    if asked.caption_clusters is not None:
        yield CaptionClusters(asked.caption_clusters, embedder, folder)
    if asked.negclip is not None:
        yield NegClipLoss(asked.negclip, pictures, embedder.known_captions, lambda: embedder.facts.logit_scale)
    if (like := asked.normsim) is not None:
        if like.target == SELF:
            yield NormSimDynamic(like, pictures, folder)
        else:
            yield NormSim(like, Target(like.target, embedder, folder), pictures)
