"""What a caption says about the people in it, by its words alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from toolkit.audit.annotator import Label, Picture, TextEmbedder
from toolkit.audit.recipe import GENDER, AuditRecipe

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
_WORDS = re.compile(r"[^\W\d_]+")


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


class CaptionWords:
    """Reads which gender a caption names; abstains where it names none or both. It never looks at the picture."""

    name = "caption-words"
    version = "1"
    attribute = GENDER
    values = ("woman", "man")
    kinds = frozenset({"pair"})
    needs_embedding = False

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every caption."""
        labels = []
        for one in pictures:
            named = one.gender or gender_named(one.caption)
            probabilities = {value: float(value == named) for value in self.values} if named else {}
            labels.append(Label(one.kind, one.subject_id, named, probabilities, named is None))
        return labels


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> CaptionWords:
    """Return the annotator; it needs neither settings nor a network."""
    return CaptionWords()
