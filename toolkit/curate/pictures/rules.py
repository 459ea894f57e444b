"""The scorers and rules of pictures."""

from __future__ import annotations

from toolkit.curate.pictures.content import PictureContent, PictureSize
from toolkit.curate.pictures.recipe import PictureRecipe
from toolkit.curate.rule import Rule, Threshold
from toolkit.curate.scorer import Scorer


def scorers(asked: PictureRecipe) -> list[Scorer]:
    """Return the scorers of pictures."""
    return [PictureSize(), PictureContent()]


def rules(asked: PictureRecipe) -> list[Rule]:
    """Return the rules on pictures, in the order of the cascade."""
    limits = [
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
    return [rule for rule in limits if (rule.minimum, rule.maximum) != (None, None)]
