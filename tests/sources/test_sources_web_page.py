"""Pages to pictures with their words: languages, charsets, srcset and lazy attributes, refusals, hostile pages."""

from __future__ import annotations

import codecs
import pickle
import re
import time
from html import escape
from urllib.parse import urldefrag, urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.sources.web.charset import codec_of, decoded
from toolkit.sources.web.links import ImageLink
from toolkit.sources.web.manners import MannersSettings
from toolkit.sources.web.page import links_of_page, read_page
from toolkit.sources.web.page_addresses import absolute

PAGE = "https://example.org/artikel/eins.html"


def links(html: str, headers: dict[str, str] | None = None, url: str | None = PAGE) -> list[ImageLink]:
    return links_of_page(html.encode(), url, headers or {})


def only(html: str, headers: dict[str, str] | None = None) -> ImageLink:
    (link,) = links(html, headers)
    return link


def test_a_picture_brings_all_words_beside_it_and_the_alt_text_stands_for_it() -> None:
    link = only(
        '<html lang="de"><body><h1>Vögel am See</h1><h2>Der  <em>Haubentaucher</em></h2><p>Text</p>'
        '<figure><a href="gross.jpg"><img src="../bilder/taucher.jpg" alt="Ein Haubentaucher\n  mit Jungen" '
        'title="Taucher">'
        "</a><figcaption>Im Mai<br>am Bodensee</figcaption></figure>"
    )
    assert link.url == "https://example.org/bilder/taucher.jpg"
    assert (link.caption, link.caption_from) == ("Ein Haubentaucher mit Jungen", "alt")
    assert link.words == {
        "alt": "Ein Haubentaucher mit Jungen",
        "figcaption": "Im Mai am Bodensee",
        "title": "Taucher",
        "heading": "Der Haubentaucher",
    }
    assert (link.page_url, link.language, link.refusal, link.error) == (PAGE, "de", None, None)


@pytest.mark.parametrize(
    ("html", "caption", "source"),
    [
        ("<figure><img src=a.jpg alt=''><figcaption>猫が寝ている</figcaption></figure>", "猫が寝ている", "figcaption"),
        ("<img src=a.jpg title='قطة نائمة'>", "قطة نائمة", "title"),
        ("<h3>Спящая кошка</h3><p><img src=a.jpg></p><h3>Другая</h3>", "Спящая кошка", "heading"),
        ("<h3>ignored</h3><h2>Chat qui dort <img src=a.jpg></h2>", "Chat qui dort", "heading"),
        ("<h2>बिल्ली</h2><h3><img src=logo.svg></h3>", "बिल्ली", "heading"),
        ("<img src=a.jpg>", "", ""),
        ("<figure><figure><img src=a.jpg></figure><figcaption>both</figcaption></figure>", "both", "figcaption"),
        ("<figure><figcaption>of another</figcaption></figure><img src=a.jpg title=own>", "own", "title"),
        ("<h1>A<script>var x = 'no'</script><style>p{}</style> cat</h1><img src=a.jpg>", "A cat", "heading"),
    ],
)
def test_without_an_alt_text_the_caption_comes_from_what_is_nearest(html: str, caption: str, source: str) -> None:
    link = links(html)[0]
    assert (link.caption, link.caption_from) == (caption, source)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ('<img src="s.jpg" srcset="m.jpg 640w, l.jpg 1280w, s.jpg 320w">', "l.jpg"),
        ('<img src="s.jpg" srcset="s2.jpg 2x, s3.jpg 3x">', "s3.jpg"),
        ('<img src="s.jpg" srcset="data:image/png;base64,AAAA 3000w, m.jpg 640w">', "m.jpg"),
        ('<img src="data:image/gif;base64,R0lGOD" data-src="lazy.jpg">', "lazy.jpg"),
        ('<img src="blank.gif" data-src="lazy.jpg" data-srcset="l.jpg 900w, m.jpg 600w">', "l.jpg"),
        ('<img src="blank.gif" data-original="lazy.jpg">', "lazy.jpg"),
        ('<picture><source type="image/avif" srcset="a.avif 800w, b.avif 1600w"><img src="c.jpg"></picture>', "b.avif"),
        ('<picture><source type="image/svg+xml" srcset="a.svg 9999w"><img src="c.jpg"></picture>', "c.jpg"),
        ('<picture><source srcset="old.webp"></picture><img src="c.jpg">', "c.jpg"),
        ("<amp-img src=c.jpg></amp-img>", "c.jpg"),
        ("<noscript><img src=c.jpg></noscript>", "c.jpg"),
        ("<img src=' c\n.jpg '>", "c.jpg"),
        ("<img src='c d.jpg#top'>", "c%20d.jpg"),
        (r"<img src='up\..\c.jpg?a\b'>", r"c.jpg?a\b"),
        ("<img src='c.jpg' data-image='{&quot;width&quot;: 3}'>", "c.jpg"),
        ("<img src='#' data-src=''><img src=c.jpg>", "c.jpg"),
        ("<base href='javascript:void(0)'><img src=c.jpg>", "c.jpg"),
    ],
)
def test_the_largest_version_of_a_picture_is_taken(image: str, expected: str) -> None:
    assert only(image).url == f"https://example.org/artikel/{expected}"


