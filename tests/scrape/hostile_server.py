"""A server on this machine that answers in every wrong way that the web has, one path a way."""

from __future__ import annotations

import asyncio
import gzip
import threading
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import brotli
from hostile import HTML, bomb_jpeg, encoded, photograph

GOOD = encoded(photograph(64), "JPEG", quality=85)
WEBP = encoded(photograph(64), "WEBP", quality=90)
ZEROS = bytes(64 << 20)
MOST_BYTES = 1 << 20  # the limit that tests scrape with
TIMEOUT = 4.0
Send = Callable[[bytes], Awaitable[None]]


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """Return an answer whose headers are true, but for those that are given."""
    said = {"Content-Type": "image/jpeg", "Content-Length": str(len(body)), "Connection": "keep-alive"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in said.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunk(data: bytes) -> bytes:
    """Return `data` as one chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNKED = answer(b"", Content_Length="", Transfer_Encoding="chunked")
ANSWERS = {
    "good": answer(GOOD),
    "called-html": answer(GOOD, Content_Type="text/html"),
    "gzipped": answer(gzip.compress(GOOD), Content_Encoding="gzip"),
    "html": answer(HTML),
    "empty": answer(b""),
    "missing": answer(HTML, "404 Not Found"),
    "gone": answer(HTML, "410 Gone"),
    "forbidden": answer(HTML, "403 Forbidden"),
    "broken": answer(HTML, "500 Internal Server Error"),
    "no-content": answer(b"", "204 No Content"),
    "pixels": answer(bomb_jpeg()),
    "longer": answer(GOOD, Content_Length=str(len(GOOD) + 999)),
    "shorter": answer(WEBP, Content_Length=str(len(WEBP) // 2)),
    "claims-huge": answer(GOOD, Content_Length="99999999999"),
    "cut-chunks": CHUNKED + chunk(GOOD[:999]) + b"ffff\r\n" + GOOD[999:1200],
    "gzip-bomb": answer(gzip.compress(ZEROS), Content_Encoding="gzip"),
    "deflate-bomb": answer(zlib.compress(ZEROS), Content_Encoding="deflate"),
    "brotli-bomb": answer(brotli.compress(ZEROS, quality=1), Content_Encoding="br"),
    "not-gzip": answer(GOOD, Content_Encoding="gzip"),
    "half-gzip": answer(gzip.compress(GOOD)[:-200], Content_Encoding="gzip"),
    "loop": answer(b"", "302 Found", Location="/loop/again.jpg"),
    "nowhere": answer(b"", "302 Found"),
    "to-file": answer(b"", "302 Found", Location="file:///etc/passwd"),
    "to-good": answer(b"", "301 Moved Permanently", Location="/good/moved.jpg"),
    "garbage": b"\x16\x03\x01 this is no HTTP at all\r\n\r\n",
    "status": b"HTTP/1.1 999999 What\r\n\r\n",
    "headers": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
    "pausing": answer(HTML, "429 Too Many Requests", Retry_After="3600"),
    "noai": answer(GOOD, X_Robots_Tag="noai, noimageai"),
}
ENDING = frozenset({"longer", "cut-chunks", "garbage", "status", "headers", "no-length"})
# Half a picture, and then bytes where the next answer should begin: what is seen first depends on the packets.
CUT_OR_GARBAGE = "truncated or bad_answer"
# What the row of each way must say; None: a picture.
EXPECTED: dict[str, str | None] = {
    "good": None, "called-html": None, "gzipped": None, "to-good": None, "busy": None, "unavailable": None,
    "no-length": None,
    "html": "not_an_image", "empty": "empty", "missing": "http_404", "gone": "http_410", "forbidden": "http_403",
    "broken": "http_500", "no-content": "http_204", "pixels": "too_many_pixels", "longer": "truncated",
    "shorter": CUT_OR_GARBAGE, "claims-huge": "too_large", "cut-chunks": "truncated", "gzip-bomb": "too_large",
    "deflate-bomb": "too_large", "brotli-bomb": "too_large", "not-gzip": "bad_answer", "half-gzip": "truncated",
    "loop": "redirects", "nowhere": "redirects", "to-file": "address", "garbage": "bad_answer",
    "status": "bad_answer", "headers": "bad_answer", "noai": "refused", "closed": "connect", "slow-loris": "timeout",
    "drip": "timeout", "endless": "too_large", "secret": "refused",
}  # fmt: skip


class HostileServer:
    """The server, in a thread of its own; to be entered. `asked` counts requests by path."""

    def __init__(self, pause: float = 0.0) -> None:
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.robots: bytes | None = b"User-agent: *\nDisallow: /secret/\n"
        self.pause = pause
        self.at_once = self.most_at_once = 0
        self.healed = False

    def __enter__(self) -> HostileServer:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def url(self, path: str) -> str:
        """Return the address of `path` here."""
        return f"http://127.0.0.1:{self.port}/{path}"

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = head.split()[1].lstrip("/")
                self.asked[path] += 1
                self.agents |= {line[12:] for line in head.split("\r\n") if line.lower().startswith("user-agent: ")}
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                await asyncio.sleep(self.pause)
                self.at_once -= 1
                if not await self._answered(path, writer):
                    break
        self._tasks.discard(task)
        writer.close()

    async def _answered(self, path: str, writer: asyncio.StreamWriter) -> bool:
        """Answer `path`; return whether the connection stays."""
        kind = path.partition("/")[0]
        if path == "robots.txt":
            whole = answer(self.robots or b"", "200 OK" if self.robots else "503 Busy", Content_Type="text/plain")
            writer.write(whole)
        elif kind in ("busy", "unavailable"):
            first = self.asked[path] == 1
            status = "429 Too Many Requests" if kind == "busy" else "503 Service Unavailable"
            writer.write(answer(HTML, status, Retry_After="0") if first else ANSWERS["good"])
        elif kind == "broken" and self.healed:
            writer.write(ANSWERS["good"])
        elif kind == "no-length":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + GOOD)
        elif kind == "closed":
            return False
        elif kind in ("slow-loris", "drip"):
            await self._drip(b"HTTP/1.1 200 OK\r\nX: " if kind == "slow-loris" else ANSWERS["good"][:200], writer)
            return False
        elif kind == "endless":
            writer.write(CHUNKED + chunk(GOOD))
            while True:
                writer.write(chunk(bytes(1 << 16)))
                await writer.drain()
        else:
            writer.write(ANSWERS.get(kind, ANSWERS["good"]))
        await writer.drain()
        return kind not in ENDING

    async def _drip(self, first: bytes, writer: asyncio.StreamWriter) -> None:
        """Send `first`, and then a byte now and then."""
        writer.write(first)
        for _ in range(1000):
            await asyncio.sleep(TIMEOUT / 20)
            writer.write(b"a")
            await writer.drain()
