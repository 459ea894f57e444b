"""What a function returned lately: each distinct text is encoded once, however requests are cut into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class RecentResults(Generic[T]):
    """Keeps what `function` returns for each of some texts. The `limit` that were asked for last are kept, more only as
    long as one call needs them all. `computed` counts those that went through the function."""

    def __init__(self, function: Callable[[list[str]], Sequence[T]], limit: int) -> None:
        self._function = function
        self._limit = limit
        self._kept: dict[str, T] = {}
        self.computed = 0

    def get(self, texts: Iterable[str]) -> list[T]:
        """Return the result for each of `texts`; those that are not kept are computed together."""
        asked = list(texts)
        distinct = dict.fromkeys(asked)
        missing = [text for text in distinct if text not in self._kept]
        if missing:
            self._kept |= dict(zip(missing, self._function(missing), strict=True))
            self.computed += len(missing)
        for text in distinct:  # the last ones asked for go to the end
            self._kept[text] = self._kept.pop(text)
        found = [self._kept[text] for text in asked]
        for text in list(self._kept)[: max(0, len(self._kept) - self._limit)]:
            del self._kept[text]
        return found
