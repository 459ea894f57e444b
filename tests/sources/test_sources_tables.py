"""CSV, TSV and JSON lines: guessed columns, odd values, bad lines."""

from __future__ import annotations

import csv
import json
import pickle
from pathlib import Path

import pytest
from hostile import LONG_CAPTION, encoded, photograph
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.columns import GivenColumns, choose_columns
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.rows import PairRow, with_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one real picture at images/a.jpg."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(encoded(photograph(48), "JPEG"))
    return tmp_path


def rows_of(path: Path, **options: str) -> list[PairRow]:
    return list(open_source(path, **options).rows())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pairs.csv", "file_name,text\nimages/a.jpg,an astronaut\n"),
        ("laion.csv", "TEXT,filepath\nan astronaut,images/a.jpg\n"),
        ("semicolons.csv", "image_path;caption\nimages/a.jpg;an astronaut\n"),
        ("pairs.tsv", "caption\timage\nan astronaut\timages/a.jpg\n"),
        ("excel.csv", "\ufefffile_name,text\r\nimages/a.jpg,an astronaut\r\n"),
        ("pairs.jsonl", '{"path": "images/a.jpg", "alt_text": "an astronaut"}\n\n'),
    ],
)
def test_columns_are_guessed_by_the_names_that_datasets_use(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    (row,) = rows_of(folder / name)
    assert (row.caption, row.error, row.source) == ("an astronaut", None, name.split(".")[0])
    (pair,) = to_pairs_table([row]).to_pylist()
    assert (pair["width"], pair["height"], pair["format"]) == (48, 48, "JPEG")


def test_given_columns_win_over_guesses(folder: Path) -> None:
    (folder / "t.csv").write_text("text,title,image,photo\nwrong,an astronaut,wrong.jpg,images/a.jpg\n")
    (row,) = rows_of(folder / "t.csv", caption_column="title", image_column="photo")
    assert (row.caption, row.error) == ("an astronaut", None)
    assert json.loads(row.meta) == {"image": "wrong.jpg", "text": "wrong"}


def test_source_license_and_url_have_places_of_their_own(folder: Path) -> None:
    (folder / "t.csv").write_text(
        "text,image,source,license,url,score\nan astronaut,images/a.jpg,nasa,public domain,https://example.org/a,0.5\n"
    )
    (row,) = rows_of(folder / "t.csv")
    assert (row.source, row.license, row.url) == ("nasa", "public domain", "https://example.org/a")
    assert row.meta == '{"score": "0.5"}'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "image,size\nimages/a.jpg,3\n", "has no captions: looked for a column called text, caption"),
        ("a.csv", "text,size\nan astronaut,3\n", "has no pictures: looked for a column called image, file_name"),
        ("a.csv", "", "holds no rows"),
        ("a.csv", "text,image\n", "holds no rows"),
        ("a.jsonl", "not json\n", "no record among the first 1 can be read"),
    ],
)
def test_tables_without_pairs_say_what_was_looked_for(folder: Path, name: str, text: str, message: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(SourceError, match=message):
        open_source(folder / name)


def test_a_given_column_that_is_not_there_is_named_with_those_that_are(folder: Path) -> None:
    (folder / "t.csv").write_text("text,image\nx,images/a.jpg\n")
    with pytest.raises(SourceError, match="no column 'titel'; its columns are text, image"):
        open_source(folder / "t.csv", caption_column="titel")


def test_bad_lines_become_rows(folder: Path) -> None:
    lines = [
        '{"text": "good", "image": "images/a.jpg"}',
        "{broken",
        '["a", "list"]',
        "[" * 100_000,
        '{"text": "gone", "image": "images/not-there.jpg"}',
        '{"text": "none"}',
        '{"image": "https://example.org/a.jpg", "text": "an address"}',
        '{"image": "images/a.jpg\\u0000", "text": "NUL in a path"}',
        '{"image": "images", "text": "a folder"}',
    ]
    (folder / "t.jsonl").write_text("\n".join(lines))
    rows = rows_of(folder / "t.jsonl")
    assert [(row.error or "none").split(":")[0] for row in rows] == [
        "none",
        *["bad_row"] * 3,
        "missing",
        "no_picture",
        "not_downloaded",
        *["unreadable"] * 2,
    ]
    assert len(to_pairs_table(rows)) == len(lines)
    assert rows[6].url == "https://example.org/a.jpg"


def test_a_table_of_addresses_is_recorded_not_downloaded(folder: Path) -> None:
    (folder / "laion.tsv").write_text("URL\tTEXT\nhttps://example.org/a.jpg\tan astronaut\n")
    (row,) = rows_of(folder / "laion.tsv")
    assert (row.url, row.caption, row.data) == ("https://example.org/a.jpg", "an astronaut", None)
    assert row.error == "not_downloaded: the row has only an address, and nothing here downloads"


def test_long_captions_pass_and_the_limit_of_csv_stays_as_it_was(folder: Path) -> None:
    limit = csv.field_size_limit()
    (folder / "t.csv").write_text(f'text,image\n"{LONG_CAPTION}",images/a.jpg\n"two\nlines",images/a.jpg\n')
    assert [row.caption for row in rows_of(folder / "t.csv")] == [LONG_CAPTION, "two\nlines"]
    assert csv.field_size_limit() == limit


def test_rows_longer_and_shorter_than_the_header_are_kept(folder: Path) -> None:
    (folder / "t.csv").write_text("text,image\na,images/a.jpg,extra\nb\n")
    longer, shorter = rows_of(folder / "t.csv")
    assert json.loads(longer.meta) == {"fields_beyond_the_header": ["extra"]}
    assert shorter.error == "no_picture: the row names none"


def test_metadata_of_an_imagefolder_may_not_name_files_outside_it(folder: Path) -> None:
    inside = folder / "images"
    (folder / "secret.jpg").write_bytes(encoded(photograph(16), "JPEG"))
    names = ["a.jpg", "../secret.jpg", str(folder / "secret.jpg")]
    (inside / "metadata.jsonl").write_text("\n".join(json.dumps({"file_name": n, "text": "x"}) for n in names))
    errors = [row.error for row in rows_of(inside)]
    assert errors[0] is None
    assert all(error is not None and error.startswith("outside: ") for error in errors[1:])
    assert all(row.data is None for row in rows_of(inside)[1:])


def test_metadata_in_split_folders_is_found(folder: Path) -> None:
    for split in ("train", "test"):
        (folder / split).mkdir()
        (folder / split / "metadata.csv").write_text(f"file_name,text\n../images/a.jpg,{split}\n")
    rows = rows_of(folder)
    assert [row.caption for row in rows] == ["test", "train"]
    assert len({row.sample_id for row in rows}) == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=20)), min_size=1, max_size=8), st.integers(0, 9))
