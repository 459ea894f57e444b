"""Pictures with words beside them, as one piece of HTML: a hundred times faster than a widget for each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import zip_longest
from typing import NamedTuple
from urllib.parse import urlencode

import streamlit as st

LONGEST_CAPTION = 160
STYLE = """<style>
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:14px;margin:8px 0}
.twins{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:16px;margin:8px 0}
.twin{display:flex;gap:10px;border:1px solid #8884;border-radius:8px;padding:8px}
.twin figure{flex:1 1 0;min-width:0}
.tiles figure,.twin figure{margin:0;font-size:12.5px;line-height:1.35;overflow-wrap:anywhere}
:is(.tiles,.twin) img,:is(.tiles,.twin) .missing{width:112px;height:112px;object-fit:contain;background:#fff;
border:1px solid #8884;border-radius:6px;display:block}
:is(.tiles,.twin) .missing{color:#555;text-align:center;padding-top:44px;box-sizing:border-box}
:is(.tiles,.twin) b{display:block;font-weight:600}
:is(.tiles,.twin) span{display:block;opacity:.75}
</style>"""
FACTS = """<style>
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px 24px;margin:4px 0}
.facts dt{font-size:13px;opacity:.8}.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
</style>"""
_ANGLES = str.maketrans("<>", "‹›")


class Tile(NamedTuple):
    """A picture by its address (None where it cannot be shown), its caption, and lines of words under it."""

    uri: str | None
    caption: str
    lines: tuple[str, ...]


def show_tiles(tiles: Sequence[Tile]) -> None:
    """Show `tiles` as a grid. Captions and lines are data: whatever markup they hold is shown as text."""
    st.html(STYLE + '<div class="tiles">' + "".join(map(_figure, tiles)) + "</div>")


def show_twins(twins: Sequence[tuple[Tile, Tile]]) -> None:
    """Show tiles two by two, each pair in a frame of its own."""
    pairs = "".join(f'<div class="twin">{_figure(one)}{_figure(two)}</div>' for one, two in twins)
    st.html(f'{STYLE}<div class="twins">{pairs}</div>')


def _figure(tile: Tile) -> str:
    caption = tile.caption if len(tile.caption) <= LONGEST_CAPTION else tile.caption[: LONGEST_CAPTION - 1] + "…"
    name = attribute(caption)
    if tile.uri:
        picture = f'<img src="{escape(tile.uri, quote=True)}" alt="{name}" loading="lazy">'
    else:
        picture = f'<div class="missing" role="img" aria-label="{name}">no picture</div>'
    lines = "".join(f"<span>{escape(line)}</span>" for line in tile.lines)
    return f"<figure>{picture}<figcaption><b>{escape(caption)}</b>{lines}</figcaption></figure>"


def attribute(words: str, otherwise: str = "a picture without a caption") -> str:
    """Return `words` as they may stand in an attribute of HTML, which no sanitiser takes away; `otherwise` where there
    are none.

    Streamlit's sanitiser (DOMPurify, SAFE_FOR_XML) drops an attribute that holds `-->`, `]>` or the end of an element
    such as script, style or title, escaped or not; so angle brackets become quotation marks that look like them.
    """
    return escape(words.translate(_ANGLES).strip() or otherwise, quote=True)


def show_text(*paragraphs: str, kind: str = "p") -> None:
    """Show text that comes from tables, each a paragraph (or another element, `kind`), without reading any markup."""
    if paragraphs:
        shown = "".join(f"<{kind}>{escape(one)}</{kind}>" for one in paragraphs)
        st.html(f"<ul>{shown}</ul>" if kind == "li" else shown)


def show_problem(words: str) -> None:
    """Show what is wrong with a run, as plain text in a box."""
    box = "border-left:4px solid #D55E00;background:#D55E0018;padding:10px 14px;border-radius:4px"
    st.html(f'<div role="alert" style="{box};overflow-wrap:anywhere">{escape(words)}</div>')


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, links: Sequence[dict[str, str]] = ()) -> None:
    """Show a small table of plain text. `links` holds of each row the query parameters that its first cell leads to,
    on the page shown first."""
    if not rows:
        return
    cells = "".join(
        f'<th scope="col" style="text-align:left;padding:4px 16px 4px 0">{escape(one)}</th>' for one in header
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td style="padding:4px 16px 4px 0;vertical-align:top">{one}</td>' for one in _cells(row, link))
        + "</tr>"
        for row, link in zip_longest(rows, links)
    )
    st.html(f'<table style="font-size:14px;border-collapse:collapse"><tr>{cells}</tr>{body}</table>')


def _cells(row: Sequence[str], link: dict[str, str] | None) -> list[str]:
    """Return the HTML in each cell of a row, whose first is a link where there is one."""
    first, *rest = map(escape, row)
    if link is not None:
        first = f'<a href="./?{escape(urlencode(link), quote=True)}" target="_self">{first}</a>'
    return [first, *rest]


def show_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Show a few facts beside one another, each under what it is of."""
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(words)}</dd></div>" for name, words in facts)
    st.html(f'{FACTS}<dl class="facts">{shown}</dl>')


def show_folded(title: str, text: str) -> None:
    """Show `text`, of many lines, under a `title` that opens it; neither is read as markup."""
    pre = "white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px"
    st.html(f'<details><summary>{escape(title)}</summary><pre style="{pre}">{escape(text)}</pre></details>')
