"""Diffusers pipelines of three classes with few random weights, saved by diffusers itself. Their tokenizers too are
made here, of the letters and a few words, so that nothing is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = ("judge", "teacher", "firefighter", "red", "heart", "a", "of")
CLIP_LENGTH = 16  # tokens
SIDE = 16  # pixels


def save_stable_diffusion(folder: Path) -> Path:
    """Write a StableDiffusionPipeline of 16 px, and return its folder."""
    torch, diffusers = _libraries()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        unet = diffusers.UNet2DConditionModel(**_unet(cross_attention_dim=16))
        vae, text = _autoencoder(), _clip_text(16)
    diffusers.StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=clip_tokenizer(), unet=unet,
        scheduler=diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def save_stable_diffusion_xl(folder: Path) -> Path:
    """Write a StableDiffusionXLPipeline of 16 px, and return its folder."""
    torch, diffusers = _libraries()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        more = {
            "addition_embed_type": "text_time", "addition_time_embed_dim": 8, "use_linear_projection": True,
            "projection_class_embeddings_input_dim": 6 * 8 + 16,
        }  # fmt: skip
        unet = diffusers.UNet2DConditionModel(**_unet(cross_attention_dim=32), **more)
        vae, first, second = _autoencoder(), _clip_text(16), _clip_text(16, projected=True)
    diffusers.StableDiffusionXLPipeline(
        vae=vae, text_encoder=first, text_encoder_2=second, tokenizer=clip_tokenizer(), tokenizer_2=clip_tokenizer(),
        unet=unet, scheduler=diffusers.EulerDiscreteScheduler(timestep_spacing="leading"),
        add_watermarker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def save_pixart(folder: Path) -> Path:
    """Write a PixArtSigmaPipeline of 16 px, and return its folder."""
    torch, diffusers = _libraries()
    from transformers import T5Config, T5EncoderModel

    with torch.random.fork_rng():
        torch.manual_seed(2)
        transformer = diffusers.PixArtTransformer2DModel(
            sample_size=8, num_layers=1, patch_size=2, attention_head_dim=8, num_attention_heads=2, caption_channels=16,
            in_channels=4, out_channels=8, cross_attention_dim=16, norm_type="ada_norm_single",
            use_additional_conditions=False,
        )  # fmt: skip
        vae, tokenizer = _autoencoder(), t5_tokenizer()
        text = T5EncoderModel(
            T5Config(vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
        )
    diffusers.PixArtSigmaPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, transformer=transformer,
        scheduler=diffusers.DPMSolverMultistepScheduler(),
    ).save_pretrained(folder)  # fmt: skip
    return folder


SAVED = {
    "StableDiffusionPipeline": save_stable_diffusion,
    "StableDiffusionXLPipeline": save_stable_diffusion_xl,
    "PixArtSigmaPipeline": save_pixart,
}


def clip_tokenizer() -> Any:
    """Return CLIP's tokenizer over the bytes and `WORDS`."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    merges = [pair for word in WORDS for pair in _merges(word)]
    pieces = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in merges)]
    vocabulary = {piece: place for place, piece in enumerate(dict.fromkeys(pieces))}
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    return CLIPTokenizer(vocabulary, list(dict.fromkeys(merges)), model_max_length=CLIP_LENGTH)


def t5_tokenizer() -> Any:
    """Return T5's tokenizer over the letters and `WORDS`."""
    from transformers import T5Tokenizer

    letters = [(letter, -10.0) for letter in "abcdefghijklmnopqrstuvwxyz"]
    words = [("▁" + word, -3.0) for word in WORDS]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -5.0), *letters, *words]
    return T5Tokenizer(pieces, extra_ids=0)


def _merges(word: str) -> list[tuple[str, str]]:
    """Return the merges that make one token of `word`, letter by letter from its start."""
    pieces = [*word[:-1], word[-1] + "</w>"]
    return [("".join(pieces[:place]), pieces[place]) for place in range(1, len(pieces))]


def _libraries() -> tuple[Any, Any]:
    from toolkit.models import torchvision_ops

    torchvision_ops.ensure()
    import diffusers
    import torch

    return torch, diffusers


def _unet(cross_attention_dim: int) -> dict[str, Any]:
    return {
        "sample_size": SIDE // 2, "block_out_channels": (8, 16), "layers_per_block": 1, "attention_head_dim": 4,
        "norm_num_groups": 4, "cross_attention_dim": cross_attention_dim,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }  # fmt: skip


def _autoencoder() -> Any:
    _, diffusers = _libraries()
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8), latent_channels=4, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip


def _clip_text(width: int, *, projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    tokenizer = clip_tokenizer()
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=width, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=CLIP_LENGTH, projection_dim=width,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    return CLIPTextModelWithProjection(config) if projected else CLIPTextModel(config)
