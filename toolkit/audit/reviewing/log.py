"""What people say of pictures, in SQLite in the run folder: each action is a row, and no row is ever changed.

A review that is taken back is followed by a row that says so. Several processes write at once (write-ahead log); each
waits until the others are done.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from toolkit.errors import RunError

FILE = "reviews.sqlite"
FORMAT = 1
PATIENCE = 20.0  # seconds to wait for others who write
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_COLUMNS = "subject_kind, subject_id, attribute, value, reviewer, queue, population, prompt_shown"
_TABLE = f"""
CREATE TABLE actions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    acted_at TEXT NOT NULL UNIQUE,
    undoes INTEGER UNIQUE REFERENCES actions (number),
    subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT,
    reviewer TEXT NOT NULL, queue TEXT NOT NULL, population INTEGER, prompt_shown INTEGER NOT NULL
);
CREATE TRIGGER no_update BEFORE UPDATE ON actions BEGIN SELECT RAISE(ABORT, 'a review is never changed'); END;
CREATE TRIGGER no_delete BEFORE DELETE ON actions BEGIN SELECT RAISE(ABORT, 'a review is never deleted'); END;
PRAGMA user_version = {FORMAT};
"""
T = TypeVar("T")


class Review(NamedTuple):
    """What `reviewer` says of one picture: `value`, or None where it cannot be told.

    `queue` is that from which the picture came; `population`, of a random one, how many pictures it was drawn from.
    `prompt_shown` says whether the reviewer had asked for the picture's prompt or caption before.
    """

    subject_kind: str
    subject_id: str
    attribute: str
    value: str | None
    reviewer: str
    queue: str
    population: int | None = None
    prompt_shown: bool = False


class Action(NamedTuple):
    """A row: its `number`, when it was written (ISO 8601, UTC, later than any row before it), which earlier number it
    takes back (None for a review), and the review that it makes or takes back."""

    number: int
    acted_at: str
    undoes: int | None
    review: Review


class ReviewLog:
    """The reviews in a run folder. Every method raises RunError where the file is damaged, or cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE

    def add(self, review: Review) -> Action:
        """Write `review`; return its row."""
        return self._attempt(lambda: self._add(review))

    def undo(self, reviewer: str, subject_kind: str, attribute: str, queue: str) -> Action | None:
        """Take back the last review that `reviewer` has made of a kind of pictures, attribute and queue and that still
        stands; return the row that says so, None where none stands."""
        return self._attempt(lambda: self._undo((reviewer, subject_kind, attribute, queue)))

    def actions(self) -> list[Action]:
        """Return all rows, oldest first; none where nobody has reviewed."""
        if not self.file.exists():
            return []
        return self._attempt(self._actions)

    def standing(self) -> list[Action]:
        """Return the reviews that were not taken back, oldest first."""
        actions = self.actions()
        undone = {one.undoes for one in actions}
        return [one for one in actions if one.undoes is None and one.number not in undone]

    def _add(self, review: Review) -> Action:
        with self._writing() as database:
            return _insert(database, review, None)

    def _undo(self, whose: tuple[str, str, str, str]) -> Action | None:
        wanted = "reviewer = ? AND subject_kind = ? AND attribute = ? AND queue = ?"
        stands = "undoes IS NULL AND number NOT IN (SELECT undoes FROM actions WHERE undoes IS NOT NULL)"
        with self._writing() as database:
            last = database.execute(
                f"SELECT number, {_COLUMNS} FROM actions WHERE {wanted} AND {stands} ORDER BY number DESC LIMIT 1",
                whose,
            ).fetchone()
            return None if last is None else _insert(database, _review(last[1:]), last[0])

    def _actions(self) -> list[Action]:
        with closing(self._opened_to_read()) as database:
            if _format(database) == 0:
                return []  # the first who writes has not yet come to the table
            found = database.execute(f"SELECT number, acted_at, undoes, {_COLUMNS} FROM actions ORDER BY number")
            return [Action(row[0], row[1], row[2], _review(row[3:])) for row in found]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the database within a transaction that nobody else writes in, and that is whole or not at all."""
        with closing(sqlite3.connect(self.file, timeout=PATIENCE, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("BEGIN IMMEDIATE")
            if _format(database) == 0:
                for statement in _TABLE.split(";\n"):
                    database.execute(statement)
            yield database
            database.execute("COMMIT")

    def _opened_to_read(self) -> sqlite3.Connection:
        """Return a connection that only reads; where the folder cannot be written, one that needs no lock there."""
        address = self.file.resolve().as_uri()
        database = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=PATIENCE)
        try:
            _format(database)
        except sqlite3.OperationalError as error:
            database.close()
            beside = self.file.with_name(f"{FILE}-wal")
            if error.sqlite_errorcode & 0xFF in _BUSY or (beside.exists() and beside.stat().st_size > 0):
                raise
            database = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
        return database

    def _attempt(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, done again while others are in the way."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                if code not in _BUSY or time.monotonic() > until:
                    what = f"{self.file}: reviews cannot be read or written ({error})"
                    raise RunError(f"{what}; make the folder writable, or copy the run to one that is") from error
                time.sleep(0.01)
            except sqlite3.DatabaseError as error:
                what = f"{self.file} is damaged, or holds no reviews ({error})"
                raise RunError(f"{what}; put back a copy of it, or move it away to begin anew") from error


def _format(database: sqlite3.Connection) -> int:
    """Return the format of a database, 0 where it is new. Raises DatabaseError where another program wrote it."""
    (found,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if found not in (0, FORMAT) or (found == 0 and tables):
        raise sqlite3.DatabaseError(f"format {found}; this version reads {FORMAT}")
    return int(found)


def _insert(database: sqlite3.Connection, review: Review, undoes: int | None) -> Action:
    acted_at = _now(database.execute("SELECT max(acted_at) FROM actions").fetchone()[0])
    marks = ", ".join("?" * (2 + len(review)))
    values = (acted_at, undoes, *review[:-1], int(review.prompt_shown))
    done = database.execute(f"INSERT INTO actions (acted_at, undoes, {_COLUMNS}) VALUES ({marks})", values)
    return Action(int(done.lastrowid or 0), acted_at, undoes, review)


def _now(last: str | None) -> str:
    """Return the time, but later than `last` even where a clock was set back."""
    now = datetime.now(UTC)
    if last is not None:
        now = max(now, datetime.fromisoformat(last) + timedelta(microseconds=1))
    return now.isoformat(timespec="microseconds")


def _review(row: tuple[Any, ...]) -> Review:
    *said, prompt_shown = row
    return Review(*said)._replace(prompt_shown=bool(prompt_shown))
