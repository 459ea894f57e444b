"""The Dublin Core description that an SVG carries about itself, parsed without entities of any consequence."""

from __future__ import annotations

from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from toolkit.errors import SourceError

_DC = "{http://purl.org/dc/elements/1.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_CC = ("{http://web.resource.org/cc/}", "{http://creativecommons.org/ns#}")
_LONGEST_ENTITY = 200


class SvgMetadata(NamedTuple):
    """What an SVG says of itself, untouched: None or empty where it says nothing. `licenses` are URIs."""

    title: str | None
    description: str | None
    keywords: tuple[str, ...]
    creator: str | None
    licenses: tuple[str, ...]

    @property
    def public_domain(self) -> bool:
        """Whether it names at least one licence and every licence that it names is the public domain."""
        named = [uri for uri in self.licenses if uri]
        return bool(named) and all("publicdomain" in uri.lower().replace(" ", "") for uri in named)


def read_svg_metadata(data: bytes) -> SvgMetadata:
    """Return the metadata (dc:title, dc:description, dc:subject, dc:creator, cc:license) of the SVG in `data`.

    Short entities without references, which drawing programs write for namespaces, are expanded; an entity that
    names a file or another entity is refused. Raises SourceError for that and for what is no XML.
    """
    root = _parse(data)
    work = next((one for cc in _CC for one in root.iter(f"{cc}Work")), None)
    if work is None:
        return SvgMetadata(None, None, (), None, ())
    subject = work.find(f"{_DC}subject")
    keywords = [] if subject is None else [one.text for one in subject.iter(f"{_RDF}li") if one.text]
    licenses = [one.get(f"{_RDF}resource", "") for cc in _CC for one in work.iter(f"{cc}license")]
    return SvgMetadata(
        title=work.findtext(f"{_DC}title") or None,
        description=work.findtext(f"{_DC}description") or None,
        keywords=tuple(keywords),
        creator=work.findtext(f"{_DC}creator/*/{_DC}title") or None,
        licenses=tuple(licenses),
    )


def _parse(data: bytes) -> ElementTree.Element:
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, given: builder.start(
        _qualify(tag), {_qualify(key): value for key, value in given.items()}
    )
    parser.EndElementHandler = lambda tag: builder.end(_qualify(tag))
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = _check_entity
    try:
        parser.Parse(data, True)  # noqa: FBT003  # the signature is expat's
    except (expat.ExpatError, ValueError) as error:
        raise SourceError(f"not an SVG that can be read: {error}") from error
    return builder.close()


def _qualify(name: str) -> str:
    """Return expat's `uri}tag` as ElementTree's `{uri}tag`."""
    return "{" + name if "}" in name else name


def _check_entity(
    name: str,
    is_parameter: bool,  # noqa: FBT001  # the signature is expat's
    value: str | None,
    base: str | None,
    system_id: str | None,
    public_id: str | None,
    notation: str | None,
) -> None:
    if value is None or "&" in value or len(value) > _LONGEST_ENTITY:
        raise SourceError(f"the SVG declares entity {name!r}, which names a file or nests; such SVGs are not read")
