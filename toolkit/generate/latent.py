"""The latent family: this project's own generator, `zoo:latent` and whatever `tain train latent` writes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.generate.capabilities import TRUNCATED, Watch
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.generate.guidance import PairingGuide, guided_by_pairing
from toolkit.generate.recent_results import RecentResults
from toolkit.generate.sampler import SAMPLERS, Velocity, guided, unseen
from toolkit.models.flow import interpolate
from toolkit.models.latent import LatentModel
from toolkit.models.pairing import PairingNetwork
from toolkit.models.text_encoder import TextEncoder
from toolkit.models.weights import fingerprint
from toolkit.seeds import random_stream

KEPT_TEXTS = 2048
SETTINGS = ("sampler", "clip_guidance")


class _Text(NamedTuple):
    """A text as the transformer reads it: `tokens` (length, width), `mask` (length,), whether it was `truncated`."""

    tokens: torch.Tensor
    mask: torch.Tensor
    truncated: bool


class LatentGenerator:
    """Paints with a `LatentModel`: noise from each request's own stream, Euler steps, guidance, one decode."""

    dtype = "float32"

    def __init__(self, model: LatentModel, text_encoder: TextEncoder, name: str, device: str = "cpu") -> None:
        self.model = model.to(device)
        self.name = name
        self.device = device
        self._text_encoder = text_encoder
        self._texts = RecentResults(self._encode, KEPT_TEXTS)
        self._guide: PairingGuide | None = None
        self.fingerprint = fingerprint(model, **model.config)
        side = model.autoencoder.config.image_size
        self.defaults = Defaults(num_inference_steps=20, guidance_scale=4.0, width=side, height=side, batch_size=64)

    def with_guide(self, network: PairingNetwork) -> LatentGenerator:
        """Return this generator, guided by `network` where a request's settings ask for `clip_guidance`."""
        other = copy.copy(self)
        other._guide = PairingGuide(network)
        return other

    def check(self, requests: Sequence[Request]) -> None:
        """Raise ModelError for a size or a setting that this family cannot paint."""
        side = self.defaults.width
        for width, height in {(request.width, request.height) for request in requests} - {(side, side)}:
            raise ModelError(f"this latent model paints {side} x {side} pixels; {width} x {height} was asked for")
        for settings in (request.settings for request in requests):
            for name in sorted(set(settings) - set(SETTINGS)):
                raise ModelError(f"the latent family takes no setting {name!r}; it takes {', '.join(SETTINGS)}")
            if settings.get("sampler", "euler") not in SAMPLERS:
                raise ModelError(f"no sampler is called {settings['sampler']!r}; expected {', '.join(SAMPLERS)}")
            if "clip_guidance" in settings and self._guide is None:
                raise ModelError("clip_guidance needs a pairing network; give the generator one with `with_guide`")

    def encode_ahead(self, requests: Sequence[Request]) -> None:
        """Encode the distinct texts of `requests` that are not encoded yet."""
        self._texts.get(text for request in requests for text in (request.prompt_sent, request.negative_prompt) if text)

    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`."""
        self.check(requests)
        self.encode_ahead(requests)
        painted: list[Painted] = []
        for start in range(0, len(requests), batch_size):
            painted += self._generate(requests[start : start + batch_size], batch_size, None)
        return painted

    def generate_watched(self, requests: Sequence[Request], *, batch_size: int, watch: Watch) -> list[Painted]:
        """Return one picture a request and let `watch` see the latents, decoded; see `ShowsItsPath`."""
        self.check(requests)
        return self._generate(requests, batch_size, watch)

    @torch.inference_mode()
    def noise(self, pixels: NDArray[np.uint8], *, seed: int, times: Sequence[float]) -> NDArray[np.uint8]:
        """Return a picture (side, side, 3) at `times` of its way to noise, decoded; see `ShowsItsPath`."""
        picture = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].to(self.device).float() / 127.5 - 1
        latents = self.model.encode(picture).expand(len(times), -1, -1, -1)
        noise = self._noise([seed] * len(times))
        return self._decode(interpolate(latents, noise, torch.tensor(list(times), device=self.device)))

    @torch.inference_mode()
    def _generate(self, requests: Sequence[Request], batch_size: int, watch: Watch | None) -> list[Painted]:
        padded = [*requests, *[requests[-1]] * (batch_size - len(requests))]
        texts = self._texts.get(request.prompt_sent for request in padded)
        avoided = self._texts.get(request.negative_prompt or request.prompt_sent for request in padded)
        pixels = self._paint(padded, texts, avoided, watch)
        flags = [(TRUNCATED,) if text.truncated else () for text in texts]
        return [Painted(one, flag) for one, flag in zip(pixels[: len(requests)], flags, strict=False)]

    def _paint(
        self, requests: list[Request], wanted: list[_Text], avoided: list[_Text], watch: Watch | None
    ) -> NDArray[np.uint8]:
        first, n = requests[0], len(requests)
        tokens = torch.stack([text.tokens for text in wanted + avoided])
        mask = torch.stack([text.mask for text in wanted + avoided])
        dropped = torch.tensor([False] * n + [not request.negative_prompt for request in requests], device=self.device)

        def velocity(latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
            twice = self.model.transformer(latents.repeat(2, 1, 1, 1), time.repeat(2), tokens, mask, dropped)
            conditional, unconditional = twice.chunk(2)
            return guided(conditional, unconditional, first.guidance_scale)

        def seen(step: int, latents: torch.Tensor) -> None:
            if watch is not None:
                watch(step, lambda: self._decode(latents))

        steered: Velocity = velocity
        if self._guide is not None and "clip_guidance" in first.settings:
            prompts = [request.prompt_sent for request in requests]
            scale = float(first.settings["clip_guidance"]["scale"])
            steered = guided_by_pairing(velocity, self.model.pictures, self._guide, prompts, scale)
        sampler = SAMPLERS[first.settings.get("sampler", "euler")]
        noise = self._noise([request.seed for request in requests])
        return self._decode(sampler(steered, noise, first.num_inference_steps, unseen if watch is None else seen))

    def _noise(self, seeds: list[int]) -> torch.Tensor:
        """Return unit noise (n, channels, grid, grid), each picture's from its own stream, drawn on the CPU."""
        config = self.model.transformer.config
        shape = (config.channels, config.grid, config.grid)
        return torch.stack([torch.randn(shape, generator=random_stream(seed)) for seed in seeds]).to(self.device)

    def _decode(self, latents: torch.Tensor) -> NDArray[np.uint8]:
        pixels: NDArray[np.uint8] = self.model.decode(latents).cpu().numpy()
        return pixels

    def _encode(self, texts: list[str]) -> list[_Text]:
        length = self.model.transformer.config.text_tokens
        encoded = self._text_encoder.encode(texts, length=length)
        tokens, mask = torch.from_numpy(encoded.tokens).to(self.device), torch.from_numpy(encoded.mask).to(self.device)
        counts = self._text_encoder.count_tokens(texts)
        return [_Text(*one) for one in zip(tokens, mask, [count > length for count in counts], strict=True)]
