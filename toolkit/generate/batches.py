"""Requests in batches: memory that runs out halves the batch, and what fails becomes the failure of its picture."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from toolkit.errors import TainError
from toolkit.generate.candidates import SETTING, BestOf
from toolkit.generate.generator import Generator, Painted, Request
from toolkit.generate.paths import PathRecorder, Way, check_shows_path

LONGEST_ERROR = 300
LARGEST_BATCH = 256 << 20  # bytes of pixels: batches travel, and several are held at once
_OUT_OF_MEMORY = ("out of memory", "defaultcpuallocator", "can't allocate memory")


class Attempt(NamedTuple):
    """What became of a request: `painted`, or the `error` that stands in its place; the batch size it was made at, the
    seconds it took, and its `way` from noise where that is kept."""

    request: Request
    painted: Painted | None
    error: str | None
    batch_size: int
    seconds: float
    way: Way | None = None


class Batches:
    """Paints with one generator. `batch_size` falls for good once memory has run out at it."""

    def __init__(
        self, painter: Generator, batch_size: int, best_of: BestOf | None = None, path_every: int | None = None
    ) -> None:
        self._painter = painter
        self._best_of = best_of
        self._path_every = path_every
        self.batch_size = batch_size

    def paint(self, requests: Sequence[Request]) -> Iterator[list[Attempt]]:
        """Yield an attempt for each of `requests`, in their order, a batch at a time.

        A request that fails beside others is tried again alone, in a batch of the same shape, so that one picture's
        failure is only its own. Raises what is no picture's fault: ModelError, and every other TainError.
        """
        start = 0
        while start < len(requests):
            chunk = requests[start : start + self.batch_size]
            try:
                yield self._attempt(chunk)
            except TainError:
                raise
            except Exception as error:
                if is_out_of_memory(error) and self.batch_size > 1:
                    self.batch_size //= 2
                    _free_memory()
                    continue
                if len(chunk) == 1:
                    yield [self._failure(chunk[0], error)]
                else:
                    yield [one for request in chunk for one in self._alone(request)]
            start += len(chunk)

    def _alone(self, request: Request) -> list[Attempt]:
        try:
            return self._attempt([request])
        except TainError:
            raise
        except Exception as error:
            return [self._failure(request, error)]

    def _attempt(self, chunk: Sequence[Request]) -> list[Attempt]:
        started = perf_counter()
        if self._best_of is None:
            painted, ways = self._paint(chunk)
        else:
            candidates = self._best_of.candidates(chunk)
            found = self._painter.generate(candidates, batch_size=self.batch_size)
            painted, asked = zip(*self._best_of.choose(chunk, found), strict=True)
            ways = [None] * len(chunk) if self._path_every is None else self._paint(asked)[1]
        seconds = round((perf_counter() - started) / len(chunk), 4)
        return [
            Attempt(request, one, None, self.batch_size, seconds, way)
            for request, one, way in zip(chunk, painted, ways, strict=True)
        ]

    def _paint(self, requests: Sequence[Request]) -> tuple[Sequence[Painted], Sequence[Way | None]]:
        if self._path_every is None:
            return self._painter.generate(requests, batch_size=self.batch_size), [None] * len(requests)
        recorder, painter = PathRecorder(self._path_every), check_shows_path(self._painter)
        painted = painter.generate_watched(requests, batch_size=self.batch_size, watch=recorder)
        return painted, recorder.ways(painted, requests[0].num_inference_steps)

    def _failure(self, request: Request, error: Exception) -> Attempt:
        words = " ".join(str(error).split())[:LONGEST_ERROR]
        return Attempt(request, None, f"{type(error).__name__}: {words}", self.batch_size, 0.0)


def within_bytes(batch_size: int, request: Request) -> int:
    """Return `batch_size`, or how many pictures such as `request` asks for, with their candidates where there are
    several, make `LARGEST_BATCH` bytes; at least 1."""
    candidates = int((request.settings.get(SETTING) or {}).get("n", 1))
    return max(1, min(batch_size, LARGEST_BATCH // (request.width * request.height * 3 * candidates)))


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether `error` says that memory ran out, on a GPU or on the CPU."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(words in said for words in _OUT_OF_MEMORY)
    )


def _free_memory() -> None:
    """Give back what a batch that failed has left behind."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