def test_addresses_are_relative_to_base_and_only_http_counts() -> None:
    html = (
        '<base href="//cdn.example.net/x/"><img src=a.jpg><img src="/b.jpg"><img src="http://c.example/d.jpg">'
        '<img src="data:image/png;base64,AA"><img src="javascript:alert(1)"><img src="file:///etc/passwd">'
        '<img src="http://[::1"><img src="ftp://x.example/a.jpg"><img src=""><img>'
    )
    found = [link.url for link in links(html)]
    assert found == ["https://cdn.example.net/x/a.jpg", "https://cdn.example.net/b.jpg", "http://c.example/d.jpg"]


def test_a_saved_page_says_its_own_address_or_relative_pictures_are_errors() -> None:
    saved = '<link rel="canonical" href="https://museum.example/werk/7"><img src="bild.jpg" alt=Werk>'
    (link,) = links(saved, url=None)
    assert (link.url, link.page_url) == ("https://museum.example/werk/bild.jpg", "https://museum.example/werk/7")
    lost, kept = links('<img src="seite_files/a.jpg"><img src="https://museum.example/b.jpg">', url=None)
    assert lost.error is not None
    assert lost.error.startswith("relative_address: 'seite_files/a.jpg' is relative")
    assert (kept.url, kept.error, kept.page_url) == ("https://museum.example/b.jpg", None, None)


def test_an_address_counts_once_and_later_places_complete_its_words() -> None:
    html = "<img data-src=a.jpg><noscript><img src=a.jpg alt='A lynx'></noscript><img src=a.jpg alt=again noai>"
    link = only(html)
    assert link.words == {"alt": "A lynx"}
    assert link.refusal == "its element is marked noai", "a refusal at any place counts"


def test_the_nearest_language_wins_and_an_empty_one_says_unknown() -> None:
    html = (
        '<html lang="it"><img src=1.jpg><div lang="pt-BR"><p><img src=2.jpg></p></div>'
        '<div lang=""><img src=3.jpg></div>'
        '<p xml:lang="fa"><img src=4.jpg></p><img src=5.jpg lang=nb>'
    )
    assert [one.language for one in links(html)] == ["it", "pt-BR", None, "fa", "nb"]
    assert only("<img src=a.jpg>", {"content-language": "sv"}).language == "sv"
    assert only("<img src=a.jpg>", {"content-language": "sv, en"}).language is None
    assert (
        only('<meta http-equiv="Content-Language" content="ko"><img src=a>', {"content-language": "sv"}).language
        == "ko"
    )


def test_licences_of_a_figure_and_of_the_page() -> None:
    html = (
        "<figure><img src=1.jpg><figcaption><a rel='license noopener' href='https://creativecommons.org/licenses/by/4.0/'>"
        "CC BY</a></figcaption></figure><img src=2.jpg><footer><a rel=license href=/lizenz>Lizenz</a></footer>"
    )
    found = {one.url[-5:]: one.license for one in links(html)}
    assert found == {"1.jpg": "https://creativecommons.org/licenses/by/4.0/", "2.jpg": "https://example.org/lizenz"}
    assert only("<link rel=license href=//l.example/x><img src=a>").license == "https://l.example/x"


