"""Run folders: atomic shards, completion marks, and `run.json`, which says how every table came to be.

RUN/run.json                     stages, recipes, versions, seeds, counts, timings, hashes of inputs
RUN/<table>/part-00000.parquet   a shard: written beside its place, then moved there, never rewritten
RUN/marks/<stage>/part-00000     an empty file: all tables of that shard are in place
RUN/images/                      the pictures that the run made
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from toolkit import schema
from toolkit.errors import RunError, SchemaError
from toolkit.path_hashes import HashedPath, hash_file, hash_path
from toolkit.run_hashes import note_removed, note_written
from toolkit.run_leftovers import remove_leftovers
from toolkit.run_lock import Lock, locked
from toolkit.run_record import FORMAT, read_record
from toolkit.shard_files import column_names, encode_shard, read_shard
from toolkit.versions import installed_versions


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then move it there, so that no reader ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def in_the_way(out: Path) -> bool:
    """Return whether something at `out` would be overwritten: a file, or a folder that is not empty."""
    return out.exists() and (not out.is_dir() or any(out.iterdir()))


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a new folder beside `out` to fill; it becomes `out` once the block ends well, and goes if it does not.

    `out` may be an empty folder; the caller has refused what is `in_the_way`.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{uuid.uuid4().hex}.tmp")
    try:
        beside.mkdir()
        yield beside
        if out.is_dir():
            out.rmdir()
        beside.rename(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def shard_name(index: int) -> str:
    """Return the name of shard `index`: `part-00000`."""
    return f"part-{index:05d}"


@dataclass(frozen=True)
class RunFolder:
    """A run folder on disk. Make one with `create_run`, or open one with `open_run`."""

    path: Path

    # -- run.json ---------------------------------------------------------------------------------------------
    @property
    def record(self) -> dict[str, Any]:
        """The content of run.json."""
        return read_record(self.path)

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        """What each finished or unfinished stage wrote about itself, by its name, oldest first."""
        stages: dict[str, dict[str, Any]] = self.record["stages"]
        return stages

    @contextmanager
    def stage(
        self,
        name: str,
        *,
        recipe: object = None,
        arguments: object = None,
        seed: int | None = None,
        inputs: Sequence[RunFolder | Path | HashedPath] = (),
        started: float | None = None,
        lock: Lock | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Record stage `name` in run.json: unfinished on entry, with counts and seconds once the block ends well.

        `arguments` are what else shaped the tables, such as the rows of a shard; `started` is the `perf_counter` at
        which the work began, if before; `lock` is that of `locked`, where it is held already.

        Yields a dict of counts to fill. Raises RunError where another process writes this run. Checks primary keys
        across the shards of each table before it says finished.
        """
        with nullcontext(lock) if lock is not None else self.locked():
            yield from self._recorded(name, recipe, arguments, seed, inputs, started)

    def locked(self) -> AbstractContextManager[Lock]:
        """Hold the run while the block lasts: no other process may write it. Raises RunError where one does."""
        return locked(self.path)

    def _recorded(
        self,
        name: str,
        recipe: object,
        arguments: object,
        seed: int | None,
        inputs: Sequence[RunFolder | Path | HashedPath],
        started: float | None,
    ) -> Iterator[dict[str, Any]]:
        started = perf_counter() if started is None else started
        entry: dict[str, Any] = {
            "finished": False,
            "recipe": recipe,
            "arguments": arguments,
            "seed": seed,
            "versions": installed_versions(),
            "inputs": [self._describe_input(one) for one in inputs],
            "counts": {},
            "seconds": None,
        }
        went_on = name in self.stages
        self._write_stage(name, entry)
        counts: dict[str, Any] = {}
        yield counts
        if went_on:
            remove_leftovers(self.path)
        for table in self.tables():
            if not self._keys_surely_differ(table):
                schema.check_key(table, self.read(table, columns=list(schema.table_schema(table).key)))
        seconds = round(perf_counter() - started, 3)
        self._write_stage(name, entry | {"finished": True, "counts": counts, "seconds": seconds})

    def reopen(self, name: str) -> None:
        """Say that stage `name` is unfinished, so that it goes on where it is resumed."""
        self._write_stage(name, self.stages[name] | {"finished": False})

    def _keys_surely_differ(self, table: str) -> bool:
        """Return whether hashes alone, 8 bytes a row, tell all keys of `table` apart; with a null they do not."""
        key = list(schema.table_schema(table).key)
        hashes = [np.zeros(0, np.int64)]
        for shard in self.scan(table, key):
            if any(shard[column].null_count for column in key):
                return False
            keys = zip(*(shard[column].to_pylist() for column in key), strict=True)
            hashes.append(np.fromiter(map(hash, keys), np.int64, shard.num_rows))
        found = np.concatenate(hashes)
        return len(np.unique(found)) == len(found)

    def _write_stage(self, name: str, entry: dict[str, Any]) -> None:
        record = self.record
        record["stages"][name] = entry
        write_atomically(self.path / "run.json", json.dumps(record, indent=2).encode() + b"\n")

    def _describe_input(self, one: RunFolder | Path | HashedPath) -> dict[str, str]:
        if isinstance(one, Path):
            path, digest = one, hash_path(one)
        else:
            path, digest = one.path, one.content_hash() if isinstance(one, RunFolder) else one.hash
        return {"path": os.path.relpath(path.resolve(), self.path.resolve()), "hash": digest}

    def inputs(self) -> list[RunFolder]:
        """Return the run folders that this run's stages read, as far as they are still where they were."""
        paths = [self.path / one["path"] for entry in self.stages.values() for one in entry["inputs"]]
        return [RunFolder(path.resolve()) for path in dict.fromkeys(paths) if (path / "run.json").is_file()]

    def find(self, table: str) -> RunFolder | None:
        """Return the run that holds `table`: this one, else the nearest of its inputs; None where none does."""
        waiting, seen = [self], {self.path.resolve()}
        for run in waiting:  # grows while it is walked: breadth first
            if run.has(table):
                return run
            further = [one for one in run.inputs() if one.path not in seen]
            seen.update(one.path for one in further)
            waiting += further
        return None

    # -- tables -----------------------------------------------------------------------------------------------
    def tables(self) -> list[str]:
        """Return the names of the tables that have at least one shard here."""
        return [name for name in schema.TABLES if self.has(name)]

    def has(self, table: str) -> bool:
        """Return whether `table` has at least one shard here."""
        return bool(self.shards(table))

    def shards(self, table: str) -> list[Path]:
        """Return the shard files of `table` in order."""
        return sorted((self.path / table).glob("part-*.parquet"), key=lambda path: (len(path.name), path.name))

    def write_shard(self, table: str, index: int, rows: pa.Table) -> Path:
        """Validate `rows` and write them as shard `index` of `table`. Raises RunError where that shard exists."""
        schema.validate(table, rows)
        path = self.path / table / f"{shard_name(index)}.parquet"
        if path.exists():
            raise RunError(f"{path} exists; shards are never rewritten. Choose another --out, or --resume")
        return self._write(f"{table}/{path.name}", encode_shard(rows))

    def remove_shard(self, table: str, shard: str) -> None:
        """Remove the shard called `shard` of `table`, if it is there."""
        path = self.path / table / f"{shard}.parquet"
        if path.exists():
            note_removed(self.path, f"{table}/{path.name}")
            path.unlink()

    def discard_unmarked(self, stage: str, tables: Sequence[str]) -> None:
        """Remove the shards of `tables` that `stage` wrote but did not mark complete: the leftovers of a kill."""
        marked = self.marked(stage)
        for table in tables:
            for path in self.shards(table):
                if path.stem not in marked:
                    self.remove_shard(table, path.stem)
            for path in (self.path / table).glob(".*.tmp"):
                path.unlink()

    def columns(self, table: str) -> list[str]:
        """Return the names of the columns of `table`, of its first shard. Raises RunError where it is absent or
        damaged."""
        path = self._shards_of(table)[0]
        try:
            return column_names(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise _unreadable(path, error) from error

    def scan(self, table: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield `table` a shard at a time. Raises RunError where it is absent or damaged."""
        for path in self._shards_of(table):
            yield self.read_one(path, columns)

    def read_one(self, shard: Path, columns: list[str] | None = None) -> pa.Table:
        """Return one of `shards`. Raises RunError where it is damaged or lacks a column."""
        try:
            return read_shard(shard, columns)
        except (pa.ArrowInvalid, OSError, KeyError) as error:
            raise _unreadable(shard, error) from error

    def _shards_of(self, table: str) -> list[Path]:
        """Return the shards of `table`. Raises RunError where there are none."""
        paths = self.shards(table)
        if not paths:
            raise RunError(f"{self.path} has no table {table!r}; it has {', '.join(self.tables()) or 'no tables'}")
        return paths

    def read(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """Return all shards of `table` as one table. Raises RunError where it is absent or damaged."""
        try:
            return pa.concat_tables(list(self.scan(table, columns)), promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise SchemaError(f"the shards of {self.path / table} differ in their columns: {error}") from error

    # -- marks and files --------------------------------------------------------------------------------------
    def mark(self, stage: str, index: int) -> None:
        """Say that every table of shard `index` of `stage` is in place."""
        try:
            write_atomically(self.path / "marks" / stage / shard_name(index), b"")
        except OSError as error:
            raise RunError(f"{self.path} cannot be written ({error.strerror}); make room, and --resume") from error

    def marked(self, stage: str) -> set[str]:
        """Return the names of the shards that `stage` has marked complete."""
        return {path.name for path in (self.path / "marks" / stage).glob("part-*")}

    def write_file(self, name: str, data: bytes) -> Path:
        """Write a file of the run, such as `report/report.json`, atomically; an older one is replaced."""
        return self._write(name, data)

    def _write(self, name: str, data: bytes) -> Path:
        """Write a file and note its hash. Raises RunError where the disk is full or may not be written."""
        try:
            note_written(self.path, name, data)
            write_atomically(self.path / name, data)
        except OSError as error:
            raise RunError(
                f"{self.path / name} cannot be written ({error.strerror or error}); make room, and run the same "
                "command with --resume"
            ) from error
        return self.path / name

    def content_hash(self) -> str:
        """Return one hash over the bytes of every table shard: equal runs have equal hashes, whatever their timings."""
        digest = hashlib.blake2b(digest_size=16)
        for table in self.tables():
            for path in self.shards(table):
                digest.update(f"{table}/{path.name}".encode())
                digest.update(bytes.fromhex(hash_file(path)))
        return digest.hexdigest()


def create_run(path: str | Path, *, resume: bool = False) -> RunFolder:
    """Return a new run folder at `path`, or with `resume` the one that is there.

    Raises RunError where something else is in the way.
    """
    path = Path(path)
    if (path / "run.json").exists():
        if resume:
            return open_run(path)
        raise RunError(f"{path} is already a run folder; choose another --out, or --resume")
    if path.exists() and (not path.is_dir() or any(not one.name.startswith(".run.json.") for one in path.iterdir())):
        raise RunError(f"{path} is in the way and is not a run folder; choose another --out")
    try:
        write_atomically(path / "run.json", json.dumps({"format": FORMAT, "stages": {}}, indent=2).encode() + b"\n")
    except OSError as error:
        raise RunError(f"{path} cannot be written ({error.strerror}); give an --out that can be") from error
    return RunFolder(path)


def _unreadable(path: Path, error: Exception) -> RunError:
    return RunError(f"{path} cannot be read ({error}); delete that shard and resume the run that wrote it")


def open_run(path: str | Path, *, needs: Sequence[str] = ()) -> RunFolder:
    """Return the run folder at `path`.

    Raises RunError where it is none, is damaged, is of another format, or lacks a table in `needs`.
    """
    run = RunFolder(Path(path))
    read_record(run.path)
    for table in needs:
        if not run.has(table):
            raise RunError(
                f"{path} has no table {table!r}, which this needs; it has {', '.join(run.tables()) or 'no tables'}"
            )
    return run
