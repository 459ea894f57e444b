"""The latent family: this project's own generator, `zoo:latent` and whatever `tain train latent` writes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.generate.sampler import SAMPLERS, guided
from toolkit.models.latent import LatentModel
from toolkit.models.text_encoder import TextEncoder
from toolkit.models.weights import fingerprint
from toolkit.seeds import random_stream


class LatentGenerator:
    """Paints with a `LatentModel`: noise from each request's own stream, Euler steps, guidance, one decode."""

    device = "cpu"
    dtype = "float32"

    def __init__(self, model: LatentModel, text_encoder: TextEncoder, name: str) -> None:
        self.model = model
        self.name = name
        self._text_encoder = text_encoder
        self.fingerprint = fingerprint(model, **model.config)
        side = model.autoencoder.config.image_size
        self.defaults = Defaults(num_inference_steps=20, guidance_scale=4.0, width=side, height=side, batch_size=64)

    @torch.inference_mode()
    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`."""
        if not requests:
            return []
        self._check(requests[0])
        prompts = {text: i for i, text in enumerate(dict.fromkeys(self._texts(requests)))}
        encoded = self._text_encoder.encode(list(prompts), length=self.model.transformer.config.text_tokens)
        tokens, mask = torch.from_numpy(encoded.tokens), torch.from_numpy(encoded.mask)
        painted: list[Painted] = []
        for start in range(0, len(requests), batch_size):
            chunk = list(requests[start : start + batch_size])
            padded = chunk + [chunk[-1]] * (batch_size - len(chunk))
            wanted = torch.tensor([prompts[request.prompt_sent] for request in padded])
            avoided = torch.tensor([prompts.get(request.negative_prompt, -1) for request in padded])
            pixels = self._paint(padded, tokens, mask, wanted, avoided)
            painted += [Painted(one) for one in pixels[: len(chunk)]]
        return painted

    def _paint(
        self,
        requests: list[Request],
        tokens: torch.Tensor,
        mask: torch.Tensor,
        wanted: torch.Tensor,
        avoided: torch.Tensor,
    ) -> NDArray[np.uint8]:
        config, first = self.model.transformer.config, requests[0]
        shape = (config.channels, config.grid, config.grid)
        noise = torch.stack([torch.randn(shape, generator=random_stream(request.seed)) for request in requests])
        both = torch.cat([wanted, avoided.clamp(min=0)])
        both_tokens, both_mask = tokens[both], mask[both]
        dropped = torch.cat([torch.zeros_like(wanted, dtype=torch.bool), avoided < 0])

        def velocity(latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
            twice = self.model.transformer(latents.repeat(2, 1, 1, 1), time.repeat(2), both_tokens, both_mask, dropped)
            conditional, unconditional = twice.chunk(2)
            return guided(conditional, unconditional, first.guidance_scale)

        sampler = SAMPLERS[first.settings.get("sampler", "euler")]
        latents = sampler(velocity, noise, first.num_inference_steps)
        pixels: NDArray[np.uint8] = self.model.decode(latents).numpy()
        return pixels

    def _check(self, request: Request) -> None:
        side = self.defaults.width
        if (request.width, request.height) != (side, side):
            found = f"{request.width} x {request.height}"
            raise ModelError(f"this latent model paints {side} x {side} pixels; {found} was asked for")
        if request.settings.get("sampler", "euler") not in SAMPLERS:
            raise ModelError(f"no sampler is called {request.settings['sampler']!r}; expected {', '.join(SAMPLERS)}")

    @staticmethod
    def _texts(requests: Sequence[Request]) -> list[str]:
        negative = [request.negative_prompt for request in requests if request.negative_prompt]
        return [request.prompt_sent for request in requests] + negative
