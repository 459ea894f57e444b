"""`verify`: all that can be checked of a run, in the order in which one thing rests on another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import RunError
from toolkit.run_hashes import noted
from toolkit.store import RunFolder, open_run
from toolkit.verify.files import check_files, check_leftovers, check_reviews
from toolkit.verify.inputs import Away, check_inputs
from toolkit.verify.pictures import check_pictures
from toolkit.verify.problem import Problem, resume_hint
from toolkit.verify.tables import check_rows, check_shards


class Verified(NamedTuple):
    """What was checked of a run: how many `files` against their hashes, how many shards have none (`unhashed`: they
    were written by an older version), the inputs that are `away`, and the `problems`."""

    files: int
    unhashed: int
    away: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(path: str | Path | RunFolder) -> Verified:
    """Return what is wrong with the run at `path`. Nothing is written. Raises RunError where it is no run folder."""
    given = path.path if isinstance(path, RunFolder) else Path(path)
    try:
        run = open_run(given)
    except RunError as error:
        if not (given / "run.json").is_file():
            raise
        mend = "copy run.json again from where the run came from, or make the run again"
        return Verified(0, 0, (), (Problem("damaged", "run.json", str(error), mend),))
    problems = [*_unfinished(run), *check_files(run)]
    shards = list(check_shards(run))
    known = {one.file for one in problems}
    problems += [one for one in shards if one.file not in known]
    if not shards and not any(one.kind == "missing" for one in problems):
        problems += check_rows(run)
    if not any(one.file.startswith("samples/") for one in problems):
        problems += check_pictures(run)
    problems += [*check_reviews(run), *check_leftovers(run)]
    told = list(check_inputs(run))
    problems += [one for one in told if isinstance(one, Problem)]
    hashed = noted(run.path)
    unhashed = sum(f"{t}/{p.name}" not in hashed for t in run.tables() for p in run.shards(t))
    return Verified(len(hashed), unhashed, tuple(one.path for one in told if isinstance(one, Away)), tuple(problems))


def _unfinished(run: RunFolder) -> Iterator[Problem]:
    for stage, entry in run.stages.items():
        if not entry["finished"]:
            yield Problem("unfinished", "run.json", f"stage {stage} has not ended", resume_hint(stage, entry))
