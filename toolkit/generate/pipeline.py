"""Any diffusers text-to-image pipeline: a folder that diffusers saved, or a hub id."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.models import torchvision_ops
from toolkit.models.text_encoder import quiet_transformers
from toolkit.models.weights import PICKLES, fingerprint
from toolkit.seeds import random_stream

STEPS = 30
BATCH_SIZE = 4


class PipelineGenerator:
    """Paints with a diffusers pipeline. Noise is drawn on the CPU from one stream a request, whatever the device."""

    def __init__(self, pipeline: Any, device: str, name: str) -> None:
        self._pipeline = pipeline
        self.name = name
        self.device = device
        self._accepted = set(inspect.signature(pipeline.__call__).parameters)
        networks = {name: part for name, part in pipeline.components.items() if hasattr(part, "state_dict")}
        configurations = {name: str(getattr(part, "config", "")) for name, part in sorted(pipeline.components.items())}
        self.fingerprint = fingerprint(*(networks[name] for name in sorted(networks)), **configurations)
        self.dtype = str(pipeline.dtype).removeprefix("torch.")
        self.defaults = Defaults(STEPS, *self._made_for(), BATCH_SIZE)

    def _made_for(self) -> tuple[float, int, int]:
        guidance = inspect.signature(self._pipeline.__call__).parameters.get("guidance_scale")
        scale = 0.0 if guidance is None or guidance.default is None else float(guidance.default)
        denoiser = getattr(self._pipeline, "unet", None) or getattr(self._pipeline, "transformer", None)
        size = getattr(getattr(denoiser, "config", None), "sample_size", None) or 64
        height, width = (size, size) if isinstance(size, int) else size
        factor = int(getattr(self._pipeline, "vae_scale_factor", 1))
        return scale, int(width) * factor, int(height) * factor

    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`."""
        painted: list[Painted] = []
        for start in range(0, len(requests), batch_size):
            chunk = list(requests[start : start + batch_size])
            padded = chunk + [chunk[-1]] * (batch_size - len(chunk))
            painted += self._paint(padded)[: len(chunk)]
        return painted

    def _paint(self, requests: list[Request]) -> list[Painted]:
        first = requests[0]
        arguments: dict[str, Any] = {
            "prompt": [request.prompt_sent for request in requests],
            "negative_prompt": [request.negative_prompt for request in requests],
            "num_inference_steps": first.num_inference_steps,
            "guidance_scale": first.guidance_scale,
            "width": first.width,
            "height": first.height,
            "generator": [random_stream(request.seed) for request in requests],
            "output_type": "np",
        } | first.settings
        if not any(arguments["negative_prompt"]):
            del arguments["negative_prompt"]
        unknown = sorted(set(arguments) - self._accepted - {"negative_prompt"})
        if unknown:
            raise ModelError(
                f"{type(self._pipeline).__name__} takes no setting {unknown[0]!r}; it takes {sorted(self._accepted)}"
            )
        try:
            result = self._pipeline(**{k: v for k, v in arguments.items() if k in self._accepted})
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"the pipeline could not paint: {' '.join(str(error).split())[:300]}") from error
        pixels = (np.asarray(result.images) * 255).round().clip(0, 255).astype(np.uint8)
        flagged = getattr(result, "nsfw_content_detected", None) or [False] * len(requests)
        return [Painted(one, ("nsfw",) if flag else ()) for one, flag in zip(pixels, flagged, strict=True)]


def load_pipeline(name: str, *, device: str = "cpu", allow_pickle: bool = False) -> PipelineGenerator:
    """Return the diffusers pipeline in folder or hub repository `name`, its safety checker's blacking-out removed.

    Raises ModelError where there is none, its weights are missing, or they are pickles that were not allowed.
    """
    torchvision_ops.ensure()
    import diffusers

    folder = Path(name)
    if folder.is_dir():
        _check_folder(folder, allow_pickle=allow_pickle)
    diffusers.utils.logging.disable_progress_bar()
    try:
        with quiet_transformers():
            pipeline = diffusers.DiffusionPipeline.from_pretrained(name, use_safetensors=None if allow_pickle else True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelError(f"diffusers cannot load {name}: {' '.join(str(error).split())[:300]}") from error
    if "prompt" not in inspect.signature(pipeline.__call__).parameters:
        raise ModelError(f"{name} holds a {type(pipeline).__name__}, which takes no prompt; expected text-to-image")
    if getattr(pipeline, "safety_checker", None) is not None:
        pipeline.safety_checker = _flag_only(pipeline.safety_checker)
    pipeline.set_progress_bar_config(disable=True)
    return PipelineGenerator(pipeline.to(device), device, name)


def _flag_only(checker: Any) -> Any:
    """Return `checker` so that its verdict is kept and the pictures are not blacked out: a verdict is a column."""
    forward = checker.forward

    def verdict(clip_input: Any, images: Any) -> tuple[Any, Any]:
        kept = np.array(images, copy=True)
        return kept, forward(clip_input, images)[1]

    checker.forward = verdict
    return checker


def _check_folder(folder: Path, *, allow_pickle: bool) -> None:
    index = folder / "model_index.json"
    if not index.is_file():
        raise ModelError(
            f"{folder} is no model: expected model_index.json (a diffusers pipeline) or config.json (from tain train)"
        )
    try:
        parts = json.loads(index.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{index} is not valid JSON: {error}") from error
    for name, part in parts.items():
        if not (isinstance(part, list) and part[0] in ("diffusers", "transformers")) or not (folder / name).is_dir():
            continue
        _check_part(folder / name, allow_pickle=allow_pickle)


def _check_part(part: Path, *, allow_pickle: bool) -> None:
    """Raise ModelError where a network's folder (one with a config.json) holds no weights, or only pickles."""
    if not (part / "config.json").is_file() or any(part.glob("*.safetensors")):
        return
    pickles = sorted(path.name for path in part.iterdir() if path.suffix in PICKLES)
    if pickles and not allow_pickle:
        raise ModelError(
            f"{part / pickles[0]} is a pickle, which can run any code; use safetensors, or say --allow-pickle"
        )
    if not pickles:
        raise ModelError(f"{part} has a config.json but no weights; expected a .safetensors file beside it")
