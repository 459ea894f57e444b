"""Zero-shot labels by a pairing network: which value's texts lie nearest to a picture.

Source: Radford et al. (2021), arXiv 2103.00020, section 3.1.4 (prompt ensembles in embedding space).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.annotators.annotator import Annotator, Label, Picture, TextEmbedder, rounded
from toolkit.audit.annotators.several import together
from toolkit.audit.recipe import AuditRecipe, ZeroShotRecipe


class ClipAnnotator:
    """Softmax, at the network's own scale, over the ensembles of all values; abstains where it is not sure."""

    name = "clip"
    kinds = frozenset({"sample", "pair"})
    needs_embedding = True

    def __init__(self, settings: ZeroShotRecipe, network: TextEmbedder) -> None:
        self.settings = settings
        self.network = network
        self.attribute = settings.attribute
        self.values = tuple(settings.prompts)
        self.version = f"2+{network.fingerprint[:8]}"
        self._ensembles: dict[str, NDArray[np.float64]] = {}

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every picture. Each needs its embedding."""
        self._prepare(sorted({one.concept for one in pictures}))
        return [self._read(one) for one in pictures]

    def _read(self, picture: Picture) -> Label:
        if picture.embedding is None:
            raise ValueError(f"{picture.kind} {picture.subject_id} has no embedding; the stage embeds before it labels")
        similarities = self._ensembles[picture.concept] @ picture.embedding.astype(np.float64)
        logits = np.round(similarities, 4) * self.network.logit_scale
        odds = np.exp(logits - logits.max())
        probabilities = rounded(self.values, odds / odds.sum())
        first, second = sorted(probabilities.values(), reverse=True)[:2]
        unsure = first < self.settings.min_probability or first - second < self.settings.min_margin
        abstained = unsure or self._shows_nobody(picture, float(similarities.max()))
        value = None if abstained else max(self.values, key=probabilities.__getitem__)
        return Label(picture.kind, picture.subject_id, value, probabilities, abstained)

    def _shows_nobody(self, picture: Picture, similarity: float) -> bool:
        blank = float(picture.pixels.std()) < self.settings.blank_deviation
        return blank or round(similarity, 4) < self.settings.min_similarity

    def _prepare(self, concepts: Sequence[str]) -> None:
        """Embed the ensembles of the concepts not met before, in one pass: (values, d) unit vectors each."""
        fresh = [one for one in concepts if one not in self._ensembles]
        texts = [
            " ".join(text.replace("{concept}", concept).split())
            for concept in fresh
            for ensemble in self.settings.prompts.values()
            for text in ensemble
        ]
        if not texts:
            return
        vectors = iter(self.network.embed_texts(texts).astype(np.float64))
        for concept in fresh:
            means = [np.mean([next(vectors) for _ in ensemble], axis=0) for ensemble in self.settings.prompts.values()]
            self._ensembles[concept] = np.stack([mean / max(float(np.linalg.norm(mean)), 1e-12) for mean in means])


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> Annotator:
    """Return the zero-shot annotator of `recipe`, of one attribute or several, loading the pairing network."""
    network = pairing()
    return together([ClipAnnotator(one, network) for one in (recipe.zero_shot, *recipe.readings)])
