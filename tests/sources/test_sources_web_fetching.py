"""Parts of the downloader: what heals, how long to wait, turns, unpacking, what begins like a picture."""

from __future__ import annotations

import asyncio
import gzip
import random
import zlib
from email.utils import formatdate
from itertools import pairwise
from time import asctime, gmtime, monotonic, time

import brotli
import pytest
from hostile import HTML, encoded, photograph
from hypothesis import given
from hypothesis import strategies as st

from toolkit.images import FORMATS
from toolkit.sources.web.bodies import unpacker_of
from toolkit.sources.web.failures import FetchFailure, class_of, may_heal
from toolkit.sources.web.fetcher import Fetcher, FetchSettings, Wanted
from toolkit.sources.web.picture_openings import check_opening
from toolkit.sources.web.retrying import LONGEST_ASKED, Patience, seconds_asked, wait_before
from toolkit.sources.web.turns import Turns, shared_turns


def test_what_may_heal():
    healing = ["dns", "connect", "timeout", "truncated", "http_408", "http_425", "http_429", "http_500", "http_503"]
    lasting = ["refused", "address", "not_an_image", "http_", "http_400", "http_403", "http_404", "http_451"]
    assert all(may_heal(f"{kind}: why") for kind in healing)
    assert not any(may_heal(f"{kind}: why") for kind in lasting)
    assert class_of("http_404: expected 200") == "http_404"


@given(st.integers(1, 20), st.floats(0, 100), st.one_of(st.none(), st.floats(0, 1e6)), st.integers())
def test_waiting_is_bounded_and_a_server_that_asks_is_obeyed(attempt, left, after, seed):
    wait = wait_before(attempt, FetchFailure("http_429", "", after=after), left, random.Random(seed))
    if wait is not None:
        assert 0 < wait < left
        assert wait <= LONGEST_ASKED
        assert wait >= (after or 0)
    assert wait_before(attempt, FetchFailure("http_404", "", after=after), left, random.Random(seed)) is None
    assert wait_before(attempt, FetchFailure("dns", "", lasting=True), left, random.Random(seed)) is None


