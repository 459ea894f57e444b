"""Which pairs of the full sets are in the bundled sample: a seeded choice that keeps what is dirty about them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from toolkit.seeds import content_hash, stable_hash
from toolkit.sources.openclipart import is_odd
from toolkit.sources.rows import PairRow

SEED = "zoo:sample 1"
OPENCLIPART_ROWS = 2400
ODDITY_BYTES = 1_450_000
EMOJI_OF_THE_REST = 100

PROFESSIONS = (
    *("artist", "astronaut", "construction worker", "cook", "detective", "factory worker", "farmer", "firefighter"),
    *("guard", "health worker", "judge", "mechanic", "office worker", "pilot", "police officer", "scientist"),
    *("singer", "student", "teacher", "technologist"),
)
PEOPLE = ("adult", "baby", "child", "older")
WHOLE_CATEGORIES = ("Animals & Nature", "Smileys & Emotion")

_PEOPLE_WORDS = re.compile(
    r"\b(firem[ae]n|firefighters?|nurses?|doctors?|judges?|police\w*|teachers?|cooks?|chefs?|farmers?|m[ae]n|wom[ae]n"
    r"|persons?|people|girls?|boys?|workers?|scientists?|pilots?|soldiers?|students?|artists?|singers?|kings?|queens?"
    r"|astronauts?|mechanics?|secretar\w+|business\w+|dancers?|engineers?|lawyers?|uomo|donna|dottore|medico)\b",
    re.IGNORECASE,
)


def choose_openclipart(rows: Sequence[PairRow]) -> list[PairRow]:
    """Return about 2,400 of `rows` in their order: oddities, people, and a seeded draw from the rest.

    Oddities are taken smallest first up to 1.45 MB. The draw is of pictures, not of rows: all rows that share one
    picture come together, so duplicates are as common as they were. Nothing is chosen by how clean it is.
    """
    odd = {id(row) for row in _smallest_oddities(rows)}
    usual = [row for row in rows if row.data is not None and not is_odd(row.data)]
    people = {id(row) for row in usual if _shows_people(row)}
    drawn: set[int] = set()
    for picture in _by_picture(usual):
        if len(odd) + len(people | drawn) >= OPENCLIPART_ROWS:
            break
        drawn |= {id(row) for row in picture}
    return [row for row in rows if id(row) in odd | people | drawn]


def _smallest_oddities(rows: Sequence[PairRow]) -> Iterator[PairRow]:
    odd = [(len(row.data), place, row) for place, row in enumerate(rows) if row.data is not None and is_odd(row.data)]
    left = ODDITY_BYTES
    for size, _, row in sorted(odd, key=lambda one: one[:2]):
        left -= size
        if left < 0:
            return
        yield row


def _shows_people(row: PairRow) -> bool:
    return fields_of(row)["category"] == "people" or _PEOPLE_WORDS.search(row.caption or "") is not None


def _by_picture(rows: Sequence[PairRow]) -> list[list[PairRow]]:
    """Return `rows` grouped by their picture's bytes, in an order drawn from the seed."""
    groups: dict[str, list[PairRow]] = {}
    for row in rows:
        groups.setdefault(content_hash(row.data or b""), []).append(row)
    return [groups[key] for key in sorted(groups, key=lambda key: stable_hash(SEED, key))]


def choose_emoji(rows: Sequence[PairRow]) -> list[PairRow]:
    """Return some of `rows` in their order: whole professions, and one tone of the rest.

    All gender and skin-tone variants of `PROFESSIONS` and of people as such; animals, faces and hearts; the untoned
    variants of all other people; and of the remaining categories 100 emoji drawn by seed, the same for every vendor.
    """
    rest = sorted({fields_of(row)["codepoints"] for row in rows if _is_rest(row)}, key=_rank)
    drawn = frozenset(rest[:EMOJI_OF_THE_REST])
    return [row for row in rows if _is_wanted(row) or fields_of(row)["codepoints"] in drawn]


def _rank(codepoints: str) -> str:
    return stable_hash(SEED, codepoints)


def _is_wanted(row: PairRow) -> bool:
    fields = fields_of(row)
    if fields["base"] in (*PROFESSIONS, *PEOPLE):
        return True
    untoned_person = str(fields["subcategory"]).startswith("person") and not fields["skin_tones"]
    return untoned_person or fields["category"] in WHOLE_CATEGORIES


def _is_rest(row: PairRow) -> bool:
    return not _is_wanted(row) and not fields_of(row)["skin_tones"]


def fields_of(row: PairRow) -> dict[str, Any]:
    """Return the columns in the row's `meta`."""
    fields: dict[str, Any] = json.loads(row.meta)
    return fields
