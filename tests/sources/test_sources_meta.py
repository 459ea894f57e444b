"""Values of any kind as text and JSON that survive Arrow."""

from __future__ import annotations

import datetime
import json
import math

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from toolkit.sources.meta import encode_meta, text_of

ANY_TEXT = st.text(st.characters(codec=None, categories=None))  # surrogates included
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(ANY_TEXT, ANY_VALUE, max_size=5))
def test_any_columns_become_json_that_arrow_holds(columns: dict[str, object]) -> None:
    text = encode_meta(columns)
    assert pa.array([text], pa.string())[0].as_py() == text
    assert isinstance(json.loads(text), dict)


@given(ANY_TEXT)
def test_text_keeps_everything_but_unpaired_surrogates(value: str) -> None:
    found = text_of(value)
    assert found.text is not None
    assert len(found.text) == len(value)
    assert found.replaced == any("\ud800" <= one <= "\udfff" for one in value)
    assert found.replaced or found.text == value
    assert pa.array([found.text], pa.string())[0].as_py() == found.text


def test_what_stands_for_nothing_is_null() -> None:
    assert [text_of(one).text for one in (None, math.nan, [])] == [None, None, None]


def test_the_first_of_several_captions_is_used() -> None:
    assert text_of(["a dog", "a puppy"]).text == "a dog"


def test_bytes_that_are_not_utf8_are_replaced_and_said_to_be() -> None:
    assert text_of(b"caf\xe9") == ("caf\ufffd", True)


def test_meta_is_sorted_and_safe() -> None:
    columns = {"b": math.inf, "a": datetime.date(2026, 1, 2), "c": b"123", "d": "\ud800", "e": {"z": [math.nan, 1]}}
    assert (
        encode_meta(columns) == '{"a": "2026-01-02", "b": null, "c": "3 bytes", "d": "\ufffd", "e": {"z": [null, 1]}}'
    )


def test_deep_nesting_is_cut_not_crashed_on() -> None:
    value: object = 1
    for _ in range(5000):
        value = [value]
    assert "nested too deeply" in encode_meta({"a": value})
