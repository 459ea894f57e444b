"""The TDM Reservation Protocol (W3C Community Group, final report of 2024): tdmrep.json, headers, <meta> elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from toolkit.sources.web.page_addresses import path_of

WELL_KNOWN = "/.well-known/tdmrep.json"
_MOST_RULES = 10_000
_LONGEST = 2_000


class Reservation(NamedTuple):
    """What one rule says of the addresses whose path matches `location`."""

    location: str
    is_reserved: bool
    policy: str | None = None


def reservations_of(body: bytes) -> list[Reservation]:
    """Return the rules in a tdmrep.json, in order; [] for what is none. Never raises."""
    try:
        found = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return []
    rules = found if isinstance(found, list) else [found]
    return [_rule(one) for one in rules[:_MOST_RULES] if isinstance(one, Mapping) and _location(one) is not None]


def file_refusal(rules: Iterable[Reservation], url: str) -> str | None:
    """Return why a site's tdmrep.json refuses `url`; None where it does not.

    Locations match as paths of robots.txt do: from the start, * for anything, $ for the end. Of several that match,
    both the first and the longest must allow: one reading of the report goes by order, the other by precision.
    """
    path = path_of(url)
    matching = [one for one in rules if matches(one.location, path)]
    if not matching:
        return None
    for rule in (matching[0], max(matching, key=lambda one: len(one.location))):
        if rule.is_reserved:
            return f"tdm-reservation of {rule.location} in {WELL_KNOWN}{_at(rule.policy)}"
    return None


def header_reservation(headers: Mapping[str, str]) -> str | None:
    """Return why the header `tdm-reservation` of an answer refuses; None where it does not."""
    if not _is_one(headers.get("tdm-reservation", "")):
        return None
    return f"tdm-reservation in a header{_at(headers.get('tdm-policy'))}"


def meta_reservation(metas: Iterable[Mapping[str, str]]) -> str | None:
    """Return why the <meta> elements of a page reserve its use; None where they do not."""
    said = {one.get("name", "").strip().lower(): one.get("content", "") for one in metas}
    if not _is_one(said.get("tdm-reservation", "")):
        return None
    return f"tdm-reservation in <meta>{_at(said.get('tdm-policy'))}"


def matches(location: str, path: str) -> bool:
    """Return whether `path` matches the pattern `location`; linear in their lengths, but for the product of the
    number of * and the path's."""
    anchored = location.endswith("$")
    parts = (location[:-1] if anchored else location).split("*")
    if not path.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1 : -1 if anchored and len(parts) > 1 else None]:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    if not anchored:
        return True
    return at == len(path) if len(parts) == 1 else path.endswith(parts[-1]) and at <= len(path) - len(parts[-1])


def _rule(entry: Mapping[str, object]) -> Reservation:
    policy = entry.get("tdm-policy")
    reserved = _is_one(str(entry.get("tdm-reservation", "")))
    return Reservation(_location(entry) or "/", reserved, policy if isinstance(policy, str) else None)


def _location(entry: Mapping[str, object]) -> str | None:
    found = entry.get("location")
    if not isinstance(found, str) or not found or len(found) > _LONGEST:
        return None
    return path_of(found) if "://" in found else found if found[0] in "/*" else f"/{found}"


def _is_one(text: str) -> bool:
    return re.fullmatch(r"\s*(?:1|true)(?:\s*,.*)?\s*", text[:100], re.IGNORECASE | re.DOTALL) is not None


def _at(policy: str | None) -> str:
    return f"; its policy: {policy.strip()[:500]}" if policy and policy.strip() else ""
