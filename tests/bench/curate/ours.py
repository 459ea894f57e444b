"""`tain curate` as a user runs it: the command, and the groups of copies that its decisions tell of."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq

from toolkit.store import open_run

RECIPES = Path(__file__).with_name("recipes")
FIRST_OUTPUT = "scores/*.parquet"


def curate_command(source: Path, out: Path, recipe: str, workers: int, cache: Path) -> list[str]:
    """Return the command that curates `source` by the recipe of that name here; embeddings are kept in `cache`."""
    tain = str(Path(sys.executable).with_name("tain"))
    asked = str(RECIPES / f"{recipe}.yaml")
    how = ["--recipe", asked, "--workers", str(workers), "--cache", str(cache)]
    return [tain, "curate", str(source), *how, "--out", str(out)]


def groups_of(out: Path) -> list[list[str]]:
    """Return the names of files that the run at `out` calls copies of one picture: the one that stays, then the rest.

    A rule on copies names the row that stays as the value of its reason.
    """
    run = open_run(out)
    names = {
        row["sample_id"]: Path(row["image"]["path"]).name
        for part in sorted((run.path / "pairs").glob("*.parquet"))
        for row in pq.read_table(part, columns=["sample_id", "image"]).to_pylist()
    }
    kept_by: dict[str, str] = {}
    for part in sorted((run.path / "decisions").glob("*.parquet")):
        for row in pq.read_table(part, columns=["sample_id", "reasons"]).to_pylist():
            stays = [reason["value"] for reason in row["reasons"] if reason["value"] in names]
            if stays:
                kept_by[row["sample_id"]] = stays[0]
    groups: dict[str, list[str]] = {}
    for sample_id, name in names.items():
        groups.setdefault(_last(sample_id, kept_by), []).append(name)
    return [members for members in groups.values() if len(members) > 1]


def _last(sample_id: str, kept_by: dict[str, str]) -> str:
    """Return the row that stays for `sample_id`: a later rule may have taken the one that stayed for an earlier."""
    while sample_id in kept_by:
        sample_id = kept_by[sample_id]
    return sample_id
