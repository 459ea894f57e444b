"""Lists of addresses and saved pages: columns, gzip, bad rows, truncated files, bounded memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.errors import SourceError
from toolkit.sources.columns import GivenColumns
from toolkit.sources.web.html_files import read_html_files
from toolkit.sources.web.links import ImageLink
from toolkit.sources.web.url_lists import read_url_list

ROWS = [
    {"url": "https://a.example/1.jpg", "caption": "un gatto", "width": "640", "similarity": "0.31"},
    {"url": "https://a.example/2.jpg", "caption": "眠い猫, sitting", "width": "320", "similarity": "0.29"},
]


def written(path: Path, text: str) -> Path:
    data = text.encode("utf-8", "surrogateescape")
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def table(delimiter: str, rows: list[dict[str, str]] = ROWS) -> str:
    lines = [delimiter.join(rows[0]), *(delimiter.join(f'"{one}"' for one in row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", table(",")),
        ("list.csv", "\ufeff" + table(";").replace("\n", "\r\n")),
        ("list.tsv", table("\t")),
        ("list.jsonl", "\n".join(json.dumps(one) for one in ROWS)),
    ],
)
def test_a_table_gives_a_link_a_row_and_keeps_its_other_columns(
    tmp_path: Path, name: str, text: str, packed: str
) -> None:
    path = written(tmp_path / f"{name}{packed}", text)
    found = list(read_url_list(path))
    assert [(one.url, one.caption) for one in found] == [(one["url"], one["caption"]) for one in ROWS]
    assert {one.caption_from for one in found} == {"list"}
    assert [one.meta for one in found] == [{k: row[k] for k in ("width", "similarity")} for row in ROWS]
    assert [one.key for one in found] == [f"{path.name}#1", f"{path.name}#2"]


def test_parquet_as_laion_has_it(tmp_path: Path) -> None:
    columns = {
        "URL": ["https://a.example/1.jpg", None, "no address"],
        "TEXT": ["a cat", "b", "c"],
        "WIDTH": [640, 1, 2],
        "LANGUAGE": ["en", None, None],
        "page_url": ["https://a.example/", None, None],
        "LICENSE": ["?", None, None],
    }
    pq.write_table(pa.table(columns), tmp_path / "laion.parquet")
    first, second, third = read_url_list(tmp_path / "laion.parquet")
    assert (first.url, first.caption, first.language, first.license) == ("https://a.example/1.jpg", "a cat", "en", "?")
    assert (first.page_url, first.meta) == ("https://a.example/", {"WIDTH": 640})
    assert (second.error, second.caption) == ("no_address: the row has none", "b")
    assert third.error == "bad_address: 'no address' is no http(s) address"
    assert third.url == ""


@pytest.mark.parametrize("name", ["list.txt", "list.txt.gz"])
def test_text_has_an_address_a_line(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, "# mine\nhttps://a.example/1.jpg\r\n\n  https://a.example/2.jpg  \nnonsense\n")
    found = list(read_url_list(path))
    assert [one.url for one in found] == ["https://a.example/1.jpg", "https://a.example/2.jpg", ""]
    assert [one.error for one in found] == [None, None, "bad_address: 'nonsense' is no http(s) address"]


def test_a_table_without_a_header_as_conceptual_captions(tmp_path: Path) -> None:
    text = "a very typical bus station, at night\thttp://a.example/1.jpg\nsierra looked\thttp://a.example/2.jpg\n"
    found = list(read_url_list(written(tmp_path / "Train_GCC-training.tsv", text)))
    assert [(one.url[-5:], one.caption) for one in found] == [
        ("1.jpg", "a very typical bus station, at night"),
        ("2.jpg", "sierra looked"),
    ]
    (one,) = read_url_list(written(tmp_path / "only.csv", "https://a.example/1.jpg\n"))
    assert (one.url, one.caption, one.error) == ("https://a.example/1.jpg", "", None)


def test_bad_rows_are_rows_with_an_error(tmp_path: Path) -> None:
    text = '{"url": "https://a.example/1.jpg"}\n{broken\n[1]\n{"alt": "no address"}\n{"image_url": "https://a.example/2.jpg"}\n'
    found = list(read_url_list(written(tmp_path / "list.jsonl", text)))
    assert [one.url for one in found] == ["https://a.example/1.jpg", "", "", "", "https://a.example/2.jpg"]
    kinds = [None if one.error is None else one.error.split(":")[0] for one in found]
    assert kinds == [None, "bad_row", "bad_row", "no_address", None]
    (short,) = read_url_list(written(tmp_path / "list.csv", "caption,url\njust a caption\n"))
    assert (short.error, short.caption) == ("no_address: the row has none", "just a caption")


def test_a_list_that_is_cut_off_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(b"url\n" + b"".join(b"https://a.example/%d.jpg\n" % (i * 7919) for i in range(20_000)))
    path = tmp_path / "list.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    *rows, last = read_url_list(path)
    assert len(rows) > 1000
    assert rows[999].url == f"https://a.example/{999 * 7919}.jpg"
    assert last.error is not None
    assert last.error.startswith("truncated: list.csv.gz cannot be read to its end")
    damaged = bytearray(whole)
    damaged[len(whole) // 2 :] = b"\xff" * (len(whole) - len(whole) // 2)
    path.write_bytes(damaged)
    *rows, last = read_url_list(path)
    assert len(rows) > 1000
    assert (last.error or "").startswith("truncated: ")


def test_given_columns_win_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path / "list.csv", "url,other,text,title\nhttp://w.example/w,http://a.example/1.jpg,wrong,right\n"
    )
    (one,) = read_url_list(path, GivenColumns("title", None, "other"))
    assert (one.url, one.caption) == ("http://a.example/1.jpg", "right")
    with pytest.raises(SourceError, match="no column 'colour'; its columns are url, other"):
        list(read_url_list(path, GivenColumns("colour")))
    with pytest.raises(SourceError, match="no addresses: looked for a column called url"):
        list(read_url_list(written(tmp_path / "none.csv", "text,number\na,1\n")))
    with pytest.raises(SourceError, match=r"is no list of addresses; expected \.csv"):
        list(read_url_list(tmp_path / "list.docx"))
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_url_list(tmp_path / "missing.txt"))


def test_a_line_without_an_end_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "list.txt.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b"\nhttps://a.example/1.jpg\n")
    tracemalloc.start()
    try:
        long, good = read_url_list(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (long.error or "").startswith("bad_address: 'xxx")
    assert good.url == "https://a.example/1.jpg"
    assert peak < 40 << 20


def test_a_long_list_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text(
        "url\tcaption\n" + "".join(f"https://a.example/{i}.jpg\ta cat, number {i}\n" for i in range(20_000))
    )
    tracemalloc.start()
    try:
        count = sum(one.error is None for one in read_url_list(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (count, peak < 4 << 20) == (20_000, True)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([".csv", ".tsv", ".jsonl", ".txt", ".csv.gz", ".jsonl.gz"]))
def test_any_bytes_are_rows_or_one_clear_error(tmp_path: Path, body: bytes, suffix: str) -> None:
    path = tmp_path / f"list{suffix}"
    path.write_bytes((b"url,caption\n" if suffix == ".csv" else b"") + body)
    try:
        found = list(read_url_list(path))
    except SourceError as error:
        found, said = [], str(error)
    else:
        said = "has no addresses"
    assert "has no addresses" in said
    for one in found:
        assert (one.url == "") == (one.error is not None)


def test_saved_pages_in_folders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    page = '<link rel=canonical href="https://m.example/{0}"><img src=/{0}.jpg alt="work {0}">'
    page += "<meta name=robots content=noai>"
    (tmp_path / "b" / "2.HTM").write_text(page.format(2))
    (tmp_path / "a.html").write_text(page.format(1))
    (tmp_path / "notes.txt").write_text("no page")
    found: list[ImageLink] = list(read_html_files([tmp_path, tmp_path / "b" / "2.HTM"]))
    assert [(one.key, one.url, one.caption) for one in found] == [
        ("a.html#0", "https://m.example/1.jpg", "work 1"),
        ("b/2.HTM#0", "https://m.example/2.jpg", "work 2"),
        ("2.HTM#0", "https://m.example/2.jpg", "work 2"),
    ]
    assert {one.refusal for one in found} == {"the page says noai in <meta name=robots>"}
    with pytest.raises(SourceError, match="does not exist"):
        list(read_html_files([tmp_path / "c"]))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"holds no \.html"):
        list(read_html_files([tmp_path / "empty"]))
