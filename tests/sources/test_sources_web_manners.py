"""What owners allow: robots.txt, directives, the TDM Reservation Protocol, opt-out lists; asked once, all obeyed."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.errors import RecipeError
from toolkit.seeds import content_hash
from toolkit.sources.web.links import Fetched, ImageLink
from toolkit.sources.web.manners import Manners, MannersSettings
from toolkit.sources.web.manners.directives import directives_of
from toolkit.sources.web.manners.robots import rules_of
from toolkit.sources.web.manners.tdmrep import file_refusal, matches, reservations_of

Answer = bytes | int | str


class Site:
    """Answers for addresses: a body, a status, or an error; 404 for all others. It keeps what it was asked."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []

    async def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        await asyncio.sleep(0)
        answer = self.answers.get(url, 404)
        if isinstance(answer, int):
            return Fetched(url, answer, {}, b"")
        return Fetched(url, 0, {}, b"", answer) if isinstance(answer, str) else Fetched(url, 200, {}, answer)


def refusal(url: str, answers: Mapping[str, Answer], chosen: MannersSettings | None = None) -> str | None:
    return asyncio.run(Manners(chosen or MannersSettings()).refusal(url, Site(answers).fetch))


ROBOTS = "https://a.example/robots.txt"
TDM = "https://a.example/.well-known/tdmrep.json"


@pytest.mark.parametrize(
    ("rules", "path", "may"),
    [
        ("User-agent: *\nDisallow: /private", "/private/a.jpg", False),
        ("User-agent: *\nDisallow: /private", "/public/a.jpg", True),
        ("User-agent: *\nDisallow: /\nAllow: /images/", "/images/a.jpg", True),
        ("User-agent: *\nDisallow: /*.jpg$", "/x/a.jpg", False),
        ("User-agent: *\nDisallow: /*.jpg$", "/x/a.jpg?x", True),
        ("User-agent: tain\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a.jpg", False),
        ("User-agent: tain\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a.jpg", True),
        ("User-agent: TAIN\nDisallow: /", "/a.jpg", False),
        ("User-agent: tain/0.1.0\nDisallow: /", "/a.jpg", False),
        ("User-agent: tainted/0.1.0\nDisallow: /", "/a.jpg", True),
        ("User-agent: GPTBot\nDisallow: /", "/a.jpg", True),
        ("User-agent: *\nDisallow:", "/a.jpg", True),
        ("User-agent: *\nDisallow: /b%C3%BCcher", "/bücher/a.jpg", False),
        ("\ufeffUser-agent: *\r\nDisallow: /", "/a.jpg", False),
        ("<html>no rules</html>", "/a.jpg", True),
        ("", "/a.jpg", True),
    ],
)
def test_robots_txt_holds_for_this_agent_and_for_all(rules: str, path: str, may: bool) -> None:
    said = refusal(f"https://a.example{path}", {ROBOTS: rules.encode()})
    assert said == (None if may else f"robots.txt disallows it for tain ({ROBOTS})")


@pytest.mark.parametrize(
    ("answer", "may"),
    [
        (404, True),
        (403, True),
        (410, True),
        (429, False),
        (301, True),
        (500, False),
        (503, False),
        ("timeout: 10 s", False),
    ],
)
def test_no_robots_txt_allows_all_and_a_failing_server_nothing(answer: Answer, may: bool) -> None:
    said = refusal("https://a.example/a.jpg", {ROBOTS: answer})
    assert (said is None) == may
    if said is not None:
        assert said.startswith("robots.txt cannot be read, which forbids everything (https://a.example/robots.txt")


