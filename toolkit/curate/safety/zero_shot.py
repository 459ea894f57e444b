"""Pictures that look like a category of words: zero-shot classification (Radford et al., arXiv 2103.00020, 3.1).

A category is the mean of its prompts' embeddings, as unit vector c; n_1 ... n_k are those of neutral prompts, and s is
the network's logit scale. The score of a picture v is the probability of the category among them:

    exp(s v . c) / (exp(s v . c) + sum over i of exp(s v . n_i))

It says what a picture looks like to the network, no more: thresholds belong to a network, and are set on pictures of
one's own that people have looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.rule import Rule, Status, Threshold
from toolkit.curate.safety.recipe import ZeroShotRecipe
from toolkit.curate.scorer import Batch, Need
from toolkit.errors import RecipeError
from toolkit.recipe import parse_yaml
from toolkit.seeds import stable_hash

Prompts = Mapping[str, Sequence[str]]


def bundled_prompts() -> tuple[dict[str, list[str]], list[str]]:
    """Return the prompts of the categories that have some of their own, and the neutral ones."""
    found = parse_yaml((files("toolkit.curate.safety") / "zero_shot.yaml").read_text("utf-8"))
    return found["categories"], found["neutral"]


def prompts_of(asked: ZeroShotRecipe) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the prompts of the categories that `asked` names (all bundled ones where it names none), and the neutral
    ones. Raises RecipeError for a category that is neither bundled nor given prompts."""
    categories, neutral = bundled_prompts()
    chosen = {}
    for name in asked.categories or categories:
        prompts = asked.categories[name].prompts if asked.categories else ()
        if not prompts and name not in categories:
            raise RecipeError(
                f"safety.zero_shot.categories.{name}: no prompts are bundled for it; give some, or name one of "
                f"{', '.join(categories)}"
            )
        chosen[name] = prompts or tuple(categories[name])
    return chosen, asked.neutral or tuple(neutral)


@dataclass
class ZeroShot:
    """The probability of each category against neutral prompts, in [0, 1], in columns `zero_shot_CATEGORY`."""

    asked: ZeroShotRecipe
    embedder: Embedder
    name: str = "zero_shot"
    needs: frozenset[Need] = frozenset({"embedding"})
    _vectors: NDArray[np.float64] | None = field(default=None, repr=False)

    @property
    def version(self) -> str:
        """A hash of the prompts and of the model: others give other scores."""
        chosen, neutral = prompts_of(self.asked)
        words = [part for name, prompts in sorted(chosen.items()) for part in (name, *prompts)]
        return stable_hash(self.embedder.version, *words, "neutral", *neutral)[:16]

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A probability a category."""
        return {column_of(name): pa.float64() for name in prompts_of(self.asked)[0]}

    def setup(self) -> None:
        """Embed the prompts. Raises RecipeError as `prompts_of` does, ModelError where the model cannot be had."""
        chosen, neutral = prompts_of(self.asked)
        means = [self.embedder.embed_captions(prompts).astype(np.float64).mean(axis=0) for prompts in chosen.values()]
        units = [mean / np.linalg.norm(mean) for mean in means]
        self._vectors = np.stack([*units, *self.embedder.embed_captions(neutral).astype(np.float64)])

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the columns."""
        assert self._vectors is not None, "setup comes before score"
        names = list(self.columns)
        # A cosine is at most 1, so that no exponent is above 0.
        likeness = np.exp(self.embedder.facts.logit_scale * (batch.embeddings @ self._vectors.T - 1))
        own, neutral = likeness[:, : len(names)], likeness[:, len(names) :].sum(axis=1, keepdims=True)
        return dict(zip(names, (own / (own + neutral)).T.tolist(), strict=True))


def column_of(category: str) -> str:
    """Return the score column of `category`."""
    return f"zero_shot_{category}"


def zero_shot_rules(asked: ZeroShotRecipe, status: Status) -> list[Rule]:
    """Return a limit for each category."""
    limits = dict.fromkeys(prompts_of(asked)[0], asked.maximum)
    limits |= {name: one.maximum for name, one in asked.categories.items() if one.maximum is not None}
    return [
        Threshold(
            f"safety_{column_of(name)}",
            column_of(name),
            f"picture looks like {name.replace('_', ' ')} with a probability of {{value}}",
            None,
            maximum,
            status,
        )
        for name, maximum in limits.items()
    ]
