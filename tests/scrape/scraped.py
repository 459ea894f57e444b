"""Lists of links for tests, and the rows that became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hostile_server import MOST_BYTES, TIMEOUT

from toolkit.store import RunFolder

RECIPE = {
    "allow_private": True, "timeout": TIMEOUT, "connect_timeout": 2.0, "read_timeout": 3.0, "max_bytes": MOST_BYTES,
    "per_host": 1000, "retries": 1, "give_up_after": None, "contact": "https://example.org/who",
}  # fmt: skip


def write_list(path: Path, urls: Sequence[str]) -> Path:
    """Write `urls` as JSON lines, each with a caption that says its place."""
    lines = [json.dumps({"url": url, "caption": f"link {place}", "width": place}) for place, url in enumerate(urls)]
    path.write_text("\n".join(lines) + "\n")
    return path


def rows_of(run: RunFolder) -> list[dict[str, Any]]:
    """Return the pairs of `run` in order, `meta` read."""
    return [row | {"meta": json.loads(row["meta"])} for row in run.read("pairs").to_pylist()]


def classes(rows: Sequence[dict[str, Any]]) -> list[str | None]:
    """Return the class of each row's error, None where it has none."""
    return [row["error"].partition(":")[0] if row["error"] else None for row in rows]
