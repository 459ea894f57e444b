"""The contract of a scorer: what it needs of a batch of pairs, and the columns that it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.images import Header

Need = Literal["caption", "header", "pixels", "embedding"]
COST: tuple[Need, ...] = ("caption", "header", "pixels", "embedding")  # cheapest first: the order of the cascade


@dataclass(frozen=True)
class Batch:
    """Rows that can be scored: each sequence has one entry a row, or is empty where the scorer did not ask for it.

    `captions` are never None ("" where a row has none); `pixels` are RGB uint8 (height, width, 3), scaled to at most
    256 px; `embeddings` are unit vectors, float32 (rows, dimension).
    """

    captions: Sequence[str] = ()
    headers: Sequence[Header] = ()
    pixels: Sequence[NDArray[np.uint8]] = ()
    embeddings: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))


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
        """Return each of `columns` with one value, never None, for every row of `batch`."""
        ...


def cost(scorer: Scorer) -> int:
    """Return the place in `COST` of the dearest thing that `scorer` needs."""
    return max(COST.index(need) for need in scorer.needs)
