"""Sitemaps, and a walk over the pages of a site that stays within it."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.sources.web.crawl import crawl
from toolkit.sources.web.links import Fetched, ImageLink
from toolkit.sources.web.manners import Manners, MannersSettings
from toolkit.sources.web.sitemaps import links_of_sitemap, read_sitemap

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url><loc>https://a.example/katze?x=1&amp;y=2</loc>
    <image:image><image:loc>https://cdn.example/katze.jpg</image:loc><image:title>Die Katze</image:title>
      <image:caption>Eine Katze  schläft</image:caption><image:license>https://l.example/by</image:license></image:image>
    <image:image><image:loc>/zwei.jpg</image:loc></image:image></url>
  <url><loc>https://a.example/hund</loc></url>
  <url><loc>javascript:alert(1)</loc></url>
</urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://a.example/s1.xml.gz</loc></sitemap><sitemap><loc>https://other.example/s.xml</loc></sitemap></sitemapindex>"""


@pytest.mark.parametrize("body", [SITEMAP.encode(), gzip.compress(SITEMAP.encode())])
def test_a_sitemap_names_pages_and_pictures_with_their_words(body: bytes) -> None:
    found = read_sitemap(body, "https://a.example/sitemap.xml")
    assert found.pages == ["https://a.example/katze?x=1&y=2", "https://a.example/hund"]
    first, second = found.links
    assert (first.url, first.caption, first.caption_from) == (
        "https://cdn.example/katze.jpg",
        "Eine Katze schläft",
        "figcaption",
    )
    assert first.words == {"figcaption": "Eine Katze schläft", "title": "Die Katze"}
    assert (first.page_url, first.license) == ("https://a.example/katze?x=1&y=2", "https://l.example/by")
    assert (second.url, second.caption) == ("https://a.example/zwei.jpg", "")
    assert links_of_sitemap(body, "https://a.example/sitemap.xml") == found.links


def test_an_index_names_sitemaps_and_text_names_pages() -> None:
    found = read_sitemap(INDEX.encode(), "https://a.example/i.xml")
    assert found.sitemaps == ["https://a.example/s1.xml.gz", "https://other.example/s.xml"]
    assert read_sitemap(b"https://a.example/1\r\nhttps://a.example/2\nno\n").pages == [
        "https://a.example/1",
        "https://a.example/2",
    ]


@pytest.mark.parametrize(
    "body", [SITEMAP.encode()[:-60], gzip.compress(SITEMAP.encode())[:-40], b"<html><body>404", b""]
)
def test_a_damaged_sitemap_gives_what_it_holds_and_an_error(body: bytes) -> None:
    found = read_sitemap(body, "https://a.example/s.xml")
    wrong = [one.error.split(":")[0] for one in found.links if one.error is not None]
    assert wrong
    assert set(wrong) <= {"bad_sitemap", "truncated"}
    if body.startswith((b"<?xml", b"\x1f\x8b")):
        assert found.links[0].url == "https://cdn.example/katze.jpg"


def test_entities_of_a_sitemap_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x" * 100}">' for i in range(9))
    secret = '<!ENTITY s SYSTEM "file:///etc/hostname">'
    body = f"<!DOCTYPE urlset [{entities}{secret}]><urlset><url><loc>https://a.example/&e8;&s;</loc></url></urlset>"
    found = read_sitemap(body.encode(), "https://a.example/s.xml")
    assert all(len(one) < 100 for one in found.pages)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(
    ["<urlset>", "<url>", "<loc>", "https://a.example/1", "</loc>", "</url>", "</urlset>", "<image:image>", "<sitemap>",
     "&x;", "\0"]
), max_size=20).map(lambda parts: "".join(parts).encode())))  # fmt: skip
def test_no_bytes_of_a_sitemap_raise(body: bytes) -> None:
    found = read_sitemap(body, "https://a.example/s.xml")
    assert all(one.startswith("http") for one in found.pages)


