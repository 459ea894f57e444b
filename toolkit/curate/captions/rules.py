"""The scorers and rules of captions."""

from __future__ import annotations

from toolkit.curate.captions.recipe import CaptionRecipe
from toolkit.curate.captions.shape import Boilerplate, CaptionLanguage, CaptionShape, CaptionTemplate, Languages
from toolkit.curate.rule import Rule, Threshold
from toolkit.curate.scorer import Scorer


def scorers(asked: CaptionRecipe) -> list[Scorer]:
    """Return the scorers of captions."""
    return [CaptionShape(), CaptionLanguage(), CaptionTemplate()]


def rules(asked: CaptionRecipe) -> list[Rule]:
    """Return the rules on captions, in the order of the cascade."""
    limits = [
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
    made: list[Rule] = [rule for rule in limits if (rule.minimum, rule.maximum) != (None, None)]
    if asked.languages is not None:
        made.append(Languages(asked.languages, asked.language_probability))
    if asked.boilerplate_rows is not None:
        made.append(Boilerplate(asked.boilerplate_rows))
    return made
