"""Exact duplicates: pictures whose bytes are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from toolkit.curate.rule import Reason, Scope


@dataclass(frozen=True)
class ExactDuplicates:
    """Takes all but one of the rows that share a picture's bytes; the first sample_id stays.

    Rows whose captions name other people (`groups.people_named`) or skin tones are no copies of each other: a vendor
    who draws one picture for several of them has made a choice that an audit wants to see, and the captions would be
    lost with the rows.
    """

    name: str = "exact_duplicate"
    columns: tuple[str, ...] = ("content_id", "people_named", "skin_tone_named")
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Mapping[int, Reason]:
        """Return the reasons of the copies that go; the value names the row that stays."""
        keys = list(zip(*(rows[column].to_pylist() for column in self.columns), strict=True))
        sample_ids = rows["sample_id"].to_pylist()
        first: dict[tuple[str, ...], str] = {}
        for key, sample_id in zip(keys, sample_ids, strict=True):
            first[key] = min(first.get(key, sample_id), sample_id)
        return {
            row: Reason(self.name, first[key], "", f"the same picture, byte for byte, as row {first[key]}, which stays")
            for row, (key, sample_id) in enumerate(zip(keys, sample_ids, strict=True))
            if first[key] != sample_id
        }
