"""Two spellings of one web address are one address, and two addresses stay two."""

from __future__ import annotations

from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.safety.address_keys import AddressKeys, page_of
from toolkit.curate.safety.addresses import NONE, keys, normalised
from toolkit.curate.scorer import Batch, Facts


def form(url: str | None) -> str:
    return normalised(pa.array([url], pa.string())).texts[0].as_py()


@pytest.mark.parametrize(
    "spelling",
    [
        "https://example.org/a.jpg",
        "HTTP://WWW.Example.ORG:80/a.jpg",
        "//user:word@example.org:443/a.jpg#part",
        "  example.org./a.jpg/?  ",
        "https://example.org\\a.jpg",
        "https://example.org/%61.jpg",
    ],
)
def test_spellings_of_one_address(spelling: str) -> None:
    assert form(spelling) == "example.org/a.jpg"


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/A.jpg",
        "https://example.org/a.jpg?size=2",
        "https://example.org:8080/a.jpg",
        "https://images.example.org/a.jpg",
        "https://example.org/b/a.jpg",
    ],
)
def test_other_addresses_stay_others(other: str) -> None:
    assert form(other) not in ("", "example.org/a.jpg")


@pytest.mark.parametrize(
    "none", ["", "  ", None, "data:image/png;base64,AAAA", "http://", "mailto:a@b.org", "two words"]
)
def test_what_is_no_address_has_no_key(none: str | None) -> None:
    assert form(none) == ""
    assert keys(pa.array([form(none)])).tolist() == [NONE]


def test_international_names_and_paths_have_one_form() -> None:
    spelled = form("https://Bücher.de/é ü.png?x=ü")
    assert (
        spelled
        == form("http://xn--bcher-kva.de/%C3%A9%20%c3%bc.png?x=%C3%BC")
        == ("xn--bcher-kva.de/%C3%A9%20%C3%BC.png?x=%C3%BC")
    )


HOSTS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,8}[A-Za-z0-9])?(\.[A-Za-z]{2,5}){1,3}", fullmatch=True)


@given(
    st.sampled_from(["http://", "https://", "//"]),
    HOSTS,
    st.sampled_from(["", ":80", ":8080"]),
    st.text(alphabet="abÉ %/~.;=\x00\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")),
)
def test_the_form_of_a_form_is_itself_and_its_host_is_that_of_a_browser(
    scheme: str, host: str, port: str, path: str
) -> None:
    url = f"{scheme}{host}{port}/{path}"
    found = normalised(pa.array([url]))
    assert form(found.texts[0].as_py()) == found.texts[0].as_py() != ""
    assert found.hosts[0].as_py() == (urlsplit(url).hostname or "").removeprefix("www.")


@given(st.lists(st.text() | st.none(), max_size=5))
def test_any_text_has_a_form(urls: list[str | None]) -> None:
    cleaned = [None if url is None else url.encode("utf-8", "replace").decode() for url in urls]
    found = normalised(pa.array(cleaned, pa.string()))
    assert len(found.texts) == len(found.hosts) == len(urls)
    assert [key == NONE for key in keys(found.texts).tolist()] == [text == "" for text in found.texts.to_pylist()]


@pytest.mark.parametrize(
    ("meta", "page"),
    [
        ('{"page_url": "https://example.org/page"}', "https://example.org/page"),
        ('{"PageURL": "https://example.org/page", "page": 3}', "https://example.org/page"),
        ('{"pages": "https://example.org/page"}', ""),
        ('{"key": "page_url"}', ""),
        ("", ""),
    ],
)
def test_the_page_of_a_picture_is_found_in_its_other_columns(meta: str, page: str) -> None:
    assert page_of(meta) == page


def test_rows_without_addresses_have_scores_all_the_same() -> None:
    found = AddressKeys().score(Batch(facts=[Facts(), Facts()]))
    assert found == {"url_host": ["", ""], "url_key": [0, 0], "page_host": ["", ""], "page_key": [0, 0]}
