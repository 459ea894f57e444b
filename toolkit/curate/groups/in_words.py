"""Scores: the groups that the words of a caption name, a column an attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from toolkit.curate.groups.terms import TermFinder
from toolkit.curate.groups.word_lists import SEPARATOR, WordLists, attributes_of, load_word_lists
from toolkit.curate.scorer import Batch, Need

PREFIX = "group_"


@dataclass(frozen=True)
class GroupsInWords:
    """Reads the word lists called `names` in one pass over the words of a caption. They are opened when somebody asks
    for their words, or for the version."""

    names: tuple[str, ...]
    ambiguous: bool = False
    name: str = "groups_in_words"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def version(self) -> str:
        """Changes with the words of the lists."""
        return f"1-{self.lists.version}{'-ambiguous' if self.ambiguous else ''}"

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """`group_` and the attribute: the groups named, sorted, joined by a comma and a space; empty for none."""
        return {f"{PREFIX}{attribute}": pa.string() for attribute in self._attributes}

    @cached_property
    def lists(self) -> WordLists:
        """The lists, in the order of their attributes."""
        return load_word_lists(self.names)

    @cached_property
    def _attributes(self) -> tuple[str, ...]:
        return attributes_of(self.names)

    @cached_property
    def _finder(self) -> TermFinder:
        return TermFinder([one.terms(ambiguous=self.ambiguous) for one in self.lists.lists])

    def setup(self) -> None:
        """Build the tree of terms."""
        _ = self._finder

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return a column an attribute."""
        found = [self._finder.find(caption) for caption in batch.captions]
        return {
            column: [SEPARATOR.join(sorted(groups[place])) for groups in found]
            for place, column in enumerate(self.columns)
        }
