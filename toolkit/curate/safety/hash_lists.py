"""Lists of hashes of pictures, of five kinds, which users bring: read, checked, and sorted to be searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.safety.list_files import Piece, pieces
from toolkit.curate.safety.sorted_search import find_sorted
from toolkit.errors import RecipeError

HashKind = Literal["md5", "sha256", "content_id", "phash", "pdq"]
DIGITS: dict[HashKind, int] = {"md5": 32, "sha256": 64, "content_id": 32, "phash": 16, "pdq": 64}
_BY_DIGITS = {16: "phash", 32: "md5", 64: "sha256"}
_COLUMNS = ("hash", *get_args(HashKind), "kind", "label", "comment")
_ENTRY = r"(?is)^(?:(?P<kind>[a-z_]+[0-9-]*):)?(?P<digits>[0-9a-f]+)(?:[\s,;|]+#?\s*(?P<label>.*))?$"
_LONGEST_LABEL = 80
EXPECTED = (
    "md5 or content_id (32 hexadecimal digits), sha256 or pdq (64) or phash (16); content_id and pdq are told by "
    "a prefix, such as pdq:, or a column kind"
)


@dataclass(frozen=True, eq=False)
class HashList:
    """Hashes of one `kind`, as bytes, sorted; for each its label ("" for none) and its file, an index into `files`."""

    kind: HashKind
    values: NDArray[np.bytes_]
    labels: pa.Array
    places: NDArray[np.int16]
    files: tuple[str, ...]

    def said(self, entry: int) -> str:
        """Return the file and label of an entry, in words."""
        label = self.labels[entry].as_py()
        file = self.files[self.places[entry]]
        return f"{file}, where it is labelled {label!r}" if label else file

    def find(self, wanted: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Return the entry of each of `wanted`, -1 where there is none."""
        return find_sorted(self.values, wanted)


class _Read(NamedTuple):
    values: NDArray[np.bytes_]
    labels: pa.Array


def read_hash_lists(paths: Sequence[str]) -> list[HashList]:
    """Return the hashes in the files `paths`, a list a kind that occurs, in the order of `DIGITS`.

    A line is `[KIND:]HEX`, perhaps with a label after a comma, semicolon or space (`md5sum` writes such files); a
    table has a column `hash` (with `kind`) or one named as a kind, and perhaps `label`. Kinds that are not named are
    told by their length. Raises RecipeError that names the file and line, what was found and what was expected.
    """
    found: dict[HashKind, list[tuple[int, _Read]]] = {}
    for place, path in enumerate(paths):
        for piece in pieces(Path(path), _COLUMNS):
            for kind, read in _of_piece(path, piece):
                found.setdefault(kind, []).append((place, read))
    files = tuple(Path(path).name for path in paths)
    return [_sorted(kind, found[kind], files) for kind in DIGITS if kind in found]


def _sorted(kind: HashKind, parts: list[tuple[int, _Read]], files: tuple[str, ...]) -> HashList:
    values = np.concatenate([one.values for _, one in parts])
    labels = pa.concat_arrays([one.labels for _, one in parts])
    places = np.repeat(np.array([place for place, _ in parts], np.int16), [len(one.values) for _, one in parts])
    order = np.argsort(values, kind="stable")
    values = values[order]
    first = np.ones(len(values), dtype=bool)  # of equal ones, the first of the first file
    first[1:] = values[1:] != values[:-1]
    order = order[first]
    return HashList(kind, values[first], labels.take(pa.array(order)), places[order], files)


def _of_piece(path: str, piece: Piece) -> Iterator[tuple[HashKind, _Read]]:
    """Yield the hashes of each column of `piece` by kind."""
    size = len(next(iter(piece.columns.values())))
    nothing = pa.repeat("", size)
    labels = piece.columns.get("label", piece.columns.get("comment", nothing))
    for column in ("hash", *DIGITS):
        if column in piece.columns:
            given = piece.columns.get("kind", nothing) if column == "hash" else pa.repeat(column, size)
            yield from _of_column(path, piece.first, piece.columns[column], given, labels)


def _of_column(
    path: str, first: int, entries: pa.Array, given: pa.Array, labels: pa.Array
) -> Iterator[tuple[HashKind, _Read]]:
    present = pc.not_equal(entries, "")
    parts = pc.extract_regex(entries, _ENTRY)
    digits, prefix = pc.struct_field(parts, "digits"), _kind_name(pc.struct_field(parts, "kind"))
    length = pc.binary_length(digits)
    kinds_by_length = pa.array(_BY_DIGITS.values())
    by_length = pc.take(kinds_by_length, pc.index_in(length, value_set=pa.array(_BY_DIGITS, pa.int32())))
    given = _kind_name(given)
    kinds = pc.if_else(pc.not_equal(prefix, ""), prefix, pc.if_else(pc.not_equal(given, ""), given, by_length))
    expected = pc.take(pa.array(DIGITS.values()), pc.index_in(kinds, value_set=pa.array(DIGITS)))
    good = pc.fill_null(pc.equal(length, expected), fill_value=False)
    bad = np.flatnonzero(pc.and_not(present, good).to_numpy(zero_copy_only=False))
    if len(bad):
        at = int(bad[0])
        raise RecipeError(f"{path}, line {first + at}: found {_short(entries, given, at)}; expected {EXPECTED}")
    own = pc.fill_null(pc.struct_field(parts, "label"), "")
    said = pc.utf8_slice_codeunits(pc.if_else(pc.equal(own, ""), labels, own), 0, _LONGEST_LABEL)
    for kind in DIGITS:
        mask = pc.and_(good, pc.fill_null(pc.equal(kinds, kind), fill_value=False))
        if pc.any(mask).as_py():
            yield kind, _Read(hash_bytes(digits.filter(mask), kind), said.filter(mask))


def _kind_name(column: pa.Array) -> pa.Array:
    lowered = pc.utf8_lower(pc.fill_null(column, ""))
    return pc.replace_substring(lowered, "sha-", "sha")


def _short(entries: pa.Array, given: pa.Array, at: int) -> str:
    kind = given[at].as_py()
    return f"{entries[at].as_py()[:80]!r}" + (f" as {kind[:20]!r}" if kind else "")


def hash_bytes(digits: pa.Array, kind: HashKind) -> NDArray[np.bytes_]:
    """Return hashes in hexadecimal `digits`, all of the length of `kind`, as bytes."""
    text = "".join(digits.to_pylist())
    return np.frombuffer(bytes.fromhex(text), f"S{DIGITS[kind] // 2}")
