"""Putting right two skin tones that the package of Fluent emoji swaps.

In @lobehub/fluent-emoji-3d 1.1.0 nearly every emoji's file for the medium-light tone (1f3fc) holds Microsoft's art for
medium (1f3fd) and the other way round: of 281 emoji that come in five tones, the medium-light file is the darker one
in 272. In one (the mountain bicyclist) the five are in reverse. Labels that are read off file names would be wrong.
"""

from __future__ import annotations

from pathlib import Path

from toolkit.images import decode
from toolkit.sources.emoji_names import SKIN_TONES

_LIGHT, _MEDIUM_LIGHT, _MEDIUM, _, _DARK = SKIN_TONES


def put_tones_right(pictures: dict[str, Path]) -> dict[str, Path]:
    """Return `pictures`, by hyphenated codepoints, with each tone's own art.

    Where the medium-light picture of an emoji is darker on average than its medium one, the two are exchanged; an
    emoji whose light picture is darker than its dark one is left out, since its tones cannot be told.
    """
    right = dict(pictures)
    for codepoints in sorted(pictures):
        if set(codepoints.split("-")) & set(SKIN_TONES) != {_LIGHT}:
            continue
        of_tone = {tone: codepoints.replace(_LIGHT, tone) for tone in SKIN_TONES}
        if not all(one in pictures for one in of_tone.values()):
            continue
        if _brightness(pictures[of_tone[_LIGHT]]) < _brightness(pictures[of_tone[_DARK]]):
            for one in of_tone.values():
                del right[one]
        elif _brightness(pictures[of_tone[_MEDIUM_LIGHT]]) < _brightness(pictures[of_tone[_MEDIUM]]):
            right[of_tone[_MEDIUM_LIGHT]] = pictures[of_tone[_MEDIUM]]
            right[of_tone[_MEDIUM]] = pictures[of_tone[_MEDIUM_LIGHT]]
    return right


def _brightness(path: Path) -> float:
    """Return the mean of all channels of the picture on white, 0 to 255."""
    return float(decode(path.read_bytes()).mean())
