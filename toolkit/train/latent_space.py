"""The latents of a pipeline's autoencoder, scaled as its denoiser reads them. Always in single precision: in half,
some autoencoders overflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True)
class LatentSpace:
    """`vae` with its `channels`, and the `factor` by which pictures are larger than latents."""

    vae: Any
    channels: int
    factor: int

    @torch.no_grad()
    def encode(self, pixels: NDArray[np.uint8]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and deviation of the latents of `pixels` (n, side, side, 3), float32 (n, channels, h, w) each;
        of an autoencoder that is certain, a deviation of 0."""
        pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(self.vae.device).float() / 127.5 - 1
        encoded = self.vae.encode(pictures)
        offset, scale = self._frame()
        if not hasattr(encoded, "latent_dist"):
            mean = (encoded.latents - offset) * scale
            return mean, torch.zeros_like(mean)
        return (encoded.latent_dist.mean - offset) * scale, encoded.latent_dist.std * scale

    @torch.no_grad()
    def decode(self, latents: torch.Tensor) -> NDArray[np.uint8]:
        """Return the pictures of scaled `latents` (n, channels, h, w), uint8 (n, side, side, 3)."""
        offset, scale = self._frame()
        decoded = self.vae.decode(latents.float() / scale + offset, return_dict=False)[0]
        pixels = ((decoded + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        decoded_pixels: NDArray[np.uint8] = pixels.permute(0, 2, 3, 1).cpu().numpy()
        return decoded_pixels

    def _frame(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what is taken from raw latents, and what the rest is multiplied by."""
        settings, device = self.vae.config, self.vae.device

        def tensor(value: Any) -> torch.Tensor:
            return torch.tensor(value, dtype=torch.float32, device=device).view(1, -1, 1, 1)

        offset = settings.get("latents_mean") or settings.get("shift_factor") or 0.0
        return tensor(offset), tensor(settings.scaling_factor) / tensor(settings.get("latents_std") or 1.0)
