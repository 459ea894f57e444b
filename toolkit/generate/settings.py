"""The settings of a picture that have no column of their own, checked before anything is painted."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, model_validator

from toolkit.recipe import Recipe


class Adapter(Recipe):
    """A LoRA of a diffusers pipeline: a file or folder at `path`, or the hub repository `id`, and its `weight`.

    `file` names the weights where there are several. `fingerprint` is filled in: a hash of the weights.
    """

    path: str | None = None
    id: str | None = None
    file: str | None = None
    weight: float = 1.0
    fingerprint: str | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Adapter:
        if (self.path is None) == (self.id is None):
            raise ValueError("an adapter has a path, of a file or folder here, or an id, of a hub repository")
        return self


class Rerank(Recipe):
    """Of `n` candidates from `n` seeds the one is kept that the pairing network `model` finds most like the prompt.

    `fingerprint` is filled in: a hash of the weights of `model`.
    """

    model: str = "zoo:clip"
    n: int = Field(default=4, ge=1)
    fingerprint: str | None = None


class ClipGuidance(Recipe):
    """Each step is bent towards what the pairing network `model` finds more like the prompt, `scale` times.

    `fingerprint` is filled in: a hash of the weights of `model`.
    """

    model: str = "zoo:clip"
    scale: float = 3.0
    fingerprint: str | None = None


class PaintSettings(Recipe):
    """Settings that the harness knows, and any others, which go to the family as they are."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapters: tuple[Adapter, ...] = ()
    rerank: Rerank | None = None
    clip_guidance: ClipGuidance | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what is set, as a request carries it."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value not in (None, [])}


def identity(settings: dict[str, Any]) -> dict[str, Any]:
    """Return `settings` without the names of networks that a fingerprint stands for: what decides a picture."""
    return {name: _unnamed(value) for name, value in settings.items()}


def _unnamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_unnamed(one) for one in value]
    if isinstance(value, dict) and value.get("fingerprint") is not None:
        return {key: one for key, one in value.items() if key not in ("model", "path", "id", "file")}
    return value
