"""Directives for robots: noai, noimageai, noml, noindex, noimageindex, in headers and <meta> elements.

noindex and noimageindex are search engines' (developers.google.com, "Robots meta tag"); noai and noimageai are those of
DeviantArt, noml that of Mojeek. `none` is noindex with nofollow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from toolkit.sources.web.manners.settings import MannersSettings

_WITH_VALUES = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
_ADDRESSED = re.compile(r"\s*([A-Za-z0-9_.*-]{1,100})(?:/[^\s:]{0,100})?\s*:(.*)", re.DOTALL)
_LONGEST = 10_000


def directives_of(values: Iterable[str], agent: str) -> dict[str, str]:
    """Return the directives in `X-Robots-Tag` headers that hold for `agent`: each in lower case, with whom it names:
    `agent` or "" for all robots.

    Several headers come one a line. Where a proxy joined them by commas, an agent's name holds until the next name.
    Words are parted by blanks too, and a version behind an agent's name is passed over: some write them so.
    """
    found: dict[str, str] = {}
    for value in values:
        for line in value[:_LONGEST].splitlines():
            addressed = ""
            for part in re.split(r"[,;]", line):
                match = _ADDRESSED.match(part)
                has_value = match is not None and match[1].lower() in _WITH_VALUES
                if match and not has_value:
                    addressed, part = match[1].lower(), match[2]
                words = [part.strip().lower()] if has_value else part.lower().split()
                if addressed in ("", "*", "robots", agent.lower()):
                    for word in words:
                        found.setdefault(word, agent if addressed == agent.lower() else "")
    return _whole(found)


def directives_of_metas(metas: Iterable[Mapping[str, str]], agent: str) -> dict[str, str]:
    """Return the directives in <meta name="robots"> and <meta name="AGENT">, each in lower case with that name."""
    found: dict[str, str] = {}
    for attributes in metas:
        name = attributes.get("name", "").strip().lower()
        if name in ("robots", agent.lower()):
            for word in re.split(r"[,;\s]+", attributes.get("content", "")[:_LONGEST].lower()):
                if word:
                    found.setdefault(word, name)
    return _whole(found)


def header_refusal(headers: Mapping[str, str], settings: MannersSettings) -> str | None:
    """Return why the X-Robots-Tag of an answer refuses; None where it does not."""
    if not settings.x_robots_tag or "x-robots-tag" not in headers:
        return None
    found = directives_of([headers["x-robots-tag"]], settings.agent)
    word = first_refusing(found, settings.directives)
    return None if word is None else f"{word} in the header X-Robots-Tag{f' for {found[word]}' if found[word] else ''}"


def meta_refusal(metas: Iterable[Mapping[str, str]], settings: MannersSettings) -> str | None:
    """Return why the <meta> elements of a page refuse; None where they do not."""
    if not settings.meta:
        return None
    found = directives_of_metas(metas, settings.agent)
    word = first_refusing(found, settings.directives)
    return None if word is None else f"{word} in <meta name={found[word]}>"


def first_refusing(found: Collection[str], directives: Iterable[str]) -> str | None:
    """Return the first of `directives` that is among those `found`; None where none is."""
    return next((one for one in directives if one in found), None)


def _whole(found: dict[str, str]) -> dict[str, str]:
    if "none" in found:
        for word in ("noindex", "nofollow"):
            found.setdefault(word, found["none"])
    return found
