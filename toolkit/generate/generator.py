"""The contract of everything that paints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Request(NamedTuple):
    """One picture asked for. `seed` alone decides its noise; `settings` is all that has no column of its own."""

    request_id: str
    prompt: str
    prompt_sent: str
    negative_prompt: str
    replicate: int
    seed: int
    num_inference_steps: int
    guidance_scale: float
    width: int
    height: int
    settings: dict[str, Any]


class Painted(NamedTuple):
    """`pixels` uint8 (height, width, 3), `flags`, what a safety checker or the sampler said (`truncated`: the prompt is
    longer than the text encoder reads), and `meta`, what else is to be kept of how it came to be, as JSON can hold it.
    Never a black picture in place of a flagged one."""

    pixels: NDArray[np.uint8]
    flags: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None


class Defaults(NamedTuple):
    """What a generator was made for: used for every setting that nobody names."""

    num_inference_steps: int
    guidance_scale: float
    width: int
    height: int
    batch_size: int


class Generator(Protocol):
    """Paints requests: the same request gives the same picture, bit for bit at one batch size, within 1/255 else."""

    @property
    def name(self) -> str:
        """What tables and pages call it: the URI it was loaded by."""

    @property
    def fingerprint(self) -> str:
        """A hash of all weights and of the configuration."""

    @property
    def defaults(self) -> Defaults:
        """The settings it was made for."""

    @property
    def device(self) -> str:
        """Where it computes: cpu, cuda, mps."""

    @property
    def dtype(self) -> str:
        """The number format it computes in, such as float32."""

    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request, in order. All requests share steps, guidance and size; batches are padded to
        `batch_size`. Raises ModelError where a setting asks for what it cannot do."""
