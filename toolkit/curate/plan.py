"""A recipe as the scorers to run and the steps that decide, both in the order of the cascade."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.curate.captions.shape import Boilerplate, CaptionLanguage, CaptionShape, CaptionTemplate, Languages
from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.perceptual import Embeddings, PerceptualDuplicates
from toolkit.curate.groups.named import GroupsNamed
from toolkit.curate.pairing.similarity import Embedder, PairingSimilarity, TopFraction, similarity_threshold
from toolkit.curate.pictures.content import PictureContent, PictureSize
from toolkit.curate.plugins import plugged_rules, plugged_scorers
from toolkit.curate.recipe import CaptionRecipe, CurateRecipe, PictureRecipe
from toolkit.curate.rule import Rule, Threshold
from toolkit.curate.scorer import Scorer, cost


@dataclass(frozen=True)
class Plan:
    """`scorers` from cheap to dear, `rules` in the order in which they decide (local ones first), and the embedder
    that the scorers share, if there is one."""

    scorers: tuple[Scorer, ...]
    rules: tuple[Rule, ...]
    embedder: Embedder | None
    score_all: bool

    @property
    def local_rules(self) -> tuple[Rule, ...]:
        """The rules that need to see only the row itself."""
        return tuple(rule for rule in self.rules if rule.scope == "local")


def plan_of(recipe: CurateRecipe, embeddings: Embeddings | None = None) -> Plan:
    """Return the plan of `recipe`; `embeddings` confirm perceptual duplicates where a pairing model is set."""
    embedder = None if recipe.pairing.model is None else Embedder(recipe.pairing.model)
    scorers: tuple[Scorer, ...] = (
        CaptionShape(),
        CaptionLanguage(),
        CaptionTemplate(),
        GroupsNamed(),
        PictureSize(),
        PictureContent(),
        Fingerprints(),
        *plugged_scorers(recipe.plugins),
    )
    if embedder is not None:
        scorers += (PairingSimilarity(embedder),)
    rules = (
        *_caption_rules(recipe.captions),
        *_picture_rules(recipe.pictures),
        *plugged_rules(recipe.plugins),
        *_global_rules(recipe, embeddings),
    )
    return Plan(tuple(sorted(scorers, key=cost)), rules, embedder, recipe.score_all)


def _caption_rules(asked: CaptionRecipe) -> list[Rule]:
    rules: list[Rule] = [
        Threshold(
            "caption_characters",
            "caption_characters",
            "caption has {value} characters",
            asked.min_characters,
            asked.max_characters,
        ),
        Threshold("caption_words", "caption_words", "caption has {value} words", asked.min_words, asked.max_words),
        Threshold(
            "caption_repetition",
            "caption_repetition",
            "a share of {value} of the caption's words are repeats",
            None,
            asked.max_repetition,
        ),
    ]
    rules = [rule for rule in rules if isinstance(rule, Threshold) and (rule.minimum, rule.maximum) != (None, None)]
    if asked.languages is not None:
        rules.append(Languages(asked.languages, asked.language_probability))
    return rules


def _picture_rules(asked: PictureRecipe) -> list[Rule]:
    rules = [
        Threshold("picture_side", "picture_side", "shortest side is {value} px", asked.min_side, None),
        Threshold(
            "picture_aspect", "picture_aspect", "longest side is {value} times the shortest", None, asked.max_aspect
        ),
        Threshold(
            "picture_entropy", "picture_entropy", "picture holds {value} bits of entropy", asked.min_entropy, None
        ),
        Threshold(
            "picture_blankness",
            "picture_blankness",
            "a share of {value} of the picture is one colour",
            None,
            asked.max_blankness,
        ),
    ]
    return [rule for rule in rules if (rule.minimum, rule.maximum) != (None, None)]


def _global_rules(recipe: CurateRecipe, embeddings: Embeddings | None) -> list[Rule]:
    rules: list[Rule] = []
    if recipe.pairing.threshold is not None:
        rules.append(similarity_threshold(recipe.pairing.threshold))
    if recipe.captions.boilerplate_rows is not None:
        rules.append(Boilerplate(recipe.captions.boilerplate_rows))
    if recipe.duplicates.exact:
        rules.append(ExactDuplicates())
    if (looks := recipe.duplicates.perceptual) is not None:
        rules.append(
            PerceptualDuplicates(looks.distance, looks.mean_colour, looks.cell_colour, looks.cosine, embeddings)
        )
    if recipe.pairing.top_fraction is not None:
        rules.append(TopFraction(recipe.pairing.top_fraction))
    return rules