class Web:
    """Pages by address; what it was asked is kept."""

    def __init__(self, pages: dict[str, str | bytes | Fetched]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        page = self.pages.get(url)
        if isinstance(page, Fetched):
            return page
        if page is None:
            return Fetched(url, 404, {}, b"")
        body = page if isinstance(page, bytes) else page.encode()
        kind = "text/html" if isinstance(page, str) and "robots.txt" not in url else "application/octet-stream"
        return Fetched(url, 200, {"content-type": kind}, body)

    def read(self) -> list[str]:
        return [one for one in self.asked if not one.endswith(("robots.txt", "tdmrep.json"))]


def walk(
    web: Web, seeds: list[str], depth: int, most_pages: int = 1000, manners: Manners | None = None
) -> list[ImageLink]:
    async def collect() -> list[ImageLink]:
        return [one async for one in crawl(seeds, depth, web.fetch, manners, most_pages)]

    return asyncio.run(collect())


A = "https://a.example"
SITE: dict[str, str | bytes | Fetched] = {
    f"{A}/": "<a href=/1>1</a><a href=/2>2</a><a href=https://b.example/>b</a><a href=//www.a.example/>w</a>"
    "<img src=0.jpg>",
    f"{A}/1": "<a href=/3>3</a><a href=/#top>home</a><a href=/doc.pdf>p</a><img src=1.jpg alt=one><img src=0.jpg>",
    f"{A}/2": "<a href=/3>3</a><img src=2.jpg>",
    f"{A}/3": "<a href=/4>4</a><img src=https://cdn.example/3.jpg>",
    f"{A}/4": "<img src=4.jpg>",
}


def test_a_walk_is_breadth_first_within_the_site_to_a_depth() -> None:
    for depth, expected in ((0, ["/"]), (1, ["/", "/1", "/2"]), (2, ["/", "/1", "/2", "/3"])):
        web = Web(SITE)
        found = walk(web, [f"{A}/"], depth)
        assert web.read() == [f"{A}{one}" for one in expected]
        assert [one.url for one in found] == [
            f"{A}/0.jpg", f"{A}/1.jpg", f"{A}/2.jpg", "https://cdn.example/3.jpg",
        ][: len(expected)]  # fmt: skip
    assert found[1].key == f"{A}/1#0"
    assert walk(Web(SITE), [f"{A}/"], 2) == found, "the same walk twice"


def test_a_walk_reads_no_more_pages_than_it_may() -> None:
    endless = Web({})
    endless.pages = {
        f"{A}/{i}": f"<a href=/{i + 1}>next</a><a href=/{i}?s={i}>again</a><img src={i}.jpg>" for i in range(200)
    }
    found = walk(endless, [f"{A}/0"], 10**6, most_pages=20)
    assert len(endless.read()) == 20
    assert len([one for one in found if one.error is None]) <= 20


def test_sitemaps_that_robots_names_come_first() -> None:
    index = INDEX.encode()
    robots = f"User-agent: *\nDisallow: /hund\nSitemap: {A}/index.xml\nSitemap: https://other.example/s.xml\n"
    web = Web(
        {**SITE, f"{A}/robots.txt": robots, f"{A}/index.xml": index, f"{A}/s1.xml.gz": gzip.compress(SITEMAP.encode())}
    )
    web.pages[f"{A}/katze?x=1&y=2"] = "<img src=k.jpg>"
    found = walk(web, [f"{A}/"], 1)
    assert web.read() == [f"{A}/index.xml", f"{A}/s1.xml.gz", f"{A}/", f"{A}/katze?x=1&y=2", f"{A}/1", f"{A}/2"]
    assert [one.url for one in found][:3] == ["https://cdn.example/katze.jpg", f"{A}/zwei.jpg", f"{A}/0.jpg"]
    refused = [one for one in found if one.error is not None]
    assert [(one.page_url, one.error) for one in refused] == [
        (f"{A}/hund", f"refused: robots.txt disallows it for tain ({A}/robots.txt)")
    ]


def test_a_sitemap_can_be_a_seed() -> None:
    web = Web({**SITE, f"{A}/all.xml": INDEX.encode(), f"{A}/s1.xml.gz": gzip.compress(SITEMAP.encode())})
    web.pages[f"{A}/hund"] = "<a href=/1>too deep</a><img src=h.jpg>"
    found = walk(web, [f"{A}/all.xml"], 1)
    assert web.read() == [f"{A}/all.xml", f"{A}/s1.xml.gz", f"{A}/katze?x=1&y=2", f"{A}/hund"]
    assert [one.url for one in found if one.error is None] == [
        "https://cdn.example/katze.jpg", f"{A}/zwei.jpg", f"{A}/h.jpg",
    ]  # fmt: skip
    assert len(walk(web, [f"{A}/all.xml"], 0)) == 2


def test_what_cannot_be_read_is_a_row() -> None:
    web = Web({
        f"{A}/": "<a href=/gone>g</a><a href=/slow>s</a><a href=/away>a</a><a href=/pic>p</a>"
        "<meta name=robots content=noai><img src=0>",
        f"{A}/slow": Fetched(f"{A}/slow", 0, {}, b"", "timeout: 10 s"),
        f"{A}/away": Fetched("https://b.example/", 200, {"content-type": "text/html"}, b"<img src=stolen.jpg>"),
        f"{A}/pic": b"\x89PNG",
    })  # fmt: skip
    found = walk(web, [f"{A}/", "mailto:x@a.example"], 1)
    assert [one.error.split(":")[0] if one.error else one.refusal for one in found] == [
        "the page says noai in <meta name=robots>", "page", "page", "page", "bad_address",
    ]  # fmt: skip


def test_a_seed_that_leads_to_the_same_site_with_www_is_followed_there() -> None:
    www, b = "https://www.a.example", "https://b.example"
    web = Web({
        f"{A}/": Fetched(f"{www}/", 200, {"content-type": "text/html"}, b"<a href=/1>1</a><img src=0.jpg>"),
        f"{www}/1": f"<img src=1.jpg><a href={A}/2>2</a><a href={www}/#x>home</a>",
        f"{A}/2": Fetched(f"{www}/1", 200, {"content-type": "text/html"}, b"<img src=again.jpg>"),
        f"{b}/": Fetched(f"{A}/", 200, {"content-type": "text/html"}, b"<img src=x.jpg>"),
    })  # fmt: skip
    found = walk(web, [f"{A}", f"{b}/"], 3)
    assert [one.url for one in found if one.error is None] == [f"{www}/0.jpg", f"{www}/1.jpg"]
    assert [one.error.split(":")[1].strip() for one in found if one.error] == ["other_site"]
    assert len(web.read()) == len(set(web.read())) == 4, "what leads to a page that was read is not read again"


def test_one_page_in_many_spellings_is_read_once() -> None:
    home = "http://b\u00fccher.example"
    plain = "http://xn--bcher-kva.example"
    written = (f"{plain}/a", f"{plain}:80/a", "HTTP://B\u00dcCHER.example/a#x", "/a")
    spellings = "".join(f"<a href={one}>x</a>" for one in written)
    web = Web({f"{plain}/": f"<meta charset=utf-8>{spellings}<img src=0.jpg>", f"{plain}/a": "<img src=a.jpg>"})
    found = walk(web, [f"{home}/", f"{plain}"], 1)
    assert [one.url for one in found] == [f"{plain}/0.jpg", f"{plain}/a.jpg"]
    assert web.read() == [f"{plain}/", f"{plain}/a"]


def test_what_waits_is_bounded_by_the_pages_that_may_be_read() -> None:
    web = Web({f"{A}/": "".join(f"<a href=/{n}>{n}</a>" for n in range(5000))})
    assert len(walk(web, [f"{A}/"], 1, most_pages=10)) == 9, "nine pages that are not there"
    assert len(web.read()) == 10


def test_a_picture_among_the_pages_is_passed_over_but_as_a_seed_it_is_told() -> None:
    picture = Fetched(f"{A}/photo", 200, {"content-type": "image/jpeg"}, b"\xff\xd8\xff")
    web = Web({f"{A}/": "<a href=/photo>p</a>", f"{A}/photo": picture})
    assert walk(web, [f"{A}/"], 1) == []
    (told,) = walk(web, [f"{A}/photo"], 1)
    assert told.error == "page: not_a_page: the content type is image/jpeg"
    wrong = Fetched(f"{A}/s.xml", 200, {"content-type": "image/png"}, b"")
    web.pages |= {f"{A}/robots.txt": f"Sitemap: {A}/s.xml", f"{A}/s.xml": wrong}
    assert [one.error.split(":")[1].strip() for one in walk(web, [f"{A}/"], 1) if one.error] == ["not_a_page"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.integers(0, 4), st.integers(1, 12))
def test_a_walk_reads_what_a_search_of_the_graph_reaches(links: list[tuple[int, int]], depth: int, most: int) -> None:
    out = {page: [to for one, to in links if one == page] for page in range(10)}
    web = Web({
        f"{A}/{page}": "".join(f"<a href=/{to}>x</a>" for to in to_all) + f"<img src=/{page}.jpg>"
        for page, to_all in out.items()
    })  # fmt: skip
    distance, edge = {0: 0}, [0]
    for page in edge:
        for to in out[page]:
            if to not in distance and distance[page] < depth:
                distance[to] = distance[page] + 1
                edge.append(to)
    walk(web, [f"{A}/0"], depth, most_pages=most)
    assert web.read() == [f"{A}/{page}" for page in edge[:most]]


def test_two_sites_and_manners_that_are_switched_off() -> None:
    pages = {**SITE, "https://b.example/": "<img src=b.jpg>", f"{A}/robots.txt": "User-agent: *\nDisallow: /"}
    found = walk(Web(pages), [f"{A}/", "https://b.example/"], 0)
    assert [one.url for one in found] == ["", "https://b.example/b.jpg"]
    rude = Manners(MannersSettings(robots=False, tdmrep=False))
    web = Web(pages)
    assert [one.url for one in walk(web, [f"{A}/", "https://b.example/"], 0, manners=rude)] == [
        f"{A}/0.jpg",
        "https://b.example/b.jpg",
    ]
    assert web.asked == [f"{A}/", "https://b.example/"]
    with pytest.raises(ValueError, match="depth must be at least 0"):
        walk(web, [], -1)
