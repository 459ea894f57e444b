"""The lists that users bring: what is read of them, what is refused, and what is found in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.curate.safety.addresses import keys
from toolkit.curate.safety.hash_lists import DIGITS, HashList, read_hash_lists
from toolkit.curate.safety.nearest_hashes import NearestHashes
from toolkit.curate.safety.opt_out import read_domain_lists, read_url_lists
from toolkit.errors import RecipeError

MD5 = hashlib.md5(b"a picture").hexdigest()
SHA256 = hashlib.sha256(b"a picture").hexdigest()
PHASH = "f0e1d2c3b4a59687"


def listed(folder: Path, content: str, name: str = "bad.txt") -> dict[str, HashList]:
    (folder / name).write_text(content, encoding="utf-8")
    return {one.kind: one for one in read_hash_lists([str(folder / name)])}


def test_kinds_are_told_by_length_prefix_and_label(tmp_path: Path) -> None:
    found = listed(
        tmp_path,
        f"# from the hotline\n\n{MD5}\n{SHA256.upper()},category 2\n  {PHASH}  # seen twice\n"
        f"pdq:{SHA256}; label\nSHA-256:{'0' * 64}\ncontent_id:{MD5}\n",
    )
    assert {kind: len(one.values) for kind, one in found.items()} == {
        "md5": 1,
        "sha256": 2,
        "content_id": 1,
        "phash": 1,
        "pdq": 1,
    }
    assert found["md5"].find(np.array([bytes.fromhex(MD5), bytes(16)], "S16")).tolist() == [0, -1]
    assert found["md5"].said(0) == "bad.txt"
    assert found["sha256"].find(np.array([bytes(32), bytes.fromhex(SHA256)], "S32")).tolist() == [0, 1]
    assert found["sha256"].said(1) == "bad.txt, where it is labelled 'category 2'"
    assert found["phash"].said(0) == "bad.txt, where it is labelled 'seen twice'"


def test_what_md5sum_writes_is_a_list(tmp_path: Path) -> None:
    found = listed(tmp_path, f"{MD5}  some folder/picture one.jpg\n{MD5[::-1]} *two.jpg\n")
    assert len(found["md5"].values) == 2
    assert "'some folder/picture one.jpg'" in found["md5"].said(
        int(found["md5"].find(np.array([bytes.fromhex(MD5)], "S16"))[0])
    )


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_table_names_its_kinds(tmp_path: Path, delimiter: str) -> None:
    rows = [("label", "hash", "kind"), ("one", SHA256, "pdq"), ("two", SHA256, ""), ("three", MD5, "md5")]
    found = listed(tmp_path, "".join(delimiter.join(row) + "\n" for row in rows))
    assert {kind: one.said(0).split("'")[1] for kind, one in found.items()} == {
        "md5": "three",
        "sha256": "two",
        "pdq": "one",
    }


def test_columns_may_be_called_as_kinds(tmp_path: Path) -> None:
    found = listed(tmp_path, f"MD5,PHash\n{MD5},{PHASH}\n{MD5[::-1]},\n", "bad.csv")
    assert {kind: len(one.values) for kind, one in found.items()} == {"md5": 2, "phash": 1}
    pq.write_table(pa.table({"pdq": [SHA256, None], "comment": ["x", "y"]}), tmp_path / "bad.parquet")
    (pdq,) = read_hash_lists([str(tmp_path / "bad.parquet")])
    assert (pdq.kind, pdq.said(0)) == ("pdq", "bad.parquet, where it is labelled 'x'")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("nothing", "'nothing'"),
        (MD5[:-1], MD5[:-1]),
        (f"pdq:{MD5}", f"pdq:{MD5}"),
        (f"crc32:{MD5}", "crc32"),
        (MD5.replace(MD5[0], "g"), "g"),
        (f"{MD5}\x00", "\\x00"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(RecipeError, match=r"bad\.txt, line 3: found .*; expected md5") as refused:
        listed(tmp_path, f"{MD5}\n\n{line}\n{MD5}\n")
    assert found in str(refused.value)


def test_a_list_that_is_not_there_or_not_a_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot read this list"):
        read_hash_lists([str(tmp_path / "none.txt")])
    with pytest.raises(RecipeError, match="found the columns a, b; expected one of hash"):
        listed(tmp_path, "a,b\n1,2\n", "bad.csv")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(RecipeError, match=r"bad\.parquet: cannot read this list"):
        read_hash_lists([str(tmp_path / "bad.parquet")])


HASHES = st.sampled_from(sorted(DIGITS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.binary(min_size=DIGITS[kind] // 2, max_size=DIGITS[kind] // 2))
)


@given(st.lists(st.tuples(HASHES, st.sampled_from(["", "one", "two words"]), st.booleans()), max_size=30))
@settings(deadline=None)
def test_whatever_is_listed_is_found_with_its_label_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[tuple[str, bytes], str, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    for place, name in enumerate(("first.txt", "second.txt")):
        lines = [f"{kind}:{value.hex()} {label}\n" for (kind, value), label, second in entries if second == bool(place)]
        (folder / name).write_text("".join(lines))
    lists = {one.kind: one for one in read_hash_lists([str(folder / "first.txt"), str(folder / "second.txt")])}
    assert set(lists) == {kind for (kind, _), _, _ in entries}
    expected: dict[tuple[str, bytes], tuple[str, str]] = {}
    for key, label, second in sorted(entries, key=lambda one: one[2]):
        expected.setdefault(key, ("second.txt" if second else "first.txt", label))
    for (kind, value), (file, label) in expected.items():
        entry = int(lists[kind].find(np.array([value], f"S{DIGITS[kind] // 2}"))[0])
        assert lists[kind].said(entry) == (f"{file}, where it is labelled {label!r}" if label else file)
    for kind, one in lists.items():
        assert len(one.values) == sum(key[0] == kind for key in expected)


@pytest.mark.parametrize(
    ("size", "distance", "count"), [(8, 4, 300), (8, 11, 9000), (8, 0, 20), (32, 31, 300), (32, 31, 9000)]
)
def test_the_nearest_hash_is_that_of_comparing_all(size: int, distance: int, count: int) -> None:
    random = np.random.default_rng(size + distance + count)
    known = random.integers(0, 256, (count, size), np.uint8)
    asked = random.integers(0, 256, (400, size), np.uint8)
    for row in range(300):  # near copies, of more bits with each row
        bits = np.unpackbits(known[random.integers(count)])
        bits[random.choice(8 * size, row % (distance + 4), replace=False)] ^= 1
        asked[row] = np.packbits(bits)
    apart = np.array([np.bitwise_count(known ^ one).sum(axis=1) for one in asked])
    best = apart.argmin(axis=1)
    bits = apart[np.arange(len(asked)), best]
    near = bits <= distance
    found = NearestHashes(known.view(f"S{size}").ravel(), distance).nearest(asked.view(f"S{size}").ravel())
    assert 60 < near.sum() < 400
    assert np.array_equal(found.entries, np.where(near, best, -1))
    assert np.array_equal(found.bits[near], bits[near])


@given(
    st.sampled_from([8, 32]).flatmap(
        lambda size: st.tuples(
            st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=6, unique=True),
            st.lists(st.binary(min_size=size, max_size=size), max_size=6),
        )
    ),
    st.integers(0, 11),
)
def test_the_nearest_of_few_hashes(hashes: tuple[list[bytes], list[bytes]], distance: int) -> None:
    known, asked = hashes
    kind = f"S{len(known[0])}"
    found = NearestHashes(np.array(known, kind), distance).nearest(np.array(asked, kind))
    for wanted, entry, bits in zip(asked, found.entries.tolist(), found.bits.tolist(), strict=True):
        apart = [(int.from_bytes(wanted) ^ int.from_bytes(one)).bit_count() for one in known]
        near = min(apart) <= distance
        assert (entry, bits) == ((apart.index(min(apart)), min(apart)) if near else (-1, 8 * len(known[0]) + 1))


def test_hashes_that_crowd_in_one_bucket_are_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.curate.safety.nearest_hashes._AT_ONCE", 64)
    known = np.zeros((300, 8), np.uint8)
    known[:, 6:] = np.arange(300, dtype=">u2").view(np.uint8).reshape(-1, 2)
    found = NearestHashes(known.view("S8").ravel(), 2).nearest(known[::-1].copy().view("S8").ravel())
    assert np.array_equal(found.entries, np.arange(300)[::-1])


# -- addresses and domains --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["urls.txt", "urls.csv", "urls.parquet"])
def test_addresses_in_any_file(tmp_path: Path, name: str) -> None:
    urls = ["https://example.org/a.jpg", "www.example.org/b.jpg#x"]
    if name == "urls.parquet":
        pq.write_table(pa.table({"URL": urls, "who": ["me", "you"]}), tmp_path / name)
    else:
        head = "who,url\nme," if name == "urls.csv" else "# mine\n"
        (tmp_path / name).write_text(head + ("\nyou," if name == "urls.csv" else "\n\n").join(urls) + "\n")
    found = read_url_lists([str(tmp_path / name)])
    wanted = keys(pa.array(["example.org/a.jpg", "example.org/b.jpg", "example.org/c.jpg", ""]))
    assert (found.find(wanted) >= 0).tolist() == [True, True, False, False]
    assert found.file(int(found.find(wanted)[0])) == name


@pytest.mark.parametrize(
    ("line", "of_urls"),
    [("no address", True), ("word", True), ("example.org/path", False), ("word", False), ("https://a.org?q", False)],
)
def test_a_line_that_is_no_address_or_no_domain_is_named(tmp_path: Path, line: str, of_urls: bool) -> None:
    (tmp_path / "out.txt").write_text(f"example.org\n{line}\n")
    read = read_url_lists if of_urls else read_domain_lists
    with pytest.raises(RecipeError, match=r"out\.txt, line 2: found .*; expected an? (address|domain), such as"):
        read([str(tmp_path / "out.txt")])


def test_spellings_of_a_domain(tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("Example.ORG\n*.example.net\nhttps://www.example.com/\n")
    found = read_domain_lists([str(tmp_path / "out.txt")])
    wanted = keys(pa.array(["example.org", "example.net", "example.com"]))
    assert (found.find(wanted) >= 0).all()