@pytest.mark.parametrize(
    ("head", "headers", "refusal"),
    [
        ('<meta name="robots" content="noai, noimageai">', {}, "noai in <meta name=robots>"),
        ('<META NAME="Robots" CONTENT="index,NOIMAGEAI">', {}, "noimageai in <meta name=robots>"),
        ('<meta name="tain" content="noindex">', {}, "noindex in <meta name=tain>"),
        ('<meta name="robots" content="none">', {}, "noindex in <meta name=robots>"),
        ('<meta name="robots" content="noml">', {}, "noml in <meta name=robots>"),
        ('<meta name="googlebot" content="noindex">', {}, None),
        ('<meta name="robots" content="index, follow, max-image-preview:large">', {}, None),
        ("", {"x-robots-tag": "noai"}, "noai in the header X-Robots-Tag"),
        ("", {"x-robots-tag": "googlebot: noindex"}, None),
        ('<meta name="tdm-reservation" content="1">', {}, "tdm-reservation in <meta>"),
        ('<meta name="tdm-reservation" content="0">', {}, None),
        (
            '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://example.org/p.json">',
            {},
            "tdm-reservation in <meta>; its policy: https://example.org/p.json",
        ),
        ("", {"tdm-reservation": "1"}, "tdm-reservation in a header"),
    ],
)
def test_what_a_page_forbids_is_said_of_each_of_its_pictures(
    head: str, headers: dict[str, str], refusal: str | None
) -> None:
    expected = None if refusal is None else f"the page says {refusal}"
    assert [one.refusal for one in links(f"{head}<img src=a><img src=b>", headers)] == [expected, expected]


def test_a_mark_on_an_element_holds_for_all_within_it() -> None:
    html = "<div data-noai><p><img src=1></p></div><img src=2><figure noimageindex><img src=3></figure>"
    html += "<img src=4 data-noai=false>"
    marked = "its element is marked "
    assert [one.refusal for one in links(html)] == [f"{marked}noai", None, f"{marked}noimageindex", None]


def test_single_signs_can_be_switched_off() -> None:
    html = b'<meta name="robots" content="noindex"><meta name="tdm-reservation" content="1"><img src=a data-noml>'

    def refusal(**off: object) -> str | None:
        (link,) = links_of_page(html, PAGE, {"x-robots-tag": "noai"}, MannersSettings(**off))  # type: ignore[arg-type]
        return link.refusal

    assert refusal() == "the page says noai in the header X-Robots-Tag"
    assert refusal(x_robots_tag=False) == "the page says noindex in <meta name=robots>"
    assert refusal(x_robots_tag=False, meta=False) == "the page says tdm-reservation in <meta>"
    assert refusal(x_robots_tag=False, meta=False, tdmrep=False) == "its element is marked noml"
    assert refusal(x_robots_tag=False, meta=False, tdmrep=False, marks=False) is None
    assert refusal(directives=("noml",), tdmrep=False) == "its element is marked noml"


def test_the_pages_that_a_page_links_to_without_nofollow() -> None:
    html = b"<a href=zwei.html>2</a><a href=zwei.html>2</a><a rel='nofollow ugc' href=drei.html>3</a>"
    html += b"<a href='mailto:a@b.c'>m</a>"
    assert read_page(html, PAGE).pages == ["https://example.org/artikel/zwei.html"]
    assert read_page(b"<meta name=robots content=nofollow>" + html, PAGE).pages == []


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Привет, кошка", "cp1251", "windows-1251"),
        ("眠っている猫", "shift_jis", "Shift_JIS"),
        ("眠っている猫", "euc_jp", "euc-jp"),
        ("睡觉的猫", "gb2312", "gb2312"),
        ("睡覺的貓", "big5", "big5"),
        ("자는 고양이", "euc_kr", "euc-kr"),
        ("Une “citation” à 3 €", "cp1252", "iso-8859-1"),
        ("Żółty kot", "iso8859_2", "ISO-8859-2"),
        ("γάτα", "iso8859_7", "iso-8859-7"),
    ],
)
def test_charsets_are_those_of_the_header_the_mark_and_the_page(text: str, codec: str, label: str) -> None:
    html = f"<img src=a alt='{text}'>".encode(codec)
    assert links_of_page(html, PAGE, {"content-type": f'text/html; charset="{label}"'})[0].caption == text
    for meta in (f"<meta charset={label}>", f'<meta http-equiv=Content-Type content="text/html; charset={label}">'):
        assert links_of_page(b"<!-- <meta charset=x> -->" + meta.encode() + html, PAGE)[0].caption == text
    marked = codecs.BOM_UTF8 + f"<img src=a alt='{text}'>".encode()
    assert links_of_page(marked, PAGE, {"content-type": f"text/html; charset={label}"})[0].caption == text
    wide = codecs.BOM_UTF16_LE + f"<img src=a alt='{text}'>".encode("utf-16-le")
    assert links_of_page(wide, PAGE)[0].caption == text


def test_a_wrong_or_unknown_charset_is_no_error() -> None:
    assert decoded("Käse".encode(), "text/html; charset=utf-7") == "Käse"
    assert decoded("Käse".encode("cp1252")) == "Käse"
    assert decoded("Käse".encode()[:3]) == "Kä", "a page cut within a character is still UTF-8"
    assert decoded(b"K\xe4se", "text/html; charset=utf-8") == "K\ufffdse"
    for label in ("rot13", "base64", "unicode_escape", "idna", "x" * 1000, "\0", "utf-7"):
        assert codec_of(label) is None


