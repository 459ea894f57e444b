"""What is known of rows before their pictures are read, kept in columns and put together for whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from toolkit.curate.scorer import Facts
from toolkit.sources.picture_bytes import file_name

Texts = Sequence[str | None]


@dataclass(frozen=True)
class FactsOfRows(Sequence[Facts]):
    """The facts of rows; `paths` are those of their pictures. Most recipes ask for few of them or none."""

    urls: Texts
    paths: Texts
    sources: Texts
    licenses: Texts
    metas: Texts
    content_ids: Texts

    def __len__(self) -> int:
        return len(self.urls)

    @overload
    def __getitem__(self, row: int) -> Facts: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Facts]: ...
    def __getitem__(self, row: int | slice) -> Facts | Sequence[Facts]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        url = self.urls[row]
        return Facts(
            url or "",
            file_name(self.paths[row], url),
            self.sources[row] or "",
            self.licenses[row] or "",
            self.metas[row] or "",
            self.content_ids[row] or "",
        )
