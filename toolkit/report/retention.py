"""Whom curation leaves out: of the rows whose caption names a group, how many stay and which rule takes most."""

from __future__ import annotations

from typing import Any, NamedTuple

from toolkit.report.wording import plain_name
from toolkit.store import RunFolder


class Retained(NamedTuple):
    """Of `rows` whose caption names `value` of `attribute`, `kept` stayed; `rule` took the most others, if any."""

    attribute: str
    value: str
    rows: int
    kept: int
    rule: str | None


def retention(run: RunFolder) -> list[Retained]:
    """Return what the decisions that `run` or its inputs hold recorded of groups named in captions.

    Rows that name the skin tones of several people are left out: they are few of each.
    """
    holder = run.find("decisions")
    found: list[Retained] = []
    for entry in holder.stages.values() if holder is not None else ():
        recorded: Any = entry.get("counts", {}).get("retention")
        if isinstance(recorded, dict):
            found += [
                _retained(attribute, value, one)
                for attribute, values in recorded.items()
                for value, one in values.items()
                if "," not in value
            ]
    return found


def _retained(attribute: str, value: str, counts: dict[str, Any]) -> Retained:
    lost: dict[str, int] = counts.get("lost", {})
    rule = max(sorted(lost), key=lost.__getitem__) if lost else None
    return Retained(plain_name(attribute.removesuffix("_named")), value, int(counts["rows"]), int(counts["kept"]), rule)
