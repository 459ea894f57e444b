"""How likely a picture is pornographic, as a score: open_nsfw (see `toolkit.models.open_nsfw`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from toolkit.curate.rule import Status, Threshold
from toolkit.curate.scorer import Batch, Need
from toolkit.models.open_nsfw import VERSION, OpenNsfwNetwork


@dataclass
class OpenNsfw:
    """The probability that a picture is pornographic, in [0, 1], from pixels scaled to 256 px."""

    name: str = "nsfw"
    version: str = VERSION
    needs: frozenset[Need] = frozenset({"pixels"})
    _network: Any = field(default=None, repr=False)

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A probability."""
        return {"nsfw": pa.float64()}

    def setup(self) -> None:
        """Load the network. Raises ModelError where the extra is not installed."""
        self._network = OpenNsfwNetwork("safety.nsfw")

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"nsfw": self._network.probabilities(batch.pixels).tolist()}


def nsfw_limit(maximum: float, status: Status) -> Threshold:
    """Return the rule that asks for a probability of `maximum` or less."""
    text = "picture is pornographic with a probability of {value}"
    return Threshold("safety_nsfw", "nsfw", text, None, maximum, status)
