"""Which addresses are asked: http and https, at hosts of the public internet."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import unquote

from yarl import URL

from toolkit.sources.web.failures import FetchFailure

LONGEST_URL = 8_000
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # the last part of a host that is no name (WHATWG URL, 3.5)
_METADATA = frozenset(map(ip_address, ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200")))
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")  # RFC 8215: it means whatever its network makes of it
# Of no public network, whatever the version of Python knows of them (IANA's registries of special addresses).
_SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16", "100::/32")))
# Ports that browsers do not ask either, lest a mail server takes a request for mail (WHATWG Fetch, "bad port").
_OTHER_SERVICES = frozenset((
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
))  # fmt: skip
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")


def web_address(text: str, *, allow_private: bool = False) -> URL:
    """Return `text` as an address to ask, its host in ASCII.

    A host that is written as a number is checked here (see `why_not_public`), a name once it is looked up. Raises
    FetchFailure (bad_url, address).
    """
    text = text.strip()
    if not text or len(text) > LONGEST_URL:
        raise FetchFailure("bad_url", f"an address of {len(text)} characters; expected 1 to {LONGEST_URL}")
    try:
        url = URL(text)
        host, port = url.host or "", url.port
    except (ValueError, TypeError) as error:
        raise FetchFailure("bad_url", f"{text[:200]!r}: {error}") from error
    if url.scheme not in ("http", "https"):
        raise FetchFailure("address", f"the scheme {url.scheme[:20]!r} is not asked; expected http or https")
    if not host or port == 0 or _UNSEEN.search(unquote(host)):
        raise FetchFailure("bad_url", f"{text[:200]!r} names no host")
    if url.raw_user is not None or url.raw_password is not None:
        raise FetchFailure("bad_url", "the address holds a user name or a password")
    if port in _OTHER_SERVICES and not allow_private:
        raise FetchFailure("address", f"port {port} is that of another service than the web's")
    why = _why_not_asked(host, allow_private=allow_private)
    if why:
        raise FetchFailure("address", why)
    return url.with_fragment(None) if url.raw_fragment else url


def _why_not_asked(host: str, *, allow_private: bool) -> str | None:
    """Return why `host` is not asked, as far as its spelling says: a number that is not public, one in disguise
    (2130706433, 0x7f.1), or surely this machine; None where it is a name to look up."""
    last = host.rstrip(".").lower().rpartition(".")[2]
    if ":" not in host and not _NUMBER.fullmatch(last):
        return f"{host[:80]!r} is this machine" if last == "localhost" and not allow_private else None
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return f"{host[:80]!r} is a number in disguise"
    return None if allow_private else why_not_public(host)


def why_not_public(address: str) -> str | None:
    """Return why the host at `address` (IPv4 or IPv6, as numbers) is not asked; None for one of the public internet.

    Private, loopback, link-local, multicast, reserved and shared (100.64.0.0/10) addresses, those at which clouds tell
    machines their secrets, and IPv6 addresses that carry such an IPv4 one (mapped, 6to4, NAT64).
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return f"{address[:80]!r} is no address"
    if found in _METADATA:
        return f"{address} is where a cloud keeps the secrets of its machines"
    inner = _carried(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        why = why_not_public(str(inner))
        return f"{address} carries {why}" if why else None
    if isinstance(found, IPv6Address) and (found in _COMPATIBLE or found in _TRANSLATED or found in _NAT64_LOCAL):
        return f"{address} is of no public network"
    if any(found.version == one.version and found in one for one in _SPECIAL):
        return f"{address} is of no public network"
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_link_local or found.is_unspecified:
        return f"{address} is of no public network"
    if isinstance(found, IPv6Address) and found.is_site_local:
        return f"{address} is of no public network"
    return None


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that `address` stands for, if it stands for one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
