"""A list of addresses, filtered before anything is downloaded."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipelines
from toolkit.curate.stage import curate, decide
from toolkit.errors import RunError
from toolkit.store import RunFolder

ROWS: list[dict[str, Any]] = [
    {"TEXT": "a red bicycle against a wall", "similarity": 0.31, "punsafe": 0.01, "WIDTH": 640, "HEIGHT": 480},
    {"TEXT": "a cat that sleeps on a chair", "similarity": 0.22, "punsafe": 0.01, "WIDTH": 640, "HEIGHT": 480},
    {"TEXT": "two dogs on a green hill", "similarity": 0.35, "punsafe": 0.98, "WIDTH": 640, "HEIGHT": 480},
    {"TEXT": "a small bird upon a branch", "similarity": 0.35, "punsafe": 0.01, "WIDTH": 90, "HEIGHT": 480},
    {"TEXT": "a boat that leaves the harbour", "similarity": None, "punsafe": 0.01, "WIDTH": 640, "HEIGHT": 480},
    {"TEXT": "IMG_1234", "similarity": 0.4, "punsafe": 0.01, "WIDTH": 640, "HEIGHT": 480},
    {"TEXT": "call me: +49 30 1234567", "similarity": 0.4, "punsafe": None, "WIDTH": None, "HEIGHT": None},
    {"TEXT": "the river at the break of day", "similarity": 0.4, "punsafe": None, "WIDTH": None, "HEIGHT": None},
]
RECIPE: dict[str, Any] = {
    "pictures": {"required": False},
    "precomputed": {
        "similarity": {"minimum": 0.3, "missing": "drop"},
        "punsafe": {"maximum": 0.5, "status": "quarantined"},
        "side": {"minimum": 100},
    },
}


@pytest.fixture
def addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "laion.parquet"
    rows = [row | {"URL": f"https://example.org/{index}.jpg", "LICENSE": "?"} for index, row in enumerate(ROWS)]
    pq.write_table(pa.Table.from_pylist(rows), path)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return path


def outcomes(run: RunFolder) -> list[tuple[str, list[str]]]:
    """Return status and rules of the rows in the order of the input."""
    pairs, decisions = (pa.concat_tables(run.scan(name)) for name in ("pairs", "decisions"))
    decided = {row["sample_id"]: row for row in decisions.to_pylist()}
    in_order = (decided[sample_id] for sample_id in pairs["sample_id"].to_pylist())
    return [(row["status"], [reason["rule"] for reason in row["reasons"]]) for row in in_order]


def test_rows_are_decided_by_what_is_known_before_any_download(addresses: Path, tmp_path: Path) -> None:
    run = curate(addresses, tmp_path / "run", recipe=RECIPE)
    assert outcomes(run) == [
        ("kept", []),
        ("dropped", ["precomputed_similarity"]),
        ("quarantined", ["precomputed_punsafe"]),
        ("dropped", ["precomputed_side"]),
        ("dropped", ["precomputed_similarity_missing"]),
        ("dropped", ["caption_junk"]),
        ("dropped", ["caption_personal_data"]),
        ("kept", []),
    ]
    counts = run.stages["curate"]["counts"]
    assert {name: counts[name] for name in ("rows_in", "kept", "dropped", "quarantined", "failed")} == {
        "rows_in": 8,
        "kept": 2,
        "dropped": 5,
        "quarantined": 1,
        "failed": 0,
    }


def test_the_best_fraction_of_an_input_score_stays(addresses: Path, tmp_path: Path) -> None:
    recipe = {"pictures": {"required": False}, "precomputed": {"similarity": {"top_fraction": 0.5}}}
    run = curate(addresses, tmp_path / "run", recipe=recipe | {"captions": {"junk": None, "personal_data": None}})
    kept = [index for index, (status, _) in enumerate(outcomes(run)) if status == "kept"]
    assert kept == [2, 3, 4, 5, 6, 7]  # 7 have a score; the fourth best is 0.35, and those that equal it stay


def test_other_limits_need_no_new_scores_but_other_columns_do(addresses: Path, tmp_path: Path) -> None:
    run = curate(addresses, tmp_path / "run", recipe=RECIPE)
    looser = RECIPE | {"precomputed": {"similarity": {"minimum": 0.2, "missing": "drop"}}}
    decided = decide(run, tmp_path / "looser", recipe=looser)
    assert decided.stages["curate"]["counts"]["kept"] == 5
    aspect = RECIPE | {"precomputed": {"aspect": {"maximum": 3}, "similarity": {}, "height": {"minimum": 1}}}
    with pytest.raises(RunError, match="--score"):
        decide(run, tmp_path / "other", recipe=aspect)
    scored = decide(run, tmp_path / "other", recipe=aspect, score=True)
    assert scored.stages["curate"]["counts"]["kept"] == 5


def test_the_recipe_for_addresses_filters_such_a_list(addresses: Path, tmp_path: Path) -> None:
    run = curate(addresses, tmp_path / "run", recipe=Path(pipelines.__file__).parent / "recipes" / "addresses.yaml")
    assert [status for status, _ in outcomes(run)] == [
        "kept",
        "dropped",
        "quarantined",
        "dropped",
        "kept",
        "dropped",
        "dropped",
        "kept",
    ]
