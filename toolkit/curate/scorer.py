"""The contract of a scorer: what it needs of a batch of pairs, and the columns that it gives back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.captions.words import words
from toolkit.curate.pictures.luminance import luminances
from toolkit.images import Header

Need = Literal["caption", "facts", "header", "bytes", "thumbnail", "pixels", "embedding"]
LEVELS = ("caption", "header", "pixels", "embedding")  # cheapest first: the order of the cascade
NEED_LEVEL: Mapping[Need, int] = {
    "caption": 0,
    "facts": 0,
    "header": 1,
    "bytes": 1,
    "thumbnail": 2,
    "pixels": 2,
    "embedding": 3,
}


class Facts(NamedTuple):
    """What is known of a row before its picture is read; "" where the input has none.

    `file_name` is the last part of the picture's path or address, `meta` the JSON text of all other columns.
    """

    url: str = ""
    file_name: str = ""
    source: str = ""
    license: str = ""
    meta: str = ""
    content_id: str = ""


@dataclass(frozen=True)
class Batch:
    """Rows that can be scored: each sequence has one entry a row, or is empty where no scorer of the level asked.

    `captions` are never None ("" where a row has none); `files` are the pictures' bytes; `thumbnails` and `pixels`
    are RGB uint8 (height, width, 3), scaled to at most 128 px and 256 px; `embeddings` are unit vectors, float32 (rows,
    dimension). All scorers of a level are given the same batch, so that what is derived from pixels is made once.
    """

    captions: Sequence[str] = ()
    facts: Sequence[Facts] = ()
    headers: Sequence[Header] = ()
    files: Sequence[bytes] = ()
    thumbnails: Sequence[NDArray[np.uint8]] = ()
    pixels: Sequence[NDArray[np.uint8]] = ()
    embeddings: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @cached_property
    def words(self) -> list[list[str]]:
        """The words of each of `captions`."""
        return [words(caption) for caption in self.captions]

    @cached_property
    def metas(self) -> list[Mapping[str, object]]:
        """All other columns of the input, from the JSON of each of `facts`."""
        return [json.loads(one.meta) if one.meta else {} for one in self.facts]

    @cached_property
    def greys(self) -> list[NDArray[np.uint8]]:
        """The luminance of `thumbnails` (BT.601, as Pillow's mode L), uint8 (height, width) each."""
        return luminances(self.thumbnails)


class Scorer(Protocol):
    """Pure over a batch: a row's scores depend on that row alone.

    `columns` are the names and types of what `score` returns; `version` changes when the scores would.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, pa.DataType]: ...
    @property
    def needs(self) -> frozenset[Need]: ...

    def setup(self) -> None:
        """Load what scoring needs; called once a worker, before the first batch."""
        ...

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return each of `columns` with one value for every row of `batch`.

        None where the score does not exist for that row (a PNG has no JPEG quality): rules pass over it.
        """
        ...


def cost(scorer: Scorer) -> int:
    """Return the place in `LEVELS` of the dearest thing that `scorer` needs."""
    return max(NEED_LEVEL[need] for need in scorer.needs)
