"""What may be wrong with a run, and how each of it is mended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

Kind = Literal["damaged", "missing", "unfinished", "leftover", "differs"]
# The stages that make single shards again where they are told to resume, and the tables that they write.
RESUMED = {
    "curate": ("pairs", "scores", "decisions", "measures"),
    "generate": ("requests", "probe_requests", "samples"),
    "scrape": ("pairs",),
}
_COMMANDS = {"crawl": "scrape"}  # of stages that are called otherwise


class Problem(NamedTuple):
    """One thing that is wrong: its `kind`, the `file` in the run, what was found, and how to `mend` it."""

    kind: Kind
    file: str
    found: str
    mend: str

    @property
    def text(self) -> str:
        """Return all of it in one line."""
        return f"{self.kind}: {self.file}: {self.found}; {self.mend}"


def table_of(file: str) -> str:
    """Return the table that a shard belongs to, `pairs` for `pairs/part-00000.parquet`; "" for other files."""
    folder, _, name = file.partition("/")
    return folder if name.startswith("part-") and name.endswith(".parquet") else ""


def how_to_mend(file: str, stages: Iterable[str]) -> str:
    """Return how the damaged or missing `file` of a run of `stages` comes back."""
    known = tuple(stages)
    for stage in known:
        if table_of(file) in RESUMED.get(stage, ()) and known[-1] == stage:
            return (
                f"copy it again from where the run came from, or run tain verify RUN --set-aside and then the same "
                f"tain {stage} with --resume, which makes it again"
            )
    if file.startswith("report/"):
        return "run tain report again"
    last = known[-1] if known else "the command"
    return f"copy it again from where the run came from, or run tain {last} again into another --out"


def resume_hint(stage: str, entry: dict[str, Any]) -> str:
    """Return how an unfinished stage goes on."""
    command = _COMMANDS.get(stage, stage)
    if command in RESUMED and entry.get("arguments") is not None:
        return f"run the same tain {command} again with --resume"
    return f"run the same tain {command} again, into another --out where it says so"
