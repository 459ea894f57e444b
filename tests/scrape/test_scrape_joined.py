"""From saved pages, archives, sitemaps and lists to rows: words beside pictures, and what owners forbid."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from hostile_server import GOOD, HostileServer
from scraped import RECIPE, rows_of
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from toolkit.scrape.stage import scrape

PAGE = """<!doctype html><html lang="en"><head>{head}<link rel="canonical" href="{base}page.html"></head><body>
<h2>Harbour</h2><figure><img src="{base}good/1.jpg" alt="a red boat"><figcaption>At noon</figcaption></figure>
<img src="{base}good/2.jpg" srcset="{base}good/3.jpg 2x"></body></html>"""


def page(server: HostileServer, head: str = "") -> str:
    return PAGE.format(base=server.url(""), head=head)


def said(rows: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(row["caption"], str(row["error"] or "").partition(":")[0]) for row in rows]


def test_saved_pages_become_pairs_with_the_words_beside_each_picture(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    with HostileServer() as server:
        (pages / "a.html").write_text(page(server), "utf-8")
        (pages / "b.html").write_text(page(server, '<meta name="robots" content="noai">'), "utf-8")
        rows = rows_of(scrape(pages, tmp_path / "run", recipe=RECIPE))
    assert said(rows) == [("a red boat", ""), ("Harbour", ""), ("a red boat", "refused"), ("Harbour", "refused")]
    meta = [row["meta"] for row in rows]
    assert meta[0]["words"] == {"alt": "a red boat", "figcaption": "At noon", "heading": "Harbour"}
    assert meta[0]["language"] == "en"
    assert str(rows[1]["url"]).endswith("good/3.jpg"), "the largest of the srcset"
    assert "noai" in str(rows[2]["error"])


def test_an_archive_of_responses_becomes_pairs(tmp_path: Path) -> None:
    file = tmp_path / "crawl.warc.gz"
    with HostileServer() as server, file.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        body = page(server).encode()
        digests = {"WARC-Block-Digest": "sha1:A", "WARC-Payload-Digest": "sha1:A"}  # else it leaves files open
        record = writer.create_warc_record(
            server.url("page.html"), "response", payload=io.BytesIO(body), length=len(body), http_headers=headers,
            warc_headers_dict=digests,
        )  # fmt: skip
        writer.write_record(record)
        stream.flush()
        rows = rows_of(scrape(file, tmp_path / "run", recipe=RECIPE))
    assert said(rows) == [("a red boat", ""), ("Harbour", "")]


def test_a_sitemap_becomes_pairs(tmp_path: Path) -> None:
    names = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"'
    )
    with HostileServer() as server:
        image = f"<i:image><i:loc>{server.url('good/9.jpg')}</i:loc><i:caption>a pier</i:caption></i:image>"
        text = f"<urlset {names}><url><loc>{server.url('page')}</loc>{image}</url></urlset>"
        (tmp_path / "sitemap.xml").write_text(text, "utf-8")
        rows = rows_of(scrape(tmp_path / "sitemap.xml", tmp_path / "run", recipe=RECIPE))
    assert said(rows) == [("a pier", "")]


@pytest.mark.parametrize("what", ["hash", "page"])
def test_what_has_opted_out_is_a_row_without_its_picture(what: str, tmp_path: Path) -> None:
    opted = tmp_path / "opted.txt"
    with HostileServer() as server:
        links = [{"url": server.url("good/1.jpg"), "caption": "one", "page_url": "https://no.example/p"}]
        (tmp_path / "list.jsonl").write_text("".join(json.dumps(one) + "\n" for one in links), "utf-8")
        opted.write_text(hashlib.sha256(GOOD).hexdigest() if what == "hash" else "no.example", "utf-8")
        manners = {"opt_out_hashes" if what == "hash" else "opt_out_domains": [str(opted)]}
        run = scrape(tmp_path / "list.jsonl", tmp_path / "run", recipe=RECIPE | {"manners": manners})
        (row,) = rows_of(run)
        asked = any(path.startswith("good") for path in server.asked)
    assert said([row]) == [("one", "refused")]
    assert row["image"]["bytes"] is None
    assert asked == (what == "hash"), "a page that has opted out is not asked for its pictures"


def test_manners_that_are_switched_off_are_not_kept(tmp_path: Path) -> None:
    with HostileServer() as server:
        (tmp_path / "a.html").write_text(page(server, '<meta name="robots" content="noai">'), "utf-8")
        recipe = RECIPE | {"manners": {"meta": False}}
        rows = rows_of(scrape(tmp_path / "a.html", tmp_path / "run", recipe=recipe))
    assert said(rows) == [("a red boat", ""), ("Harbour", "")]
