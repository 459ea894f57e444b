"""What differs from one diffusers pipeline to another: how captions condition the denoiser."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from toolkit.errors import ModelError

Texts = dict[str, torch.Tensor]  # by name, a row a caption: what the denoiser reads of it


@dataclass(frozen=True)
class Family(ABC):
    """How one kind of pipeline reads captions, `token_limit` tokens of each. `denoiser` is what the pipeline calls the
    network that is trained."""

    pipeline: Any
    token_limit: int
    denoiser: ClassVar[str] = "unet"

    @abstractmethod
    def encode(self, captions: Sequence[str]) -> Texts:
        """Return what the denoiser reads of each of `captions`."""

    @abstractmethod
    def encode_nothing(self) -> Texts:
        """Return what it reads where there is no caption, one row: what the pipeline itself guides away from."""

    @abstractmethod
    def predict(
        self, denoiser: Any, noisy: torch.Tensor, time: torch.Tensor, texts: Texts, frames: torch.Tensor
    ) -> torch.Tensor:
        """Return what `denoiser` says of `noisy` latents (n, ...) at `time` (n,), for pictures in `frames` (n, 6):
        height and width before scaling, top and left of the part that is seen, height and width that it has."""

    @abstractmethod
    def prompt(self, texts: Texts, nothing: Texts) -> dict[str, Any]:
        """Return the arguments by which the pipeline paints `texts`, guided away from `nothing` (a row each)."""

    def text_encoders(self) -> list[Any]:
        """Return the networks that read captions."""
        return [getattr(self.pipeline, name) for name in _text_encoders(self.pipeline)]

    def tokens(self, caption: str) -> int:
        """Return the length of `caption` in tokens."""
        return len(self.pipeline.tokenizer(caption).input_ids)

    @property
    def _device(self) -> torch.device:
        device: torch.device = self.text_encoders()[0].device
        return device


class StableDiffusion(Family):
    """Stable Diffusion 1.x and 2.x (arXiv 2112.10752): the tokens of one text encoder."""

    def encode(self, captions: Sequence[str]) -> Texts:
        tokens, _ = self.pipeline.encode_prompt(
            list(captions), self._device, num_images_per_prompt=1, do_classifier_free_guidance=False
        )
        return {"tokens": tokens}

    def encode_nothing(self) -> Texts:
        _, tokens = self.pipeline.encode_prompt(
            "", self._device, num_images_per_prompt=1, do_classifier_free_guidance=True
        )
        return {"tokens": tokens}

    def predict(
        self, denoiser: Any, noisy: torch.Tensor, time: torch.Tensor, texts: Texts, frames: torch.Tensor
    ) -> torch.Tensor:
        predicted: torch.Tensor = denoiser(noisy, time, encoder_hidden_states=texts["tokens"], return_dict=False)[0]
        return predicted

    def prompt(self, texts: Texts, nothing: Texts) -> dict[str, Any]:
        return {"prompt_embeds": texts["tokens"], "negative_prompt_embeds": nothing["tokens"]}


class StableDiffusionXL(Family):
    """Stable Diffusion XL (arXiv 2307.01952): the tokens of two text encoders, the pooled text, size and crop."""

    def encode(self, captions: Sequence[str]) -> Texts:
        tokens, _, pooled, _ = self.pipeline.encode_prompt(
            list(captions), device=self._device, do_classifier_free_guidance=False
        )
        return {"tokens": tokens, "pooled": pooled}

    def encode_nothing(self) -> Texts:
        _, tokens, _, pooled = self.pipeline.encode_prompt("", device=self._device)
        return {"tokens": tokens, "pooled": pooled}

    def predict(
        self, denoiser: Any, noisy: torch.Tensor, time: torch.Tensor, texts: Texts, frames: torch.Tensor
    ) -> torch.Tensor:
        added = {"text_embeds": texts["pooled"], "time_ids": frames.to(noisy)}
        predicted: torch.Tensor = denoiser(
            noisy, time, encoder_hidden_states=texts["tokens"], added_cond_kwargs=added, return_dict=False
        )[0]
        return predicted

    def prompt(self, texts: Texts, nothing: Texts) -> dict[str, Any]:
        pooled = {"pooled_prompt_embeds": texts["pooled"], "negative_pooled_prompt_embeds": nothing["pooled"]}
        return pooled | {"prompt_embeds": texts["tokens"], "negative_prompt_embeds": nothing["tokens"]}


class PixArt(Family):
    """PixArt-alpha and -sigma (arXiv 2310.00426): the tokens of T5 with their mask, and at 1024 px the size."""

    denoiser = "transformer"

    def encode(self, captions: Sequence[str]) -> Texts:
        tokens, mask, _, _ = self.pipeline.encode_prompt(
            list(captions), do_classifier_free_guidance=False, device=self._device
        )
        return {"tokens": tokens, "mask": mask}

    def encode_nothing(self) -> Texts:
        _, _, tokens, mask = self.pipeline.encode_prompt("", device=self._device)
        return {"tokens": tokens, "mask": mask}

    def predict(
        self, denoiser: Any, noisy: torch.Tensor, time: torch.Tensor, texts: Texts, frames: torch.Tensor
    ) -> torch.Tensor:
        """See `Family.predict`; where the output also tells a variance, the mean alone."""
        size = frames[:, 4:].to(noisy) if denoiser.config.sample_size == 128 else None  # as the pipeline has it
        added = {"resolution": size, "aspect_ratio": None if size is None else size[:, :1] / size[:, 1:]}
        predicted: torch.Tensor = denoiser(
            noisy,
            encoder_hidden_states=texts["tokens"],
            encoder_attention_mask=texts["mask"],
            timestep=time,
            added_cond_kwargs=added,
            return_dict=False,
        )[0]
        return predicted[:, : noisy.shape[1]]

    def prompt(self, texts: Texts, nothing: Texts) -> dict[str, Any]:
        masks = {"prompt_attention_mask": texts["mask"], "negative_prompt_attention_mask": nothing["mask"]}
        tokens = {"prompt_embeds": texts["tokens"], "negative_prompt_embeds": nothing["tokens"]}
        return masks | tokens | {"negative_prompt": None, "use_resolution_binning": False}


def family_of(pipeline: Any, name: str) -> Family:
    """Return how `pipeline`, called `name`, reads captions. Raises ModelError for one that cannot be trained on."""
    unet, transformer = getattr(pipeline, "unet", None), getattr(pipeline, "transformer", None)
    denoiser, texts = unet if transformer is None else transformer, len(_text_encoders(pipeline))
    network, added = type(denoiser).__name__, getattr(getattr(denoiser, "config", None), "addition_embed_type", None)
    family: type[Family] | None = None
    if (network, texts, added) == ("UNet2DConditionModel", 1, None):
        family = StableDiffusion
    elif (network, texts, added) == ("UNet2DConditionModel", 2, "text_time"):
        family = StableDiffusionXL
    elif network in ("PixArtTransformer2DModel", "Transformer2DModel") and texts == 1:
        family = PixArt
    if family is None or not _plain(pipeline, denoiser):
        raise ModelError(
            f"{name} holds a {type(pipeline).__name__} (denoiser: {network}), which cannot be trained on; expected a "
            "text-to-image pipeline such as Stable Diffusion 1.x, 2.x, XL or PixArt"
        )
    own = inspect.signature(pipeline.encode_prompt).parameters.get("max_sequence_length")
    return family(pipeline, pipeline.tokenizer.model_max_length if own is None else own.default)


def _text_encoders(pipeline: Any) -> list[str]:
    return [one for one in ("text_encoder", "text_encoder_2") if getattr(pipeline, one, None) is not None]


def _plain(pipeline: Any, denoiser: Any) -> bool:
    """Return whether `denoiser` reads latents, time and text alone: no mask, no picture, no class, no guidance."""
    configuration, vae = denoiser.config, getattr(pipeline, "vae", None)
    others = ("encoder_hid_dim_type", "class_embed_type", "time_cond_proj_dim")
    channels = getattr(getattr(vae, "config", None), "latent_channels", None)
    return configuration.in_channels == channels and all(configuration.get(one) is None for one in others)
