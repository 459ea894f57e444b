"""How a diffusion pipeline was trained: how much noise at each time, and what its network says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch

from toolkit.errors import ModelError

Prediction = Literal["epsilon", "v_prediction", "sample"]


@dataclass(frozen=True)
class NoiseSchedule:
    """The share of signal in the variance, `signal` float32 (times,), and what the network `predicts`.

    A picture x at time t is sqrt(signal[t]) x + sqrt(1 - signal[t]) noise (DDPM, arXiv 2006.11239, eq. 4).
    """

    signal: torch.Tensor
    predicts: Prediction

    def noised(self, latents: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Return `latents` (n, ...) with as much of `noise` as there is at `time` int64 (n,)."""
        kept, added = self._scales(time, latents)
        return kept * latents + added * noise

    def target(self, latents: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Return what the network should say: the noise, the picture, or the velocity (arXiv 2202.00512, app. D)."""
        if self.predicts == "epsilon":
            return noise
        if self.predicts == "sample":
            return latents
        kept, added = self._scales(time, latents)
        return kept * noise - added * latents

    def min_snr_weight(self, time: torch.Tensor, gamma: float) -> torch.Tensor:
        """Return the weight (n,) of the squared error at `time` that caps the signal-to-noise ratio at `gamma`.

        Min-SNR-gamma (arXiv 2303.09556, 3.4 and table 1): min(snr, gamma) / snr for the noise, / (snr + 1) for the
        velocity, / 1 for the picture.
        """
        signal = self.signal.to(time.device)[time].double()
        ratio = signal / (1 - signal)
        capped = ratio.clamp(max=gamma)
        if self.predicts == "epsilon":  # where no signal is left at all, its limit
            return torch.where(ratio > 0, capped / ratio.clamp(min=1e-30), 1.0).float()
        return (capped / (ratio + 1) if self.predicts == "v_prediction" else capped).float()

    def _scales(self, time: torch.Tensor, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        signal = self.signal.to(time.device)[time].view(-1, *([1] * (like.ndim - 1)))
        return signal.sqrt(), (1 - signal).sqrt()


def noise_schedule(scheduler: Any) -> NoiseSchedule:
    """Return the noise schedule behind a diffusers `scheduler`, whatever sampler it is.

    Raises ModelError for schedulers of another kind, such as flow matching.
    """
    name, predicts = type(scheduler).__name__, scheduler.config.get("prediction_type", "epsilon")
    flows = name.startswith("Flow") or scheduler.config.get("use_flow_sigmas")
    if flows or predicts not in get_args(Prediction) or not hasattr(scheduler, "alphas_cumprod"):
        raise ModelError(
            f"the pipeline's scheduler is a {name} that predicts {'a flow' if flows else repr(predicts)}; a pipeline "
            f"can be trained on where it is a diffusion of {', '.join(get_args(Prediction))} in steps of a fixed "
            "schedule, such as Stable Diffusion 1.x, 2.x, XL and PixArt"
        )
    return NoiseSchedule(scheduler.alphas_cumprod.clone().float(), predicts)
