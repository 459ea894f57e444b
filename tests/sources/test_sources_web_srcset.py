"""srcset, after the HTML standard: commas in addresses, data: URIs, descriptors that are errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.sources.web.srcset import Candidate, candidates, largest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.jpg", [("a.jpg", None, None)]),
        ("a.jpg 1x, b.jpg 2x", [("a.jpg", None, 1.0), ("b.jpg", None, 2.0)]),
        ("a.jpg 300w,b.jpg 600w", [("a.jpg", 300, None), ("b.jpg", 600, None)]),
        ("a,b.jpg 1x", [("a,b.jpg", None, 1.0)]),
        ("https://r.example/w_200,h_100/a.jpg 200w", [("https://r.example/w_200,h_100/a.jpg", 200, None)]),
        ("data:image/png;base64,AA== 1x, b.jpg 2x", [("data:image/png;base64,AA==", None, 1.0), ("b.jpg", None, 2.0)]),
        ("a.jpg, b.jpg 2x", [("a.jpg", None, None), ("b.jpg", None, 2.0)]),
        (" , ,a.jpg,, ,b.jpg", [("a.jpg", None, None), ("b.jpg", None, None)]),
        ("a.jpg 100w 50h", [("a.jpg", 100, None)]),
        ("a.jpg 50h", []),
        ("a.jpg 0w", []),
        ("a.jpg -1x", []),
        ("a.jpg 1x 2x", []),
        ("a.jpg 1w 1x", []),
        ("a.jpg 1.5w", []),
        ("a.jpg +1x", []),
        ("a.jpg 1.x", []),
        ("a.jpg .5x", [("a.jpg", None, 0.5)]),
        ("a.jpg 1e2x", [("a.jpg", None, 100.0)]),
        ("a.jpg 100q, b.jpg", [("b.jpg", None, None)]),
        ("a.jpg calc(1x, 2x), b.jpg", [("b.jpg", None, None)]),
        ("a.jpg (1x, b.jpg", []),
        ("a.jpg\t1x\n,\fb.jpg\r2x", [("a.jpg", None, 1.0), ("b.jpg", None, 2.0)]),
        ("", []),
        (" ,", []),
    ],
)
def test_candidates_are_those_of_the_standard(text: str, expected: list[tuple[str, int | None, float | None]]) -> None:
    assert candidates(text) == [Candidate(*one) for one in expected]


def test_the_widest_wins_else_the_densest_and_no_data_uri() -> None:
    def best(text: str) -> str | None:
        return next((one.url for one in largest(candidates(text))), None)

    assert best("a 320w, b 1280w, c 640w") == "b"
    assert best("a, b 1.5x, c 0.5x") == "b"
    assert best("a 2x, b 2x") == "a"
    assert best("data:image/gif;base64,R0 9x, a 1x") == "a"
    assert best("data:image/gif;base64,R0 9x") is None


_ADDRESS = st.text(st.sampled_from("ab/:;=?&%,.-_"), min_size=1, max_size=20).filter(
    lambda one: not one.startswith(",") and not one.endswith(",")
)
_SIZE = st.one_of(
    st.integers(1, 99_999).map(lambda one: (one, None)),
    st.floats(0, 9, allow_nan=False).map(lambda one: (None, round(one, 2))),
    st.just((None, None)),
)
_BLANKS = st.text(st.sampled_from(" \t\n\f\r"), min_size=1, max_size=3)


@given(st.lists(st.tuples(_ADDRESS, _SIZE), max_size=6), _BLANKS)
def test_what_is_written_by_the_rules_is_read_back(
    written: list[tuple[str, tuple[int | None, float | None]]], blank: str
) -> None:
    parts = [
        f"{url}{blank}{width}w" if width else f"{url}{blank}{density}x" if density is not None else url
        for url, (width, density) in written
    ]
    expected = [Candidate(url, *size) for url, size in written]
    assert candidates(f"{blank},{blank}".join(parts)) == expected


@given(st.text(st.sampled_from("a, 1wxh()\t.e-+\u2003é"), max_size=60))
def test_no_text_is_an_error(text: str) -> None:
    for one in candidates(text):
        assert one.url
        assert not one.url.startswith(",")
        assert not one.url.endswith(",")
