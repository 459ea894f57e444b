"""Batches of large pictures: bounded by their bytes, and no score depends on how rows were cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from toolkit.curate.cascade import Cascade
from toolkit.curate.plan import Plan
from toolkit.curate.scorer import Batch, Facts, Need
from toolkit.curate.shard import Shard
from toolkit.curate.stage import curate
from toolkit.engine.engine import PerWorker
from toolkit.engine.local import LocalEngine
from toolkit.sources import open_source

MOST = 64 << 20
ROWS = 16


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet file of pictures of 12 MB each, which lie in its rows."""
    folder = tmp_path_factory.mktemp("large")
    random = np.random.default_rng(3)
    rows = []
    for number in range(ROWS):
        small = random.integers(0, 256, (20, 20, 3), np.uint8)
        Image.fromarray(small).resize((2000, 2000), Image.Resampling.NEAREST).save(folder / "one.png", compress_level=0)
        rows.append({"text": f"blocks of colour {number}", "image": (folder / "one.png").read_bytes()})
    pq.write_table(pa.Table.from_pylist(rows), folder / "pairs.parquet", row_group_size=4)
    return folder / "pairs.parquet"


@dataclass
class Watched:
    """An engine that notes the bytes of pictures in every batch that it deals to `engine`."""

    engine: LocalEngine
    carried: list[int] = field(default_factory=list)

    def map_batches(
        self, make: Callable[[], Callable[[Any], Any]], batches: Iterable[Any], needs: PerWorker = PerWorker()
    ) -> Iterator[Any]:
        """Yield what `engine` yields."""
        return self.engine.map_batches(make, self._seen(batches), needs)

    def _seen(self, batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            self.carried.append(sum(len(row.data or b"") for row in batch))
            yield batch


def test_a_batch_carries_few_bytes_of_large_pictures_and_the_tables_stay_the_same(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = [Watched(LocalEngine(workers)) for workers in (1, 2)]
    hashes = {curate(large, tmp_path / str(place), engine=one).content_hash() for place, one in enumerate(engines)}
    assert engines[0].carried == engines[1].carried
    assert max(engines[0].carried) <= MOST
    assert sum(engines[0].carried) > 2 * MOST
    monkeypatch.setattr("toolkit.sources.rows.BATCH_BYTES", 1 << 40)
    monkeypatch.setattr("toolkit.curate.scoring.BATCH_BYTES", 1 << 40)
    whole = Watched(LocalEngine(1))
    hashes.add(curate(large, tmp_path / "whole", engine=whole).content_hash())
    assert len(whole.carried) == 1
    assert len(hashes) == 1


@pytest.mark.parametrize("size", [1, 3, 5, 16, 100])
def test_batches_end_at_each_multiple_of_their_size_too(large: Path, size: int) -> None:
    source = open_source(large)
    lengths = [len(batch) for batch in source.batches(size)]
    assert sum(lengths) == ROWS
    assert max(lengths) <= min(size, 5)  # five of 12 MB
    ends = set(np.cumsum(lengths).tolist())
    assert ends >= set(range(size, ROWS, size))
    for start in range(-(-ROWS // size)):
        ids = [row.sample_id for batch in source.batches(size, start) for row in batch]
        assert ids == [row.sample_id for row in source.rows(start * size)]


@dataclass(frozen=True)
class FileSizes:
    """A scorer of files that notes how many bytes it was given at once."""

    at_once: list[int] = field(default_factory=list)
    name: str = "file_size"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"bytes"})
    columns: Mapping[str, pa.DataType] = field(default_factory=lambda: {"file_size": pa.int64()})

    def setup(self) -> None:
        """Nothing."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the length of each file."""
        self.at_once.append(sum(map(len, batch.files)))
        return {"file_size": [len(one) for one in batch.files]}


def test_scorers_of_files_are_given_few_bytes_at_once() -> None:
    scorer = FileSizes()
    sizes = [(number % 4) * (12 << 20) + number for number in range(20)] + [80 << 20]
    rows = len(sizes)
    shard = Shard([""] * rows, [Facts()] * rows, [None] * rows, [None] * rows, lambda row: bytes(sizes[row]))
    Cascade(Plan((scorer,), (), None, score_all=True)).run(shard)
    assert shard.scores["file_size"] == sizes
    assert sorted(scorer.at_once)[-1] == 80 << 20  # one picture may be larger
    assert sorted(scorer.at_once)[-2] <= MOST
