"""What `tain train` can be told. The recipes of the bundled networks are pipelines/recipes/zoo-*.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from toolkit.recipe import Recipe

Precision = Literal["no", "bf16", "fp16"]


class OptimiserRecipe(Recipe):
    """AdamW with a linear warm-up and a cosine decay to zero over `steps`, or over the minutes of the budget."""

    batch_size: int = Field(128, ge=2)
    steps: int = Field(10_000, ge=1)
    learning_rate: float = Field(1.5e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    betas: tuple[float, float] = (0.9, 0.99)
    warmup: float = Field(0.05, ge=0, lt=1, description="share of the budget spent warming up")
    clip_norm: float = Field(1.0, gt=0)
    accumulation: int = Field(1, ge=1, description="parts that a batch is taken in, one after the other")


class TrainingRecipe(Recipe):
    """Common to all networks: the random seed, what is kept out of training for the figures, the number format, and how
    often a checkpoint is written.

    Held out are whole concepts, a share of them, and every pair of the sources in `held_out_sources`.
    """

    seed: int = 0
    held_out_share: float = Field(0.04, ge=0, lt=1)
    held_out_sources: tuple[str, ...] = ()
    precision: Precision = "no"
    checkpoint_minutes: float = Field(5.0, ge=0)


class LoraRecipe(Recipe):
    """Low-rank adapters (Hu et al., arXiv 2106.09685), merged into the weights in the end."""

    rank: int = Field(8, ge=1)
    alpha: float = Field(16, gt=0)
    dropout: float = Field(0.0, ge=0, lt=1)


class ClipRecipe(TrainingRecipe):
    """`tain train clip`: an image tower and a projection of the frozen text encoder, or any open_clip network.

    `start` is a pairing network to go on from (`open_clip:ARCH/TAG`, a folder, a hub id, `zoo:clip`); its sizes count
    then. Without it the network begins with random weights, the image tower with `image_weights` where they are given:
    a safetensors file with the tensors of timm's `architecture`. `tune` says what learns: both towers, one of them
    with the other locked (arXiv 2111.07991), or adapters alone.
    """

    start: str | None = None
    tune: Literal["full", "image", "text", "lora"] = "full"
    lora: LoraRecipe = LoraRecipe()
    loss: Literal["contrastive", "siglip"] = "contrastive"
    architecture: str = Field("resnet10t", description="a timm network")
    image_weights: str | None = None
    image_size: int = Field(64, ge=16)
    embed_dim: int = Field(256, ge=8)
    context_length: int = Field(24, ge=4, le=256)
    projection: Literal["mlp", "linear"] = "mlp"
    dropout: float = Field(0.0, ge=0, lt=1, description="of the image features, before their projection")
    zero_shot: str | None = Field(None, description="column of meta whose values are classes, such as category")
    optimiser: OptimiserRecipe = OptimiserRecipe(
        batch_size=256, steps=900, learning_rate=1e-3, weight_decay=0.05, betas=(0.9, 0.98)
    )


class LatentRecipe(TrainingRecipe):
    """`tain train latent`: first the autoencoder, then the transformer on its latents.

    `minutes`, where given on the command line, are shared out by `autoencoder_share`.
    """

    autoencoder_width: int = Field(64, ge=8, multiple_of=8)
    latent_channels: int = Field(8, ge=1)
    kl_weight: float = Field(1e-4, ge=0)
    width: int = Field(192, ge=8)
    layers: int = Field(6, ge=1)
    heads: int = Field(6, ge=1)
    text_tokens: int = Field(16, ge=4)
    caption_dropout: float = Field(0.1, ge=0, lt=1)
    ema_decay: float = Field(0.999, ge=0, lt=1)
    autoencoder_share: float = Field(0.2, gt=0, lt=1)
    autoencoder: OptimiserRecipe = OptimiserRecipe(batch_size=32, steps=3_200, learning_rate=2e-3, warmup=0.1)
    transformer: OptimiserRecipe = OptimiserRecipe(batch_size=128, steps=4_000)
