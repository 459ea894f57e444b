"""What each network is trained to make small. Tensors in, one scalar out."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from toolkit.models.autoencoder import Autoencoder
from toolkit.models.flow import interpolate, velocity
from toolkit.models.transformer import Transformer
from toolkit.train.draw import Draw


def contrastive(
    image: torch.Tensor, text: torch.Tensor, logit_scale: torch.Tensor, caption_index: torch.Tensor
) -> torch.Tensor:
    """Return the symmetric contrastive loss of unit vectors `image` and `text` (n, d) (CLIP, arXiv 2103.00020, fig. 3).

    Pairs of one batch that share a caption (equal `caption_index`) are all right answers, with equal shares: several
    vendors draw the same concept, and none of them is wrong.
    """
    logits = logit_scale * image @ text.T
    target = (caption_index[:, None] == caption_index[None, :]).float()
    target = target / target.sum(1, keepdim=True)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def sigmoid(
    image: torch.Tensor,
    text: torch.Tensor,
    logit_scale: torch.Tensor,
    logit_bias: torch.Tensor,
    caption_index: torch.Tensor,
) -> torch.Tensor:
    """Return the pairwise sigmoid loss of unit vectors `image` and `text` (n, d) (SigLIP, arXiv 2303.15343, alg. 1).

    Each picture with each text of the batch is a yes-or-no question; yes where they share a caption.
    """
    logits = logit_scale * image @ text.T + logit_bias
    answers = torch.where(caption_index[:, None] == caption_index[None, :], 1.0, -1.0)
    return -F.logsigmoid(answers * logits).sum() / len(image)


def reconstruction(network: Autoencoder, pictures: torch.Tensor, noise: torch.Tensor, kl_weight: float) -> torch.Tensor:
    """Return L1 + 0.25 MSE of 4-pixel means + `kl_weight` x KL of `pictures` in [-1, 1] (arXiv 2112.10752, 3.1).

    `noise` is shaped as the latents. The second term keeps large areas at their true colour, skin among them.
    """
    mean, log_variance = network.encode(pictures)
    decoded = network.decode(mean + noise * torch.exp(0.5 * log_variance))
    kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
    pooled = F.mse_loss(F.avg_pool2d(decoded, 4), F.avg_pool2d(pictures, 4))
    return F.l1_loss(decoded, pictures) + 0.25 * pooled + kl_weight * kl


def flow_matching(
    network: Transformer,
    latents: torch.Tensor,
    tokens: torch.Tensor,
    mask: torch.Tensor,
    *,
    caption_dropout: float,
    draw: Draw,
) -> torch.Tensor:
    """Return the squared error of the predicted velocity (arXiv 2210.02747), at logit-normal times (arXiv 2403.03206).

    A share `caption_dropout` of the texts is replaced by the learned empty one.
    """
    time = torch.sigmoid(draw.normal())
    noise = draw.normal(*latents.shape[1:])
    dropped = draw.uniform() < caption_dropout
    predicted = network(interpolate(latents, noise, time), time, tokens, mask, dropped)
    return F.mse_loss(predicted, velocity(latents, noise))
