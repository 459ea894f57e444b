"""The latents of a diffusers pipeline as pictures, pictures as latents, and the noise that a call starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.generate.capabilities import Watch
from toolkit.seeds import random_stream


def check_shows_path(pipeline: Any, accepted: set[str]) -> None:
    """Raise ModelError where `pipeline`, whose call takes `accepted`, cannot show what its state looks like."""
    if not accepted & {"callback_on_step_end", "callback"} or getattr(pipeline, "vae", None) is None:
        raise ModelError(f"{type(pipeline).__name__} shows none of its steps; paint without --path-every")


def callback_arguments(pipeline: Any, accepted: set[str], watch: Watch) -> dict[str, Any]:
    """Return the arguments of a call that make `pipeline` show its state to `watch` before each step but the first."""

    def seen(step: int, latents: torch.Tensor) -> None:
        if step + 1 < len(pipeline.scheduler.timesteps):  # what follows the last step is the picture itself
            watch(step + 1, lambda: decode(pipeline, latents))

    def at_end(_: Any, step: int, __: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        seen(step, tensors["latents"])
        return {}

    if "callback_on_step_end" in accepted:
        return {"callback_on_step_end": at_end}
    return {"callback": lambda step, _, latents: seen(step, latents)}


@torch.inference_mode()
def first_latents(pipeline: Any, seeds: Sequence[int], width: int, height: int, steps: int) -> torch.Tensor:
    """Return the noise that a call for a picture of each of `seeds` starts from, as the call itself draws it."""
    pipeline.scheduler.set_timesteps(steps, device=pipeline._execution_device)
    denoiser = getattr(pipeline, "unet", None) or pipeline.transformer
    noise: torch.Tensor = pipeline.prepare_latents(
        len(seeds), denoiser.config.in_channels, height, width, denoiser.dtype, pipeline._execution_device,
        [random_stream(seed) for seed in seeds],
    )  # fmt: skip
    return noise


@torch.inference_mode()
def decode(pipeline: Any, latents: torch.Tensor) -> NDArray[np.uint8]:
    """Return `latents` (n, channels, h, w) of `pipeline` as pictures, uint8 (n, height, width, 3).

    Noise is brought to the scale that the decoder knows. Raises ModelError for latents of another form.
    """
    if latents.ndim != 4:
        raise ModelError(f"{type(pipeline).__name__} keeps its latents packed, and cannot show them")
    spread = latents.flatten(1).std(1).clamp(min=1).view(-1, 1, 1, 1)  # some schedulers start from noise of scale 15
    mean, deviation = _scale(pipeline.vae, latents)
    pictures = pipeline.vae.decode((latents / spread * deviation + mean).to(pipeline.vae.dtype), return_dict=False)[0]
    shown = ((pictures.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    pixels: NDArray[np.uint8] = shown.permute(0, 2, 3, 1).cpu().numpy()
    return pixels


@torch.inference_mode()
def noised(pipeline: Any, pixels: NDArray[np.uint8], seed: int, times: Sequence[float]) -> NDArray[np.uint8]:
    """Return a picture, uint8 (height, width, 3), at `times` in [0, 1] of the way to noise that the scheduler knows."""
    vae, scheduler = pipeline.vae, pipeline.scheduler
    picture = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].to(vae.device, vae.dtype) / 127.5 - 1
    found = vae.encode(picture)
    latents = found.latent_dist.mode() if hasattr(found, "latent_dist") else found.latent
    mean, deviation = _scale(vae, latents)
    clean = ((latents - mean) / deviation).float().expand(len(times), -1, -1, -1)
    noise = torch.randn(clean.shape[1:], generator=random_stream(seed)).to(clean.device).expand_as(clean)
    if hasattr(scheduler, "scale_noise"):  # flow matching: straight lines
        share = torch.tensor(list(times), device=clean.device).view(-1, 1, 1, 1)
        return decode(pipeline, (1 - share) * clean + share * noise)
    last = int(scheduler.config.num_train_timesteps) - 1
    shares = torch.tensor([round(time * last) for time in times])
    signal = scheduler.alphas_cumprod.to(clean.device)[shares].view(-1, 1, 1, 1)
    untouched = torch.tensor([time == 0 for time in times], device=clean.device).view(-1, 1, 1, 1)
    return decode(pipeline, torch.where(untouched, clean, signal.sqrt() * clean + (1 - signal).sqrt() * noise))


def _scale(vae: Any, latents: torch.Tensor) -> tuple[Any, Any]:
    """Return mean and deviation that bring latents of unit scale to those of `vae`."""
    config = vae.config
    mean, deviation = getattr(config, "latents_mean", None), getattr(config, "latents_std", None)
    if mean is not None and deviation is not None:
        shape = (1, -1, 1, 1)
        mean, deviation = (torch.tensor(one).view(shape).to(latents.device, latents.dtype) for one in (mean, deviation))
        return mean, deviation / config.scaling_factor
    return getattr(config, "shift_factor", None) or 0.0, 1 / config.scaling_factor
