"""What the figures are compared by: ours to the fastest peer on the same checks, and ours to the floors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from curate.contests import CONTESTS, OURS
from curate.floors import OTHERS

Line = Mapping[str, Any]


def ratios(throughput: Sequence[Line], floors: Sequence[Line]) -> list[dict[str, Any]]:
    """Return a line for each comparison that could be measured; to floors without our start, as floors have none."""
    found = []
    for corpus in dict.fromkeys(line["corpus"] for line in throughput):
        speeds = {
            (line["checks"], line["tool"]): line
            for line in throughput
            if line["corpus"] == corpus and "failure" not in line
        }
        bare = {
            line["floor"]: line["images_per_second"]
            for line in floors
            if line["corpus"] == corpus and "failure" not in line
        }
        found += [*_to_peers(corpus, speeds), *_to_floors(corpus, speeds, bare)]
    return found


def _to_peers(corpus: str, speeds: Mapping[tuple[str, str], Line]) -> list[dict[str, Any]]:
    made = []
    for contest in CONTESTS:
        ours = speeds.get((contest.checks, OURS))
        peers = [line for (checks, tool), line in speeds.items() if checks == contest.checks and tool != OURS]
        if ours is None or not peers:
            continue
        for key, how in (
            ("images_per_second", "whole commands"),
            ("images_per_second_without_start", "without start"),
        ):
            fastest = max(peers, key=lambda line: line[key] or 0)
            if ours[key] and fastest[key]:
                what = f"{corpus}, {contest.checks}, {how}: to {fastest['tool']}"
                made.append(_ratio(what, ours[key], fastest[key]))
    return made


def _to_floors(corpus: str, speeds: Mapping[tuple[str, str], Line], bare: Mapping[str, float]) -> list[dict[str, Any]]:
    decoders = {name: bare[name] for name in ("pillow_full", *OTHERS) if name in bare}
    wanted = [("header", "pillow_header"), ("whole chain", "pillow_draft")]
    if decoders:
        wanted.append(("whole chain", max(decoders, key=lambda name: decoders[name])))
    made = []
    for checks, floor in wanted:
        ours = speeds.get((checks, OURS), {}).get("images_per_second_without_start")
        if ours and floor in bare:
            made.append(_ratio(f"{corpus}, {checks}, without start: to bare {floor}", ours, bare[floor]))
    return made


def _ratio(what: str, ours: float, other: float) -> dict[str, Any]:
    return {"what": what, "ours": ours, "other": other, "ratio": round(ours / other, 3)}
