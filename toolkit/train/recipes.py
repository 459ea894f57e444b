"""What `tain train` can be told. The recipes of the bundled networks are pipelines/recipes/zoo-*.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from toolkit.recipe import Recipe

Precision = Literal["no", "bf16", "fp16"]


class OptimiserRecipe(Recipe):
    """AdamW, or Muon beside it for the matrices of repeated blocks; a linear warm-up and a cosine decay to zero over
    `steps`, or over the minutes of the budget."""

    method: Literal["adamw", "muon"] = "adamw"
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


class ReconstructionRecipe(Recipe):
    """About a `share` of the pictures of each step is given back by the autoencoder of the latent generator `model`,
    its latents disturbed by up to `noise` of their deviation."""

    model: str = "zoo:latent"
    share: float = Field(0.5, ge=0, le=1)
    noise: float = Field(0.5, ge=0)


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
    coarse: float = Field(0.0, ge=0, le=1, description="share of pictures scaled down and up again in each step")
    reconstruction: ReconstructionRecipe | None = None
    optimiser: OptimiserRecipe = OptimiserRecipe(
        batch_size=256, steps=900, learning_rate=1e-3, weight_decay=0.05, betas=(0.9, 0.98)
    )


class GeneratorRecipe(TrainingRecipe):
    """Common to all that paint: the size of a picture, that of the transformer, and how texts come in.

    A share `caption_dropout` of the captions is left out in training, so that guidance has something to lead away
    from. `ema_decay` is that of the moving average of the weights, which is what is kept. Of each concept a pass takes
    `most_per_concept` pairs at most, others each time, so that what is drawn in many variants crowds nothing out.
    """

    image_size: int = Field(64, ge=16, multiple_of=16)
    width: int = Field(192, ge=8)
    layers: int = Field(6, ge=1)
    heads: int = Field(6, ge=1)
    text_tokens: int = Field(16, ge=4)
    caption_dropout: float = Field(0.1, ge=0, lt=1)
    ema_decay: float = Field(0.999, ge=0, lt=1)
    most_per_concept: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _shared_out(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} cannot be shared out to {self.heads} heads; choose a multiple of it")
        return self


class DiffusersRecipe(Recipe):
    """The parts of a latent generator that diffusers loads, for `prediction: epsilon` and `v`: an AutoencoderTiny, and
    a UNet with cross-attention. Errors are weighted by min-SNR with `snr_gamma` (arXiv 2303.09556).
    """

    latent_channels: int = Field(8, ge=1)
    autoencoder_width: int = Field(32, ge=4)
    autoencoder_blocks: int = Field(1, ge=1)
    channels: tuple[Annotated[int, Field(ge=4)], ...] = Field((96, 192), min_length=1, max_length=4)
    layers: int = Field(1, ge=1)
    heads: int = Field(4, ge=1)
    snr_gamma: float = Field(5.0, gt=0)
    autoencoder: OptimiserRecipe = OptimiserRecipe(batch_size=32, steps=3_200, learning_rate=1e-3, warmup=0.1)
    unet: OptimiserRecipe = OptimiserRecipe(batch_size=128, steps=4_000, learning_rate=5e-4)

    @model_validator(mode="after")
    def _shared_out(self) -> Self:
        for width in self.channels:
            if width % self.heads:
                raise ValueError(f"channels of {width} cannot be shared out to {self.heads} heads")
        return self


class LatentRecipe(GeneratorRecipe):
    """`tain train latent`: first the autoencoder, then the network that paints in its latents.

    `prediction` says what that network predicts: the velocity of a straight flow, by the transformer; or the noise
    (epsilon) or v of denoising diffusion, by the parts in `diffusers`: the folder is then one that diffusers loads.
    `minutes`, where given on the command line, are shared out by `autoencoder_share`.

    `start` is a flow generator to go on from (`zoo:latent`, a folder): its sizes count then, its autoencoder stays as
    it is, and the transformer alone learns, for all of the minutes.
    """

    start: str | None = None
    prediction: Literal["flow", "epsilon", "v"] = "flow"
    diffusers: DiffusersRecipe = DiffusersRecipe()
    autoencoder_width: int = Field(64, ge=8, multiple_of=8)
    latent_channels: int = Field(8, ge=1)
    kl_weight: float = Field(1e-4, ge=0)
    autoencoder_share: float = Field(0.2, gt=0, lt=1)
    autoencoder: OptimiserRecipe = OptimiserRecipe(batch_size=32, steps=3_200, learning_rate=2e-3, warmup=0.1)
    transformer: OptimiserRecipe = OptimiserRecipe(batch_size=128, steps=4_000)

    @model_validator(mode="after")
    def _halved(self) -> Self:
        least = 8 * 2 ** (len(self.diffusers.channels) - 1)
        if self.prediction != "flow" and self.image_size % least:
            raise ValueError(f"image_size {self.image_size} cannot be halved as often as diffusers.channels says")
        if self.start is not None and self.prediction != "flow":
            raise ValueError("start goes with prediction: flow; `tain train pipeline` trains a diffusers folder on")
        return self


class PixelRecipe(GeneratorRecipe):
    """`tain train pixel`: the transformer alone, on pictures in patches of `patch` pixels."""

    patch: int = Field(8, ge=1)
    transformer: OptimiserRecipe = OptimiserRecipe(batch_size=128, steps=4_000)

    @model_validator(mode="after")
    def _cut(self) -> Self:
        if self.image_size % self.patch:
            raise ValueError(f"image_size {self.image_size} cannot be cut into patches of {self.patch}")
        return self


class TokensRecipe(GeneratorRecipe):
    """`tain train tokens`: first the tokenizer, then the transformer that predicts the next token.

    The code book has as many codes as the product of `levels`. `minutes` are shared out by `tokenizer_share`.
    """

    levels: tuple[Annotated[int, Field(ge=2, le=64)], ...] = Field((8, 8, 8, 8), min_length=1, max_length=8)
    tokenizer_width: int = Field(64, ge=8, multiple_of=8)
    tokenizer_share: float = Field(0.2, gt=0, lt=1)
    tokenizer: OptimiserRecipe = OptimiserRecipe(batch_size=32, steps=3_200, learning_rate=2e-3, warmup=0.1)
    gpt: OptimiserRecipe = OptimiserRecipe(batch_size=128, steps=4_000)
