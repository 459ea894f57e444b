"""What SVGs say of themselves, and the set built from a small tree of clip art."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hostile import bomb_png, encoded, photograph
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from toolkit.errors import SourceError
from toolkit.images import read_header
from toolkit.sources import open_source
from toolkit.sources.openclipart import build_openclipart, caption_of
from toolkit.sources.shrink import shrink_to_webp
from toolkit.sources.svg_metadata import SvgMetadata, read_svg_metadata

PUBLIC_DOMAIN = "http://web.resource.org/cc/PublicDomain"


def svg(title: str = "Fireman", keywords: str = "<rdf:li>people</rdf:li>", license_uri: str = PUBLIC_DOMAIN) -> bytes:
    return f"""<svg xmlns="http://www.w3.org/2000/svg"><metadata>
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cc="http://web.resource.org/cc/"
     xmlns:dc="http://purl.org/dc/elements/1.1/"><cc:Work rdf:about=""><dc:title>{title}</dc:title>
    <dc:description>a man with a hose</dc:description><dc:subject><rdf:Bag>{keywords}</rdf:Bag></dc:subject>
    <dc:publisher><cc:Agent><dc:title>Open Clip Art Library</dc:title></cc:Agent></dc:publisher>
    <dc:creator><cc:Agent><dc:title>Ann</dc:title></cc:Agent></dc:creator>
    <cc:license rdf:resource="{license_uri}"/></cc:Work></rdf:RDF></metadata></svg>""".encode()


def test_title_keywords_creator_and_licence_are_read() -> None:
    found = read_svg_metadata(svg(keywords="<rdf:li>people</rdf:li><rdf:li>work</rdf:li>"))
    assert found == SvgMetadata("Fireman", "a man with a hose", ("people", "work"), "Ann", (PUBLIC_DOMAIN,))
    assert found.public_domain


@pytest.mark.parametrize("uri", ["", "http://creativecommons.org/licenses/GPL/2.0/"])
def test_other_licences_are_not_the_public_domain(uri: str) -> None:
    assert not read_svg_metadata(svg(license_uri=uri)).public_domain


def test_an_svg_without_metadata_says_nothing() -> None:
    assert read_svg_metadata(b"<svg/>") == SvgMetadata(None, None, (), None, ())


def test_short_entities_of_drawing_programs_are_expanded() -> None:
    data = b'<!DOCTYPE svg [<!ENTITY t "Fireman">]>' + svg(title="&t;")
    assert read_svg_metadata(data).title == "Fireman"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY t SYSTEM "file:///etc/passwd">',
        '<!ENTITY t SYSTEM "http://example.org/t">',
        '<!ENTITY a "ha"><!ENTITY t "&a;&a;">',
        f'<!ENTITY t "{"x" * 5000}">',
        '<!ENTITY % t SYSTEM "http://example.org/t.dtd"> %t;',
    ],
)
def test_entities_that_reach_out_or_grow_are_refused(declaration: str) -> None:
    with pytest.raises(SourceError, match="declares entity"):
        read_svg_metadata(f"<!DOCTYPE svg [{declaration}]>".encode() + svg(title="&t;"))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_xml_are_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match="not an SVG that can be read"):
        read_svg_metadata(b"<svg" + data.replace(b">", b"<"))


def test_captions_are_what_people_wrote() -> None:
    assert caption_of(SvgMetadata("gramastar", "x", ("stars", "shapes"), None, ())) == "gramastar, stars, shapes"
    assert caption_of(SvgMetadata(None, "a hose", (), None, ())) == "a hose"
    assert caption_of(SvgMetadata(None, None, (), None, ())) is None


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Unpacked packages: a usual picture, its duplicate, three oddities, one of another licence, one undrawn."""
    root = tmp_path / "tree" / "usr" / "share" / "openclipart"
    usual = encoded(photograph(400), "PNG")
    files = {
        "people/fireman_j.doe_01": (usual, svg()),
        "unsorted/fireman": (usual, svg()),
        "flags/tiny": (encoded(Image.new("RGB", (6, 3), "red"), "PNG"), svg("Tiny")),
        "tools/pencil": (encoded(Image.new("P", (500, 50)), "PNG"), svg("Pencil")),
        "food/bomb": (bomb_png(9_000, 9_000), svg("Milk")),
        "people/gpl": (usual, svg(license_uri="http://creativecommons.org/licenses/GPL/2.0/")),
        "people/undrawn": (usual, None),
    }
    for name, (png, drawing) in files.items():
        for kind, data in (("png", png), ("svg", drawing)):
            if data is not None:
                path = root / kind / f"{name}.{kind}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    return tmp_path / "tree"


def test_the_set_keeps_duplicates_and_oddities_and_only_the_public_domain(tree: Path, tmp_path: Path) -> None:
    out = build_openclipart(tree, tmp_path / "openclipart")
    rows = {json.loads(row.meta)["category"]: row for row in open_source(out).rows()}
    assert sorted(rows) == ["flags", "food", "people", "tools", "unsorted"]
    assert rows["people"].caption == "Fireman, people"
    assert rows["people"].data == rows["unsorted"].data
    assert str(rows["people"].image_path).endswith("images/people/fireman_j.doe_01.webp")
    assert read_header(rows["people"].data or b"")[:2] == (256, 256)
    for category, name in [("flags", "tiny"), ("tools", "pencil"), ("food", "bomb")]:
        original = tree / "usr/share/openclipart/png" / category / f"{name}.png"
        assert rows[category].data == original.read_bytes()
    assert {row.license for row in rows.values()} == {"public domain"}


def test_building_twice_gives_the_same_bytes(tree: Path, tmp_path: Path) -> None:
    one, two = (build_openclipart(tree, tmp_path / name) for name in ("one", "two"))
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(files) == 6
    assert all((one / file).read_bytes() == (two / file).read_bytes() for file in files)


def test_nothing_is_overwritten_and_no_half_is_left(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(SourceError, match="is in the way"):
        build_openclipart(tree, tmp_path / "full")
    next(tree.rglob("svg/people/*.svg")).write_bytes(b"<svg")
    with pytest.raises(SourceError, match="not an SVG"):
        build_openclipart(tree, tmp_path / "half")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "tree"]


def test_shrinking_keeps_transparency_and_never_enlarges() -> None:
    clear = Image.new("RGBA", (300, 150), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 150, 150))
    shrunk = Image.open(io.BytesIO(shrink_to_webp(encoded(clear, "PNG"), 64)))
    assert (shrunk.size, shrunk.mode) == ((64, 32), "RGBA")
    assert shrunk.getpixel((60, 16))[3] == 0
    assert shrunk.getpixel((4, 16))[3] == 255
    small = Image.open(io.BytesIO(shrink_to_webp(encoded(photograph(20), "PNG"), 64)))
    assert small.size == (20, 20)
