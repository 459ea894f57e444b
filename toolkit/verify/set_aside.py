"""Damaged shards moved out of the way, so that the stage that wrote them makes them again when it resumes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from toolkit.errors import RunError
from toolkit.run_hashes import note_removed, noted
from toolkit.store import RunFolder, open_run
from toolkit.verify.problem import RESUMED, Problem, table_of

FOLDER = "set-aside"
_SCORED = ("pairs", "scores")
_ALL = 1 << 31  # more shards than any run has


def set_aside(path: str | Path | RunFolder, problems: Iterable[Problem]) -> list[str]:
    """Move what `problems` name, and what rests on it, to RUN/set-aside, and reopen the stage that wrote it; return
    the names of the files moved.

    Raises RunError where a later stage of the same run has read it, or where another process writes the run.
    """
    run = path if isinstance(path, RunFolder) else open_run(path)
    with run.locked():
        stage = tuple(run.stages)[-1] if run.stages else ""
        damaged = sorted({shard for one in problems if (shard := _shard(run, one)) is not None})
        if not damaged:
            return []
        if any(table not in RESUMED.get(stage, ()) for table, _ in damaged):
            raise RunError(
                f"{run.path} was read by stage {stage} since; make that one again into another --out, or copy the "
                "damaged files again"
            )
        moved = _curated(run, damaged) if stage == "curate" else _alone(run, stage, damaged)
        run.reopen(stage)
        return moved


def _shard(run: RunFolder, problem: Problem) -> tuple[str, int] | None:
    """Return the table and number of the shard that a problem is of: that of its row, for a picture."""
    table = table_of(problem.file)
    if table and problem.kind in ("damaged", "missing", "differs"):
        return table, _number(Path(problem.file).stem)
    if problem.file.startswith("images/") and problem.kind in ("damaged", "missing"):
        for place in run.shards("samples"):
            if problem.file in run.read_one(place, ["image_path"])["image_path"].to_pylist():
                return "samples", _number(place.stem)
    return None


def _curated(run: RunFolder, damaged: Sequence[tuple[str, int]]) -> list[str]:
    """Rows are scored in order: all from the first damaged shard on are made again, and every decision."""
    scored = [number for table, number in damaged if table in _SCORED]
    moved = [] if not scored else _move(run, "curate", _SCORED, range(min(scored), _ALL))
    moved += _move(run, "decide", ("decisions",), range(_ALL))
    return moved + _move(run, "retention", ("measures",), range(_ALL))


def _alone(run: RunFolder, stage: str, damaged: Sequence[tuple[str, int]]) -> list[str]:
    """Shards of `stage` rest on no other: only these are made again."""
    numbers = sorted({number for _, number in damaged})
    return [name for one in numbers for name in _move(run, stage, RESUMED[stage], range(one, one + 1))]


def _move(run: RunFolder, marks: str, tables: Sequence[str], numbers: range) -> list[str]:
    """Move the shards of these `numbers` of `tables`, and take back their `marks`; return the names of all that were
    noted or found."""
    for mark in sorted((run.path / "marks" / marks).glob("part-*")):
        if _number(mark.name) in numbers:
            mark.unlink()  # first: what is not marked is made again, whatever else happens
    known = {f"{table}/{shard.name}" for table in tables for shard in run.shards(table)}
    known |= {name for name in noted(run.path) if table_of(name) in tables}
    moved = sorted(name for name in known if _number(Path(name).stem) in numbers)
    for name in moved:
        note_removed(run.path, name)
        if (run.path / name).exists():
            aside = run.path / FOLDER / name
            aside.parent.mkdir(parents=True, exist_ok=True)
            (run.path / name).replace(aside)
    return moved


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])
