"""Small networks on the embeddings of pictures: how pleasing a picture is, whether it bears a watermark.

Made for the public heads: LAION's linear aesthetic predictors (LAION-AI/aesthetic-predictor, `weight` and `bias`) and
the improved ones (christophschuhmann/improved-aesthetic-predictor, sac+logos+ava1-l14-linearMSE: linear layers
`layers.N` with nothing between them once trained). Each goes with the network that its embeddings were made by; the
file says no more of it than their length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.pairing.recipe import HeadRecipe
from toolkit.curate.rule import Threshold
from toolkit.curate.scorer import Batch, Need
from toolkit.errors import ModelError
from toolkit.path_hashes import hash_path
from toolkit.seeds import stable_hash


class Layer(NamedTuple):
    """`weight` float32 (outputs, inputs) and `bias` (outputs,)."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def read_layers(path: Path, *, allow_pickle: bool = False) -> list[Layer]:
    """Return the linear layers in the file at `path`, safetensors or a pickle, from the first to the last.

    Raises ModelError where it cannot be read or trusted, or does not hold linear layers that lead to one number.
    """
    from toolkit.models.weights import load_state

    state = {name: value.numpy() for name, value in load_state(path, allow_pickle=allow_pickle).items()}
    names = sorted((name for name, value in state.items() if name.endswith("weight") and value.ndim == 2), key=_natural)
    layers = []
    for name in names:
        weight = state[name]
        bias = state.get(name.removesuffix("weight") + "bias", np.zeros(len(weight), np.float32))
        layers.append(Layer(weight, bias))
    leads = all(one.weight.shape[0] == after.weight.shape[1] for one, after in pairwise(layers))
    if not layers or not leads or layers[-1].weight.shape[0] != 1:
        shapes = ", ".join(f"{name} {tuple(state[name].shape)}" for name in names) or "none"
        raise ModelError(f"{path}: expected linear layers from an embedding to one number; found {shapes}")
    return layers


@dataclass
class Head:
    """The number that the head called `key` gives a picture, in the column `head_KEY`."""

    key: str
    asked: HeadRecipe
    embedder: Embedder
    needs: frozenset[Need] = frozenset({"embedding"})
    _layers: list[Layer] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """The column's name."""
        return f"head_{self.key}"

    @property
    def version(self) -> str:
        """A hash of the file, of how it is read, and of the model."""
        path = Path(self.asked.weights)
        content = hash_path(path) if path.is_file() else ""
        return stable_hash(content, self.asked.activation, self.asked.output, self.embedder.version)[:16]

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A number."""
        return {self.name: pa.float64()}

    def setup(self) -> None:
        """Read the file. Raises ModelError as `read_layers` does, and where it is for embeddings of another length."""
        self._layers = read_layers(Path(self.asked.weights), allow_pickle=self.asked.allow_pickle)
        wanted, found = self._layers[0].weight.shape[1], self.embedder.facts.dimension
        if wanted != found:
            raise ModelError(
                f"pairing.heads.{self.key}: {self.asked.weights} reads embeddings of {wanted} numbers, but those of "
                f"{self.embedder.model} have {found}; name as pairing.model the network that the head was made for"
            )

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        values = batch.embeddings.astype(np.float64)
        for place, layer in enumerate(self._layers):
            if place and self.asked.activation == "relu":
                values = np.maximum(values, 0)
            values = values @ layer.weight.T + layer.bias
        numbers = values[:, 0]
        if self.asked.output == "sigmoid":
            numbers = 1 / (1 + np.exp(-numbers))
        return {self.name: numbers.tolist()}


def head_limit(key: str, asked: HeadRecipe) -> Threshold:
    """Return the rule on the head called `key`."""
    return Threshold(f"head_{key}", f"head_{key}", f"{key} is {{value}}", asked.minimum, asked.maximum)


def _natural(name: str) -> list[str | int]:
    """Return a key that sorts layers.10 after layers.2."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