def test_retry_after_is_seconds_or_a_date():
    assert seconds_asked("7") == 7
    assert seconds_asked(formatdate(time() + 30, usegmt=True)) == pytest.approx(30, abs=2)
    assert seconds_asked("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    assert seconds_asked(asctime(gmtime(time() + 30))) == pytest.approx(30, abs=2), "without a zone it is GMT"
    assert seconds_asked(None) is seconds_asked("") is seconds_asked("soon") is seconds_asked("-3") is None


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_begins_like_a_picture(name):
    check_opening(encoded(photograph(32), name)[:16])


@pytest.mark.parametrize(("first", "kind"), [(b"", "empty"), (HTML[:16], "not_an_image"), (b"P9 ", "not_an_image")])
def test_what_is_no_picture_is_told_by_its_beginning(first, kind):
    with pytest.raises(FetchFailure) as caught:
        check_opening(first)
    assert caught.value.kind == kind


RAW = zlib.compressobj(9, zlib.DEFLATED, -15)
DATA = bytes(range(256)) * 40
PACKED = {
    "gzip": gzip.compress(DATA), "x-gzip": gzip.compress(DATA), "br": brotli.compress(DATA),
    "GZIP": gzip.compress(DATA[:99]) + gzip.compress(b"") + gzip.compress(DATA[99:]) + b"\x1f\x8bno member",
    "deflate": zlib.compress(DATA), "Deflate": RAW.compress(DATA) + RAW.flush(),
}  # fmt: skip


@pytest.mark.parametrize("encoding", PACKED)
def test_what_is_packed_is_unpacked_in_any_pieces_and_never_far_beyond_the_limit(encoding):
    for size in (1, 7, 100_000):
        unpacker = unpacker_of(encoding)
        pieces = [PACKED[encoding][at : at + size] for at in range(0, len(PACKED[encoding]), size)]
        assert b"".join(unpacker.unpack(piece, len(DATA)) for piece in pieces) == DATA
        assert unpacker.is_whole()
    assert len(unpacker_of(encoding).unpack(PACKED[encoding], 1000)) <= 1000 + (1 << 16)


def test_another_member_of_gzip_that_is_cut_off_is_not_whole():
    unpacker = unpacker_of("gzip")
    assert unpacker.unpack(gzip.compress(b"one") + gzip.compress(b"two")[:-9], 100).startswith(b"one")
    assert not unpacker.is_whole()
    many = unpacker_of("gzip").unpack(gzip.compress(b"") * 5000 + gzip.compress(bytes(99)), 100)
    assert len(many) < 99, "members have an end"


def test_what_is_packed_twice_is_not_unpacked():
    assert unpacker_of("") is unpacker_of("identity") is unpacker_of("utf-8") is None
    for encoding in ("gzip, br", "zstd"):
        with pytest.raises(FetchFailure, match="encoding"):
            unpacker_of(encoding)


def test_patience_ends_and_begins_anew():
    patience = Patience(2)
    for _ in range(2):
        patience.check("a")
        patience.failed("a", FetchFailure("connect", "no"))
    patience.failed("b", FetchFailure("http_404", "no"))
    with pytest.raises(FetchFailure, match="connect: not asked: a failed 2 times in a row"):
        patience.check("a")
    patience.check("b")
    patience.succeeded("a")
    patience.check("a")


def test_a_host_that_wants_a_long_pause_has_it_and_is_asked_again_after_it():
    now = 0.0
    patience = Patience(None, lambda: now)
    patience.pause("a", FetchFailure("http_429", "expected 200", after=600.0))
    with pytest.raises(FetchFailure, match="http_429: not asked: a asked for a pause"):
        patience.check("a")
    patience.check("b")
    now = 601.0
    patience.check("a")


def test_turns_are_few_at_once_apart_and_held_when_a_host_asks():
    async def run(per_host, delay, count, hold=0.0, slow=0.0):
        turns, at_once, most, starts = Turns(shared_turns(None), per_host, delay), 0, 0, []
        if slow:
            turns.slow_down("a", slow)
        if hold:
            turns.hold("a", hold)

        async def one():
            nonlocal at_once, most
            async with turns.at("a"):
                starts.append(monotonic())
                at_once += 1
                most = max(most, at_once)
                await asyncio.sleep(0.01)
                at_once -= 1

        began = monotonic()
        await asyncio.gather(*(one() for _ in range(count)))
        return most, [start - began for start in starts]

    most, _ = asyncio.run(run(3, 0.0, 30))
    assert most == 3
    _, starts = asyncio.run(run(3, 0.05, 5))
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(starts))
    _, starts = asyncio.run(run(3, 0.0, 2, hold=0.2))
    assert min(starts) >= 0.19
    _, starts = asyncio.run(run(3, 0.01, 4, slow=0.05))
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(starts))


def answered(answers, path, settings, wanted):
    """Return what is at /`path` of a server that gives each path its bytes of `answers`."""

    async def handle(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.write(answers[head.split()[1][1:]])
        await writer.drain()
        writer.close()

    async def run():
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Fetcher(settings, Turns(shared_turns(None), 4, 0.0)) as fetcher:
            url = f"http://127.0.0.1:{port}/{path}"
            return await fetcher.fetch(url) if wanted is None else (await fetcher.ask(url, wanted)).fetched

    return asyncio.run(run())


SETTINGS = FetchSettings(timeout=5, retries=0, max_bytes=1000, allow_private=True)


def whole(body, headers=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), headers, body)


@pytest.mark.parametrize("headers", [b"", b"Content-Encoding: gzip\r\n"])
def test_of_a_small_file_the_beginning_is_read_whatever_the_limit_of_pictures(headers):
    rules = b"User-agent: *\nDisallow: /x\n" * 200_000
    body = gzip.compress(rules) if headers else rules
    answers = {"robots.txt": whole(body, headers)}
    found = answered(answers, "robots.txt", SETTINGS, None)
    assert found.error is None
    assert found.body == rules[: 1 << 20]
    assert answered(answers, "robots.txt", SETTINGS, Wanted()).error.startswith("too_large")


@pytest.mark.parametrize(("location", "asked"), [
    (b"/ok\xe9.jpg", "ok%E9.jpg"), ("/ok\u00e9.jpg".encode(), "ok%C3%A9.jpg"), (b"/a b.jpg", "a%20b.jpg"),
])  # fmt: skip
def test_a_redirect_in_any_bytes_leads_where_browsers_go(location, asked):
    answers = {
        "from": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location,
        asked: whole(b"x"),
    }
    assert answered(answers, "from", SETTINGS, Wanted()).body == b"x"