@pytest.mark.parametrize("head", [f"<h1>{'long ' * 2000}</h1>", f"<base href='https://a.example/{'b' * 8000}/'>"])
def test_a_page_does_not_grow_without_end_by_what_its_pictures_share(head: str) -> None:
    found = links(head + "".join(f"<img src={n}.jpg>" for n in range(9000)))
    assert 500 < len(found) < 9000
    assert sum(len(one.url) + len(one.caption) for one in found) < 16_000_000


def test_links_travel_between_processes() -> None:
    link = only("<img src=a.jpg alt=x>")
    assert pickle.loads(pickle.dumps(link)) == link


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html; charset=utf-16", "charset=gb18030", "charset=iso-2022-jp"]),
)
def test_any_bytes_are_read_without_an_error(body: bytes, content_type: str) -> None:
    for link in links_of_page(body, PAGE, {"content-type": content_type}):
        assert link.url.startswith(("http://", "https://"))


_REFERENCES = st.one_of(
    st.text(st.sampled_from("ab1/.?:#;=%&-_~@ A\t"), max_size=20),
    st.from_regex(r"\A(?:https?://)?[a-z.:]{0,6}(?:/[a-z.;?]{0,4}){0,3}\Z"),
)


@given(st.sampled_from(["https://example.org/a/b?c", "http://example.org:8080", "https://u@[::1]/x/"]), _REFERENCES)
def test_addresses_are_made_absolute_as_the_standard_library_does(base: str, reference: str) -> None:
    found = absolute(base, reference)
    joined = urldefrag(urljoin(base, reference.strip().replace("\t", ""))).url.replace(" ", "%20")
    if found is not None:
        assert found == joined
    elif reference.strip():
        assert not re.match(r"https?://[a-z]+/", joined)


_PIECES = st.sampled_from(
    ["<img src=a.jpg alt='x'>", "<img srcset='a 1w,b 2w'", "<figure>", "</figure>", "<figcaption>", "<h1>", "</h2>",
     "<picture>", "<source srcset=x>", "</picture>", "<base href=x>", "<table>", "<p lang=", "'", '"', "<!--", "-->",
     "<![CDATA[", "<svg>", "<template>", "</template>", "<script>", "</script>", "\0", "&#xD800;", "&#0;", "é",
     "\ud7ff", "<meta name=robots content=noai>", "<textarea>", "<plaintext>", "<a rel=license href=x>", "<noscript>",
     "<select>", "<frameset>", "</html>", "<body lang=de>"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40))
def test_broken_html_is_read_without_an_error(pieces: list[str]) -> None:
    for link in links("".join(pieces)):
        assert link.url.startswith("https://example.org/")
        assert link.caption_from in link.words or link.caption == ""


_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), _WORDS), max_size=8, unique_by=lambda one: one[0]),
    st.integers(0, 200_000),
)
def test_well_formed_pages_give_back_what_was_written_into_them(pictures: list[tuple[int, str]], padding: int) -> None:
    html = f"<!--{'x' * padding}-->" + "".join(
        f'<p><img src="/{place}.jpg" alt="{escape(alt)}">' for place, alt in pictures
    )
    found = [(one.url, one.caption) for one in links(html)]
    assert found == [(f"https://example.org/{place}.jpg", " ".join(alt.split())) for place, alt in pictures]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 400_000,
        "<div>" * 200_000 + "</b>" * 200_000,
        "<div></b>" * 200_000,
        "<picture>" + ("<source srcset='" + "a 1w," * 900 + "'>") * 50 + "<img src=b>" * 10_000,
        "<img " + " ".join(f"a{i}=1" for i in range(100_000)) + ">",
        "<figure><figcaption>x" * 50_000 + "<img src=a>" * 20_000,
        "<img src=x srcset='" + "a (" * 300_000 + "'>",
        "<h1>" + "x&amp;" * 300_000 + "<img src=a>",
        "<!--" * 500_000,
        "<" * 2_000_000,
    ],
    ids=[
        "nesting",
        "closing",
        "unmatched",
        "sources",
        "attributes",
        "figures",
        "parentheses",
        "heading",
        "comments",
        "brackets",
    ],
)
def test_hostile_pages_end_in_seconds(html: str) -> None:
    started = time.process_time()
    found = links_of_page(html.encode(), PAGE)
    assert time.process_time() - started < 20
    assert len(found) <= 10_000
    assert all(len(one.caption) <= 10_000 for one in found)
