"""Lines of a file of text, plain or gzipped, in bounded memory, whatever the file holds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from toolkit.errors import SourceError

LONGEST_LINE = 4 << 20


class Lines:
    """The lines of a file, with their ends, decoded as UTF-8 (bad bytes as surrogates).

    A line of more than 4 MiB is cut there, its rest passed over. `error` tells, after the last line, why no more could
    be read; None where the file came to its end.
    """

    def __init__(self, path: Path) -> None:
        self.error: str | None = None
        self._path = path

    def __iter__(self) -> Iterator[str]:
        with open_plain(self._path) as stream:
            first = True
            while True:
                try:
                    line = _line(stream)
                except (OSError, EOFError, zlib.error) as error:
                    self.error = f"truncated: {self._path.name} cannot be read to its end ({error})"
                    return
                if not line:
                    return
                yield line.decode("utf-8-sig" if first else "utf-8", "surrogateescape")
                first = False


def open_plain(path: Path) -> IO[bytes]:
    """Return the file at `path`, open, unpacked on the way where it is gzipped. Raises SourceError where it cannot be
    opened."""
    try:
        file = path.open("rb")
        magic = file.read(3)
        file.seek(0)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check that you may read it") from error
    return _Gunzipped(file) if magic == b"\x1f\x8b\x08" else file  # type: ignore[return-value]


class _Gunzipped(gzip.GzipFile):
    """A gzip file that closes the file beneath it."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(fileobj=file)
        self._beneath = file

    def close(self) -> None:
        super().close()
        self._beneath.close()


def _line(stream: IO[bytes]) -> bytes:
    line = stream.readline(LONGEST_LINE)
    part = line
    while len(part) == LONGEST_LINE and not part.endswith(b"\n"):
        part = stream.readline(LONGEST_LINE)
    return line