def test_robots_txt_is_asked_once_a_site_however_many_ask_and_again_after_a_day() -> None:
    now = [0.0]
    site = Site(
        {ROBOTS: b"User-agent: *\nDisallow: /no", "https://a.example:8443/robots.txt": b"User-agent: *\nDisallow: /"}
    )
    manners = Manners(MannersSettings(tdmrep=False), clock=lambda: now[0])

    async def ask(url: str, times: int) -> list[str | None]:
        return await asyncio.gather(*[manners.refusal(url, site.fetch) for _ in range(times)])

    assert asyncio.run(ask("https://a.example/a.jpg", 50)) == [None] * 50
    assert asyncio.run(ask("https://A.example:443/b.jpg", 1)) == [None]
    assert site.asked == [ROBOTS]
    assert asyncio.run(ask("https://a.example:8443/a.jpg", 1)) != [None]
    assert asyncio.run(ask("http://a.example/a.jpg", 1)) == [None]
    assert site.asked == [ROBOTS, "https://a.example:8443/robots.txt", "http://a.example/robots.txt"]
    now[0] = 86_399
    site.answers[ROBOTS] = b"User-agent: *\nDisallow: /"
    assert asyncio.run(ask("https://a.example/a.jpg", 1)) == [None]
    now[0] = 86_401
    assert asyncio.run(ask("https://a.example/a.jpg", 1)) != [None]


def test_a_server_that_failed_is_asked_again_sooner() -> None:
    now = [0.0]
    site = Site({ROBOTS: 503})
    manners = Manners(MannersSettings(tdmrep=False), clock=lambda: now[0])
    assert asyncio.run(manners.refusal("https://a.example/a.jpg", site.fetch)) is not None
    site.answers[ROBOTS] = 404
    now[0] = 700.0
    assert asyncio.run(manners.refusal("https://a.example/a.jpg", site.fetch)) is None


def test_one_who_stops_waiting_does_not_take_the_answer_from_the_others() -> None:
    site = Site({ROBOTS: b"User-agent: *\nDisallow: /"})

    async def ask() -> str | None:
        manners = Manners()
        first = asyncio.create_task(manners.refusal("https://a.example/1.jpg", site.fetch))
        second = asyncio.create_task(manners.refusal("https://a.example/2.jpg", site.fetch))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert "robots.txt disallows" in (asyncio.run(ask()) or "")
    assert site.asked == [ROBOTS]


def test_what_is_known_of_many_sites_takes_bounded_memory() -> None:
    body = b"User-agent: *\n" + b"Disallow: /" + b"x" * 100_000
    site = Site({f"https://s{i}.example/robots.txt": body for i in range(200)})
    manners = Manners(MannersSettings(tdmrep=False))

    async def ask() -> None:
        for i in range(200):
            await manners.refusal(f"https://s{i}.example/a.jpg", site.fetch)

    asyncio.run(ask())
    assert len(manners.robots._known._held) < 90


def test_robots_txt_is_read_to_500_kibibytes_of_whole_lines() -> None:
    filler = b"# " + b"x" * 60 + b"\n"
    head = b"User-agent: *\nDisallow: /early\n" + filler * 8200
    assert len(head) > 500 << 10
    answers = {ROBOTS: head + b"Disallow: /late\n"}
    assert refusal("https://a.example/early", answers) is not None
    assert refusal("https://a.example/late", answers) is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=30))
def test_no_robots_txt_and_no_path_raises(body: bytes, path: str) -> None:
    for start in (b"", b"User-agent: *\nDisallow: "):
        said = rules_of(Fetched(ROBOTS, 200, {}, start + body), ROBOTS).refusal(f"https://a.example/{path}", "tain")
        assert said is None or said.startswith("robots.txt disallows")


_PATTERNS = st.text(st.sampled_from("ab/*$."), min_size=1, max_size=8)
_PATHS = st.text(st.sampled_from("ab/.$"), max_size=12).map(lambda one: f"/{one}")


def expected_match(pattern: str, path: str) -> bool:
    """RFC 9309, section 2.2.3, said by a regular expression."""
    anchored = pattern.endswith("$")
    text = ".*".join(re.escape(one) for one in (pattern[:-1] if anchored else pattern).split("*"))
    return re.match(text + (r"\Z" if anchored else ""), path, re.DOTALL) is not None


@settings(max_examples=500)
@given(_PATTERNS, _PATHS)
def test_locations_of_tdmrep_match_as_the_rfc_says(pattern: str, path: str) -> None:
    assert matches(pattern, path) == expected_match(pattern, path)


