"""Personal data in captions: addresses of mail, telephone numbers, handles, numbers of cards and bank accounts.

Every pattern takes time linear in the caption: what repeats without a bound cannot start again inside itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from toolkit.curate.captions.kinds import BETWEEN
from toolkit.curate.captions.payment_numbers import is_card_number, starts_with_iban
from toolkit.curate.scorer import Batch, Need

KINDS: Mapping[str, str] = {
    "email": "holds an e-mail address",
    "phone": "holds a telephone number",
    "card": "holds a payment card's number",
    "iban": "holds a bank account's number",
    "handle": "holds a handle of a social network",
}

_READ = 65_536  # characters
_AT = ("@", "(at)", "[at]", "(AT)", "[AT]")
# RFC 5321: at most 64 characters before the sign; a domain ends in letters.
_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}(?:@|\s?[\[(]at[\])]\s?)(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}(?![\w-])",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@./])@(?=[\w.]*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_.]{1,28})[A-Za-z0-9_](?![\w@])")
_FEW_DIGITS = re.compile(r"\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d")  # fewer are no number of a person's

_SEPARATED = r"(?:[ ().\-/]{0,2}\d)"
_PHONES = (
    # +49 30 1234567, 0044 20 7946 0958: country code, 8 to 15 digits in all (ITU-T E.164)
    re.compile(rf"(?<![\w+])(?:\+[1-9]|(?<!\d )00[1-9]\d?[ ./(-]){_SEPARATED}{{7,14}}(?![\w%])"),
    # (212) 555-0123, 1-212-555-0123: area and exchange never begin with 0 or 1 (North American Numbering Plan)
    re.compile(r"(?<![\w.+/-])(?<!\d )(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?![\w-])"),
    # 030 1234567, 06 12 34 56 78, 020 7946 0958: a leading 0 and 9 to 11 digits, but no date such as 01.02.2003
    re.compile(
        r"(?<![\w.,:+/-])(?<!\d )(?!\d\d?[./-]\d\d?[./-]\d{4})(?=(?:\D?\d){9,11}(?!\D?\d))"
        r"\(?0[1-9]\d{0,4}\)?(?:[ /-]\d{5,8}|([ .-])\d{2,4}(?:\1\d{2,4}){1,4})(?![\w:])"
    ),
    # Tel.: 555 0123, call 5550123: a word that announces it, 6 to 15 digits
    re.compile(
        r"(?<!\w)(?:tel|phone|telephone|telefon|telefono|teléfono|tél|tlf|тел|call|fax|mobile|cell|handy|whatsapp|sms)"
        rf"\.?:?\s{{0,2}}(?:no\.?\s)?(?!(?:19|20)\d\d(?!\d))\+?\(?\d{_SEPARATED}{{5,14}}(?![\w%])",
        re.IGNORECASE,
    ),
)
_CARD = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}(?!\w)")
_NO_DIGIT = re.compile(r"\D")


def personal_data_in(caption: str) -> list[str]:
    """Return which of `KINDS` occur in `caption` (its first 65,536 characters), in their order."""
    return list(_kinds_in(caption[:_READ]))


def _kinds_in(caption: str) -> Iterator[str]:
    if any(sign in caption for sign in _AT) and _EMAIL.search(caption):
        yield "email"
    if _FEW_DIGITS.search(caption):
        if any(pattern.search(caption) for pattern in _PHONES):
            yield "phone"
        if any(is_card_number(_NO_DIGIT.sub("", found)) for found in _CARD.findall(caption)):
            yield "card"
        if any(starts_with_iban(found.replace(" ", "")) for found in _IBAN.findall(caption)):
            yield "iban"
    if "@" in caption and _HANDLE.search(caption):
        yield "handle"


@dataclass(frozen=True)
class CaptionPersonalData:
    """Which kinds of personal data a caption holds: some of `KINDS`, joined by `, `. The data themselves are not
    kept. Of a caption of more than 65,536 characters the start is read."""

    name: str = "caption_personal_data"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """The kinds, "" for none."""
        return {"caption_personal_data": pa.string()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"caption_personal_data": [BETWEEN.join(personal_data_in(caption)) for caption in batch.captions]}
