"""The parsers of HTML and XML, set so that they read nothing but what they are given; lxml is asked for here alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from toolkit.errors import SourceError


class Target(Protocol):
    """What a parser tells of each element; names of attributes as they stand."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> None: ...


class Parser(Protocol):
    """What takes in a document in parts."""

    def feed(self, data: bytes) -> None: ...
    def close(self) -> object: ...


def html_parser(target: Target) -> tuple[Parser, tuple[type[Exception], ...]]:
    """Return a parser of HTML in UTF-8 that tells `target`, and what it raises where a document is beyond reading.

    It builds no tree: lexbor's tree builder takes quadratic time for deep nesting (10 s for 200 kB of <div>).
    """
    etree = _lxml()
    parser = etree.HTMLParser(
        target=target, encoding="utf-8", recover=True, no_network=True, huge_tree=True, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    return parser, (etree.LxmlError, SyntaxError)


def xml_parser(target: Target) -> tuple[Parser, tuple[type[Exception], ...]]:
    """Return a parser of XML that tells `target`, and what it raises. It resolves no entities and fetches nothing."""
    etree = _lxml()
    parser = etree.XMLParser(
        target=target, recover=True, no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
    )
    return parser, (etree.LxmlError, SyntaxError)


def _lxml() -> Any:
    try:
        from lxml import etree
    except ImportError as error:
        raise SourceError("reading pages needs lxml; pip install 'tain[web]'") from error
    return etree
