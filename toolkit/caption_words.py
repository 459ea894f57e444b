"""What a caption is about and which people it names, by its words and by what its source says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

_WOMAN = (
    "woman women female females girl girls lady ladies she her hers mother mom mum grandmother daughter sister wife "
    "bride queen princess actress waitress stewardess hostess nun businesswoman policewoman firewoman cowgirl "
    "saleswoman chairwoman congresswoman spokeswoman sportswoman housewife schoolgirl mermaid witch heroine "
    "donna donne ragazza signora mujer femme frau"
)
_MAN = (
    "man men male males boy boys gentleman gentlemen guy guys he him his father dad grandfather son brother husband "
    "groom king prince actor waiter steward monk priest businessman policeman policemen fireman firemen cowboy "
    "salesman chairman congressman spokesman sportsman schoolboy merman wizard guardsman handyman fisherman mailman "
    "craftsman workman uomo uomini ragazzo signore hombre homme mann"
)
WOMAN_WORDS = frozenset(_WOMAN.split())
MAN_WORDS = frozenset(_MAN.split())
GENDERS = ("woman", "man")
_WORDS = re.compile(r"[^\W\d_]+")


class CaptionAbout(NamedTuple):
    """What a pair's caption says.

    `base` is the name without gender and skin tone, where its source gives one; `concepts` those asked for that it is
    about; `gender` and `skin_tone` what it names, None where it names none or several. It is `neutral` where it names
    no gender and no tone at all; `several` says that it names the tones of several people.
    """

    base: str | None
    concepts: tuple[str, ...]
    gender: str | None
    skin_tone: str | None
    several: bool
    neutral: bool


def caption_about(caption: str, meta: str | None, concepts: Sequence[str]) -> CaptionAbout:
    """Return what `caption`, with the `meta` JSON of its pair, says about people, and which of `concepts` it is about.

    A caption is about a concept where its source names that as its `base`, or else where its words name it.
    """
    given = json_object(meta)
    base = given.get("base") if isinstance(given.get("base"), str) else None
    gender = given["gender"] if given.get("gender") in GENDERS else gender_named(caption)
    tone = given.get("skin_tone") if isinstance(given.get("skin_tone"), str) else None
    tones = given.get("skin_tones")
    several = isinstance(tones, list) and len(tones) > 1
    return CaptionAbout(
        base=base,
        concepts=tuple(one for one in concepts if (one == base if base else names_concept(caption, one))),
        gender=gender,
        skin_tone=tone,
        several=several,
        neutral=not genders_named(caption) and gender is None and tone is None and not several,
    )


def words(text: str) -> tuple[str, ...]:
    """Return the words of `text`, casefolded: runs of letters in any script."""
    return tuple(_WORDS.findall(text.casefold()))


def genders_named(caption: str) -> frozenset[str]:
    """Return which of woman and man the words of `caption` name: none, one or both."""
    found = set(words(caption))
    named = {"woman"} if found & WOMAN_WORDS else set()
    return frozenset(named | ({"man"} if found & MAN_WORDS else set()))


def gender_named(caption: str) -> str | None:
    """Return `woman` or `man` where `caption` names exactly one of them, else None."""
    named = genders_named(caption)
    return next(iter(named)) if len(named) == 1 else None


def names_concept(caption: str, concept: str) -> bool:
    """Return whether the words of `concept` stand together in `caption`, the last one perhaps in the plural."""
    wanted = words(concept)
    return bool(wanted) and _pattern(wanted).search(" ".join(words(caption))) is not None


@lru_cache(maxsize=512)
def _pattern(wanted: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S){' '.join(map(re.escape, wanted))}(?:e?s)?(?!\S)")


def json_object(text: str | None) -> dict[str, Any]:
    """Return the JSON object in `text`; an empty one for anything else."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
