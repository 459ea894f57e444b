"""Choices that live in the address of the page, so that a copied link restores the view."""

from __future__ import annotations

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
    st.session_state[key] = wanted
    chosen = st.selectbox(label, list(options), key=key, format_func=shown)
    st.query_params[key] = chosen
    return chosen


def search(label: str, *, key: str) -> str:
    """Show a text field and return its words; the query parameter `key` holds them."""
    st.session_state.setdefault(key, st.query_params.get(key, ""))
    words = st.text_input(label, key=key)
    if words:
        st.query_params[key] = words
    else:
        st.query_params.pop(key, None)
    return words or ""


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


def _whole_number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 1
