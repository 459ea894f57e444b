"""Any diffusers text-to-image pipeline: a folder that diffusers saved, or a hub id."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.generate import pipeline_latents
from toolkit.generate.adapters import add_adapters
from toolkit.generate.attribute_directions import check_guidance
from toolkit.generate.capabilities import TRUNCATED, Watch
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.generate.pipeline_texts import PipelineTexts
from toolkit.generate.schedulers import make_scheduler
from toolkit.generate.settings import Adapter
from toolkit.generate.steering import SETTING
from toolkit.models.pipeline_files import one_line, open_pipeline, pipeline_fingerprint
from toolkit.seeds import random_stream

STEPS = 30
BATCH_PIXELS = {"cpu": 4 * 512 * 512, "cuda": 32 * 512 * 512}  # in a batch, unless memory runs out and halves it
LARGEST_BATCH = 64
OUR_SETTINGS = {"scheduler", "adapters", SETTING}  # the others are arguments of the pipeline's call
OUR_ARGUMENTS = {
    "prompt", "negative_prompt", "num_inference_steps", "guidance_scale", "width", "height", "generator", "latents",
    "output_type", "return_dict", "num_images_per_prompt", "callback", "callback_steps", "callback_on_step_end",
}  # fmt: skip


class PipelineGenerator:
    """Paints with a diffusers pipeline. Noise is drawn on the CPU from one stream a request, whatever the device."""

    def __init__(self, pipeline: Any, device: str, name: str) -> None:
        self._pipeline = pipeline
        self._pristine = pipeline.scheduler  # the pipeline's own; each call gets a new one, without state
        self.texts = PipelineTexts(pipeline)
        self.name = name
        self.device = device
        self._call = inspect.signature(pipeline.__call__).parameters
        self._accepted = set(self._call) - {"self", "args", "kwargs"}
        self.fingerprint = pipeline_fingerprint(pipeline)
        self.dtype = str(pipeline.dtype).removeprefix("torch.")
        scale, width, height = self._made_for()
        pixels = BATCH_PIXELS.get(device.partition(":")[0], BATCH_PIXELS["cpu"])
        batch = 2 ** int(math.log2(max(1, min(LARGEST_BATCH, pixels // (width * height)))))
        self.defaults = Defaults(self._default("num_inference_steps", STEPS), scale, width, height, batch)

    def check(self, requests: Sequence[Request]) -> None:
        """Raise ModelError for a size, a scheduler or a setting that this pipeline cannot paint with."""
        step = self._size_step()
        for width, height in {(request.width, request.height) for request in requests}:
            if width % step or height % step:
                kind, found = type(self._pipeline).__name__, f"{width} x {height}"
                raise ModelError(f"{kind} paints sizes that {step} divides; {found} was asked for")
        check_guidance(requests)
        for settings in {repr(request.settings): request.settings for request in requests}.values():
            for name in sorted(set(settings) - OUR_SETTINGS - (self._accepted - OUR_ARGUMENTS)):
                known = sorted(OUR_SETTINGS | (self._accepted - OUR_ARGUMENTS))
                raise ModelError(f"{type(self._pipeline).__name__} takes no setting {name!r}; it takes {known}")
            if "scheduler" in settings:
                make_scheduler(self._pristine, settings["scheduler"])

    def encode_ahead(self, requests: Sequence[Request]) -> None:
        """Encode the distinct prompts of `requests` that are not encoded yet."""
        self.texts.arguments(requests)

    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`."""
        if not requests:
            return []
        self.check(requests)
        self.encode_ahead(requests)
        painted: list[Painted] = []
        for start in range(0, len(requests), batch_size):
            painted += self._generate(requests[start : start + batch_size], batch_size, {})
        return painted

    def generate_watched(self, requests: Sequence[Request], *, batch_size: int, watch: Watch) -> list[Painted]:
        """Return one picture a request and let `watch` see the latents, decoded; see `ShowsItsPath`."""
        self.check(requests)
        pipeline_latents.check_shows_path(self._pipeline, self._accepted)
        first = requests[0]
        self._set_scheduler(first)
        seeds = [request.seed for request in _padded(requests, batch_size)]
        noise = pipeline_latents.first_latents(
            self._pipeline, seeds, first.width, first.height, first.num_inference_steps
        )
        watch(0, lambda: pipeline_latents.decode(self._pipeline, noise))
        shown = pipeline_latents.callback_arguments(self._pipeline, self._accepted, watch)
        return self._generate(requests, batch_size, shown)

    def noise(self, pixels: NDArray[np.uint8], *, seed: int, times: Sequence[float]) -> NDArray[np.uint8]:
        """Return a picture at `times` of its way to noise, decoded; see `ShowsItsPath`."""
        pipeline_latents.check_shows_path(self._pipeline, self._accepted)
        return pipeline_latents.noised(self._pipeline, pixels, seed, times)

    def _generate(self, requests: Sequence[Request], batch_size: int, more: dict[str, Any]) -> list[Painted]:
        padded, first = _padded(requests, batch_size), requests[0]
        arguments: dict[str, Any] = {
            "num_inference_steps": first.num_inference_steps,
            "guidance_scale": first.guidance_scale,
            "width": first.width,
            "height": first.height,
            "generator": [random_stream(request.seed) for request in padded],
            "output_type": "np",
            "use_resolution_binning": False,  # the size that was asked for, not the nearest one of a list
        }
        arguments |= self.texts.arguments(padded)
        arguments |= {name: value for name, value in first.settings.items() if name not in OUR_SETTINGS} | more
        self._set_scheduler(first)
        try:
            result = self._pipeline(**{name: one for name, one in arguments.items() if name in self._accepted})
        except (ValueError, TypeError) as error:  # what it was asked for is wrong; failures of a picture are others
            raise ModelError(f"the pipeline could not paint: {one_line(error)}") from error
        pixels = (np.asarray(result.images) * 255).round().clip(0, 255).astype(np.uint8)[: len(requests)]
        unsafe = getattr(result, "nsfw_content_detected", None) or [False] * len(padded)
        cut = self.texts.truncated([request.prompt_sent for request in requests], first.settings)
        return [
            Painted(one, tuple(flag for flag, is_set in (("nsfw", nsfw), (TRUNCATED, short)) if is_set))
            for one, nsfw, short in zip(pixels, unsafe, cut, strict=False)
        ]

    def _set_scheduler(self, request: Request) -> None:
        asked = request.settings.get("scheduler", type(self._pristine).__name__)
        self._pipeline.scheduler = make_scheduler(self._pristine, asked)

    def _default(self, name: str, otherwise: int) -> int:
        """Return the default of an argument of the pipeline's call, where it has a number for one."""
        found = self._call[name].default if name in self._call else None
        return found if isinstance(found, int) else otherwise

    def _made_for(self) -> tuple[float, int, int]:
        guidance = self._call.get("guidance_scale")
        scale = 0.0 if guidance is None or guidance.default is None else float(guidance.default)
        denoiser = getattr(self._pipeline, "unet", None) or getattr(self._pipeline, "transformer", None)
        size = getattr(getattr(denoiser, "config", None), "sample_size", None)
        size = size or getattr(self._pipeline, "default_sample_size", None) or 64
        height, width = (size, size) if isinstance(size, int) else size
        factor = int(getattr(self._pipeline, "vae_scale_factor", 1))
        return scale, int(width) * factor, int(height) * factor

    def _size_step(self) -> int:
        """Return what every side must be a multiple of: what the autoencoder and the patches of a transformer take."""
        transformer = getattr(self._pipeline, "transformer", None)
        patch = getattr(getattr(transformer, "config", None), "patch_size", None) or 1
        return max(8, int(getattr(self._pipeline, "vae_scale_factor", 1))) * int(patch)


def _padded(requests: Sequence[Request], batch_size: int) -> list[Request]:
    return [*requests, *[requests[-1]] * (batch_size - len(requests))]


def load_pipeline(
    name: str,
    *,
    device: str = "cpu",
    dtype: str = "float32",
    adapters: Sequence[Adapter] = (),
    allow_pickle: bool = False,
) -> PipelineGenerator:
    """Return the diffusers pipeline in folder or hub repository `name`, with `adapters` merged into its weights.

    Raises ModelError where there is none, its weights are missing or misshapen, or they are pickles that were not
    allowed.
    """
    pipeline = open_pipeline(name, dtype=dtype, allow_pickle=allow_pickle)
    add_adapters(pipeline, adapters, allow_pickle=allow_pickle)
    return PipelineGenerator(pipeline.to(device), device, name)
