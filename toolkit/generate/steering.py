"""Steering: at sampling time some requests say, or are led to, a value of an attribute, drawn by a target's shares.

Two ways. `prompt` adds words that say the value, as deployed systems do (Bansal et al. 2022, arXiv 2210.15230).
`guidance` leaves the words and moves their embedding towards the value (the idea of Friedrich et al. 2023, Fair
Diffusion, arXiv 2302.10893). Which request gets which value hangs on its seed alone, so that the pictures that are left
alone are those of an audit without steering.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from toolkit.generate.generator import Request
from toolkit.recipe import Recipe
from toolkit.seeds import stable_hash

SETTING = "attribute_guidance"
SUM_TOLERANCE = 1e-6
_DIGITS = 13  # of a hash: 52 bits, as many as a float holds


class SteeredPrompt(Recipe):
    """The `shares` that the values of the attribute are drawn by, which sum to 1, and `texts`: the prompt with each of
    these values said."""

    shares: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=2)
    texts: dict[str, Annotated[str, Field(min_length=1)]]

    @model_validator(mode="after")
    def _are_shares(self) -> SteeredPrompt:
        if abs(sum(self.shares.values()) - 1) > SUM_TOLERANCE:
            raise ValueError(f"the shares sum to {sum(self.shares.values()):g}; give those of all values, to sum to 1")
        if set(self.texts) != set(self.shares):
            raise ValueError(
                f"shares are of {', '.join(self.shares)} and texts of {', '.join(self.texts) or 'none'}; give both of "
                "the same values"
            )
        return self


class Steering(Recipe):
    """Which `prompts` are steered, as they are written, and how; all others are left as they are.

    `strength` is, of `prompt`, the share of the requests that are steered, and of `guidance` how far the embedding is
    moved, 1 being all the way to that of the text with the value said.
    """

    attribute: str
    by: Literal["prompt", "guidance"]
    strength: float = Field(1.0, ge=0)
    prompts: dict[str, SteeredPrompt]

    @model_validator(mode="after")
    def _is_share(self) -> Steering:
        if self.by == "prompt" and self.strength > 1:
            raise ValueError(f"strength is {self.strength:g}; by prompt it is a share of the requests, from 0 to 1")
        return self


class Steered(NamedTuple):
    """What becomes of a request: the `prompt_sent`, and what its settings gain."""

    prompt_sent: str
    settings: dict[str, Any]


def steered(steering: Steering | None, prompt: str, seed: int) -> Steered:
    """Return what a request of `prompt` and `seed` sends: the prompt itself and no settings where it is left alone."""
    value = None if steering is None else drawn_value(steering, prompt, seed)
    if steering is None or value is None:
        return Steered(prompt, {})
    texts = steering.prompts[prompt].texts
    if steering.by == "prompt":
        return Steered(texts[value], {})
    return Steered(prompt, {SETTING: {"toward": texts[value], "scale": steering.strength}})


def drawn_value(steering: Steering, prompt: str, seed: int) -> str | None:
    """Return the value that a request of `prompt` and `seed` is steered to; None where it is left alone.

    The same seed is steered at every strength above the one at which it first is, and to the same value.
    """
    one = steering.prompts.get(prompt)
    if one is None or steering.strength == 0:
        return None
    if steering.by == "prompt" and _uniform("steered", steering.attribute, seed) >= steering.strength:
        return None
    return value_at(one.shares, _uniform("value", steering.attribute, seed))


def value_at(shares: Mapping[str, float], place: float) -> str:
    """Return the value at `place` in [0, 1) of the `shares` laid end to end in their order."""
    reached, last = 0.0, ""
    for value, share in shares.items():
        if share > 0:
            reached, last = reached + share, value
            if place < reached:
                return value
    return last


def guidance_of(request: Request) -> Mapping[str, Any] | None:
    """Return the attribute guidance in the settings of `request`; None where there is none."""
    found: Mapping[str, Any] | None = request.settings.get(SETTING)
    return found


def _uniform(*parts: str | int) -> float:
    """Return a number in [0, 1) that hangs on `parts` alone."""
    return float(int(stable_hash("steering", *parts)[:_DIGITS], 16) / 16**_DIGITS)
