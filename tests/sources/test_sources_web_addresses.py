"""Which addresses are asked, and that nothing else ever is: odd spellings, redirects, names that change."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from toolkit.sources.web import addresses, resolving
from toolkit.sources.web.addresses import web_address, why_not_public
from toolkit.sources.web.failures import FetchFailure
from toolkit.sources.web.fetcher import Fetcher, FetchSettings
from toolkit.sources.web.turns import Turns, shared_turns

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "168.63.129.16", "100.100.100.200", "::1", "::",
    "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "fe80::1%eth0", "192.0.0.8", "192.88.99.1", "3fff::1", "5f00::1", "100::1", "2001:20::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


def kind_of(text, **options):
    with pytest.raises(FetchFailure) as caught:
        web_address(text, **options)
    return caught.value.kind


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_of_no_public_network_is_refused(address):
    assert address in why_not_public(address)
    host = f"[{address}]" if ":" in address else address
    assert kind_of(f"http://{host}/x.jpg") == "address"
    assert web_address(f"http://{host}/x.jpg", allow_private=True).host


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_asked(address):
    assert why_not_public(address) is None


@given(st.ip_addresses())
def test_an_address_that_is_asked_is_global_also_in_its_ipv6_forms(address):
    why = why_not_public(str(address))
    if why is None:
        assert address.is_global or (isinstance(address, IPv6Address) and address in addresses._NAT64)
    if isinstance(address, IPv4Address):
        for form in (f"::ffff:{address}", f"64:ff9b::{address}"):
            assert (why_not_public(str(ip_address(form))) is None) == (why is None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("file:///etc/passwd", "address"), ("ftp://example.org/a", "address"), ("gopher://example.org", "address"),
        ("javascript:alert(1)", "address"), ("data:image/png;base64,AAAA", "address"), ("example.org/a.jpg", "address"),
        ("", "bad_url"), ("http://", "bad_url"), ("http:///a", "bad_url"), ("http://a:99999/", "bad_url"),
        ("http://a:0/", "bad_url"), ("http://user:password@example.org/", "bad_url"),
        ("http://example.org@127.0.0.1/", "bad_url"), ("http://[::1", "bad_url"), ("http://" + "a" * 9_000, "bad_url"),
        ("http://example.org:25/", "address"), ("https://example.org:6667/a", "address"), ("http://[::1/", "bad_url"),
        ("http://localhost/a", "address"), ("http://LOCALHOST./a", "address"), ("http://x.localhost/a", "address"),
        ("http://2130706433/a", "address"), ("http://0x7f.1/a", "address"), ("http://0177.0.0.1/", "address"),
        ("http://127.1/", "address"), ("http://0x7f000001./", "address"), ("http://1.2.3.4.5/", "address"),
        ("http://１２７.０.０.１/a", "address"), ("http://127。0。0。1/a", "address"),
    ],
)  # fmt: skip
def test_odd_forms(text, kind):
    assert kind_of(text) == kind


@given(st.text(max_size=60) | st.text(max_size=40).map("http://".__add__))
def test_any_text_is_an_address_or_a_failure(text):
    kind, found = "", None
    try:
        found = web_address(text)
    except FetchFailure as failure:
        kind = failure.kind
    if found is None:
        assert kind in ("bad_url", "address")
    else:
        assert found.scheme in ("http", "https")
        assert found.raw_user is None
        assert found.raw_host.isascii()


class Names(AbstractResolver):
    """Names of a test: each look-up of one gives the next of its addresses."""

    def __init__(self, **names):
        self.names = {name.replace("_", "."): list(found) for name, found in names.items()}
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        if host not in self.names:
            raise OSError(f"no {host}")
        found = self.names[host]
        one = found.pop(0) if len(found) > 1 else found[0]
        return [
            ResolveResult(hostname=host, host=part, port=port, family=socket.AF_INET, proto=0, flags=0)
            for part in one.split()
        ]

    async def close(self):
        return


@pytest.fixture
def only_here(monkeypatch):
    """Take 127.0.0.1 for a public address, so that a server here can be asked; 127.0.0.2 and all else stay refused."""

    def check(address):
        return None if address == "127.0.0.1" else why_not_public(address)

    monkeypatch.setattr(addresses, "why_not_public", check)
    monkeypatch.setattr(resolving, "why_not_public", check)


def asked(answers, urls, names):
    """Return the errors (None: an answer) of `urls`, asked of a server that redirects /N to `answers[N]`, and what it
    was asked."""
    seen = []

    async def handle(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        path = head.split()[1].lstrip("/")
        where = answers[int(path)].replace("PORT", str(port)) if path.isdigit() else None
        said = f"302 Found\r\nSet-Cookie: a=b\r\nLocation: {where}" if where else "200 OK"
        writer.write(f"HTTP/1.1 {said}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def run():
        nonlocal port
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        settings = FetchSettings(timeout=5, retries=0)
        async with server, Fetcher(settings, Turns(shared_turns(None), 4, 0.0), names) as fetcher:
            return [(await fetcher.fetch(url.replace("PORT", str(port)))).error for url in urls]

    port = 0
    return asyncio.run(run()), seen


@pytest.mark.usefixtures("only_here")
def test_each_redirect_is_checked():
    names = Names(good_test=["127.0.0.1"], evil_test=["10.0.0.1"], both_test=["192.168.0.1 fe80::1"])
    answers = [
        "http://10.0.0.1/", "http://evil.test/", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:PORT/", "http://[::ffff:127.0.0.2]:PORT/", "//both.test/x", "http://a:b@good.test:PORT/",
        "http://good.test:PORT/fine", "/fine",
    ]  # fmt: skip
    errors, seen = asked(answers, [f"http://good.test:PORT/{n}" for n in range(len(answers))], names)
    assert [error and error.partition(":")[0] for error in errors] == [*["address"] * 7, "bad_url", None, None]
    assert not [head for head in seen if "cookie:" in head.lower()], "cookies are not kept"
    assert "10.0.0.1" in errors[1]


@pytest.mark.usefixtures("only_here")
def test_a_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked():
    names = Names(rebinding_test=["127.0.0.1", "10.0.0.1"], other_test=["10.0.0.1 127.0.0.1"])
    errors, seen = asked([], ["http://rebinding.test:PORT/x"] * 3 + ["http://other.test:PORT/x"], names)
    assert errors == [None] * 4
    assert names.asked == ["rebinding.test", "other.test"]
    assert len(seen) == 4


def test_the_socket_itself_is_never_opened_to_a_private_address():
    open_socket = resolving.checked_sockets(False)
    with pytest.raises(resolving.NotPublic):
        open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("10.0.0.1", 80)))
    with pytest.raises(resolving.NotPublic):
        open_socket((socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("::1", 80, 0, 0)))


def test_real_look_ups_of_this_machine_are_refused_and_of_nothing_fail():
    async def run():
        async with Fetcher(FetchSettings(timeout=5, retries=0), Turns(shared_turns(None), 4, 0.0)) as fetcher:
            urls = [f"http://{socket.gethostname()}/", "http://nothing.invalid/"]
            return [(await fetcher.fetch(url)).error.partition(":")[0] for url in urls]

    here, nothing = asyncio.run(run())
    assert nothing == "dns"
    assert here in ("address", "dns"), "never a connection"
