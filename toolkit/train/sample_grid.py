"""Pictures that a pipeline paints while it is trained: the same prompts and seeds each time, in one grid."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.seeds import random_stream
from toolkit.train.encoded import encode_texts, on_device
from toolkit.train.latent_space import LatentSpace
from toolkit.train.pipeline_family import Family, Texts
from toolkit.train.pipeline_recipe import SampleRecipe

if TYPE_CHECKING:
    from accelerate import Accelerator

_UNUSED = ("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "safety_checker", "feature_extractor")
_COLUMNS = 4


class SampleGrid:
    """Paints one picture of `side` pixels for each of `prompts`, which are encoded once; noise is drawn on the CPU."""

    def __init__(
        self,
        pipeline: Any,
        family: Family,
        space: LatentSpace,
        prompts: Sequence[str],
        side: int,
        recipe: SampleRecipe,
        accelerator: Accelerator,
    ) -> None:
        with on_device(accelerator, *family.text_encoders()):
            self._texts, self._nothing = (encode_texts(family, one) for one in (prompts, None))
        self._pipeline = _without(pipeline, _UNUSED)
        self._pipeline.set_progress_bar_config(disable=True)
        self._family, self._space, self._recipe, self._accelerator = family, space, recipe, accelerator
        self._count, self._side = len(prompts), side

    @torch.no_grad()
    def paint(self) -> NDArray[np.uint8]:
        """Return the grid, uint8 (height, width, 3), as the network paints it now."""
        side = self._side
        with on_device(self._accelerator, self._space.vae):
            pictures = [self._picture(index) for index in range(self._count)]
        blank = np.full((side, side, 3), 255, np.uint8)
        columns = min(_COLUMNS, self._count)
        pictures += [blank] * (-len(pictures) % columns)
        rows = [np.concatenate(pictures[start : start + columns], 1) for start in range(0, len(pictures), columns)]
        return np.concatenate(rows, 0)

    def _picture(self, index: int) -> NDArray[np.uint8]:
        guidance = self._recipe.guidance_scale
        arguments: dict[str, Any] = {} if guidance is None else {"guidance_scale": guidance}
        device = self._accelerator.device
        with self._accelerator.autocast():
            latents = self._pipeline(
                **self._family.prompt(_row(self._texts, index, device), _row(self._nothing, 0, device)),
                num_inference_steps=self._recipe.num_inference_steps,
                height=self._side,
                width=self._side,
                generator=random_stream(self._recipe.seed + index),
                output_type="latent",
                **arguments,
            ).images
        picture: NDArray[np.uint8] = self._space.decode(latents)[0]
        return picture


def _without(pipeline: Any, unused: Sequence[str]) -> Any:
    """Return a pipeline of the same networks without the parts called `unused`."""
    settings = dict(pipeline.config) | pipeline.components | {"requires_safety_checker": False}
    taken = inspect.signature(type(pipeline)).parameters
    return type(pipeline)(**{name: None if name in unused else settings[name] for name in taken if name in settings})


def _row(texts: Texts, index: int, device: torch.device) -> Texts:
    return {name: rows[index : index + 1].to(device) for name, rows in texts.items()}
