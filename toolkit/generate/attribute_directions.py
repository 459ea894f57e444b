"""Directions in the embedding of texts: from the other values of an attribute to the one that a request is led to.

The idea of Fair Diffusion (Friedrich et al. 2023, arXiv 2302.10893), with the direction taken in the text embedding,
where it costs no further pass of the network. Token embeddings of two texts do not stand at the same places, so that
the direction is the difference of their means, added to every token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from toolkit.errors import ModelError
from toolkit.generate.generator import Request
from toolkit.generate.steering import SETTING, guidance_of

KEYS = {"toward", "away", "scale"}


def check_guidance(requests: Sequence[Request]) -> None:
    """Raise ModelError where the attribute guidance of one of `requests` is none: see `steered`."""
    for request in requests:
        found = guidance_of(request)
        if found is None:
            continue
        if not isinstance(found, Mapping) or set(found) != KEYS or not found["away"]:
            raise ModelError(
                f"{SETTING} is {found!r}; it takes toward (a text), away (texts) and scale, as `steering` gives them"
            )


def guiding_texts(requests: Sequence[Request]) -> list[str]:
    """Return the texts that the guidance of `requests` takes its directions from."""
    found: list[str] = []
    for guidance in filter(None, map(guidance_of, requests)):
        found += [guidance["toward"], *guidance["away"]]
    return found


def directions(requests: Sequence[Request], mean_of: Callable[[str], torch.Tensor]) -> list[torch.Tensor | None]:
    """Return for each of `requests` its direction times its scale, shaped as what `mean_of` returns for a text; None
    for a request without guidance."""
    return [None if guidance is None else _direction(guidance, mean_of) for guidance in map(guidance_of, requests)]


def _direction(guidance: Mapping[str, Any], mean_of: Callable[[str], torch.Tensor]) -> torch.Tensor:
    away = torch.stack([mean_of(text) for text in guidance["away"]]).mean(0)
    return float(guidance["scale"]) * (mean_of(guidance["toward"]) - away)
