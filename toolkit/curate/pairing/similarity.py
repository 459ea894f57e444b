"""Does the caption fit the picture: the cosine of their embeddings, with a threshold or a top fraction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.rule import Reason, Scope, Status, Taken, Threshold, show
from toolkit.curate.scorer import Batch, Need

if TYPE_CHECKING:
    from toolkit.models.pairing import PairingNetwork


@dataclass
class Embedder:
    """Embeds pictures with the pairing network `model`, each content once: `known` holds what earlier shards or runs
    embedded, by content_id."""

    model: str
    known: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    made: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    _network: PairingNetwork | None = field(default=None, repr=False)

    @property
    def network(self) -> PairingNetwork:
        """The network, loaded on first use."""
        if self._network is None:
            from toolkit.models.pairing import load_pairing

            self._network = load_pairing(self.model)
        return self._network

    def embed(self, content_ids: Sequence[str], pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, dimension); only contents that are not `known` go through the network."""
        new: dict[str, NDArray[np.uint8]] = {
            one: picture for one, picture in zip(content_ids, pictures, strict=True) if one not in self.known
        }
        vectors = self.network.embed_images(list(new.values())) if new else ()
        made = dict(zip(new, vectors, strict=True))
        self.made |= made
        return np.stack([made[one] if one in made else self.known[one] for one in content_ids])

    def take_made(self) -> dict[str, NDArray[np.float32]]:
        """Return, and forget, what was embedded since this was last asked."""
        made, self.made = self.made, {}
        return made


@dataclass(frozen=True)
class PairingSimilarity:
    """The cosine of picture and caption, in [-1, 1] (the CLIP score of LAION and DataComp, unscaled)."""

    embedder: Embedder
    name: str = "pairing_similarity"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"caption", "embedding"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A cosine."""
        return {"pairing_similarity": pa.float64()}

    def setup(self) -> None:
        """Load the network."""
        _ = self.embedder.network

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        texts = self.embedder.network.embed_texts(list(batch.captions))
        return {"pairing_similarity": (batch.embeddings * texts).sum(axis=1, dtype=np.float64).tolist()}


def similarity_threshold(minimum: float) -> Threshold:
    """Return the rule that asks for a cosine of `minimum` or more."""
    return Threshold("pairing_threshold", "pairing_similarity", "picture and caption agree by {value}", minimum)


@dataclass(frozen=True)
class TopFraction:
    """Keeps the best `fraction` of the rows at hand by one score; `text` says what was found, and holds `{value}`.

    As in DataComp (arXiv 2304.14108, baselines/apply_filter.py): the limit is entry int(n * fraction) of the scores
    sorted from the best, and rows equal to it stay, so that one row more than the fraction survives.
    """

    fraction: float
    name: str = "pairing_top_fraction"
    columns: tuple[str, ...] = ("pairing_similarity",)
    text: str = "picture and caption agree by {value}"
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows below the limit."""
        scores = rows[self.columns[0]].to_numpy()
        if not len(scores):
            return Taken.nothing()
        limit = float(np.sort(scores)[::-1][min(int(len(scores) * self.fraction), len(scores) - 1)])
        below = np.flatnonzero(scores < limit)
        return Taken(below, lambda index: self._reason(scores[below[index]], limit))

    def _reason(self, score: float, limit: float) -> Reason:
        asked = f"the best {self.fraction:.4g} of rows have {show(limit)} or more"
        return Reason(self.name, show(score), show(limit), f"{self.text.format(value=show(score))}; {asked}")
