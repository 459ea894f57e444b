"""The real pictures that the bench starts from: fetched sets, folders of pictures, or the archives they come in."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import SourceError
from toolkit.sources.emoji import build_emoji
from toolkit.sources.fetch import EMOJI_PACKAGES, OPENCLIPART_PACKAGES, require_programs, run_program
from toolkit.sources.openclipart import caption_of
from toolkit.sources.svg_metadata import read_svg_metadata
from toolkit.store import whole_folder

SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")


class Original(NamedTuple):
    """A picture of `collection`; its caption is `text`, or in the metadata of `drawing` (an SVG), or its name."""

    path: Path
    collection: str
    text: str | None = None
    drawing: Path | None = None

    @property
    def caption(self) -> str:
        """What the picture is called by those who drew it."""
        if self.text is None and self.drawing is not None:
            return caption_of(read_svg_metadata(self.drawing.read_bytes())) or self.path.stem
        return self.text or self.path.stem.replace("_", " ")


def find_originals(folders: Sequence[Path], work: Path) -> list[Original]:
    """Return the pictures of `folders` in an order that is the same on every machine and mixes the collections.

    A folder holds archives (.deb, .tgz), an imagefolder with metadata.jsonl, or pictures. Without any folder the
    archives are downloaded into `work`. Raises SourceError where a folder holds no picture.
    """
    found: list[Original] = []
    for folder in folders or [_download(work / "archives")]:
        some = list(_originals_in(folder, work / "unpacked"))
        if not some:
            raise SourceError(f"{folder} holds no pictures; expected .deb or .tgz archives, or {', '.join(SUFFIXES)}")
        found += some
    return sorted(found, key=lambda one: hashlib.blake2b(f"{one.collection}/{one.path.name}".encode()).digest())


def _originals_in(folder: Path, unpacked: Path) -> Iterator[Original]:
    drawings, emoji = sorted(folder.glob("openclipart*.deb")), sorted(folder.glob("*emoji*.tgz"))
    if drawings:
        yield from _openclipart(drawings, unpacked / "openclipart")
    if emoji:
        yield from _imagefolder(_build_emoji(emoji, unpacked / "emoji"), "emoji")
    if not drawings and not emoji and (folder / "metadata.jsonl").is_file():
        yield from _imagefolder(folder, folder.name)
    elif not drawings and not emoji:
        pictures = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES)
        yield from (Original(path, folder.name) for path in pictures)


def _openclipart(archives: list[Path], tree: Path) -> Iterator[Original]:
    if not tree.is_dir():
        with whole_folder(tree) as beside:
            for archive in archives:
                run_program(["dpkg", "-x", str(archive.resolve()), str(beside)], archive.parent, "Is it damaged?")
    root = tree / "usr" / "share" / "openclipart"
    for path in sorted((root / "png").rglob("*.png")):
        drawing = root / "svg" / path.relative_to(root / "png").with_suffix(".svg")
        if drawing.is_file():
            yield Original(path, "openclipart", drawing=drawing)


def _build_emoji(archives: list[Path], out: Path) -> Path:
    if not out.is_dir():
        packages: dict[str, Path] = {}
        for vendor in EMOJI_PACKAGES:
            into = out.parent / f"package-{vendor}"
            with tarfile.open(next(one for one in archives if vendor in one.name)) as archive:
                archive.extractall(into, filter="data")
            packages[vendor] = into / "package"
        build_emoji(packages, out)
    return out


def _imagefolder(folder: Path, collection: str) -> Iterator[Original]:
    with (folder / "metadata.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            yield Original(folder / entry["file_name"], collection, entry["text"])


def _download(folder: Path) -> Path:
    """Download what `tain fetch` downloads, and keep the archives: the bench wants pictures at their full size."""
    if not folder.is_dir():
        require_programs("openclipart", ("apt-get", "dpkg", "npm"), "Or give folders of pictures with DATA.")
        with whole_folder(folder) as beside:
            beside.chmod(0o755)  # so that apt's own unprivileged user may write here
            run_program(["apt-get", "download", *OPENCLIPART_PACKAGES], beside, "Is there a connection?")
            run_program(["npm", "pack", "--loglevel=error", *EMOJI_PACKAGES.values()], beside, "Is there a connection?")
    return folder