def test_any_csv_gives_one_row_a_record_wherever_it_resumes(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, str]], skip: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "t.csv"
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(["text", "image"])
        writer.writerows(records)
    rows = rows_of(path)
    assert len(rows) == len(records)
    assert list(open_source(path).rows(skip)) == rows[skip:]
    assert len(to_pairs_table(rows)) == len(records)


@given(st.permutations(["url", "jpg", "caption", "TEXT", "license", "hash"]))
def test_the_order_of_columns_does_not_matter(names: list[str]) -> None:
    columns = choose_columns(names, GivenColumns(), "t")
    assert (columns.caption, columns.image, columns.url, columns.license) == ("TEXT", "jpg", "url", "license")


def test_links_to_a_cache_are_files_of_the_folder(folder: Path) -> None:
    snapshot = folder / "snapshot"
    snapshot.mkdir()
    (snapshot / "a.jpg").symlink_to(folder / "images" / "a.jpg")
    (snapshot / "metadata.jsonl").write_text('{"file_name": "a.jpg", "text": "an astronaut"}')
    (row,) = rows_of(snapshot)
    assert (row.error, row.data) == (None, (folder / "images" / "a.jpg").read_bytes())


def test_a_table_beside_a_folder_of_pictures_is_found(folder: Path) -> None:
    (folder / "captions.csv").write_text("image,caption\nimages/a.jpg,an astronaut\n")
    (row,) = rows_of(folder)
    assert (row.caption, row.error) == ("an astronaut", None)


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
@pytest.mark.parametrize("size", [1, 3, 4, 7, 100])
def test_batches_are_the_rows_whatever_their_size_and_across_tables(tmp_path: Path, suffix: str, size: int) -> None:
    (tmp_path / "set").mkdir()
    for name, count in (("a", 5), ("b", 1), ("c", 6)):
        lines = [{"text": f"{name} {number}", "image": f"{number}.png"} for number in range(count)]
        text = "\n\n".join(map(json.dumps, lines)) if suffix == "jsonl" else _csv(lines)
        (tmp_path / "set" / f"{name}.{suffix}").write_text(f"{text}\n{'{broken' if suffix == 'jsonl' else ''}")
    source = open_source(tmp_path / "set")
    rows = list(source.rows())
    batches = [pickle.loads(pickle.dumps(batch)) for batch in source.batches(size)]
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    listed = [row for batch in batches for row in batch]
    assert [with_picture(row) for row in listed] == rows
    assert len(rows) == (15 if suffix == "jsonl" else 12)
    for start in range(len(batches) + 2):
        assert [list(batch) for batch in source.batches(size, start)] == [list(batch) for batch in batches[start:]]


def _csv(lines: list[dict[str, str]]) -> str:
    return "\n".join(["text,image", *(f"{line['text']},{line['image']}" for line in lines)])


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "a", "image": "a.png"}',
        ' \t{"text": "a", "image": "a.png"}',
        '{"text": "a", "image": "a.png"} \t\r',
        '{"text": "a", "image": "a.png"}x',
        '{"text": "a", "image": "a.png"} {}',
        '{"text": "a", "image": "a.png"',
        "[1, 2]",
        '"text"',
        "12",
        "nothing",
        '{"text": NaN, "image": "a.png"}',
    ],
)
def test_a_line_is_read_as_json_reads_it(tmp_path: Path, text: str) -> None:
    first = '{"text": "first", "image": "first.png"}'
    (tmp_path / "a.jsonl").write_text(f"{first}\n{text}")
    row = list(open_source(tmp_path / "a.jsonl").rows())[1]
    record = _loaded(text)
    if isinstance(record, dict):
        assert row.caption == (record["text"] if isinstance(record["text"], str) else None)
    else:
        kind = f"a JSON {type(record).__name__}, not an object"
        wrong = f"not JSON ({record})" if isinstance(record, ValueError) else kind
        assert row.error == f"bad_row: record 2 of a.jsonl: {wrong}"


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        return error