@settings(max_examples=300)
@given(_PATTERNS.filter(lambda one: "$" not in one[:-1]), _PATHS.filter(lambda one: "$" not in one))
def test_patterns_of_robots_txt_match_as_the_rfc_says(pattern: str, path: str) -> None:
    pattern = f"/{pattern}"
    body = f"User-agent: *\nDisallow: {pattern}\n".encode()
    said = rules_of(Fetched(ROBOTS, 200, {}, body), ROBOTS).refusal(f"https://a.example{path}", "tain")
    assert (said is not None) == expected_match(pattern, path)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["noai, noimageai"], {"noai", "noimageai"}),
        (["NoIndex"], {"noindex"}),
        (["none"], {"none", "noindex", "nofollow"}),
        (["tain: noai"], {"noai"}),
        (["googlebot: noindex, nofollow"], set()),
        (["googlebot: noindex\nnoai"], {"noai"}),
        (["otherbot: noindex, tain: noai, nofollow"], {"noai", "nofollow"}),
        (["max-snippet: 20, noai"], {"max-snippet: 20", "noai"}),
        (["unavailable_after: 25 Jun 2030 15:00:00 PST"], {"unavailable_after: 25 jun 2030 15:00:00 pst"}),
        (["noindex nofollow noai"], {"noindex", "nofollow", "noai"}),
        (["tain/0.1.0: noai", "googlebot/2.1: noimageai"], {"noai"}),
        (["", ",,"], set()),
    ],
)
def test_x_robots_tag(values: list[str], found: set[str]) -> None:
    assert set(directives_of(values, "tain")) == found


def test_crawl_delay_is_asked_for_and_bounded() -> None:
    def delay(rules: str, **chosen: bool) -> float | None:
        site = Site({ROBOTS: rules.encode()})
        return asyncio.run(Manners(MannersSettings(**chosen)).delay("https://a.example/x", site.fetch))

    assert delay("User-agent: *\nCrawl-delay: 2.5\n") == 2.5
    assert delay("User-agent: *\nCrawl-delay: 86400\n") == 30
    for rules in ("User-agent: other\nCrawl-delay: 2\n", "User-agent: *\nCrawl-delay: nan\n", "Crawl-delay: -1"):
        assert delay(rules) is None
    rules = "User-agent: *\nCrawl-delay: 2\n"
    assert delay(rules, crawl_delay=False) is delay(rules, robots=False) is None


@given(st.lists(st.text(max_size=40), max_size=3))
def test_no_header_raises(values: list[str]) -> None:
    assert all(one == one.lower() for one in directives_of(values, "tain"))


def test_tdmrep_json_refuses_by_path_and_names_the_policy() -> None:
    body = (
        b'[{"location": "/photos/*.jpg$", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy.json"},'
        b' {"location": "/photos/free/", "tdm-reservation": 0}, {"location": "/texts/", "tdm-reservation": "1"}, 7, {}]'
    )
    answers: dict[str, Answer] = {TDM: body}
    assert refusal("https://a.example/photos/1.jpg", answers) == (
        "tdm-reservation of /photos/*.jpg$ in /.well-known/tdmrep.json; its policy: https://a.example/policy.json"
    )
    assert refusal("https://a.example/photos/1.png", answers) is None
    assert refusal("https://a.example/photos/free/1.jpg", answers) is not None
    assert refusal("https://a.example/texts/1", answers) is not None
    assert refusal("https://a.example/", answers) is None
    assert refusal("https://a.example/photos/1.jpg", answers, MannersSettings(tdmrep=False)) is None
    for broken in (500, "timeout: 10 s", b"<html>", b"[" * 10_000, b'{"location": null}'):
        assert refusal("https://a.example/photos/1.jpg", {TDM: broken}) is None


def test_a_part_of_a_site_can_be_free_or_reserved() -> None:
    rules = reservations_of(b'[{"location": "/free/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]')
    assert file_refusal(rules, "https://a.example/free/a.jpg") is None
    assert file_refusal(rules, "https://a.example/a.jpg") is not None


