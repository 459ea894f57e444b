"""Any value that an input may hold, as text and JSON that every later reader survives."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_DEEPEST = 32
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False)


class Text(NamedTuple):
    """Text that Arrow can hold, and whether unpaired surrogates were replaced by U+FFFD in it."""

    text: str | None
    replaced: bool = False


def text_of(value: object) -> Text:
    """Return `value` as text: None for null, NaN and an empty list; the first entry of a list; str() of the rest."""
    if isinstance(value, str):  # nearly always
        return Text(value) if value.isascii() else _without_surrogates(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return text_of(value[0]) if value else Text(None)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Text(None)
    if isinstance(value, (bytes, bytearray)):
        return _without_surrogates(bytes(value).decode("utf-8", "surrogateescape"))
    return _without_surrogates(str(value))


def plain_text_of(value: object) -> str | None:
    """Return the text of `text_of`, whatever was replaced in it."""
    return value if isinstance(value, str) and value.isascii() else text_of(value).text


def _without_surrogates(text: str) -> Text:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return Text("".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in text), replaced=True)
    return Text(text)


def encode_meta(columns: Mapping[str, object]) -> str:
    """Return `columns` as a JSON object with sorted keys.

    NaN and infinities become null, unpaired surrogates U+FFFD, bytes their count, and what JSON does not know its
    str(). The same columns give the same text.
    """
    return _encode_plain(columns) or _ENCODER.encode(_plain(columns, 0))


def _encode_plain(columns: Mapping[str, object]) -> str | None:
    """Return `columns` as JSON where it holds nothing that `_plain` would change, as nearly all columns do."""
    try:
        text = _ENCODER.encode(columns)
        if not text.isascii():
            text.encode("utf-8")
    except (TypeError, ValueError, RecursionError):  # ValueError: NaN, or an unpaired surrogate
        return None
    if text.count("{") + text.count("[") > _DEEPEST or not all(type(key) is str for key in columns):
        return None
    return text


def _plain(value: object, depth: int) -> object:
    if depth > _DEEPEST:
        return "nested too deeply to keep"
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(value)} bytes"
    if isinstance(value, Mapping):
        return {str(text_of(str(key)).text): _plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one, depth + 1) for one in value]
    return text_of(str(value)).text
