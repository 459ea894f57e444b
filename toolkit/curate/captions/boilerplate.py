"""Boilerplate: captions of one template on so many pictures that they tell nothing about any of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import regex

from toolkit.curate.distinct import distinct
from toolkit.curate.rule import Reason, Scope, Status, Taken
from toolkit.curate.scorer import Batch, Need
from toolkit.seeds import stable_hash

NUMBER = "#"
_DIGITS = re.compile(r"\d+")
_ASCII_SEPARATORS = re.compile(r"[^a-z0-9#]+")
_SEPARATORS = regex.compile(r"[^\p{L}\p{N}\p{M}#]+")


def template(caption: str) -> str:
    """Return `caption` in lower case, punctuation gone, each number as `#`: what boilerplate captions share."""
    numbered = _DIGITS.sub(NUMBER, caption.casefold())
    separators = _ASCII_SEPARATORS if caption.isascii() else _SEPARATORS
    return separators.sub(" ", numbered).strip(" ")


@dataclass(frozen=True)
class CaptionTemplate:
    """A hash of the caption's template, equal for captions that differ in numbers, case or punctuation only; and how
    many different words the template has, numbers not counted."""

    name: str = "caption_template"
    version: str = "2"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """16 hex digits, empty for a caption without a word; a count."""
        return {"caption_template": pa.string(), "caption_template_words": pa.int64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the two columns."""
        shapes = [template(caption) for caption in batch.captions]
        return {
            "caption_template": [stable_hash(shape)[:16] if shape else "" for shape in shapes],
            "caption_template_words": [len({*shape.split(" ")} - {NUMBER, ""}) for shape in shapes],
        }


@dataclass(frozen=True)
class Boilerplate:
    """Takes rows whose caption template occurs in `rows` or more of the rows at hand, and in `share` of them or more,
    if it has `words` different words or more.

    Jia et al. (arXiv 2102.05918, section 3) leave out texts that more than 10 pictures share. Here a text of few words
    stays however often it occurs: it is the name of something common (`people icon`, `keycap 7`).
    """

    rows: int
    share: float = 0.0
    words: int = 1
    name: str = "caption_boilerplate"
    columns: tuple[str, ...] = ("caption_template", "caption_template_words")
    scope: Scope = "global"
    status: Status = "dropped"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows with a template seen too often."""
        _, place = distinct(rows["caption_template"])
        seen = np.bincount(place)[place]
        wordy = rows["caption_template_words"].to_numpy() >= max(self.words, 1)
        limit = max(self.rows, math.ceil(self.share * rows.num_rows))
        taken = np.flatnonzero(wordy & (seen >= limit))
        counts = seen[taken]
        return Taken(taken, lambda index: self._reason(int(counts[index]), limit))

    def _reason(self, count: int, limit: int) -> Reason:
        text = (
            f"caption is one of {count} that differ at most in numbers and punctuation; {limit} or more are boilerplate"
        )
        return Reason(self.name, str(count), str(limit), text)
