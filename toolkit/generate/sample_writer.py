"""Writes painted pictures beside the painting: encoding, hashing and disks wait in threads of their own."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from toolkit.engine.threads import usable_cores
from toolkit.errors import RunError
from toolkit.generate.batches import Attempt
from toolkit.generate.generator import Generator
from toolkit.generate.requests import canonical_json
from toolkit.images import encode_png
from toolkit.store import RunFolder, write_atomically
from toolkit.strips import encode_strip, strip_path
from toolkit.versions import installed_versions

WAITING_BATCHES = 2  # painted and not yet written: more would only fill memory
PIECE = 32  # pictures that one thread takes at a time
MOST_THREADS = 8


class SampleWriter:
    """Takes attempts as they come, which were painted on `device`, and gives back their rows of the samples table, in
    the order in which they came."""

    def __init__(self, run: RunFolder, painter: Generator, device: str) -> None:
        self._run = run
        versions = canonical_json(installed_versions())
        self._same = {"fingerprint": painter.fingerprint, "versions": versions, "device": device,
                      "dtype": painter.dtype}  # fmt: skip
        threads = max(1, min(MOST_THREADS, usable_cores() // 2))
        self._threads = ThreadPoolExecutor(threads, "sample-writer")
        self._waiting: deque[list[Future[list[dict[str, Any]]]]] = deque()
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> SampleWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def write(self, attempts: Sequence[Attempt]) -> None:
        """Write the pictures of `attempts` soon. Raises RunError where one of those before could not be written."""
        pieces = [list(attempts[start : start + PIECE]) for start in range(0, len(attempts), PIECE)]
        self._waiting.append([self._threads.submit(self._write_all, piece) for piece in pieces])
        while len(self._waiting) > WAITING_BATCHES:
            self._take()

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of all attempts since the last call, their pictures in place. Raises RunError."""
        while self._waiting:
            self._take()
        rows, self._rows = self._rows, []
        return rows

    def _take(self) -> None:
        """Wait for the pictures of the oldest batch."""
        self._rows += [row for future in self._waiting.popleft() for row in future.result()]

    def _write_all(self, attempts: list[Attempt]) -> list[dict[str, Any]]:
        try:
            return [self._write(one) for one in attempts]
        except OSError as error:
            raise RunError(
                f"{self._run.path} cannot be written ({error}); make room and run the same command with --resume"
            ) from error

    def _write(self, attempt: Attempt) -> dict[str, Any]:
        name, painted = attempt.request.request_id, attempt.painted
        if painted is None:
            return self._same | {"request_id": name, "batch_shape": [attempt.batch_size], "error": attempt.error}
        data = encode_png(painted.pixels)
        path = f"images/{name[:2]}/{name}.png"
        write_atomically(self._run.path / path, data)
        if attempt.way is not None:
            self._run.write_file(strip_path(name), encode_strip(*attempt.way))
        return self._same | {
            "request_id": name,
            "image_path": path,
            "sha256": hashlib.sha256(data).hexdigest(),
            "batch_shape": [attempt.batch_size, *painted.pixels.shape],
            "seconds": attempt.seconds,
            "flags": list(painted.flags),
            "meta": None if painted.meta is None else canonical_json(painted.meta),
        }
