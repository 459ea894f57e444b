"""The contest over planted copies: every tool that looks for duplicates, on one folder, by what it pairs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.contests import CONTESTS, OURS, Peer, Settings, run_ours, run_peer
from curate.corpus import Corpus
from curate.matches import ORIGINAL, Found, Planted, pairs_of, score_matches
from curate.originals import Original
from curate.ours import groups_of
from curate.planted import STATED, TRANSFORMS, plant

RECIPE = "duplicates"


def measure_planted(
    originals: Sequence[Original],
    drawn: int,
    pythons: Mapping[str, Path],
    missing: Mapping[str, str],
    settings: Settings,
) -> dict[str, Any]:
    """Return recall and precision of each tool on copies of `drawn` drawn and all natural originals."""
    folder = settings.scratch / "planted"
    planted = plant(originals, drawn, folder)
    corpus = Corpus("planted", folder, sorted((folder / "images").iterdir()), {})
    families = Counter(one.kind for one in planted.values() if one.transform == ORIGINAL)
    tools = [_ours(planted, corpus, settings)]
    for peer in next(contest.peers for contest in CONTESTS if contest.recipe == RECIPE):
        if peer.environment in missing:
            tools.append({"tool": peer.environment, "failure": missing[peer.environment]})
        else:
            tools.append(_theirs(peer, pythons[peer.environment], planted, corpus, settings))
    return {
        "originals": dict(families),
        "kinds": list(families),
        "transforms": ["exact", *TRANSFORMS],
        "stated": STATED,
        "files": len(corpus.files),
        "tools": tools,
    }


def _ours(planted: Mapping[str, Planted], corpus: Corpus, settings: Settings) -> dict[str, Any]:
    measured, out = run_ours(RECIPE, corpus, settings)
    if measured.failure is not None:
        return {"tool": OURS, "failure": measured.failure}
    return _line(OURS, score_matches(planted, pairs_of({"groups": groups_of(out)})))


def _theirs(
    peer: Peer, python: Path, planted: Mapping[str, Planted], corpus: Corpus, settings: Settings
) -> dict[str, Any]:
    checks = "groups" if peer.environment == "datajuicer" else peer.checks
    measured, answer = run_peer(peer, python, corpus, settings, checks)
    if measured.failure is not None:
        return {"tool": peer.environment, "failure": measured.failure}
    return _line(peer.environment, score_matches(planted, pairs_of(json.loads(answer.read_text("utf-8")))))


def _line(tool: str, found: Found) -> dict[str, Any]:
    return {
        "tool": tool,
        "recall": {f"{kind}: {name}": list(pair) for (kind, name), pair in found.recall.items()},
        "pairs": found.pairs,
        "false_pairs": found.false,
        "originals_joined": found.joined,
        "precision": None if found.precision is None else round(found.precision, 4),
    }
