"""Rules on pictures whose hash is listed: the same file, or one that looks the same within some bits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.rule import Reason, Scope, Status, Taken
from toolkit.curate.safety.hash_lists import DIGITS, HashKind, HashList, hash_bytes
from toolkit.curate.safety.nearest_hashes import NearestHashes

SHOWN = {"md5": "MD5", "sha256": "SHA-256", "content_id": "content_id", "phash": "pHash", "pdq": "PDQ hash"}


@dataclass(frozen=True)
class ListedFiles:
    """Takes rows whose file has a hash in `listed`."""

    name: str
    listed: HashList
    status: Status
    scope: Scope = "local"

    @property
    def columns(self) -> tuple[str, ...]:
        """The hash of the kind of the list."""
        return (self.listed.kind,)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows whose hash is listed."""
        entries = self.listed.find(_as_bytes(rows[self.listed.kind], self.listed.kind))
        taken = np.flatnonzero(entries >= 0)

        def explain(index: int) -> Reason:
            entry = int(entries[taken[index]])
            text = f"the {SHOWN[self.listed.kind]} of its file is in the list {self.listed.said(entry)}"
            return Reason(self.name, self.listed.files[self.listed.places[entry]], "", text)

        return Taken(taken, explain)


@dataclass(frozen=True)
class ListedLooks:
    """Takes rows whose picture, or its mirror image, has a hash at most `distance` bits from one in `listed`."""

    name: str
    listed: HashList
    columns: tuple[str, str]
    distance: int
    status: Status
    scope: Scope = "local"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows that look like a listed picture; the nearest entry is the reason."""
        itself, mirrored = (self._near.nearest(_as_bytes(rows[one], self.listed.kind)) for one in self.columns)
        turned = mirrored.bits < itself.bits
        entries, bits = np.where(turned, mirrored.entries, itself.entries), np.where(turned, mirrored.bits, itself.bits)
        taken = np.flatnonzero(entries >= 0)

        def explain(index: int) -> Reason:
            row = int(taken[index])
            what = "the mirror image of a picture" if turned[row] else "a picture"
            said = self.listed.said(int(entries[row]))
            text = f"looks like {what} in the list {said}: {bits[row]} bits of the {SHOWN[self.listed.kind]} differ"
            asked = f"at most {self.distance} are taken for the same"
            return Reason(self.name, str(bits[row]), str(self.distance), f"{text}; {asked}")

        return Taken(taken, explain)

    @cached_property
    def _near(self) -> NearestHashes:
        return NearestHashes(self.listed.values, self.distance)


def _as_bytes(column: pa.ChunkedArray, kind: HashKind) -> NDArray[np.bytes_]:
    """Return hashes of a column, held as numbers, bytes or hexadecimal digits, as the lists have them."""
    if pa.types.is_integer(column.type):
        numbers: NDArray[np.bytes_] = column.to_numpy().astype(">u8").view("S8")
        return numbers
    if pa.types.is_string(column.type):
        return hash_bytes(column, kind)
    return np.frombuffer(b"".join(column.to_pylist()), f"S{DIGITS[kind] // 2}")
