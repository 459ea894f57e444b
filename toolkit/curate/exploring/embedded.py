"""The embeddings that scores of a run were made from: of which pairs there are some, and where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.pairing.cache_folder import cache_folder
from toolkit.curate.pairing.embedding_cache import EmbeddingCache
from toolkit.curate.pairing.similarity import SIMILARITY
from toolkit.errors import RunError
from toolkit.store import RunFolder


class EmbeddedPairs(NamedTuple):
    """The pairs of the run `scored` that one `network` (32 hex digits) has embedded into the `cache`."""

    scored: RunFolder
    network: str
    cache: EmbeddingCache

    def sample_ids(self) -> list[str]:
        """Return the ids of the pairs whose picture was embedded, in the order of the run."""
        found: list[str] = []
        for rows in self.scored.scan("scores", ["sample_id", SIMILARITY]):
            found += rows.filter(pc.is_valid(rows[SIMILARITY]))["sample_id"].to_pylist()
        return found

    def vectors(self, sample_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vector of each of `sample_ids`, float32 (n, dimension).

        Raises RunError where the cache has lost some of them.
        """
        model, pairs = self.cache.model, self.scored.find("pairs")
        wanted = pa.array(sample_ids, pa.string())
        contents: dict[str, str] = {}
        for rows in () if pairs is None else pairs.scan("pairs", ["sample_id", "content_id"]):
            own = rows.filter(pc.is_in(rows["sample_id"], value_set=wanted))
            contents |= zip(own["sample_id"].to_pylist(), own["content_id"].to_pylist(), strict=True)
        if model is not None and len(contents) == len(set(sample_ids)):
            found = self.cache.read("pictures", [contents[one] for one in sample_ids], model.dimension)
            if not np.isnan(found).any():
                return found
        raise RunError(
            f"embeddings behind the scores of {self.scored.path} are not in the cache {self.cache.path}; make them "
            f"again with tain decide {self.scored.path} --score"
        )


def embedded_pairs(run: RunFolder) -> EmbeddedPairs | None:
    """Return what `run` or its inputs have embedded to compare picture and caption; None where nothing was, or where
    the file of these embeddings is not at hand.

    The network is known by what the run noted of it, so that none is loaded; one of the hub goes unfound.
    """
    scored = run.find("scores")
    if scored is None or SIMILARITY not in scored.columns("scores"):
        return None
    noted = [entry.get("counts", {}).get("scorers") or {} for entry in scored.stages.values()]
    _, _, network = next((one[SIMILARITY] for one in noted if SIMILARITY in one), "").partition("-")
    own = scored.path / "cache"
    folder = own if (own / "embeddings").is_dir() else cache_folder(None, own)
    cache = EmbeddingCache(Path(folder), network)
    return EmbeddedPairs(scored, network, cache) if network and cache.path.is_file() else None
