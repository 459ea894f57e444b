"""Texts of diffusers pipelines: encoded once, and measured against what the text encoders read."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from toolkit.errors import ModelError
from toolkit.generate.attribute_directions import directions, guiding_texts
from toolkit.generate.generator import Request
from toolkit.generate.recent_results import RecentResults
from toolkit.generate.steering import guidance_of
from toolkit.models.text_encoder import quiet_transformers

KEPT_TEXTS = 256
TEXT_BATCH = 4  # texts are encoded in batches of this shape, so that neighbours do not change an encoding

_PLAIN = ("prompt_embeds", "negative_prompt_embeds")
_POOLED = (*_PLAIN, "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
_MASKED = ("prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds", "negative_prompt_attention_mask")
# What `encode_prompt` of a class returns; each is an argument of its call.
RETURNED = {
    "StableDiffusionPipeline": _PLAIN,
    "StableDiffusionXLPipeline": _POOLED,
    "StableDiffusion3Pipeline": _POOLED,
    "PixArtAlphaPipeline": _MASKED,
    "PixArtSigmaPipeline": _MASKED,
}
Encoded = dict[str, torch.Tensor]


class PipelineTexts:
    """The prompts of a pipeline as arguments of its call. `encoded` counts the prompts that were encoded."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._returned = RETURNED.get(type(pipeline).__name__)
        self._call = inspect.signature(pipeline.__call__).parameters
        self._options: dict[str, Any] = {}
        self._negative = ""
        self._avoided: Encoded = {}
        self._texts: RecentResults[Encoded] = RecentResults(self._encode, KEPT_TEXTS)
        self._cut: dict[tuple[str, int | None], bool] = {}
        self.encoded = 0

    def arguments(self, requests: Sequence[Request]) -> dict[str, Any]:
        """Return what to call the pipeline with for the texts of `requests`, which share all settings but their
        attribute guidance.

        Embeddings where the class is known to take them, encoded as its own call would, and moved by the guidance of
        each request; else the texts. Raises ModelError where guidance is asked for and only texts are taken.
        """
        prompts, negative = [one.prompt_sent for one in requests], requests[0].negative_prompt
        settings = requests[0].settings
        if not self.takes_embeddings(settings):
            if any(map(guidance_of, requests)):
                kind = type(self._pipeline).__name__
                raise ModelError(
                    f"{kind} is not known to take embeddings, so that guidance cannot move them; steer by prompt"
                )
            return {"prompt": prompts} | ({"negative_prompt": [negative] * len(prompts)} if negative else {})
        options = {
            name: settings.get(name, self._call[name].default)
            for name in ("clip_skip", "clean_caption", "max_sequence_length")
            if name in self._call
        }
        if (options, negative) != (self._options, self._negative):
            self._options, self._negative, self._avoided = options, negative, {}
            self._texts = RecentResults(self._encode, KEPT_TEXTS)
        self._texts.get([*prompts, *guiding_texts(requests)])  # all that are missing together
        rows = [self._moved(request) for request in requests]
        wanted = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}
        avoided = {name: torch.stack([value] * len(rows)) for name, value in self._avoided.items()}
        return {"prompt": None, "negative_prompt": None} | wanted | avoided

    def takes_embeddings(self, settings: dict[str, Any]) -> bool:
        """Return whether the pipeline is called with embeddings, under `settings`."""
        return self._returned is not None and not any(
            name.startswith(("prompt_", "negative_prompt_")) for name in settings
        )

    def _moved(self, request: Request) -> Encoded:
        """Return the embeddings of a request, moved by its attribute guidance: pooled ones as they are, those of tokens
        by the difference of the means of the tokens."""
        found = self._texts.get([request.prompt_sent])[0]
        if guidance_of(request) is None:
            return found

        def mean_of(name: str, text: str) -> torch.Tensor:
            value = self._texts.get([text])[0][name]
            return value.mean(0) if value.dim() > 1 else value

        moved = {}
        for name, value in found.items():
            [move] = directions([request], partial(mean_of, name)) if value.is_floating_point() else [None]
            moved[name] = value if move is None or name.endswith("mask") else value + move
        return moved

    def truncated(self, prompts: Sequence[str], settings: dict[str, Any]) -> list[bool]:
        """Return for each of `prompts` whether a text encoder of the pipeline reads less than all of it."""
        length = settings.get("max_sequence_length")
        with quiet_transformers():
            for text in dict.fromkeys(prompts):
                if (text, length) not in self._cut:
                    self._cut[text, length] = self._is_cut(text, length)
        return [self._cut[text, length] for text in prompts]

    def _is_cut(self, text: str, length: int | None) -> bool:
        for name, part in self._pipeline.components.items():
            if name.startswith("tokenizer") and part is not None:
                limit = part.model_max_length
                if "T5" in type(part).__name__ and "max_sequence_length" in self._call:
                    limit = length or self._call["max_sequence_length"].default
                if len(part(text)["input_ids"]) > limit:
                    return True
        return False

    @torch.inference_mode()
    def _encode(self, texts: list[str]) -> list[Encoded]:
        rows: list[Encoded] = []
        for start in range(0, len(texts), TEXT_BATCH):
            chunk = texts[start : start + TEXT_BATCH]
            padded = chunk + [chunk[-1]] * (TEXT_BATCH - len(chunk))
            rows += self._encode_batch(padded)[: len(chunk)]
        self.encoded += len(texts)
        return rows

    def _encode_batch(self, texts: list[str]) -> list[Encoded]:
        """Return the embeddings of `texts`; with the first ones, keep those of what is to be avoided."""
        assert self._returned is not None
        takes = inspect.signature(self._pipeline.encode_prompt).parameters
        negative = self._negative or self._call["negative_prompt"].default
        named = {"prompt_2": None, "prompt_3": None, "num_images_per_prompt": 1, **self._options}
        named |= {"device": self._pipeline._execution_device, "do_classifier_free_guidance": not self._avoided}
        named["negative_prompt"] = None if negative is None else [negative] * len(texts)
        with quiet_transformers():  # it would warn of each text that it cuts
            found = self._pipeline.encode_prompt(texts, **{key: one for key, one in named.items() if key in takes})
        arguments = dict(zip(self._returned, found, strict=True))
        if not self._avoided:
            self._avoided = {name: value[0] for name, value in arguments.items() if name.startswith("negative_")}
        wanted = {name: value for name, value in arguments.items() if not name.startswith("negative_")}
        return [{name: value[place] for name, value in wanted.items()} for place in range(len(texts))]
