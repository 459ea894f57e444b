"""Guidance by the pairing network: each step is bent towards what looks like the prompt to it.

Classifier guidance of a deterministic sampler (Dhariwal and Nichol, arXiv 2105.05233, algorithm 2), with CLIP as the
classifier (Nichol et al., GLIDE, arXiv 2112.10741, section 2.4). The network never saw noise, so that it looks at the
prediction of the clean picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F

from toolkit.generate.recent_results import RecentResults
from toolkit.generate.sampler import Velocity
from toolkit.models.pairing import PairingNetwork

KEPT_TEXTS = 4096
LARGEST_RATIO = 1.0  # of noise to picture: beyond it the prediction shows little, and its weight would be without bound


class PairingGuide:
    """Says how the pictures of a batch must change to look more like their prompts to `network`."""

    def __init__(self, network: PairingNetwork) -> None:
        self._network = network
        self._texts: RecentResults[torch.Tensor] = RecentResults(self._embed, KEPT_TEXTS)

    def gradient(
        self, latents: torch.Tensor, pictures: Callable[[torch.Tensor], torch.Tensor], prompts: Sequence[str]
    ) -> torch.Tensor:
        """Return the gradient of each picture's logit for its prompt, shaped as `latents`.

        `pictures` turns latents into float32 pictures (n, 3, side, side) in [-1, 1], and gradients flow through it. The
        logit is the cosine similarity times the learned scale of the network.
        """
        texts = torch.stack(self._texts.get(prompts)).to(latents.device)
        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = latents.detach().clone().requires_grad_()
            logits = (self._embed_pictures(pictures(leaf)) * texts.clone()).sum(1) * self._network.logit_scale
            (found,) = torch.autograd.grad(logits.sum(), leaf)
        return found

    def _embed_pictures(self, pictures: torch.Tensor) -> torch.Tensor:
        side, preprocess = self._network.image_size, self._network.config["preprocess_cfg"]
        if pictures.shape[-1] != side:
            pictures = F.interpolate(pictures, size=(side, side), mode="bicubic", antialias=True)
        mean, deviation = (torch.tensor(preprocess[key], device=pictures.device) for key in ("mean", "std"))
        shown = ((pictures.clamp(-1, 1) + 1) / 2 - mean.view(1, 3, 1, 1)) / deviation.view(1, 3, 1, 1)
        return self._network.network.encode_image(shown, normalize=True)  # type: ignore[no-any-return]

    def _embed(self, texts: list[str]) -> list[torch.Tensor]:
        return list(torch.from_numpy(self._network.embed_texts(texts)))


def guided_by_pairing(
    velocity: Velocity,
    pictures: Callable[[torch.Tensor], torch.Tensor],
    guide: PairingGuide,
    prompts: Sequence[str],
    scale: float,
) -> Velocity:
    """Return `velocity`, bent so that pictures look more like `prompts` to `guide`; a `scale` of 0 changes nothing.

    On the straight path x = (1 - t) picture + t noise a classifier whose logit has the gradient g in x bends the
    velocity by -t / (1 - t) g. Here g is taken at the predicted picture x - t v, its dependence on v left out: the same
    similarity for less change of the picture, and a third less time. The ratio is held at `LARGEST_RATIO`.
    """

    def steered(latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        plain = velocity(latents, time)
        t = time.view(-1, *([1] * (latents.dim() - 1)))
        ratio = (t / (1 - t)).clamp(max=LARGEST_RATIO)
        return plain - scale * ratio * guide.gradient(latents - t * plain, pictures, prompts)

    return steered
