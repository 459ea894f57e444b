"""One key for each answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Streamlit keeps C and R for itself, so "can't tell" is X.
CANNOT, UNDO, PROMPT = "X", "U", "P"
KEYS = "1234567890ABDEFGHIJKLMNOQSTVWYZ"
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$^&])")


def keys_of(values: Sequence[str]) -> dict[str, str | None]:
    """Return the key of each of `values`: digits, then letters; None beyond those."""
    return {value: KEYS[place] if place < len(KEYS) else None for place, value in enumerate(values)}


def plain(text: str) -> str:
    """Return `text` as Markdown that shows it as it is."""
    return _MARKUP.sub(r"\\\1", text)
