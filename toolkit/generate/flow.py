"""The latent and the pixel family: flow models that `tain train` writes, `zoo:latent` among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.generate.prompts import Conditions, EncodedPrompts, check_size, in_batches
from toolkit.generate.sampler import SAMPLERS, guided
from toolkit.models.flow import FlowModel
from toolkit.models.text_encoder import TextEncoder
from toolkit.models.weights import fingerprint
from toolkit.seeds import random_stream


class FlowGenerator:
    """Paints with a `FlowModel`: noise from each request's own stream, Euler steps, guidance, one decode."""

    dtype = "float32"

    def __init__(self, model: FlowModel, text_encoder: TextEncoder, name: str, device: str = "cpu") -> None:
        self.model = model.to(device)
        self.name = name
        self.device = device
        self._text_encoder = text_encoder
        self.fingerprint = fingerprint(model, **model.config)
        side = model.image_size
        self.defaults = Defaults(num_inference_steps=20, guidance_scale=4.0, width=side, height=side, batch_size=64)

    @torch.inference_mode()
    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`."""
        if not requests:
            return []
        self._check(requests[0])
        length = self.model.transformer.config.text_tokens
        prompts = EncodedPrompts(self._text_encoder, requests, length, self.device)
        painted: list[Painted] = []
        for batch, count in in_batches(requests, batch_size):
            pixels = self._paint(batch, prompts.conditions(batch))
            painted += [Painted(one) for one in pixels[:count]]
        return painted

    def _paint(self, requests: list[Request], texts: Conditions) -> NDArray[np.uint8]:
        first, shape = requests[0], self.model.noise_shape
        noise = torch.stack([torch.randn(shape, generator=random_stream(request.seed)) for request in requests])

        def velocity(latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
            twice = self.model.velocity(latents.repeat(2, 1, 1, 1), time.repeat(2).to(latents), *texts)
            conditional, unconditional = twice.chunk(2)
            return guided(conditional, unconditional, first.guidance_scale)

        sampler = SAMPLERS[first.settings.get("sampler", "euler")]
        latents = sampler(velocity, noise.to(self.device), first.num_inference_steps)
        pixels: NDArray[np.uint8] = self.model.decode(latents).cpu().numpy()
        return pixels

    def _check(self, request: Request) -> None:
        check_size(request, self.defaults, self.model.config["family"])
        if request.settings.get("sampler", "euler") not in SAMPLERS:
            raise ModelError(f"no sampler is called {request.settings['sampler']!r}; expected {', '.join(SAMPLERS)}")
