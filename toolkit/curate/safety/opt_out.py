"""Opt-outs by address and by domain: rows that their owners do not want used, whether or not a picture was read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.rule import Reason, Scope, Status, Taken
from toolkit.curate.safety.addresses import NONE, Addresses, keys, normalised
from toolkit.curate.safety.list_files import pieces
from toolkit.curate.safety.sorted_search import find_sorted
from toolkit.errors import RecipeError
from toolkit.sources.columns import URL_NAMES

_DOMAIN_NAMES = ("domain", "host", "hostname")


@dataclass(frozen=True, eq=False)
class KeyList:
    """Sorted keys of listed addresses or domains, and the file of each, an index into `files`."""

    keys: NDArray[np.int64]
    places: NDArray[np.int16]
    files: tuple[str, ...]

    def find(self, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the entry of each of `wanted`, -1 where there is none."""
        return np.where(wanted == NONE, -1, find_sorted(self.keys, wanted))

    def file(self, entry: int) -> str:
        """Return the name of the file that holds an entry."""
        return self.files[int(self.places[entry])]


def read_url_lists(paths: Sequence[str]) -> KeyList:
    """Return the addresses in the files `paths`: one a line, or the column `url` of a CSV or Parquet file.

    Raises RecipeError that names the file and line of what is no address.
    """
    return _read(paths, tuple(name.lower() for name in URL_NAMES), _not_an_address, "an address, such as example.org/a")


def read_domain_lists(paths: Sequence[str]) -> KeyList:
    """Return the domains in the files `paths`: one a line, or the column `domain` of a CSV or Parquet file.

    `*.example.org` and `https://example.org/` mean the same as example.org. Raises RecipeError that names the file
    and line of what is no domain.
    """
    return _read(paths, _DOMAIN_NAMES, _not_a_domain, "a domain, such as example.org")


def _not_an_address(entries: pa.Array, found: Addresses) -> pa.Array:
    whole = pc.or_(pc.match_substring(found.hosts, "."), pc.match_substring(entries, "://"))
    return pc.or_(pc.equal(found.texts, ""), pc.invert(whole))


def _not_a_domain(entries: pa.Array, found: Addresses) -> pa.Array:
    return pc.or_(pc.not_equal(found.texts, found.hosts), pc.invert(pc.match_substring(found.hosts, ".")))


def _read(
    paths: Sequence[str], wanted: Sequence[str], is_bad: Callable[[pa.Array, Addresses], pa.Array], expected: str
) -> KeyList:
    read: list[NDArray[np.int64]] = []
    places: list[NDArray[np.int16]] = []
    for place, path in enumerate(paths):
        for piece in pieces(Path(path), wanted):
            for entries in piece.columns.values():
                entries = pc.replace_substring_regex(entries, r"^\*\.", "")
                found = normalised(entries)
                wrong = pc.and_(pc.not_equal(entries, ""), is_bad(entries, found))
                bad = np.flatnonzero(wrong.to_numpy(zero_copy_only=False))
                if len(bad):
                    at = int(bad[0])
                    raise RecipeError(
                        f"{path}, line {piece.first + at}: found {entries[at].as_py()[:200]!r}; expected {expected}"
                    )
                read.append(keys(found.texts))
                places.append(np.full(len(entries), place, np.int16))
    every = np.concatenate([np.zeros(0, np.int64), *read])
    distinct, first = np.unique(every, return_index=True)
    return KeyList(
        distinct, np.concatenate([np.zeros(0, np.int16), *places])[first], tuple(Path(p).name for p in paths)
    )


@dataclass(frozen=True)
class OptOutUrls:
    """Takes rows whose address, or that of their page, is listed."""

    listed: KeyList
    name: str = "opt_out_url"
    columns: tuple[str, ...] = ("url_key", "page_key")
    scope: Scope = "local"
    status: Status = "dropped"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows whose address is on a list."""
        own, page = (self.listed.find(rows[column].to_numpy()) for column in self.columns)
        taken = np.flatnonzero((own >= 0) | (page >= 0))
        entries, is_own = np.where(own >= 0, own, page)[taken], (own >= 0)[taken]

        def explain(index: int) -> Reason:
            file = self.listed.file(int(entries[index]))
            whose = "its address" if is_own[index] else "the address of its page"
            return Reason(self.name, file, "", f"{whose} is on the opt-out list {file}")

        return Taken(taken, explain)


@dataclass(frozen=True)
class OptOutDomains:
    """Takes rows whose host, or that of their page, is a listed domain or below one."""

    listed: KeyList
    name: str = "opt_out_domain"
    columns: tuple[str, ...] = ("url_host", "page_host")
    scope: Scope = "local"
    status: Status = "dropped"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows of listed domains."""
        own, page = (self._entries(rows[column]) for column in self.columns)
        taken = np.flatnonzero((own >= 0) | (page >= 0))
        entries, is_own = np.where(own >= 0, own, page)[taken], (own >= 0)[taken]

        def explain(index: int) -> Reason:
            file, column = self.listed.file(int(entries[index])), self.columns[0 if is_own[index] else 1]
            host = rows[column][int(taken[index])].as_py()
            whose = "its host" if is_own[index] else "the host of its page"
            return Reason(self.name, host, "", f"{whose} {host} is, or is below, a domain on the opt-out list {file}")

        return Taken(taken, explain)

    def _entries(self, column: pa.ChunkedArray) -> NDArray[np.int64]:
        """Return the entry of each host: that of the host itself, else of the nearest domain above it; else -1."""
        coded = pc.dictionary_encode(column.combine_chunks())
        left = coded.dictionary
        found = np.full(len(left), -1, np.int64)
        while pc.any(pc.not_equal(left, "")).as_py():
            entries = self.listed.find(keys(left))
            found = np.where(found < 0, entries, found)
            left = pc.replace_substring_regex(left, r"^[^.]*\.?", "")
        entries_of_rows: NDArray[np.int64] = found[coded.indices.to_numpy()]
        return entries_of_rows
