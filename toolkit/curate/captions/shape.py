"""The shape of captions: how long they are, how much of them is repeated, how much of them is no text at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import regex

from toolkit.curate.scorer import Batch, Need

_ASCII_SPACE = " \t\n\r\v\f\x1c\x1d\x1e\x1f"
_ASCII_SYMBOLS = re.compile(r"[^A-Za-z0-9\s]+")
_LETTERS_AND_DIGITS = regex.compile(r"[\p{L}\p{N}]+")
_SYMBOLS = regex.compile(r"[^\p{L}\p{N}\p{M}\p{Cf}\s\x1c-\x1f]+")


def repetition(found: Sequence[str]) -> float:
    """Return the share of the words `found` that had occurred before, ignoring case: in [0, 1); 0 without words."""
    return 1 - len({word.casefold() for word in found}) / len(found) if found else 0.0


def symbols_share(caption: str) -> float:
    """Return the share of symbols among letters, digits and symbols: in [0, 1]; 0 where there are none of these.

    A symbol is punctuation, an emoji, a control character: all but letters, digits, white space, and what only
    changes its neighbours (marks, joiners, directions of writing).
    """
    if caption.isascii():
        symbols = sum(map(len, _ASCII_SYMBOLS.findall(caption)))
        text = len(caption) - symbols - sum(map(caption.count, _ASCII_SPACE)) if symbols else 1
    else:
        symbols = sum(map(len, _SYMBOLS.findall(caption)))
        text = sum(map(len, _LETTERS_AND_DIGITS.findall(caption))) if symbols else 1
    return symbols / (symbols + text)


@dataclass(frozen=True)
class CaptionShape:
    """Length and make-up of captions.

    `caption_characters` are code points, outer space not counted; `caption_words` as `words` finds them. The other two
    lengths are those of DataComp's filters: `caption_code_points`, outer space counted, and `caption_tokens`, the runs
    of anything but white space.
    """

    name: str = "caption_shape"
    version: str = "2"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Four counts, repetition in [0, 1), share of symbols in [0, 1]."""
        return {
            "caption_characters": pa.int64(),
            "caption_words": pa.int64(),
            "caption_repetition": pa.float64(),
            "caption_symbols": pa.float64(),
            "caption_code_points": pa.int64(),
            "caption_tokens": pa.int64(),
        }

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the six columns."""
        return {
            "caption_characters": [len(caption.strip()) for caption in batch.captions],
            "caption_words": [len(found) for found in batch.words],
            "caption_repetition": [repetition(found) for found in batch.words],
            "caption_symbols": [symbols_share(caption) for caption in batch.captions],
            "caption_code_points": [len(caption) for caption in batch.captions],
            "caption_tokens": [len(caption.split()) for caption in batch.captions],
        }
