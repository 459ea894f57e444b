"""Which prompts of an audit are steered, to which shares, in which words: the `steering` of a recipe for painting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from toolkit.mitigate.phrases import AttributePhrases, say
from toolkit.mitigate.prompts_about import PromptAbout, prompt_about
from toolkit.mitigate.target import Target

OUTSIDE = "not aimed at"


class Touched(NamedTuple):
    """What a mitigation does with one `prompt` about `concept`: `left_alone` says why it is not steered, None where it
    is; `words` are those that decided."""

    prompt: str
    concept: str
    left_alone: str | None
    words: tuple[str, ...]


def touched_prompts(
    prompts: Iterable[tuple[str, str]], target: Target, said: Iterable[str], aimed: Iterable[str]
) -> list[Touched]:
    """Return for each of `prompts`, with the concept that it is about, whether it is steered.

    It is where its concept is one of `aimed` and the target has shares for it, and its words allow it: see
    `prompt_about`.
    """
    known, said = set(aimed) & set(target.shares), tuple(said)
    found = []
    for prompt, concept in dict.fromkeys(prompts):
        if concept not in known:
            found.append(Touched(prompt, concept, OUTSIDE, ()))
            continue
        about: PromptAbout = prompt_about(prompt, said, concept)
        found.append(Touched(prompt, concept, about.left_alone, about.words))
    return found


def steering_recipe(
    attribute: str,
    by: Literal["prompt", "guidance"],
    strength: float,
    touched: Iterable[Touched],
    target: Target,
    phrases: AttributePhrases,
) -> dict[str, Any]:
    """Return the `steering` of a recipe for painting: shares and texts of each prompt of `touched` that is steered."""
    return {
        "attribute": attribute,
        "by": by,
        "strength": strength,
        "prompts": {
            one.prompt: {
                "shares": dict(target.shares[one.concept]),
                "texts": _texts(one, target.shares[one.concept], phrases),
            }
            for one in touched
            if one.left_alone is None
        },
    }


def _texts(one: Touched, shares: Mapping[str, float], phrases: AttributePhrases) -> dict[str, str]:
    return {value: say(one.prompt, phrases.values[value], one.concept) for value in shares}
