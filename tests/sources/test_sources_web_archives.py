"""WARC and WAT files, written by warcio: whole, gzipped, cut off, damaged."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from toolkit.errors import SourceError
from toolkit.sources.web.links import ImageLink
from toolkit.sources.web.warc import read_warc
from toolkit.sources.web.wat import read_wat

Headers = list[tuple[str, str]]
HTML: Headers = [("Content-Type", "text/html; charset=utf-8")]


def archive(write: Callable[[WARCWriter], None], packed: bool = True) -> bytes:
    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=packed)
    write_record(writer, "test.warc", "warcinfo", b"software: tain tests", warc_content_type="application/warc-fields")
    write(writer)
    return stream.getvalue()


def write_record(writer: WARCWriter, url: str, kind: str, body: bytes, **others: object) -> None:
    # With digests given warcio makes none, for which it leaves temporary files open.
    digests = {"WARC-Block-Digest": "sha1:A", "WARC-Payload-Digest": "sha1:A"}
    stream = io.BytesIO(body)
    record = writer.create_warc_record(url, kind, payload=stream, length=len(body), warc_headers_dict=digests, **others)
    writer.write_record(record)


def add_page(writer: WARCWriter, url: str, body: bytes, headers: Headers = HTML, status: str = "200 OK") -> None:
    http = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
    request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "a.example")], is_http_request=True)
    write_record(writer, url, "request", b"", http_headers=request)
    write_record(writer, url, "response", body, http_headers=http)


def pages(count: int) -> Callable[[WARCWriter], None]:
    def write(writer: WARCWriter) -> None:
        for place in range(count):
            padding = "".join(chr(97 + (place * 31 + i * i) % 26) for i in range(2000))
            body = f"<html lang=pl><p>{padding}</p><img src='{place}.jpg' alt='zdjęcie {place}'>"
            add_page(writer, f"https://a.example/{place}/", body.encode())

    return write


def read(path: Path, data: bytes) -> list[ImageLink]:
    path.write_bytes(data)
    return list(read_warc(path))


def errors(found: list[ImageLink]) -> list[str]:
    return [one.error for one in found if one.error is not None]


@pytest.mark.parametrize("packed", [True, False])
def test_responses_that_are_pages_give_their_pictures(tmp_path: Path, packed: bool) -> None:
    def write(writer: WARCWriter) -> None:
        pages(2)(writer)
        add_page(writer, "https://a.example/x.png", b"<img src=no>", [("Content-Type", "image/png")])
        add_page(writer, "https://a.example/gone", b"<img src=no>", status="404 Not Found")
        add_page(
            writer,
            "https://a.example/no",
            b"<img src=a>",
            [*HTML, ("X-Robots-Tag", "bot: noai"), ("X-Robots-Tag", "noai")],
        )
        body = "<img src=a alt='Łódź'>".encode("iso8859_2")
        add_page(writer, "https://a.example/pl", body, [("content-type", "text/html;charset=iso-8859-2")])

    found = read(tmp_path / "CC.warc.gz", archive(write, packed))
    assert [one.url for one in found] == [f"https://a.example/{one}" for one in ("0/0.jpg", "1/1.jpg", "a", "a")]
    assert (found[0].caption, found[0].language, found[0].page_url) == ("zdjęcie 0", "pl", "https://a.example/0/")
    assert found[2].refusal == "the page says noai in the header X-Robots-Tag"
    assert (found[3].caption, errors(found)) == ("Łódź", [])
    assert len({one.key for one in found}) == 4
    assert found[0].key.startswith("CC.warc.gz#")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity"])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_bodies_are_unpacked_as_their_headers_say(tmp_path: Path, encoding: str, is_chunked: bool) -> None:
    body = b"<img src=a.jpg alt='packed'>" + b"<p>text</p>" * 100
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "identity": bytes
    }  # fmt: skip
    sent = packers[encoding](body)
    headers = [*HTML, ("Content-Encoding", encoding)]
    if is_chunked:
        headers.append(("Transfer-Encoding", "chunked"))
        sent = b"5\r\n" + sent[:5] + b"\r\n" + f"{len(sent) - 5:x}\r\n".encode() + sent[5:] + b"\r\n0\r\n\r\n"
    found = read(tmp_path / "a.warc", archive(lambda one: add_page(one, "https://a.example/", sent, headers)))
    assert [(one.url, one.caption) for one in found] == [("https://a.example/a.jpg", "packed")]


def test_a_body_that_was_stored_unpacked_is_read_all_the_same(tmp_path: Path) -> None:
    headers = [*HTML, ("Content-Encoding", "gzip")]
    found = read(tmp_path / "a.warc", archive(lambda one: add_page(one, "https://a.example/", b"<img src=a>", headers)))
    assert [one.url for one in found] == ["https://a.example/a"]


def test_a_bomb_is_cut(tmp_path: Path) -> None:
    bomb = gzip.compress(b"<img src=a>" + b" " * (1 << 26), compresslevel=1)
    headers = [*HTML, ("Content-Encoding", "gzip")]
    found = read(tmp_path / "a.warc.gz", archive(lambda one: add_page(one, "https://a.example/", bomb, headers)))
    assert [one.url for one in found] == ["https://a.example/a"]


def test_an_archive_that_is_one_gzip_member_is_read(tmp_path: Path) -> None:
    found = read(tmp_path / "a.warc.gz", gzip.compress(archive(pages(3), packed=False)))
    assert (len(found), errors(found)) == (3, [])


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_truncated_archive_gives_what_it_holds_and_one_error(tmp_path: Path, packed: bool, share: float) -> None:
    data = archive(pages(20), packed)
    found = read(tmp_path / "a.warc", data[: int(len(data) * share)])
    whole = [one for one in found if one.error is None]
    assert len(whole) >= int(20 * share) - 2
    assert [one.url for one in whole] == [f"https://a.example/{one}/{one}.jpg" for one in range(len(whole))]
    assert len(errors(found)) == 1
    assert errors(found)[0].startswith("truncated: ")
    assert found[-1].error is not None


@pytest.mark.parametrize("packed", [True, False])
def test_behind_damage_it_goes_on(tmp_path: Path, packed: bool) -> None:
    data = bytearray(archive(pages(20), packed))
    marks = [at for at in range(len(data)) if data[at : at + 3] == b"\x1f\x8b\x08" or data[at : at + 8] == b"WARC/1.0"]
    middle = marks[20]
    data[middle + 4 : middle + 60] = b"\xff" * 56
    found = read(tmp_path / "a.warc", bytes(data))
    whole = [one.url for one in found if one.error is None]
    assert 18 <= len(whole) <= 20
    assert "https://a.example/19/19.jpg" in whole
    assert 1 <= len(errors(found)) <= 3


def test_what_is_no_archive_is_an_error_row_and_a_missing_one_an_error(tmp_path: Path) -> None:
    (one,) = read(tmp_path / "a.warc", b"<html>no archive</html>")
    assert (one.error or "").startswith("bad_archive: it holds no record")
    (one,) = read(tmp_path / "a.warc", b"")
    assert (one.error or "").startswith("bad_archive")
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_warc(tmp_path / "missing.warc"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_bytes_of_an_archive_raise(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(_SMALL[data.draw(st.booleans())])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
        whole = whole or bytearray(b"x")
    for one in read(tmp_path / "a.warc", bytes(whole)):
        assert (one.url == "") == (one.error is not None)


_SMALL = {packed: archive(pages(3), packed) for packed in (True, False)}


WAT_PAGE = {
    "Container": {"Filename": "CC-MAIN.warc.gz"},
    "Envelope": {
        "WARC-Header-Metadata": {"WARC-Type": "response", "WARC-Target-URI": "https://b.example/dir/page"},
        "Payload-Metadata": {
            "HTTP-Response-Metadata": {
                "Headers": {"Content-Type": "text/html", "Content-Language": "tr"},
                "HTML-Metadata": {
                    "Head": {
                        "Title": "T",
                        "Base": "/base/",
                        "Metas": [{"name": "description", "content": "d"}],
                        "Link": [{"path": "LINK@/href", "url": "https://l.example/by", "rel": "license"}],
                    },
                    "Links": [
                        {"path": "A@/href", "url": "/next", "text": "next"},
                        {"path": "IMG@/src", "url": "a.jpg", "alt": " Uyuyan   kedi ", "title": "Kedi"},
                        {"path": "IMG@/src", "url": "a.jpg", "alt": "again"},
                        {"path": "IMG@/srcset", "url": "s.jpg 100w, l.jpg 900w"},
                        {"path": "IMG@/src", "url": "data:image/gif;base64,R0"},
                        {"path": "IMG@/src"},
                        "nonsense",
                    ],
                },
            }
        },
    },
}


def wat(*payloads: bytes) -> bytes:
    def write(writer: WARCWriter) -> None:
        for one in payloads:
            write_record(writer, "https://b.example/dir/page", "metadata", one, warc_content_type="application/json")

    return archive(write)


def test_wat_files_as_common_crawl_makes_them(tmp_path: Path) -> None:
    forbidden = json.loads(json.dumps(WAT_PAGE))
    response = forbidden["Envelope"]["Payload-Metadata"]["HTTP-Response-Metadata"]
    response["HTML-Metadata"]["Head"]["Metas"] = [{"name": "robots", "content": "noai"}]
    request = {"Envelope": {"Payload-Metadata": {"HTTP-Request-Metadata": {}}}}
    path = tmp_path / "CC-MAIN.warc.wat.gz"
    path.write_bytes(wat(*(json.dumps(one).encode() for one in (request, WAT_PAGE, forbidden)), b"{broken"))
    first, second, third, fourth, broken = read_wat(path)
    assert first.url == "https://b.example/base/a.jpg"
    assert (first.caption, first.caption_from) == ("Uyuyan kedi", "alt")
    assert first.words == {"alt": "Uyuyan kedi", "title": "Kedi"}
    assert (first.page_url, first.language) == ("https://b.example/dir/page", "tr")
    assert (first.license, first.refusal) == ("https://l.example/by", None)
    assert (second.url, second.caption) == ("https://b.example/base/l.jpg", "")
    assert (third.refusal, fourth.refusal) == ("the page says noai in <meta name=robots>",) * 2
    assert (broken.error or "").startswith("bad_row: not JSON")


def test_a_truncated_wat_file_gives_what_it_holds(tmp_path: Path) -> None:
    data = wat(*[json.dumps(WAT_PAGE).encode()] * 10)
    path = tmp_path / "a.wat.gz"
    path.write_bytes(data[: len(data) * 2 // 3])
    *found, last = read_wat(path)
    assert len(found) >= 8
    assert (last.error or "").startswith("truncated: ")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(
            ["Head", "Metas", "Links", "path", "url", "Base", "Headers", "HTML-Metadata", "Link", "rel", "name"]
        ),
        inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_no_json_of_a_wat_file_raises(tmp_path: Path, response: object) -> None:
    found = {"Envelope": {"Payload-Metadata": {"HTTP-Response-Metadata": response}}}
    path = tmp_path / "a.wat"
    path.write_bytes(wat(json.dumps(found).encode()))
    assert all(one.url.startswith("http") for one in read_wat(path))
