"""What aiohttp says of an answer, in the words of this package."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from yarl import URL

from toolkit.sources.web.failures import FetchFailure
from toolkit.sources.web.resolving import NoSuchName, NotPublic

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def headers_of(response: aiohttp.ClientResponse) -> Mapping[str, str]:
    """Return the headers with names in lower case; several of one name are joined by line feeds."""
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        name = name.lower()
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def redirect_of(response: aiohttp.ClientResponse) -> URL | None:
    """Return where an answer leads on to; None where it is the last. Raises FetchFailure (redirects)."""
    if response.status not in _REDIRECTS:
        return None
    location = _in_ascii(response.headers.get("Location", ""))
    try:
        further = response.url.join(URL(location)) if location else None
    except ValueError:
        further = None
    if further is None:
        raise FetchFailure("redirects", f"{response.status} leads to {location[:200]!r}", status=response.status)
    return further


def _in_ascii(location: str) -> str:
    """Return a Location whose bytes that are no UTF-8 are percent-encoded, as browsers do with those of old servers."""
    if not any("\udc80" <= one <= "\udcff" for one in location):
        return location
    return "".join(chr(one) if one < 128 else f"%{one:02X}" for one in location.encode("utf-8", "surrogateescape"))


def failure_of(error: Exception) -> FetchFailure:
    """Return what an exception of aiohttp, of the system or of a parser says of the answer."""
    said = " ".join(str(error).split())[:300] or type(error).__name__
    cause = getattr(error, "os_error", error)
    if isinstance(cause, NotPublic):
        return FetchFailure("address", str(cause))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchFailure("dns", str(cause), lasting=isinstance(cause, NoSuchName))
    if isinstance(error, (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)):
        return FetchFailure("tls", said)
    if isinstance(error, TimeoutError):
        return FetchFailure("timeout", said)
    if isinstance(error, aiohttp.ClientPayloadError):
        return FetchFailure("truncated", said)
    if isinstance(error, (aiohttp.ClientConnectionError, OSError)):
        return FetchFailure("connect", said)
    if isinstance(error, aiohttp.InvalidURL):
        return FetchFailure("bad_url", said)
    return FetchFailure("bad_answer", said)
