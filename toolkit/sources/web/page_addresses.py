"""Addresses of the web as pages and lists write them, made absolute."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

from yarl import URL

LONGEST_ADDRESS = 8192
_PATH = r"(?:/(?!\.)[A-Za-z0-9_.~!$&'()*+,=:@%-]+)+(?:\?[A-Za-z0-9_.~!$&'()*+,=:@%/-]+)?"
_WHOLE = re.compile(r"https?://[a-z0-9][a-z0-9.-]*" + _PATH)
_ROOTED = re.compile(_PATH)
_BEFORE_QUERY = re.compile(r"[^?#]*")
_TAKEN_AWAY = str.maketrans("", "", "\t\n\r")  # URL standard, basic URL parser, step 3
_OUTER = "".join(map(chr, range(33)))  # C0 controls and space, step 1


def absolute(base: str | None, reference: str) -> str | None:
    """Return `reference` as an absolute http(s) address without a fragment; None where it is none: a data: URI, a
    relative one without a `base`, one of more than 8,192 characters, or nonsense. Never raises."""
    text = reference.strip(_OUTER).translate(_TAKEN_AWAY)
    if not text or len(text) > LONGEST_ADDRESS:
        return None
    plain = _plain(base, text)
    if plain is not None:
        return plain
    if "\\" in text:  # URL standard, path state: a slash, but not in query and fragment
        path = _BEFORE_QUERY.match(text)
        text = path[0].replace("\\", "/") + text[path.end() :] if path else text
    try:
        joined = urldefrag(urljoin(base, text) if base else text).url
        parts = urlsplit(joined)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            return None
    except ValueError:  # an IPv6 address or a port that is none
        return None
    return joined.replace(" ", "%20") if len(joined) <= LONGEST_ADDRESS else None


def _plain(base: str | None, text: str) -> str | None:
    """Return what `absolute` does for an address that needs no taking apart, as nearly all are; None for any other."""
    if _WHOLE.fullmatch(text):
        return text
    root = _root(base) if base is not None and _ROOTED.fullmatch(text) else None
    return None if root is None else root + text


@lru_cache(maxsize=64)
def _root(base: str) -> str | None:
    parts = split(base)
    return None if parts is None else f"{parts.scheme}://{parts.netloc}"


def split(url: str) -> SplitResult | None:
    """Return the parts of an absolute http(s) address, None where `url` is none. Never raises."""
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def host_of(url: str) -> str | None:
    """Return the host of an http(s) address in lower case and in ASCII (IDNA), without a dot at its end; None for any
    other."""
    parts = split(url)
    if parts is None or parts.hostname is None:
        return None
    host = parts.hostname.rstrip(".")
    if host.isascii():
        return host
    try:
        return URL.build(scheme="http", host=host).raw_host
    except ValueError:
        return None


def origin_of(url: str) -> str | None:
    """Return `scheme://host:port` of an http(s) address in lower case, the port always there; None for any other."""
    parts = split(url)
    if parts is None or parts.hostname is None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host.rstrip('.')}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def path_of(url: str) -> str:
    """Return the path and query of an address, as rules for paths match them; "/" where there is none."""
    return re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", url).partition("#")[0] or "/"
