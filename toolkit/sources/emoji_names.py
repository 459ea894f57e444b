"""What an emoji's name and codepoints say about the person drawn: gender words, skin tones, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# Fitzpatrick modifiers and their names, Unicode Technical Standard #51, section 2.4.
SKIN_TONES = {"1f3fb": "light", "1f3fc": "medium-light", "1f3fd": "medium", "1f3fe": "medium-dark", "1f3ff": "dark"}

_WOMAN = re.compile(r"\b(woman|women|female)\b")
_MAN = re.compile(r"\b(man|men|male)\b")
_GENDER_WORD = re.compile(r"\b(woman|women|female|man|men|male)\b")
# A gendered codepoint and the one that Unicode pairs with it for a person of unspecified gender (UTS #51, 2.3).
_NEUTRAL = {
    "1f468": "1f9d1",  # man -> adult
    "1f469": "1f9d1",  # woman -> adult
    "1f466": "1f9d2",  # boy -> child
    "1f467": "1f9d2",  # girl -> child
    "1f474": "1f9d3",  # older man -> older adult
    "1f475": "1f9d3",  # older woman -> older adult
    "1f930": "1fac4",  # pregnant woman -> pregnant person
    "1fac3": "1fac4",  # pregnant man -> pregnant person
}
_GENDER_SIGNS = {"2640", "2642"}


class Naming(NamedTuple):
    """How one emoji is called: `caption`, `gender` (woman, man or None), `skin_tones` as drawn, and `base`."""

    caption: str
    gender: str | None
    skin_tones: tuple[str, ...]
    base: str

    @property
    def skin_tone(self) -> str | None:
        """The one skin tone of everyone in the picture; None where none is chosen or two are."""
        return self.skin_tones[0] if len(set(self.skin_tones)) == 1 else None


def gender_of(name: str, category: str) -> str | None:
    """Return the gender that the words of `name` give the people in it: woman, man or None.

    Only people have one (not the `men's symbol`, nor the Isle of Man), families of several people do not, and a
    name that holds both words gives neither.
    """
    lowered = name.lower()
    if category != "People & Body" or lowered.startswith("family"):
        return None
    woman, man = bool(_WOMAN.search(lowered)), bool(_MAN.search(lowered))
    if woman == man:
        return None
    return "woman" if woman else "man"


def skin_tones_of(codepoints: str) -> tuple[str, ...]:
    """Return the skin tones in hyphenated `codepoints`, in order, such as ("medium",)."""
    return tuple(SKIN_TONES[one] for one in codepoints.lower().split("-") if one in SKIN_TONES)


def caption_with_tones(name: str, tones: tuple[str, ...]) -> str:
    """Return `name` lower-cased and followed by its distinct skin tones, as Unicode names emoji."""
    lowered = name.lower()
    if not tones:
        return lowered
    joint = ", " if ":" in lowered else ": "
    return lowered + joint + ", ".join(f"{tone} skin tone" for tone in dict.fromkeys(tones))


def neutral_codepoints(codepoints: str) -> str:
    """Return `codepoints` without skin tones, gender and selectors: equal for all variants of one emoji."""
    parts = [part for part in codepoints.lower().split("-") if part not in SKIN_TONES and part != "fe0f"]
    kept: list[str] = []
    for part in parts:
        if part in _GENDER_SIGNS and kept and kept[-1] == "200d":
            kept.pop()
        else:
            kept.append(_NEUTRAL.get(part, part))
    return "-".join(kept)


def base_names(emoji: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return, by neutral codepoints, the one base name that all gender and tone variants of an emoji share.

    `emoji` are mappings with `name`, `category` and `unified`. The base is a gendered name without its gender word
    (`woman running` -> `running`, which `runner` then shares), else the neutral name.
    """
    neutral: dict[str, str] = {}
    stripped: dict[str, str] = {}
    for one in sorted(emoji, key=lambda one: one["unified"]):
        key = neutral_codepoints(one["unified"])
        if gender_of(one["name"], one["category"]) is None:
            name = one["name"].lower()
            if one["unified"].lower().replace("-fe0f", "") == key:  # the neutral emoji itself, not `boy` or `girl`
                neutral[key] = name
            neutral.setdefault(key, name)
            continue
        rest = " ".join(_GENDER_WORD.sub(" ", one["name"].lower()).split()).strip(" :,")
        if rest:
            stripped.setdefault(key, rest)
    return {key: stripped.get(key) or neutral.get(key) or "adult" for key in {*neutral, *stripped}}


def name_emoji(name: str, codepoints: str, category: str, bases: Mapping[str, str]) -> Naming:
    """Return how the emoji `codepoints` of that base `name` is called; `bases` comes from `base_names`."""
    tones = skin_tones_of(codepoints)
    base = bases.get(neutral_codepoints(codepoints), name.lower())
    return Naming(caption_with_tones(name, tones), gender_of(name, category), tones, base)
