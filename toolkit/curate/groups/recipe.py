"""Which groups are looked for: in captions by word lists, in metadata, in the labels of an audit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from toolkit.recipe import Recipe

BundledList = Literal["age", "disability", "gender", "language", "orientation", "region", "religion", "skin_tone"]
BUNDLED: tuple[BundledList, ...] = (
    "age", "disability", "gender", "language", "orientation", "region", "religion", "skin_tone",
)  # fmt: skip


class GroupRecipe(Recipe):
    """Whom retention is measured of.

    `bundled` names word lists of the package, `words` are paths of further ones; `ambiguous` reads their ambiguous
    words too. `columns` are source, license, a column of scores such as caption_language, or meta.KEY of the input's
    further columns. `labels` is a run folder with a labels table. A group of fewer than `min_rows` rows is not
    measured; of one attribute, `most_groups` are, the largest, and the others together.
    """

    bundled: tuple[BundledList, ...] = BUNDLED
    words: tuple[str, ...] = ()
    ambiguous: bool = False
    columns: tuple[str, ...] = ("source", "license", "caption_language")
    labels: str | None = None
    min_rows: Annotated[int, Field(ge=1)] = 20
    most_groups: Annotated[int, Field(ge=2)] = 50
