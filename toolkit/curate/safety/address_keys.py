"""The addresses of a row as scores: hosts, and keys of whole addresses, which rules compare with lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from toolkit.curate.safety.addresses import keys, normalised
from toolkit.curate.scorer import Batch, Need
from toolkit.sources.columns import PAGE_NAMES


@dataclass(frozen=True)
class AddressKeys:
    """Where a picture comes from: its own address, and that of its page where `meta` has one."""

    name: str = "addresses"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"facts"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Hosts ("" for none) and 64-bit keys (0 for none); see `toolkit.curate.safety.addresses`."""
        return {"url_host": pa.string(), "url_key": pa.int64(), "page_host": pa.string(), "page_key": pa.int64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the four columns."""
        return _scores("url", [one.url for one in batch.facts]) | _scores(
            "page", [page_of(one.meta) for one in batch.facts]
        )


def page_of(meta: str) -> str:
    """Return the address of the page that a row's `meta` (JSON) names, "" where it names none."""
    lowered = meta.lower()
    if not any(f'"{name}"' in lowered for name in PAGE_NAMES):
        return ""
    found = json.loads(meta)
    by_name = {name.lower(): value for name, value in found.items() if isinstance(value, str)}
    return next((by_name[name] for name in PAGE_NAMES if by_name.get(name)), "")


def _scores(which: str, urls: list[str]) -> dict[str, Sequence[object]]:
    if not any(urls):
        return {f"{which}_host": [""] * len(urls), f"{which}_key": [0] * len(urls)}
    found = normalised(pa.array(urls, pa.string()))
    return {f"{which}_host": found.hosts.to_pylist(), f"{which}_key": keys(found.texts).tolist()}
