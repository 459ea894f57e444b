"""Pictures and captions as embeddings of one pairing network, each made once and kept in a cache."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.pairing.embedding_cache import CachedModel, EmbeddingCache, Kind
from toolkit.images import decode
from toolkit.seeds import stable_hash

if TYPE_CHECKING:
    from toolkit.models.pairing import PairingNetwork

VERSION = 2  # raise it when the same network would give other embeddings: another resize, another padding
_LEAST_SIDE = 256  # px, of pictures for an image tower that reads less


def caption_id(caption: str) -> str:
    """Return the 32 hex digits under which the embedding of `caption` is kept."""
    return stable_hash("caption", caption)


class Embedder:
    """The pairing network called `model` on `device`, with its cache in `folder` (None: for a plan that is only looked
    at).

    The network is loaded when something is new. Methods raise ModelError where the model cannot be had, RunError
    where the cache cannot be used.
    """

    def __init__(self, model: str, folder: Path | None, device: str = "cpu") -> None:
        self.model = model
        self._folder = folder
        self._device = device

    @cached_property
    def network(self) -> PairingNetwork:
        """The network, loaded on first use."""
        from toolkit.models.pairing import load_pairing

        return load_pairing(self.model, device=self._device)

    @cached_property
    def version(self) -> str:
        """A hash of the model's files and of how it is used here, or of its name where it has no files of its own."""
        from toolkit.models.pairing_files import files_fingerprint

        return stable_hash("embedding", VERSION, files_fingerprint(self.model) or self.model)

    @cached_property
    def fingerprint(self) -> str:
        """What the cache knows the model by: 32 hex digits. A network of the hub has to be loaded to know them."""
        from toolkit.models.pairing_files import files_fingerprint

        return stable_hash("embedding", VERSION, files_fingerprint(self.model) or self.network.fingerprint)

    @cached_property
    def cache(self) -> EmbeddingCache:
        """The embeddings that are known."""
        assert self._folder is not None, "a plan that embeds needs the folder of a cache"
        return EmbeddingCache(self._folder, self.fingerprint)

    @cached_property
    def facts(self) -> CachedModel:
        """The dimension and the logit scale, from the cache if they were noted there."""
        return self.cache.model or CachedModel(self.network.dimension, self.network.logit_scale)

    def decode(self, data: bytes) -> NDArray[np.uint8]:
        """Return the picture in `data` as RGB, uint8 (height, width, 3), with as many pixels as the image tower reads.
        Raises PictureError."""
        return decode(data, longest_side=max(_LEAST_SIDE, self.network.image_size))

    def known_pictures(self, content_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return what is cached, float32 (n, dimension): NaN rows for contents that were never embedded."""
        return self.cache.read("pictures", content_ids, self.facts.dimension)

    def known_captions(self, caption_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return what is cached, float32 (n, dimension): NaN rows for captions that were never embedded."""
        return self.cache.read("captions", caption_ids, self.facts.dimension)

    def keep(self, kind: Kind, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep `vectors`, which the network made."""
        self.cache.add(kind, ids, vectors, self.facts)

    def embed_captions(self, captions: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, dimension); only new captions go through the network, each once."""
        ids = [caption_id(one) for one in captions]
        vectors = self.known_captions(ids)
        places = np.flatnonzero(np.isnan(vectors[:, 0])).tolist()
        new = {ids[place]: captions[place] for place in places}
        if new:
            made = self.network.embed_texts(list(new.values()))
            self.keep("captions", list(new), made)
            row_of = {one: row for row, one in enumerate(new)}
            vectors[places] = made[[row_of[ids[place]] for place in places]]
        return vectors
