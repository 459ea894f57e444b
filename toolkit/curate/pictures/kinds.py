"""The rules on what kind of file a picture is: its format, and whether it moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.curate.rule import Reason, Scope, Status, Taken


@dataclass(frozen=True)
class Formats:
    """Takes pictures of other formats than `wanted`, named as Pillow names them."""

    wanted: tuple[str, ...]
    name: str = "picture_format"
    columns: tuple[str, ...] = ("picture_format",)
    status: Status = "dropped"
    scope: Scope = "local"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows of other formats."""
        found = rows["picture_format"].combine_chunks()
        taken = np.flatnonzero(~pc.is_in(found, pa.array(self.wanted, pa.string())).to_numpy(zero_copy_only=False))
        return Taken(taken, lambda index: self._reason(found[int(taken[index])].as_py()))

    def _reason(self, found: str) -> Reason:
        wanted = " or ".join(self.wanted)
        return Reason(self.name, found, wanted, f"picture is {found}; {wanted} is asked for")


@dataclass(frozen=True)
class Animated:
    """Takes pictures of several frames."""

    name: str = "picture_animated"
    columns: tuple[str, ...] = ("picture_animated",)
    status: Status = "dropped"
    scope: Scope = "local"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows whose picture moves."""
        taken = np.flatnonzero(rows["picture_animated"].to_numpy())
        text = "picture has several frames; one is asked for"
        return Taken(taken, lambda index: Reason(self.name, "several frames", "one frame", text))
