"""Words that a user lists: slurs, brands, names, whatever captions should not say. None are bundled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from toolkit.curate.captions.words import words
from toolkit.curate.scorer import Batch, Need
from toolkit.errors import RecipeError
from toolkit.seeds import stable_hash

Phrase = tuple[str, ...]
RECIPE_KEY = "captions.word_list"


def read_word_list(path: str | Path, key: str = RECIPE_KEY) -> frozenset[Phrase]:
    """Return the words and phrases in the text file at `path`, one a line, in lower case; lines that begin with # are
    remarks. Raises RecipeError, which names the recipe's `key`, for a file that cannot be read, holds none, or has a
    line without a word."""
    try:
        lines = Path(path).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{key}: {path} cannot be read ({error}); give a UTF-8 text file") from error
    found: set[Phrase] = set()
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            phrase = tuple(word.casefold() for word in words(line))
            if not phrase:
                raise RecipeError(f"{key}: line {number} of {path} holds no word; put one a line")
            found.add(phrase)
    if not found:
        raise RecipeError(f"{key}: {path} holds no words; put one a line")
    return frozenset(found)


@dataclass
class CaptionWordList:
    """How many words and phrases of the file at `path` occur in a caption: whole words, case ignored. `column` is what
    the count is called, `key` what the recipe calls the file."""

    path: str
    name: str = "caption_word_list"
    column: str = "caption_listed_words"
    key: str = RECIPE_KEY
    needs: frozenset[Need] = frozenset({"caption"})
    _by_first_word: dict[str, list[Phrase]] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> str:
        """A hash of the words: another list gives other scores."""
        return stable_hash(*(" ".join(phrase) for phrase in sorted(read_word_list(self.path, self.key))))[:16]

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A count."""
        return {self.column: pa.int64()}

    def setup(self) -> None:
        """Read the file. Raises RecipeError as `read_word_list` does."""
        self._by_first_word = {}
        for phrase in sorted(read_word_list(self.path, self.key)):
            self._by_first_word.setdefault(phrase[0], []).append(phrase)

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        if not self._by_first_word:
            self.setup()
        return {self.column: [self._count([word.casefold() for word in found]) for found in batch.words]}

    def _count(self, said: list[str]) -> int:
        if self._by_first_word.keys().isdisjoint(said):
            return 0
        return sum(
            tuple(said[start : start + len(phrase)]) == phrase
            for start, word in enumerate(said)
            for phrase in self._by_first_word.get(word, ())
        )
