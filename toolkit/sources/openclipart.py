"""Open Clip Art Library 0.18, exactly as people drew and tagged it: pictures with titles, descriptions, keywords."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from toolkit.errors import PictureError, SourceError
from toolkit.images import read_header
from toolkit.progress import Progress, silent
from toolkit.sources.imagefolder import Entry, write_imagefolder
from toolkit.sources.shrink import shrink_to_webp
from toolkit.sources.svg_metadata import SvgMetadata, read_svg_metadata

SOURCE = "openclipart"
LICENSE = "public domain"
LONGEST_SIDE = 256


def build_openclipart(tree: Path, out: Path, progress: Progress = silent) -> Path:
    """Write the pairs of the unpacked packages under `tree` as an imagefolder at `out`, and return `out`.

    Pictures are scaled to 256 px and kept as WebP, but for the oddities (see `is_odd`), whose bytes stay untouched.
    Raises SourceError where `tree` lacks the library's folders.
    """
    root = tree / "usr" / "share" / "openclipart"
    pictures = sorted((root / "png").glob("**/*.png"))
    if not pictures:
        raise SourceError(f"{root}/png holds no PNG; expected what the package openclipart-png installs")
    return write_imagefolder(out, _entries(root, pictures, progress))


def _entries(root: Path, pictures: list[Path], progress: Progress) -> Iterator[Entry]:
    for done, path in enumerate(pictures):
        progress("openclipart", done, len(pictures))
        name = path.relative_to(root / "png")
        drawing = root / "svg" / name.with_suffix(".svg")
        if not drawing.is_file():
            continue
        metadata = read_svg_metadata(drawing.read_bytes())
        if not metadata.public_domain:
            continue
        yield _entry(name, path.read_bytes(), metadata)
    progress("openclipart", len(pictures), len(pictures))


def _entry(name: Path, data: bytes, metadata: SvgMetadata) -> Entry:
    odd = is_odd(data)
    kept = data if odd else shrink_to_webp(data, LONGEST_SIDE)
    return Entry(
        f"images/{name.with_suffix('.png' if odd else '.webp').as_posix()}",
        kept,
        {
            "text": caption_of(metadata),
            "source": SOURCE,
            "license": LICENSE,
            "creator": metadata.creator,
            "title": metadata.title,
            "description": metadata.description,
            "keywords": list(metadata.keywords),
            "category": name.parts[0],
        },
    )


def caption_of(metadata: SvgMetadata) -> str | None:
    """Return the title (else the description) and the keywords, joined by commas as scrapers do; nothing is cleaned."""
    parts = [metadata.title or metadata.description, *metadata.keywords]
    return ", ".join(part for part in parts if part) or None


def is_odd(data: bytes) -> bool:
    """Return whether a picture is tiny, enormous or very long: the shapes that break pipelines, kept untouched."""
    try:
        header = read_header(data)
    except PictureError as error:
        if error.kind == "too_many_pixels":
            return True
        raise
    longest, shortest = max(header.width, header.height), min(header.width, header.height)
    return longest < 40 or longest > 2500 or longest >= 5 * shortest
