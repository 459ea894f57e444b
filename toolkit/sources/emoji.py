"""Emoji of three vendors with their Unicode names: each profession in every gender and skin tone, drawn thrice.

Only art whose licence lets it be passed on: Google's, Twitter's and Microsoft's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import SourceError
from toolkit.progress import Progress, silent
from toolkit.sources.emoji_names import base_names, name_emoji
from toolkit.sources.fluent_tones import put_tones_right
from toolkit.sources.imagefolder import Entry, write_imagefolder
from toolkit.sources.shrink import shrink_to_webp

SIDE = 64


class Vendor(NamedTuple):
    """One vendor's art: its name in `source` (`emoji/NAME`), licence, creator, and the folder in its package."""

    name: str
    license: str
    creator: str
    folder: str


VENDORS = (
    Vendor("google", "Apache-2.0", "Google (Noto Emoji)", "img/google/64"),
    Vendor("twitter", "CC-BY-4.0", "Twitter and other contributors (Twemoji)", "img/twitter/64"),
    Vendor("fluent", "MIT", "Microsoft (Fluent Emoji)", "assets"),
)


class Emoji(NamedTuple):
    """One emoji of the table that all vendors share: hyphenated lower-case codepoints and the fields beside them."""

    codepoints: str
    name: str
    category: str
    subcategory: str
    short_names: tuple[str, ...]


def build_emoji(packages: dict[str, Path], out: Path, progress: Progress = silent) -> Path:
    """Write the pairs of the three unpacked packages (by vendor name) as an imagefolder at `out`, and return `out`.

    Google's and Twitter's pictures stay as they come (64 px PNG); Microsoft's are scaled from 256 to 64 px.
    Raises SourceError where a package is not what was expected.
    """
    table = packages["google"] / "emoji.json"
    try:
        content = json.loads(table.read_text("utf-8"))
        emoji = sorted(_flatten(content))
        bases = base_names(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{table}: not the emoji table that was expected ({error})") from error
    return write_imagefolder(out, _entries(packages, emoji, bases, progress))


def _flatten(content: list[dict[str, Any]]) -> Iterator[Emoji]:
    for one in content:
        shared = (one["name"], one["category"], one["subcategory"], tuple(one["short_names"]))
        yield Emoji(one["unified"].lower(), *shared)
        for variant in one.get("skin_variations", {}).values():
            yield Emoji(variant["unified"].lower(), *shared)


def _entries(
    packages: dict[str, Path], emoji: list[Emoji], bases: dict[str, str], progress: Progress
) -> Iterator[Entry]:
    for vendor in VENDORS:
        pictures = _pictures_by_codepoints(packages[vendor.name] / vendor.folder)
        if vendor.name == "fluent":
            pictures = put_tones_right(pictures)
        for done, one in enumerate(emoji):
            progress(f"emoji of {vendor.name}", done, len(emoji))
            path = pictures.get(_without_selectors(one.codepoints))
            if path is not None:
                yield _entry(vendor, one, path, bases)
        progress(f"emoji of {vendor.name}", len(emoji), len(emoji))


def _pictures_by_codepoints(folder: Path) -> dict[str, Path]:
    pictures = {_without_selectors(path.stem): path for path in sorted(folder.glob("*")) if path.is_file()}
    if not pictures:
        raise SourceError(f"{folder} holds no pictures; expected one file an emoji, named by its codepoints")
    return pictures


def _without_selectors(codepoints: str) -> str:
    parts = codepoints.lower().replace("_", "-").split("-")
    return "-".join(part for part in parts if part != "fe0f")


def _entry(vendor: Vendor, one: Emoji, path: Path, bases: dict[str, str]) -> Entry:
    naming = name_emoji(one.name, one.codepoints, one.category, bases)
    data = path.read_bytes()
    if vendor.name == "fluent":
        data, suffix = shrink_to_webp(data, SIDE, quality=90), ".webp"
    else:
        suffix = path.suffix
    return Entry(
        f"images/{vendor.name}/{one.codepoints}{suffix}",
        data,
        {
            "text": naming.caption,
            "source": f"emoji/{vendor.name}",
            "license": vendor.license,
            "creator": vendor.creator,
            "codepoints": one.codepoints,
            "short_names": list(one.short_names),
            "category": one.category,
            "subcategory": one.subcategory,
            "gender": naming.gender,
            "skin_tone": naming.skin_tone,
            "skin_tones": list(naming.skin_tones),
            "base": naming.base,
        },
    )
