"""Names to addresses: looked up once, checked, kept a while; connections are made to the very addresses checked."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from aiohttp.abc import AbstractResolver, ResolveResult

from toolkit.sources.web.addresses import why_not_public

_MOST_NAMES = 20_000
_SECONDS, _SECONDS_OF_FAILURES = 300.0, 60.0
_LASTING = frozenset({1, 4, 8})  # of c-ares: no data, no such name, no name at all
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


class NotPublic(OSError):
    """A name all of whose addresses are refused."""


class NoSuchName(OSError):
    """A name that does not exist."""


class _Known(NamedTuple):
    until: float
    found: list[ResolveResult]
    error: OSError | None


class CheckedResolver(AbstractResolver):
    """Looks names up by `inner` and keeps only addresses that `why_not_public` lets pass; all with `allow_private`.

    What was found is kept for five minutes, what was not for one: of 20,000 names at most.
    """

    def __init__(self, inner: AbstractResolver, *, allow_private: bool = False) -> None:
        self._inner = inner
        self._allow_private = allow_private
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asked: dict[str, asyncio.Task[_Known]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`. Raises NotPublic where it has none that may be asked, NoSuchName, OSError."""
        known = self._known.get(host)
        if known is None or known.until < monotonic():
            if host not in self._asked:
                self._asked[host] = asyncio.create_task(self._look_up(host, family))
            known = await asyncio.shield(self._asked[host])
        if known.error is not None:
            raise known.error.with_traceback(None)
        return [ResolveResult({**one, "port": port}) for one in known.found]

    async def _look_up(self, host: str, family: socket.AddressFamily) -> _Known:
        try:
            found = await self._inner.resolve(host, 0, family)
            known = self._checked(host, found)
        except OSError as error:
            known = _Known(monotonic() + _SECONDS_OF_FAILURES, [], _named(error))
        finally:
            del self._asked[host]
        self._known[host] = known
        self._known.move_to_end(host)
        if len(self._known) > _MOST_NAMES:
            self._known.popitem(last=False)
        return known

    def _checked(self, host: str, found: list[ResolveResult]) -> _Known:
        reasons = [None if self._allow_private else why_not_public(one["host"]) for one in found]
        public = [one for one, why in zip(found, reasons, strict=True) if why is None]
        if public or not found:
            return _Known(monotonic() + _SECONDS, public, None if found else OSError("the name has no address"))
        return _Known(monotonic() + _SECONDS, [], NotPublic(f"{host[:200]} is at {reasons[0]}"))

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def _named(error: OSError) -> OSError:
    """Return `error` as NoSuchName where c-ares says that there is no such name."""
    cause = error.__cause__
    code = cause.args[0] if cause is not None and cause.args else None
    said = error.strerror or str(error)
    return NoSuchName(said) if code in _LASTING else OSError(said)


def checked_sockets(allow_private: bool) -> Callable[[AddressInfo], socket.socket]:  # noqa: FBT001
    """Return what opens a socket for a connection, and is the last to look where it leads: it raises NotPublic."""

    def open_socket(address: AddressInfo) -> socket.socket:
        family, kind, protocol, _, where = address
        why = None if allow_private else why_not_public(str(where[0]))
        if why:
            raise NotPublic(why)
        return socket.socket(family, kind, protocol)

    return open_socket
