"""Diffusers pipelines of few random weights, one of each kind that can be trained on, as diffusers saves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from toolkit.models import torchvision_ops
from toolkit.models.text_encoder_files import weights_location

LENGTH = 16  # tokens
torchvision_ops.ensure()


def save_stable_diffusion(folder: Path, scheduler: Any = None) -> Path:
    """Write a StableDiffusionPipeline for 16 px; `scheduler` None is one that predicts the noise."""
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = _tokenizer()
        pipeline = StableDiffusionPipeline(
            vae=_vae(), text_encoder=_clip(len(tokenizer)), tokenizer=tokenizer, unet=_unet(cross_attention_dim=16),
            scheduler=scheduler or DDIMScheduler(clip_sample=False, steps_offset=1), safety_checker=None,
            feature_extractor=None, requires_safety_checker=False,
        )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def save_stable_diffusion_xl(folder: Path) -> Path:
    """Write a StableDiffusionXLPipeline for 16 px that predicts the velocity."""
    from diffusers import DDIMScheduler, StableDiffusionXLPipeline

    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = _tokenizer()
        pipeline = StableDiffusionXLPipeline(
            vae=_vae(), text_encoder=_clip(len(tokenizer)), text_encoder_2=_clip(len(tokenizer), projection=24),
            tokenizer=tokenizer, tokenizer_2=tokenizer,
            unet=_unet(
                cross_attention_dim=32, addition_embed_type="text_time", addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=24 + 6 * 8,
            ),
            scheduler=DDIMScheduler(prediction_type="v_prediction", clip_sample=False),
        )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def save_pixart(folder: Path) -> Path:
    """Write a PixArtAlphaPipeline for 16 px whose transformer tells a variance too."""
    from diffusers import DDIMScheduler, PixArtAlphaPipeline, PixArtTransformer2DModel
    from transformers import T5Config, T5EncoderModel

    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = _tokenizer()
        text = T5EncoderModel(
            T5Config(vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
        )
        transformer = PixArtTransformer2DModel(
            sample_size=8, num_layers=1, patch_size=2, attention_head_dim=8, num_attention_heads=2, in_channels=4,
            out_channels=8, cross_attention_dim=16, caption_channels=16,
        )  # fmt: skip
        transformer.proj_out.weight.data.normal_(std=0.1)
        pipeline = PixArtAlphaPipeline(
            tokenizer=tokenizer, text_encoder=text, vae=_vae(), transformer=transformer,
            scheduler=DDIMScheduler(clip_sample=False),
        )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(weights_location(), model_max_length=LENGTH)


def _vae() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 8), latent_channels=4, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip


def _unet(**more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, attention_head_dim=4, norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **more,
    )  # fmt: skip


def _clip(words: int, projection: int | None = None) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    settings = CLIPTextConfig(
        vocab_size=words, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=LENGTH, projection_dim=projection or 16, bos_token_id=101, eos_token_id=102,
    )  # fmt: skip
    return CLIPTextModel(settings) if projection is None else CLIPTextModelWithProjection(settings)
