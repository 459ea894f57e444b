from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from toolkit.models.autoencoder import Autoencoder, AutoencoderConfig
from toolkit.train.objectives import contrastive, reconstruction, sigmoid


def test_contrastive_is_open_clips_loss_where_no_caption_repeats() -> None:
    from toolkit.models import torchvision_ops

    torchvision_ops.ensure()
    from open_clip.loss import ClipLoss

    stream = torch.Generator().manual_seed(0)
    image, text = (F.normalize(torch.randn(9, 5, generator=stream), dim=-1) for _ in range(2))
    scale = torch.tensor(7.0)
    ours = contrastive(image, text, scale, torch.arange(9))
    assert ours.item() == pytest.approx(ClipLoss()(image, text, scale).item(), abs=1e-5)


def test_sigmoid_is_open_clips_loss_where_no_caption_repeats() -> None:
    from toolkit.models import torchvision_ops

    torchvision_ops.ensure()
    from open_clip.loss import SigLipLoss

    stream = torch.Generator().manual_seed(0)
    image, text = (F.normalize(torch.randn(9, 5, generator=stream), dim=-1) for _ in range(2))
    scale, bias = torch.tensor(7.0), torch.tensor(-3.0)
    ours = sigmoid(image, text, scale, bias, torch.arange(9))
    assert ours.item() == pytest.approx(SigLipLoss()(image, text, scale, bias).item(), abs=1e-5)
    assert sigmoid(image, text, scale, bias, torch.zeros(9, dtype=torch.long)) > ours  # now all are right answers


def test_pairs_with_one_caption_are_not_set_against_each_other() -> None:
    vectors = F.normalize(torch.eye(3), dim=-1)[[0, 0, 1, 2]]
    captions = torch.tensor([0, 0, 1, 2])
    fair = contrastive(vectors, vectors, torch.tensor(100.0), captions)
    unfair = contrastive(vectors, vectors, torch.tensor(100.0), torch.arange(4))
    assert fair.item() == pytest.approx(
        0.5 * torch.log(torch.tensor(2.0)).item(), abs=1e-4
    )  # the entropy of the target
    assert unfair > fair - 1e-6


def test_reconstruction_counts_what_differs_and_how_far_latents_stray() -> None:
    torch.manual_seed(0)
    network = Autoencoder(AutoencoderConfig(image_size=16, width=8, latent_channels=2))
    pictures = torch.rand(2, 3, 16, 16) * 2 - 1
    noise = torch.zeros(2, 2, 2, 2)
    free = reconstruction(network, pictures, noise, kl_weight=0.0)
    with torch.no_grad():
        decoded = network.decode(network.encode(pictures)[0])
        pooled = F.mse_loss(F.avg_pool2d(decoded, 4), F.avg_pool2d(pictures, 4))
        expected = (decoded - pictures).abs().mean() + 0.25 * pooled
    assert free.item() == pytest.approx(expected.item(), abs=1e-6)
    assert reconstruction(network, pictures, noise, kl_weight=1.0) > free
