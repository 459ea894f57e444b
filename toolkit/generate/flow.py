"""The latent and the pixel family: flow models that `tain train` writes, `zoo:latent` among them."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.generate.attribute_directions import check_guidance
from toolkit.generate.capabilities import TRUNCATED, Watch
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.generate.guidance import PairingGuide, guided_by_pairing
from toolkit.generate.prompts import EncodedPrompts, check_size, in_batches
from toolkit.generate.sampler import SAMPLERS, Velocity, guided, unseen
from toolkit.models.flow import FlowModel, interpolate
from toolkit.models.pairing import PairingNetwork
from toolkit.models.picture_range import to_unit
from toolkit.models.text_encoder import TextEncoder
from toolkit.models.weights import fingerprint
from toolkit.seeds import random_stream

BATCH_SIZES = {"cpu": 32, "cuda": 512}  # unless memory runs out and halves it
SETTINGS = ("attribute_guidance", "clip_guidance", "sampler")


class FlowGenerator:
    """Paints with a `FlowModel`: noise from each request's own stream, Euler steps, guidance, one decode."""

    dtype = "float32"

    def __init__(self, model: FlowModel, text_encoder: TextEncoder, name: str, device: str = "cpu") -> None:
        self.model = model.to(device)
        self.name = name
        self.device = device
        self.texts = EncodedPrompts(text_encoder, model.transformer.config.text_tokens, device)
        self._guide: PairingGuide | None = None
        self.fingerprint = fingerprint(model, **model.config)
        side, batch = model.image_size, BATCH_SIZES.get(torch.device(device).type, 32)
        self.defaults = Defaults(num_inference_steps=20, guidance_scale=4.0, width=side, height=side, batch_size=batch)

    def with_guide(self, network: PairingNetwork) -> FlowGenerator:
        """Return this generator, guided by `network` where a request's settings ask for `clip_guidance`."""
        other = copy.copy(self)
        other._guide = PairingGuide(network)
        return other

    def check(self, requests: Sequence[Request]) -> None:
        """Raise ModelError for a size or a setting that this family cannot paint."""
        check_guidance(requests)
        for request in requests:
            check_size(request, self.defaults, self.model.config["family"])
            settings = request.settings
            for name in sorted(set(settings) - set(SETTINGS)):
                family = self.model.config["family"]
                raise ModelError(f"the {family} family takes no setting {name!r}; it takes {', '.join(SETTINGS)}")
            if settings.get("sampler", "euler") not in SAMPLERS:
                raise ModelError(f"no sampler is called {settings['sampler']!r}; expected {', '.join(SAMPLERS)}")
            if "clip_guidance" in settings and self._guide is None:
                raise ModelError("clip_guidance needs a pairing network; give the generator one with `with_guide`")

    def encode_ahead(self, requests: Sequence[Request]) -> None:
        """Encode the distinct texts of `requests` that are not encoded yet."""
        self.texts.encode_ahead(requests)

    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`."""
        self.check(requests)
        self.encode_ahead(requests)
        painted: list[Painted] = []
        for batch, count in in_batches(requests, batch_size):
            painted += self._paint(batch, None)[:count]
        return painted

    def generate_watched(self, requests: Sequence[Request], *, batch_size: int, watch: Watch) -> list[Painted]:
        """Return one picture a request and let `watch` see the points on their way, decoded; see `ShowsItsPath`."""
        self.check(requests)
        ((batch, count),) = in_batches(requests, batch_size)
        return self._paint(batch, watch)[:count]

    @torch.inference_mode()
    def noise(self, pixels: NDArray[np.uint8], *, seed: int, times: Sequence[float]) -> NDArray[np.uint8]:
        """Return a picture (side, side, 3) at `times` of its way to noise, decoded; see `ShowsItsPath`."""
        picture = to_unit(pixels.copy()).permute(2, 0, 1)[None].to(self.device)
        points = self.model.encode(picture).expand(len(times), -1, -1, -1)
        return self._decode(
            interpolate(points, self._noise([seed] * len(times)), torch.tensor(list(times), device=self.device))
        )

    @torch.inference_mode()
    def _paint(self, requests: list[Request], watch: Watch | None) -> list[Painted]:
        first, texts = requests[0], self.texts.conditions(requests)

        def velocity(latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
            twice = self.model.velocity(latents.repeat(2, 1, 1, 1), time.repeat(2), *texts)
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
        pixels = self._decode(sampler(steered, noise, first.num_inference_steps, unseen if watch is None else seen))
        cut = self.texts.truncated(requests)
        return [Painted(one, (TRUNCATED,) if short else ()) for one, short in zip(pixels, cut, strict=True)]

    def _noise(self, seeds: list[int]) -> torch.Tensor:
        """Return unit noise (n, *noise_shape), each picture's from its own stream, drawn on the CPU."""
        shape = self.model.noise_shape
        return torch.stack([torch.randn(shape, generator=random_stream(seed)) for seed in seeds]).to(self.device)

    def _decode(self, points: torch.Tensor) -> NDArray[np.uint8]:
        pixels: NDArray[np.uint8] = self.model.decode(points).cpu().numpy()
        return pixels
