"""What each network is trained to make small. Tensors in, one scalar out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from toolkit.models.autoencoder import Autoencoder
from toolkit.models.diffusion import Prediction
from toolkit.models.flow import interpolate, velocity
from toolkit.models.gpt import GPT
from toolkit.models.transformer import Transformer
from toolkit.train.draw import Draw

LEAST_TIME = 0.05  # bounds the weight of nearly clean pictures (arXiv 2511.13720)


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
    return unlikeness(decoded, pictures) + kl_weight * kl


def unlikeness(decoded: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
    """Return L1 + 0.25 MSE of 4-pixel means between pictures in [-1, 1]: what a decoder has lost."""
    pooled = F.mse_loss(F.avg_pool2d(decoded, 4), F.avg_pool2d(pictures, 4))
    return F.l1_loss(decoded, pictures) + 0.25 * pooled


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


def clean_flow_matching(
    network: Transformer,
    pictures: torch.Tensor,
    tokens: torch.Tensor,
    mask: torch.Tensor,
    *,
    caption_dropout: float,
    draw: Draw,
) -> torch.Tensor:
    """Return the squared error of the velocity implied by the predicted clean picture (JiT, arXiv 2511.13720, table 1).

    The implied velocity is (point - prediction) / time, so this is the error of the picture over the square of the
    time, which is taken for at least `LEAST_TIME`. Times are sigmoid(N(0.8, 0.8)): nearer to the noise, where what a
    picture shows is decided. A share `caption_dropout` of the texts is replaced by the learned empty one.
    """
    time = torch.sigmoid(0.8 + 0.8 * draw.normal())
    noise = draw.normal(*pictures.shape[1:])
    dropped = draw.uniform() < caption_dropout
    predicted = network(interpolate(pictures, noise, time), time, tokens, mask, dropped)
    errors = F.mse_loss(predicted, pictures, reduction="none").mean((1, 2, 3))
    return (errors / time.clamp(min=LEAST_TIME).square()).mean()


def next_token(
    network: GPT,
    codes: torch.Tensor,
    tokens: torch.Tensor,
    mask: torch.Tensor,
    *,
    caption_dropout: float,
    draw: Draw,
) -> torch.Tensor:
    """Return the mean cross-entropy, in nats, of each of `codes` (n, length) given those before it and the text.

    A share `caption_dropout` of the texts is replaced by the learned empty one, for guidance.
    """
    dropped = draw.uniform() < caption_dropout
    logits = network(codes, tokens, mask, dropped)
    return F.cross_entropy(logits.flatten(0, 1).float(), codes.flatten())


def denoising(
    network: nn.Module,
    latents: torch.Tensor,
    tokens: torch.Tensor,
    kept: torch.Tensor,
    *,
    prediction: Prediction,
    gamma: float,
    draw: Draw,
) -> torch.Tensor:
    """Return the squared error of the predicted noise, or v, at random steps (arXiv 2006.11239, 2202.00512).

    `kept` (steps,) is the share of the latents' variance that is left after each step, diffusers' `alphas_cumprod`. The
    errors are weighted by `min_snr_weight`.
    """
    steps = draw.integers(0, len(kept))
    noise = draw.normal(*latents.shape[1:])
    share = kept[steps].view(-1, 1, 1, 1)
    noisy = share.sqrt() * latents + (1 - share).sqrt() * noise
    target = noise if prediction == "epsilon" else share.sqrt() * noise - (1 - share).sqrt() * latents
    predicted = network(noisy, steps, encoder_hidden_states=tokens).sample
    errors = F.mse_loss(predicted, target, reduction="none").mean((1, 2, 3))
    return (min_snr_weight(kept[steps], prediction, gamma) * errors).mean()


def min_snr_weight(kept: torch.Tensor, prediction: Prediction, gamma: float) -> torch.Tensor:
    """Return the weight of errors where a share `kept` (n,) of the variance is left (min-SNR, arXiv 2303.09556, 3.4).

    Signal-to-noise ratios count up to `gamma`, so that nearly clean latents do not drown the rest: min(snr, gamma) of
    the error of the latents is, of the noise, min(snr, gamma) / snr and, of v, min(snr, gamma) / (snr + 1).
    """
    ratio = kept / (1 - kept)
    return ratio.clamp(max=gamma) / (ratio if prediction == "epsilon" else ratio + 1)
