"""What is known of the rows of a shard: filled in any order, and told as tables have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest

from toolkit.curate.facts import FactsOfRows
from toolkit.curate.scorer import Batch, Facts, Need
from toolkit.curate.shard import Shard
from toolkit.errors import PictureError


@dataclass(frozen=True)
class Scorer:
    """A scorer that is asked for its columns only."""

    name: str = "lengths"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"pixels"})
    columns: Mapping[str, pa.DataType] = field(default_factory=lambda: {"length": pa.float64(), "kind": pa.string()})

    def setup(self) -> None:
        """Nothing."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Never asked."""
        raise NotImplementedError


def read(row: int) -> bytes:
    raise PictureError("missing", str(row))


def shard_of(rows: int) -> Shard:
    empty: list[str | None] = [None] * rows
    return Shard(["a"] * rows, FactsOfRows(empty, empty, empty, empty, empty, empty), [None] * rows, empty, read)


@pytest.mark.parametrize("parts", [[[0, 1, 2, 3, 4]], [[0, 2, 4], [1, 3]], [[3, 4], [0], [1, 2]]])
def test_rows_are_filled_in_any_parts(parts: list[list[int]]) -> None:
    shard, scorer = shard_of(5), Scorer()
    shard.prepare([scorer])
    lengths, kinds = [0.5, 1.00004, None, 3.00006, 4], ["a", None, "c", "d", "e"]
    for part in parts:
        shard.array("length")  # what was told before is told anew
        assert shard.missing(np.arange(5), scorer)[: len(part)].tolist() != []
        shard.fill(scorer, np.array(part), {"length": [lengths[i] for i in part], "kind": [kinds[i] for i in part]})
    assert len(shard.missing(np.arange(5), scorer)) == 0
    assert shard.array("length").to_pylist() == [0.5, 1.0, None, 3.0001, 4.0]
    assert shard.having(np.arange(5), ["length", "kind"]).tolist() == [0, 3, 4]
    assert shard.table(np.array([3, 4]), ["kind"]).to_pydict() == {"sample_id": [3, 4], "kind": ["d", "e"]}
    assert shard.unscored_array().to_pylist() == [[], [("lengths", "absent")], [("lengths", "absent")], [], []]


def test_reasons_are_sorted_by_scorer_and_what_was_looked_at_is_not_given_up() -> None:
    shard, first, second = (
        shard_of(3),
        Scorer("b", columns={"one": pa.int64()}),
        Scorer("a", columns={"two": pa.int64()}),
    )
    shard.prepare([first, second])
    shard.fill(first, np.array([1]), {"one": [7]})
    shard.give_up(first, 1, "failed: too late")
    shard.give_up(second, 2, "failed: no")
    shard.settle([first, second])
    assert shard.unscored_array().to_pylist() == [
        [("a", "skipped"), ("b", "skipped")],
        [("a", "skipped")],
        [("a", "failed: no"), ("b", "skipped")],
    ]


def test_a_scorer_that_gives_too_few_values_is_refused() -> None:
    shard, scorer = shard_of(3), Scorer()
    shard.prepare([scorer])
    with pytest.raises(ValueError, match="gave 2 values of length for 3 rows"):
        shard.fill(scorer, np.arange(3), {"length": [1.0, 2.0], "kind": ["a", "b"]})


def test_facts_are_put_together_when_somebody_asks() -> None:
    address = "https://a.example/b.jpg"
    paths, licenses, content_ids = [None, "/x/c.png"], [None, "CC0"], [None, "f"]
    facts = FactsOfRows([address, None], paths, ["s", None], licenses, ["{}", ""], content_ids)
    assert list(facts) == [
        Facts(address, "b.jpg", "s", "", "{}", ""),
        Facts("", "c.png", "", "CC0", "", "f"),
    ]
    assert facts[1:] == [facts[1]]
