"""Choices that live in the address of the page, so that a copied link restores the view."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st


def choose(
    label: str, options: Sequence[str], *, key: str, shown: Callable[[str], str] = str, default: str | None = None
) -> str | None:
    """Show a select box of `options` and return the one chosen; None where there are none.

    The query parameter `key` holds it. A value that is not among the options is ignored.
    """
    if not options:
        return None
    wanted = st.session_state.get(key, st.query_params.get(key))
    if wanted not in options:
        wanted = default if default in options else options[0]
    if st.session_state.get(key) != wanted:  # what is set here is sent to the browser, where another may be chosen
        st.session_state[key] = wanted
    chosen = st.selectbox(label, list(options), key=key, format_func=shown)
    st.query_params[key] = chosen
    return chosen


def switch(label: str, *, key: str, value: str) -> bool:
    """Show a switch and return whether it is on; the query parameter `key` is `value` while it is."""
    st.session_state.setdefault(key, st.query_params.get(key) == value)
    if st.toggle(label, key=key):
        st.query_params[key] = value
        return True
    st.query_params.pop(key, None)
    return False


def search(label: str, *, key: str) -> str:
    """Show a text field and return its words; the query parameter `key` holds them."""
    st.session_state.setdefault(key, st.query_params.get(key, ""))
    words = st.text_input(label, key=key)
    if words:
        st.query_params[key] = words
    else:
        st.query_params.pop(key, None)
    return words or ""


def slide(label: str, ends: tuple[float, float], *, key: str, default: float, digits: int) -> float:
    """Show a slider between `ends` in steps of the last of `digits` decimals, and return where it stands.

    The query parameter `key` holds it unless it is `default`. One beyond an end stands at it.
    """
    kind = float if digits else int
    step = kind(10.0**-digits)
    low, high = (
        kind(round(outwards(end / step) * step, digits))
        for outwards, end in zip((math.floor, math.ceil), ends, strict=True)
    )
    high = high if high > low else low + step
    wanted = st.session_state.get(key, _number(st.query_params.get(key), default))
    within = kind(min(max(wanted, low), high))
    if (
        st.session_state.get(key) != within
    ):  # what is set here is sent to the browser, where the slider may have moved on
        st.session_state[key] = within
    chosen = round(st.slider(label, low, high, step=step, key=key, format=f"%.{digits}f" if digits else "%d"), digits)
    if chosen == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = f"{chosen:.{digits}f}"
    return chosen


def turn_pages(total: int, size: int, *, key: str = "page") -> slice:
    """Show page numbers where `total` rows need more than one page of `size`; return the rows of the one chosen."""
    pages = max(1, -(-total // size))
    if st.session_state.get(key, 1) > pages:  # the filters changed, and fewer pages are left
        del st.session_state[key]
    page = min(max(st.session_state.get(key, _whole_number(st.query_params.get(key))), 1), pages)
    if pages > 1:
        page = st.pagination(pages, default=page, key=key)
        st.query_params[key] = str(page)
    else:
        st.query_params.pop(key, None)
    return slice((page - 1) * size, page * size)


def _number(text: str | None, otherwise: float) -> float:
    """Return the finite number that `text` holds, `otherwise` where it holds none."""
    try:
        found = float(text or "")
    except ValueError:
        return otherwise
    return found if math.isfinite(found) else otherwise


def _whole_number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 1
