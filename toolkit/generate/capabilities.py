"""What a generator may offer beyond painting. The harness asks with `isinstance`; none of it is needed to be one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from toolkit.generate.generator import Generator, Painted, Request
from toolkit.models.pairing import PairingNetwork

TRUNCATED = "truncated"  # the flag of a picture whose prompt is longer than the text encoder reads

Watch = Callable[[int, Callable[[], NDArray[np.uint8]]], None]


@runtime_checkable
class ChecksRequests(Protocol):
    """Can say what it cannot paint before anything is made."""

    def check(self, requests: Sequence[Request]) -> None:
        """Raise ModelError where a size, a setting or a prompt of `requests` is one that it cannot paint."""


@runtime_checkable
class PinsSettings(Protocol):
    """Has settings that name things which can change, such as networks of its own."""

    def pin(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return `settings` with what they name pinned by a fingerprint, and defaults written out. Raises ModelError
        where they are not understood."""


@runtime_checkable
class EncodesAhead(Protocol):
    """Keeps encoded texts, so that each distinct one is encoded once however its requests are cut into batches."""

    def encode_ahead(self, requests: Sequence[Request]) -> None:
        """Encode the distinct texts of `requests` that are not encoded yet."""


@runtime_checkable
class TakesGuide(Protocol):
    """Can be guided by the gradient of a pairing network."""

    def with_guide(self, network: PairingNetwork) -> Generator:
        """Return this generator with `network` as its guide, for requests whose settings ask for `clip_guidance`."""


@runtime_checkable
class ShowsItsPath(Protocol):
    """Can show the way from noise to picture, and back."""

    def generate_watched(self, requests: Sequence[Request], *, batch_size: int, watch: Watch) -> list[Painted]:
        """Return what `generate` returns, pixel for pixel, for at most `batch_size` requests.

        `watch(step, pictures)` is called before each denoising step; `pictures()` returns what the state then looks
        like, uint8 (batch_size, height, width, 3), and costs nothing unless it is called. Raises ModelError for a
        model whose state cannot be shown.
        """

    def noise(self, pixels: NDArray[np.uint8], *, seed: int, times: Sequence[float]) -> NDArray[np.uint8]:
        """Return a real picture at `times` in [0, 1] of its way to noise, uint8 (n, height, width, 3)."""
