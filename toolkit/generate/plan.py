"""What is left to paint: requests in blocks, less what a run already holds. One block becomes one shard.

The blocks are those of the request list as it is asked for now; what is there is known by request_id alone. So a list
that was interrupted, extended or reordered goes on, and processes that share a list need not talk: each block is one
process's own, and no other ever paints what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow.parquet as pq

from toolkit.generate.generator import Request
from toolkit.probes import Probe
from toolkit.store import RunFolder, shard_name

TABLES = ["probe_requests", "requests", "samples"]
Asked = tuple[Probe, Request]


class Block(NamedTuple):
    """A stretch of the request list: its `number` among the blocks, and what is asked in it."""

    number: int
    asked: list[Asked]


class Left(NamedTuple):
    """What a block still needs: `requests` without a sample, and all that is `asked` without a row."""

    requests: list[Request]
    asked: list[Asked]


class Plan:
    """The blocks of `asked` and what `run` holds of them, as far as its `stage` has marked it complete."""

    def __init__(self, run: RunFolder, stage: str, asked: Sequence[Asked], rows: int) -> None:
        self.run = run
        self._stage = stage
        self._read: set[str] = set()
        self._painted: set[str] = set()
        self._probed: set[tuple[str, str]] = set()
        home: dict[str, int] = {}  # two probes may ask for one and the same picture: the first one's block paints it
        for place, (_, request) in enumerate(asked):
            home.setdefault(request.request_id, place // rows)
        placed: list[list[Asked]] = [[] for _ in range(-(-len(asked) // rows))]
        for one in asked:
            placed[home[one[1].request_id]].append(one)
        self.blocks = [Block(number, some) for number, some in enumerate(placed)]
        self.pictures = len(home)
        self.refresh()

    def refresh(self) -> None:
        """Look for shards that were marked complete since the last look."""
        for shard in sorted(self.run.marked(self._stage) - self._read):
            samples, probed = (self.run.path / table / f"{shard}.parquet" for table in ("samples", "probe_requests"))
            self._painted.update(pq.read_table(samples, columns=["request_id"], partitioning=None)[0].to_pylist())
            rows = pq.read_table(probed, columns=["probe_id", "request_id"], partitioning=None)
            self._probed.update(zip(rows[0].to_pylist(), rows[1].to_pylist(), strict=True))
            self._read.add(shard)

    def left(self, block: Block) -> Left:
        """Return what is left of `block`."""
        asked = [one for one in block.asked if (one[0].probe_id, one[1].request_id) not in self._probed]
        requests = {one.request_id: one for _, one in block.asked if one.request_id not in self._painted}
        return Left(list(requests.values()), asked)

    def unfinished(self, rank: int = 0, world_size: int = 1) -> Iterator[Block]:
        """Yield the blocks with something left that belong to process `rank` of `world_size`."""
        for block in self.blocks[rank::world_size]:
            if any(self.left(block)):
                yield block

    def done(self, blocks: Sequence[Block]) -> int:
        """Return how many pictures of `blocks` are there."""
        return sum(len({one.request_id for _, one in block.asked}) - len(self.left(block).requests) for block in blocks)

    def clear_shard(self, block: Block) -> int:
        """Return the number of the shard that `block` is to become, after removing what a kill has left of it.

        It is the first that no earlier shard has, in steps of the number of blocks, so that two blocks never meet.
        """
        index = block.number
        while shard_name(index) in self.run.marked(self._stage):
            index += len(self.blocks)
        for table in TABLES:
            self.run.remove_shard(table, shard_name(index))
        return index
