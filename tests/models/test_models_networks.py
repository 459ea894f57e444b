from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from toolkit.errors import ModelError
from toolkit.models import weights
from toolkit.models.autoencoder import Autoencoder, AutoencoderConfig
from toolkit.models.flow import interpolate, velocity
from toolkit.models.latent import load_latent
from toolkit.models.transformer import Transformer, TransformerConfig


def test_torchvision_and_open_clip_import_after_the_mend() -> None:
    code = (
        "from toolkit.models import torchvision_ops as t; how = t.ensure(); import torchvision, open_clip; "
        "assert how in ('native', 'mended'), how; assert t.ensure() == how; print(how)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_autoencoder_shapes_follow_the_configuration() -> None:
    network = Autoencoder(AutoencoderConfig(image_size=32, width=8, latent_channels=4))
    mean, log_variance = network.encode(torch.zeros(2, 3, 32, 32))
    assert mean.shape == log_variance.shape == (2, 4, 4, 4)
    assert network.decode(mean).shape == (2, 3, 32, 32)


def test_transformer_ignores_padding_tokens_and_dropped_texts() -> None:
    torch.manual_seed(0)
    config = TransformerConfig(width=16, layers=2, heads=2, text_tokens=6)
    network = Transformer(config).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    latents, time = torch.randn(2, 8, 8, 8), torch.tensor([0.3, 0.7])
    tokens, mask = torch.randn(2, 6, 384), torch.tensor([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=torch.bool)
    kept = torch.zeros(2, dtype=torch.bool)
    with torch.inference_mode():
        plain = network(latents, time, tokens, mask, kept)
        noisy = tokens.clone()
        noisy[0, 3:] = 99.0
        assert torch.allclose(plain, network(latents, time, noisy, mask, kept), atol=1e-5)
        other = tokens.clone()
        other[0, 0] += 1
        assert not torch.allclose(plain[0], network(latents, time, other, mask, kept)[0], atol=1e-4)
        dropped = network(latents, time, tokens, mask, ~kept)
        assert torch.allclose(dropped, network(latents, time, other, ~mask, ~kept), atol=1e-5)


def test_the_path_runs_from_picture_to_noise_at_the_learned_velocity() -> None:
    latents, noise = torch.randn(3, 2, 4, 4), torch.randn(3, 2, 4, 4)
    assert torch.equal(interpolate(latents, noise, torch.zeros(3)), latents)
    assert torch.equal(interpolate(latents, noise, torch.ones(3)), noise)
    middle = interpolate(latents, noise, torch.full((3,), 0.25))
    assert torch.allclose(middle - 0.25 * velocity(latents, noise), latents, atol=1e-6)


def test_weights_come_back_in_half_precision_and_equal_models_share_a_fingerprint(tiny_latent: Path) -> None:
    model = load_latent(tiny_latent)
    again = load_latent(tiny_latent)
    assert weights.fingerprint(model) == weights.fingerprint(again)
    state = weights.load_state(tiny_latent / "model.safetensors")
    assert all(value.dtype == torch.float32 for value in state.values())
    with torch.no_grad():
        again.latent_mean += 1
    assert weights.fingerprint(model) != weights.fingerprint(again)


def test_weights_of_another_shape_and_infinite_ones_are_refused(tiny_latent: Path, tmp_path: Path) -> None:
    model = load_latent(tiny_latent)
    state = model.state_dict()
    weights.save_folder(tmp_path / "odd", model.config, {k: v for k, v in state.items() if "qkv" not in k})
    with pytest.raises(ModelError, match="qkv"):
        load_latent(tmp_path / "odd")
    with pytest.raises(ModelError, match="not finite"):
        weights.save_folder(tmp_path / "inf", model.config, {"x": torch.tensor([np.inf])})
    with pytest.raises(ModelError, match="family 'latent'; expected 'clip'"):
        weights.read_config(tiny_latent, "clip")
