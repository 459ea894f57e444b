"""A WARC file as the stretches that can be read of it: members of gzip, or what follows a mark."""

from __future__ import annotations

import zlib
from typing import IO, Any

_BLOCK = 1 << 16
_MAGIC = b"\x1f\x8b\x08"
RECORD_MARK = b"WARC/1."
_LONGEST_LINE = 1 << 20
_LONGEST_HEAD = 4 << 20


class Stretch:
    """One stretch of records in a file: a member of gzip, unpacked, or all of a plain file from one record on.

    What is read comes in lines of at most 1 MiB and never raises: `error` says why it ended early.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ahead = b""  # read from the file, but not yet unpacked
        self._ready = b""  # unpacked, but not yet read
        self._unzip: Any = None
        self._ended = False
        self._is_first = True
        self._room = _LONGEST_HEAD
        self._is_after_damage = False
        self._gave = False
        self.error: str | None = None

    @property
    def failure(self) -> str | None:
        """Why the stretch ended early; None where it did not, or where it was none: what looked like the beginning of a
        member within a damaged one."""
        return None if self._is_after_damage and not self._gave else self.error

    def begin(self) -> bool:
        """Go on to the next stretch, past what is damaged; False at the end of the file."""
        mark = self._mark() if self._is_first else _MAGIC if self._unzip is not None else RECORD_MARK
        if self._unzip is None:
            self._ahead, self._ready = self._ready + self._ahead, b""
        if not self._find(mark):
            return False
        self._is_after_damage = self.error is not None
        self._is_first, self._ended, self._gave, self.error, self._ready = False, False, False, None, b""
        self._unzip = zlib.decompressobj(31) if mark == _MAGIC else None
        return True

    def begin_head(self) -> None:
        """Let the lines of one record's headers be read, 4 MiB of them at most."""
        self._room = _LONGEST_HEAD

    def skip(self) -> None:
        """Give up this stretch: of a plain file what has been read, of a gzipped one the member."""
        self._ended = True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`, b"" at the end of the stretch."""
        if not self._ready:
            self._fill()
        size = len(self._ready) if size is None or size < 0 else size
        part, self._ready = self._ready[:size], self._ready[size:]
        return part

    def tell(self) -> int:
        """Return 0: warcio asks where a record without a length begins, and such a record is refused."""
        return 0

    def readline(self, size: int = -1) -> bytes:
        """Return the next line with its end, cut at 1 MiB; b"" where headers take no end."""
        size = _LONGEST_LINE if size is None or size < 0 else min(size, _LONGEST_LINE)
        size = min(size, self._room)
        parts: list[bytes] = []
        while size > 0:
            if not self._ready:
                self._fill()
            end = self._ready.find(b"\n", 0, size)
            part = self.read(min(size, len(self._ready)) if end < 0 else end + 1)
            if not part:
                break
            parts.append(part)
            size -= len(part)
            self._room -= len(part)
            if end >= 0:
                break
        return b"".join(parts)

    def _mark(self) -> bytes:
        self._ahead = self._file.read(_BLOCK)
        return _MAGIC if self._ahead.startswith(_MAGIC) else RECORD_MARK

    def _find(self, mark: bytes) -> bool:
        """Pass over what stands before the next `mark`."""
        while True:
            at = self._ahead.find(mark)
            if at >= 0:
                self._ahead = self._ahead[at:]
                return bool(self._ahead)
            more = self._file.read(_BLOCK)
            if not more:
                return False
            self._ahead = self._ahead[max(0, len(self._ahead) - len(mark) + 1) :] + more

    def _fill(self) -> None:
        while not self._ready and not self._ended:
            data = self._ahead or self._file.read(_BLOCK)
            self._ahead = b""
            if self._unzip is None:
                self._ready, self._ended = data, not data
                return
            try:
                self._ready = self._unzip.decompress(data, _BLOCK * 4)
            except zlib.error as error:
                # on from behind the magic of this member: a next one may begin in what was read
                self._ahead, self._ended, self.error = data[1:] if data[:3] == _MAGIC else data, True, str(error)
                return
            self._gave = self._gave or bool(self._ready)
            if self._unzip.eof:
                self._ahead, self._ended = self._unzip.unused_data, True
            elif not data and not self._ready:
                self._ended, self.error = True, "the archive ends within a record"
            else:
                self._ahead = self._unzip.unconsumed_tail
