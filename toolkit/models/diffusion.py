"""A latent generator made of diffusers' own classes, whose folder plain `DiffusionPipeline.from_pretrained` loads.

Denoising diffusion (Ho et al., arXiv 2006.11239) in the latents of an autoencoder (arXiv 2112.10752), predicting the
noise, or v (Salimans and Ho, arXiv 2202.00512): a StableDiffusionPipeline of small parts and the frozen text encoder.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from toolkit.models import torchvision_ops
from toolkit.models.text_encoder import WIDTH, load_parts, quiet_transformers
from toolkit.store import write_atomically

Prediction = Literal["epsilon", "v"]
_NAMES = {"epsilon": "epsilon", "v": "v_prediction"}
_SCALE = 8  # pixels a latent is wide: four levels, each half as wide as the one before


@dataclass(frozen=True)
class DiffusionConfig:
    """Pictures of `image_size` pixels; an autoencoder of `autoencoder_width` with `autoencoder_blocks` a level, and a
    network with cross-attention to `text_tokens` tokens on each level of `channels`."""

    prediction: Prediction
    image_size: int = 64
    text_tokens: int = 16
    latent_channels: int = 8
    autoencoder_width: int = 32
    autoencoder_blocks: int = 1
    channels: tuple[int, ...] = (96, 192)
    layers: int = 1
    heads: int = 4


class DiffusionModel(nn.Module):
    """`autoencoder` is an AutoencoderTiny, `unet` a UNet2DConditionModel."""

    def __init__(self, config: DiffusionConfig) -> None:
        super().__init__()
        torchvision_ops.ensure()
        from diffusers import AutoencoderTiny, DDIMScheduler, UNet2DConditionModel

        self.config = config
        widths, blocks = (config.autoencoder_width,) * 4, (config.autoencoder_blocks,) * 3
        self.autoencoder: Any = AutoencoderTiny(
            encoder_block_out_channels=widths, decoder_block_out_channels=widths,
            num_encoder_blocks=(1, *blocks), num_decoder_blocks=(*blocks, 1), latent_channels=config.latent_channels,
        )  # fmt: skip
        levels = len(config.channels)
        self.unet: Any = UNet2DConditionModel(
            sample_size=config.image_size // _SCALE, in_channels=config.latent_channels,
            out_channels=config.latent_channels, block_out_channels=config.channels, layers_per_block=config.layers,
            down_block_types=("CrossAttnDownBlock2D",) * levels, up_block_types=("CrossAttnUpBlock2D",) * levels,
            cross_attention_dim=WIDTH, attention_head_dim=config.heads, norm_num_groups=_groups(config.channels),
        )  # fmt: skip
        self.scheduler: Any = DDIMScheduler(  # the schedule of Stable Diffusion
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1, prediction_type=_NAMES[config.prediction],
        )  # fmt: skip

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the latents of one picture."""
        side = self.config.image_size // _SCALE
        return self.config.latent_channels, side, side

    @torch.no_grad()
    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return scaled latents (n, *latent_shape) of float32 pictures in [-1, 1]."""
        latents: torch.Tensor = self.autoencoder.encode(pictures).latents
        return latents * float(self.autoencoder.config.scaling_factor)

    @torch.no_grad()
    def reconstruct(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return float32 `pictures` in [-1, 1] after the autoencoder."""
        decoded: torch.Tensor = self.autoencoder.decode(self.autoencoder.encode(pictures).latents).sample
        return decoded

    def set_scale(self, deviation: float) -> None:
        """Let latents whose standard deviation is `deviation` have one of 1 from now on."""
        self.autoencoder.register_to_config(scaling_factor=1 / deviation)

    def save(self, folder: str | Path) -> None:
        """Write `folder` as diffusers does, in half precision, the text encoder and its tokenizer included."""
        from diffusers import StableDiffusionPipeline

        text_encoder, tokenizer = load_parts(with_pooler=True, model_max_length=self.config.text_tokens)
        text_encoder.config.use_attention_mask = True  # as it was encoded in training; pipelines read this
        pipeline = StableDiffusionPipeline(
            vae=copy.deepcopy(self.autoencoder), text_encoder=text_encoder, tokenizer=tokenizer,
            unet=copy.deepcopy(self.unet), scheduler=self.scheduler, safety_checker=None, feature_extractor=None,
            requires_safety_checker=False,
        )  # fmt: skip
        with quiet_transformers():
            pipeline.to(torch.float16).save_pretrained(folder)
        # What follows spares whoever loads it: half precision beside a network in single, and a warning.
        _rewrite(Path(folder) / "text_encoder" / "config.json", {"dtype": "float32"})
        _rewrite(Path(folder) / "vae" / "config.json", {"block_out_channels": None})


def create_diffusion(config: DiffusionConfig, seed: int = 0) -> DiffusionModel:
    """Return a model of `config` with random weights; the same seed gives the same ones."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return DiffusionModel(config)


def _rewrite(file: Path, changes: dict[str, str | None]) -> None:
    """Change keys of the JSON object in `file`; None takes a key out."""
    kept = json.loads(file.read_text("utf-8")) | changes
    kept = {key: value for key, value in kept.items() if key not in changes or value is not None}
    write_atomically(file, json.dumps(kept, indent=2).encode() + b"\n")


def _groups(channels: tuple[int, ...]) -> int:
    """Return the most groups, up to 32, that all of `channels` can be shared out to evenly."""
    return max(one for one in range(1, 33) if all(width % one == 0 for width in channels))
