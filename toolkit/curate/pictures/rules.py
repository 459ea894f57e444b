"""The scorers and rules of pictures."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.curate.pictures.blankness import PictureBlankness
from toolkit.curate.pictures.border import PictureBorder
from toolkit.curate.pictures.jpeg_quality import PictureJpegQuality
from toolkit.curate.pictures.kinds import Animated, Formats
from toolkit.curate.pictures.recipe import PictureRecipe
from toolkit.curate.pictures.sharpness import PictureSharpness
from toolkit.curate.pictures.size import PictureSize
from toolkit.curate.pictures.text_area import PictureTextArea
from toolkit.curate.pictures.tones import PictureTones
from toolkit.curate.rule import Rule, Threshold
from toolkit.curate.scorer import Scorer


def scorers(asked: PictureRecipe) -> list[Scorer]:
    """Return the scorers of pictures; text area, which takes longer than all others, only where it is asked for."""
    made: list[Scorer] = [
        PictureSize(),
        PictureJpegQuality(),
        PictureTones(),
        PictureBlankness(),
        PictureSharpness(),
        PictureBorder(),
    ]
    return made if asked.max_text_area is None else [*made, PictureTextArea()]


def rules(asked: PictureRecipe) -> list[Rule]:
    """Return the rules on pictures, in the order of the cascade."""
    made: list[Rule] = [] if asked.formats is None else [Formats(asked.formats)]
    if asked.animated == "drop":
        made.append(Animated())
    return made + [rule for rule in _limits(asked) if (rule.minimum, rule.maximum) != (None, None)]


def _limits(asked: PictureRecipe) -> Iterator[Threshold]:
    yield _limit("picture_side", "shortest side is {value} px", asked.min_side)
    yield _limit("picture_aspect", "longest side is {value} times the shortest", None, asked.max_aspect)
    yield _limit("picture_jpeg_quality", "picture was saved with quality {value} of 100", asked.min_jpeg_quality)
    yield _limit("picture_entropy", "picture holds {value} bits of entropy", asked.min_entropy)
    yield _limit("picture_blankness", "a share of {value} of the picture is one colour", None, asked.max_blankness)
    yield _limit(
        "picture_brightness", "picture has a mean brightness of {value}", asked.min_brightness, asked.max_brightness
    )
    yield _limit("picture_dark", "a share of {value} of the picture is dark", None, asked.max_dark)
    yield _limit("picture_light", "a share of {value} of the picture is nearly white", None, asked.max_light)
    yield _limit("picture_contrast", "picture has a contrast of {value}", asked.min_contrast)
    yield _limit("picture_sharpness", "picture has a sharpness of {value}", asked.min_sharpness)
    yield _limit("picture_border", "a share of {value} of the picture is border", None, asked.max_border)
    yield _limit("picture_text_area", "a share of {value} of the picture is text", None, asked.max_text_area)


def _limit(column: str, text: str, minimum: float | None, maximum: float | None = None) -> Threshold:
    return Threshold(column, column, text, minimum, maximum)
