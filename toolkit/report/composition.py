"""What pairs are made of: languages, sizes, formats, domains, sources and licences, of those that stay and all."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.store import RunFolder

LANGUAGE, SIDE, SHAPE, FORMAT, DOMAIN, SOURCE, LICENCE = (
    "language", "size", "shape", "format", "domain", "source", "licence",
)  # fmt: skip
BY = (LANGUAGE, SIDE, SHAPE, FORMAT, DOMAIN, SOURCE, LICENCE)
UNTOLD = "not told"
_SIDES = (16, 32, 64, 128, 256, 512, 1024, 2048)  # px, where each size begins
_SQUARE = 1.1  # longest / shortest side up to which a picture is square
_LANGUAGE_SCORE, _HOST_SCORE = "caption_language", "url_host"
_HOST = r"(?i)^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>\[[^\]/?#]*\]|[^/?#:]*)"


class Part(NamedTuple):
    """Pairs that hold one `value`: `rows` of all, and how many of them were `kept`."""

    value: str
    rows: int
    kept: int


class Composition(NamedTuple):
    """`rows`: sample_id, kept (null where nothing was decided) and a column of text for each of `BY`, of every pair."""

    rows: pa.Table

    def parts(self, by: str) -> list[Part]:
        """Return how many pairs hold each value of `by`: sizes and shapes in their order, all else by rows, most
        first; what is not told comes last."""
        counted = self.rows.select([by, "kept"]).group_by(by).aggregate([([], "count_all"), ("kept", "sum")])
        parts = [
            Part(value, rows, kept or 0)
            for value, rows, kept in zip(
                counted[by].to_pylist(), counted["count_all"].to_pylist(), counted["kept_sum"].to_pylist(), strict=True
            )
        ]
        order = {SIDE: size_names(), SHAPE: list(_SHAPES)}.get(by)
        if order is not None:
            return sorted(parts, key=lambda one: order.index(one.value) if one.value in order else len(order))
        return sorted(parts, key=lambda one: (one.value == UNTOLD, -one.rows, one.value))

    def of(self, by: str, value: str) -> pa.Table:
        """Return the pairs that hold `value`."""
        return self.rows.filter(pc.equal(self.rows[by], value))


def composition(run: RunFolder) -> Composition | None:
    """Return what the pairs of `run` or of its inputs are made of; None where there are none.

    Languages are those that the scorer of captions told; domains are hosts of addresses, as the scorer of addresses
    has them where it was run.
    """
    holder = run.find("pairs")
    if holder is None:
        return None
    columns = ["sample_id", "url", "source", "license", "width", "height", "format"]
    rows = holder.read("pairs", columns=columns)
    kept, scores = _kept(run), _scores(run)
    if kept is not None:
        rows = rows.join(kept, "sample_id", join_type="left outer")
    if scores is not None:
        rows = rows.join(scores, "sample_id", join_type="left outer")
    rows = rows.sort_by("sample_id").combine_chunks()
    nothing = pa.nulls(rows.num_rows, pa.string())
    known = set(rows.schema.names)
    table = {
        LANGUAGE: rows[_LANGUAGE_SCORE] if _LANGUAGE_SCORE in known else nothing,
        SIDE: _sizes(rows),
        SHAPE: _shapes(rows),
        FORMAT: rows["format"],
        DOMAIN: rows[_HOST_SCORE] if _HOST_SCORE in known else _hosts(rows["url"]),
        SOURCE: rows["source"],
        LICENCE: rows["license"],
    }
    facts = {
        "sample_id": rows["sample_id"],
        "kept": rows["keep"] if "keep" in known else pa.nulls(len(nothing), pa.bool_()),
    }
    return Composition(pa.table(facts | {name: _told(column) for name, column in table.items()}))


def size_names() -> list[str]:
    """Return the names of all sizes, the smallest first."""
    between = [f"{low:,} to {high - 1:,} px" for low, high in pairwise(_SIDES)]
    return [f"under {_SIDES[0]} px", *between, f"{_SIDES[-1]:,} px and more"]


_SHAPES = ("upright", "square", "across")


def _kept(run: RunFolder) -> pa.Table | None:
    decider = run.find("decisions")
    return None if decider is None else decider.read("decisions", ["sample_id", "keep"])


def _scores(run: RunFolder) -> pa.Table | None:
    scored = run.find("scores")
    if scored is None:
        return None
    known = scored.columns("scores")
    wanted = [name for name in (_LANGUAGE_SCORE, _HOST_SCORE) if name in known]
    return scored.read("scores", columns=["sample_id", *wanted]) if wanted else None


def _told(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return a column of text with `UNTOLD` where it says nothing."""
    return pc.if_else(pc.equal(pc.fill_null(column, ""), ""), UNTOLD, column)


def _sides(rows: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return width and height, float64, NaN where they are not known."""
    ends = (pc.cast(rows[name], pa.float64()).to_numpy(zero_copy_only=False) for name in ("width", "height"))
    width, height = (np.where(one > 0, one, np.nan) for one in ends)
    return width, height


def _sizes(rows: pa.Table) -> pa.Array:
    """Return the name of the size of each picture, by its shortest side."""
    shortest = np.minimum(*_sides(rows))
    return _named(size_names(), np.searchsorted(_SIDES, shortest, side="right"), np.isnan(shortest))


def _shapes(rows: pa.Table) -> pa.Array:
    width, height = _sides(rows)
    unknown = np.isnan(width) | np.isnan(height)
    shape = np.where(width > _SQUARE * height, 2, np.where(height > _SQUARE * width, 0, 1))
    return _named(_SHAPES, shape, unknown)


def _named(names: list[str] | tuple[str, ...], places: np.ndarray, unknown: np.ndarray) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(np.where(unknown, 0, places), mask=unknown))


def _hosts(urls: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_lower(pc.struct_field(pc.extract_regex(urls, _HOST), "host"))
