"""Embeddings kept across runs: an SQLite file for each model, of pictures by content_id and captions by caption_id.

SQLite because several processes write at once, a kill in the middle must cost nothing that was written before, and a
few thousand of many millions are looked up at a time. A file that is damaged is set aside and begun anew: all that is
in it can be made again.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
import warnings
import weakref
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import RunError

Kind = Literal["pictures", "captions"]
BUSY_SECONDS = 60.0  # how long a writer waits for the others
_KEYS = 500  # looked up in one statement
_DAMAGE = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR_SHORT_READ")
_TABLES = """
CREATE TABLE IF NOT EXISTS model (dimension INTEGER NOT NULL, logit_scale REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pictures (id BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS captions (id BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
"""
T = TypeVar("T")


class CachedModel(NamedTuple):
    """What is known of a model without loading it: the length of an embedding, and 1 / temperature."""

    dimension: int
    logit_scale: float


class EmbeddingCache:
    """The embeddings of one model, in `FOLDER/embeddings/FINGERPRINT.sqlite`. Ids are 32 hex digits.

    Every method raises RunError where the file cannot be used (a full disk, no right to write), and begins it anew,
    with a warning, where it is damaged.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.path = folder / "embeddings" / f"{fingerprint}.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._inode = 0

    @property
    def model(self) -> CachedModel | None:
        """What was noted of the model when it made an embedding; None before the first."""

        def look_up(connection: sqlite3.Connection) -> CachedModel | None:
            row = connection.execute("SELECT dimension, logit_scale FROM model").fetchone()
            return None if row is None else CachedModel(*row)

        return self._with_file(look_up)

    def add(self, kind: Kind, ids: Sequence[str], vectors: NDArray[np.float32], model: CachedModel) -> None:
        """Keep `vectors` (n, dimension) that `model` made; one that is there already stays as it is."""
        rows = [(bytes.fromhex(one), vector.tobytes()) for one, vector in zip(ids, vectors, strict=True)]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO model SELECT ?, ? WHERE NOT EXISTS (SELECT * FROM model)", model)
            connection.executemany(f"INSERT OR IGNORE INTO {kind} VALUES (?, ?)", rows)

        self._with_file(write)

    def read(self, kind: Kind, ids: Sequence[str], dimension: int) -> NDArray[np.float32]:
        """Return the embeddings of `ids`, float32 (n, `dimension`): a row of NaN where there is none."""

        def look_up(connection: sqlite3.Connection) -> NDArray[np.float32]:
            found = np.full((len(ids), dimension), np.nan, np.float32)
            for start in range(0, len(ids), _KEYS):
                some = ids[start : start + _KEYS]
                vectors = dict(_select(connection, "id, vector", kind, some))
                for row, one in enumerate(some, start):
                    if (vector := vectors.get(bytes.fromhex(one))) is not None:
                        found[row] = _vector(vector, dimension)
            return found

        return self._with_file(look_up)

    def missing(self, kind: Kind, ids: Iterable[str]) -> int:
        """Return how many of `ids` have no embedding; equal ids count each time."""

        def count(connection: sqlite3.Connection) -> int:
            absent, left = 0, iter(ids)
            while some := list(islice(left, _KEYS)):
                known = {one for (one,) in _select(connection, "id", kind, some)}
                absent += sum(bytes.fromhex(one) not in known for one in some)
            return absent

        return self._with_file(count)

    def close(self) -> None:
        """Close the file; it opens again by itself."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _with_file(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` returns, in one transaction; after damage, on a new file."""
        try:
            try:
                return self._in_transaction(work)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._set_aside(error)
                return self._in_transaction(work)
        except (sqlite3.DatabaseError, OSError) as error:
            raise RunError(
                f"the cache {self.path} cannot be used ({error}); free its disk, or give another folder with --cache"
            ) from error

    def _in_transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = _open(self.path)
            weakref.finalize(self, self._connection.close)  # whoever forgets to close it
            self._inode = self.path.stat().st_ino
        with self._connection:
            return work(self._connection)

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        """Move the file out of the way, unless another process has done so since it was opened here."""
        opened = self._inode if self._connection is not None else None
        self.close()
        if not self.path.exists() or opened not in (None, self.path.stat().st_ino):
            return
        aside = self.path.with_name(f"{self.path.name}.damaged-{uuid.uuid4().hex[:8]}")
        self.path.replace(aside)
        for rest in ("-wal", "-shm"):  # they belong to the damaged file, and would damage the next
            self.path.with_name(self.path.name + rest).unlink(missing_ok=True)
        warnings.warn(
            f"the cache {self.path} is damaged ({error}); it was set aside as {aside.name}, and its embeddings are "
            "made again as they are needed",
            stacklevel=4,
        )


def _open(path: Path) -> sqlite3.Connection:
    """Return a connection to the file at `path`, its tables made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Pages of the dashboard decide in one thread after the other; SQLite itself lets them.
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_TABLES)
            return connection
        except sqlite3.OperationalError as error:
            # Changing the journal does not wait for other processes that open the same new file, whatever the timeout.
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                connection.close()
                raise
            time.sleep(0.02)
        except sqlite3.DatabaseError:
            connection.close()
            raise


def _select(connection: sqlite3.Connection, what: str, kind: Kind, ids: Sequence[str]) -> sqlite3.Cursor:
    keys = [bytes.fromhex(one) for one in ids]
    return connection.execute(f"SELECT {what} FROM {kind} WHERE id IN ({','.join('?' * len(keys))})", keys)


def _vector(data: bytes, dimension: int) -> NDArray[np.float32]:
    if len(data) != 4 * dimension:
        raise _Damaged(f"a vector has {len(data)} bytes instead of {4 * dimension}")
    return np.frombuffer(data, np.float32)


class _Damaged(sqlite3.DatabaseError):
    """What SQLite cannot know: a row that nothing here wrote."""


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Return whether `error` says that the file holds something else than what was written there."""
    return isinstance(error, _Damaged) or getattr(error, "sqlite_errorname", "").startswith(_DAMAGE)