def test_an_answer_can_refuse_by_its_headers() -> None:
    def said(headers: dict[str, str], **off: bool) -> str | None:
        return Manners(MannersSettings(**off)).refusal_of_answer(Fetched("https://a.example/a", 200, headers, b"x"))  # type: ignore[arg-type]

    assert said({"x-robots-tag": "noimageindex"}) == "noimageindex in the header X-Robots-Tag"
    assert said({"x-robots-tag": "tain: noai"}) == "noai in the header X-Robots-Tag for tain"
    assert said({"x-robots-tag": "noimageindex"}, x_robots_tag=False) is None
    assert said({"tdm-reservation": "1", "tdm-policy": "/p"}) == "tdm-reservation in a header; its policy: /p"
    assert said({"tdm-reservation": "1"}, tdmrep=False) is None
    assert said({"tdm-reservation": "0", "x-robots-tag": "index"}) is None
    failed = Fetched("https://a.example/a", 0, {"x-robots-tag": "noai"}, b"", "timeout: 10 s")
    assert Manners().refusal_of_answer(failed) is None


def test_opt_out_lists_of_addresses_domains_and_hashes(tmp_path: Path) -> None:
    picture = b"\x89PNG a picture"
    (tmp_path / "urls.txt").write_text("https://a.example/one.jpg\n")
    (tmp_path / "domains.txt").write_text("artist.example\n*.photos.example\n")
    (tmp_path / "hashes.txt").write_text(
        f"{hashlib.sha256(picture).hexdigest()} mine\ncontent_id:{content_hash(b'two')}\n"
    )
    manners = Manners(
        MannersSettings(
            opt_out_urls=(str(tmp_path / "urls.txt"),),
            opt_out_domains=(str(tmp_path / "domains.txt"),),
            opt_out_hashes=(str(tmp_path / "hashes.txt"),),
        )
    )
    site = Site({})

    def ask(url: str) -> str | None:
        return asyncio.run(manners.refusal(url, site.fetch))

    assert ask("http://www.a.example/one.jpg") == "its address is on the opt-out list urls.txt"
    for host in ("artist.example", "cdn.img.artist.example", "x.photos.example"):
        said = ask(f"https://{host}/a.jpg")
        assert said == f"its host {host} is, or is below, a domain on the opt-out list domains.txt"
    assert site.asked == [], "who opted out is not even asked for robots.txt"
    assert ask("https://notartist.example/a.jpg") is None
    page = ImageLink("https://cdn.example/a.jpg", "", "", page_url="https://blog.artist.example/")
    assert "of its page" in (asyncio.run(manners.refusal_of_link(page, site.fetch)) or "")
    own = ImageLink("https://cdn.example/a.jpg", "", "", refusal="the page says noai")
    assert asyncio.run(manners.refusal_of_link(own, site.fetch)) == "the page says noai"

    def of_file(body: bytes, url: str = "https://b.example/a") -> str | None:
        return manners.refusal_of_answer(Fetched(url, 200, {}, body))

    assert of_file(picture) == "the sha256 of its file is on the opt-out list hashes.txt, where it is labelled 'mine'"
    assert of_file(b"two") == "the content_id of its file is on the opt-out list hashes.txt"
    assert of_file(b"three") is None
    assert of_file(b"three", "https://artist.example/moved") is not None, "where a redirect led counts too"


def test_lists_that_cannot_be_read_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "looks.txt").write_text("phash:0123456789abcdef\n")
    with pytest.raises(RecipeError, match="found hashes of the kind phash"):
        Manners(MannersSettings(opt_out_hashes=(str(tmp_path / "looks.txt"),)))
    with pytest.raises(RecipeError, match="cannot read"):
        Manners(MannersSettings(opt_out_domains=(str(tmp_path / "missing.txt"),)))


def test_with_robots_off_nothing_is_asked() -> None:
    site = Site({ROBOTS: b"User-agent: *\nDisallow: /"})
    manners = Manners(MannersSettings(robots=False, tdmrep=False))
    assert asyncio.run(manners.refusal("https://a.example/a.jpg", site.fetch)) is None
    assert site.asked == []
    assert asyncio.run(Manners().refusal("data:image/png;base64,AA", site.fetch)) is None
