"""Numbers of payment cards and bank accounts, told from other numbers by their check digits."""

from __future__ import annotations

import re

# Issuers' prefixes and lengths (ISO/IEC 7812): Visa, Mastercard twice, American Express, Discover, Diners Club, JCB.
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|6011\d{12}|64[4-9]\d{13}|65\d{14}|30[0-5]\d{11}|3[689]\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)
# The SWIFT registry of ISO 13616: countries by the length of their IBANs.
_IBAN_COUNTRIES = {
    15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
    22: "AE BG BH CR DE GB GE IE ME RS VA", 23: "GI IL IQ TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST",
    26: "IS TR", 27: "FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU",
    31: "MT SC", 32: "LC",
}  # fmt: skip
_IBAN_LENGTHS = {country: length for length, countries in _IBAN_COUNTRIES.items() for country in countries.split()}


def is_card_number(digits: str) -> bool:
    """Return whether `digits` are a payment card's: an issuer's prefix, its length, and the Luhn check digit
    (ISO/IEC 7812-1, annex B)."""
    if not _CARD.fullmatch(digits):
        return False
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[::-2]))) % 10 == 0


def starts_with_iban(text: str) -> bool:
    """Return whether `text`, capitals and digits, begins with an IBAN: the length of its country, and the check digits
    (ISO 13616, ISO 7064 MOD 97-10)."""
    length = _IBAN_LENGTHS.get(text[:2])
    if length is None or len(text) < length:
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:length] + text[:4])) % 97 == 1
