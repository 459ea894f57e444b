"""Going on: interrupted, extended and reordered request lists, and several processes at one list."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from asking import stored
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit import schema
from toolkit.errors import RunError
from toolkit.generate.generator import Defaults
from toolkit.generate.load import load_generator
from toolkit.generate.plan import TABLES, Plan
from toolkit.generate.processes import wait_for
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.generate.stage import STAGE, generate
from toolkit.probes import load_probes
from toolkit.store import RunFolder, create_run

ROOT = Path(__file__).parents[2]
ROLES = ["judge", "teacher", "cook", "pilot"]


def probes(*roles: str) -> dict[str, Any]:
    return {"templates": ["{role}"], "slots": {"role": list(roles)}}


def hashes(run: RunFolder) -> dict[str, str]:
    return {row["request_id"]: row["sha256"] for row in run.read("samples").to_pylist()}


def test_a_list_that_is_extended_goes_on_with_what_is_new(tiny_latent: Path, tmp_path: Path) -> None:
    whole = generate(tiny_latent, probes(*ROLES), tmp_path / "whole", replicates=3, batch_size=4)
    out = tmp_path / "grown"
    generate(tiny_latent, probes("teacher"), out, replicates=2, batch_size=4)
    stamps = {path: path.stat().st_mtime_ns for path in (out / "images").rglob("*.png")}
    grown = generate(tiny_latent, probes(*ROLES), out, replicates=3, batch_size=4, resume=True)
    assert hashes(grown) == hashes(whole)
    for table in ("requests", "probe_requests"):
        key = "request_id"
        assert grown.read(table).sort_by(key) == whole.read(table).sort_by(key)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps, "what was there is not painted again"
    assert grown.stages[STAGE]["counts"] == {"probes": 4, "requests": 12, "failed": 0}
    before = (out / "run.json").read_bytes()
    assert generate(tiny_latent, probes("cook", "judge"), out, replicates=1, resume=True).path == out
    assert (out / "run.json").read_bytes() == before, "less than what is there is nothing to do"


def test_a_list_in_another_order_gives_the_same_pictures(tiny_latent: Path, tmp_path: Path) -> None:
    first = generate(tiny_latent, probes(*ROLES), tmp_path / "first", replicates=3, batch_size=4)
    second = generate(tiny_latent, probes(*ROLES[::-1]), tmp_path / "second", replicates=3, batch_size=4)
    assert hashes(first) == hashes(second), "bit-identical at one batch shape, whatever stands beside a picture"


def test_a_run_that_was_audited_is_not_extended(tiny_latent: Path, tmp_path: Path) -> None:
    run = generate(tiny_latent, probes("judge"), tmp_path / "run", replicates=1)
    with run.stage("label"):
        pass
    assert generate(tiny_latent, probes("judge"), tmp_path / "run", replicates=1, resume=True).path == run.path
    with pytest.raises(RunError, match="holds the stage label"):
        generate(tiny_latent, probes("judge"), tmp_path / "run", replicates=2, resume=True)


def test_two_probes_that_ask_for_one_picture_share_it(tiny_latent: Path, tmp_path: Path) -> None:
    twins = {"templates": ["{tone} {role}"], "slots": {"role": ["judge"]}, "attributes": {"tone": {"a": "", "b": ""}}}
    run = generate(tiny_latent, twins, tmp_path / "run", replicates=2)
    assert run.read("samples").num_rows == 2
    rows = run.read("probe_requests").to_pylist()
    assert len({(row["probe_id"], row["request_id"]) for row in rows}) == 4


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    lists=st.lists(st.lists(st.sampled_from(ROLES), min_size=1, unique=True), min_size=1, max_size=4),
    rows=st.integers(1, 5),
    world=st.integers(1, 4),
    kill=st.integers(0, 3),
)
def test_whatever_is_asked_in_turn_every_picture_is_written_once(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]], rows: int, world: int, kill: int
) -> None:
    run = create_run(tmp_path_factory.mktemp("plan") / "run")
    names: set[str] = set()
    for number, roles in enumerate([*lists, ROLES]):
        listed = load_probes(probes(*roles))
        asked = make_requests(listed, len(lists), 0, GenerationRecipe(), Defaults(1, 1.0, 64, 64, 4), "fingerprint")
        names |= {request.request_id for _, request in asked}
        for rank in range(world):
            write_all(Plan(run, STAGE, asked, rows), rank, world, killed_at=kill if number == 0 else None)
    run.discard_unmarked(STAGE, TABLES)
    assert sorted(run.read("samples")["request_id"].to_pylist()) == sorted(names)
    assert run.read("probe_requests").num_rows == len(names)


def write_all(plan: Plan, rank: int, world: int, killed_at: int | None) -> None:
    """Write what is left of a plan as the stage would; die between the tables and the mark of block `killed_at`."""
    run = plan.run
    for place, block in enumerate(plan.unfinished(rank, world)):
        left, index = plan.left(block), plan.clear_shard(block)
        probed = [{"probe_id": probe.probe_id, "request_id": request.request_id} for probe, request in left.asked]
        run.write_shard("probe_requests", index, schema.from_rows("probe_requests", probed))
        samples = [{"request_id": request.request_id} for request in left.requests]
        run.write_shard("samples", index, schema.from_rows("samples", samples))
        if place == killed_at:
            return
        run.mark(STAGE, index)


def command(model: Path, out: Path, file: Path, *more: str) -> list[str]:
    return [
        "-m", "pipelines.cli", "generate", "--model", str(model), "--probes", str(file), "--out", str(out),
        "--replicates", "3", "--batch-size", "1", *more,
    ]  # fmt: skip


def test_two_processes_share_a_list_and_one_finishes_it(tiny_latent: Path, tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    roles = [f"judge {number}" for number in range(22)]  # 66 pictures one by one: three shards
    file.write_text(json.dumps(probes(*roles)))
    alone = generate(tiny_latent, file, tmp_path / "alone", replicates=3, batch_size=1)
    assert len(alone.shards("samples")) == 3
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*torchrun, *command(tiny_latent, tmp_path / "shared", file)], cwd=ROOT, capture_output=True, text=True,
        check=False, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("66 pictures for 22 probes (0 failed)") == 1, "one of them talks"
    shared = RunFolder(tmp_path / "shared")
    assert shared.stages[STAGE]["finished"]
    for table in ("requests", "probe_requests"):
        assert shared.read(table) == alone.read(table)
    assert hashes(shared) == hashes(alone)
    assert stored(shared).keys() == stored(alone).keys()


def test_what_a_lost_process_left_is_painted_by_a_resume(
    tiny_latent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter, listed = load_generator(tiny_latent), probes(*[f"judge {number}" for number in range(40)])
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(RunError, match=r"of 2 processes some.*--resume"):
        generate(painter, listed, tmp_path / "run", replicates=1, batch_size=1, patience=0.1)
    half = RunFolder(tmp_path / "run")
    assert half.read("samples").num_rows == 32
    assert not half.stages[STAGE]["finished"]
    monkeypatch.setenv("RANK", "1")
    generate(painter, listed, tmp_path / "run", replicates=1, batch_size=1, resume=True)
    assert half.read("samples").num_rows == 40
    assert not half.stages[STAGE]["finished"], "the first process finishes a run"
    monkeypatch.setenv("RANK", "0")
    whole = generate(painter, listed, tmp_path / "run", replicates=1, batch_size=1, resume=True)
    assert whole.stages[STAGE]["finished"]
    assert whole.stages[STAGE]["counts"] == {"probes": 40, "requests": 40, "failed": 0}


def test_waiting_ends_after_nothing_new_has_come() -> None:
    signs = iter(range(3))
    with pytest.raises(RunError, match=r"nobody came in 0\.3 s"):
        wait_for(lambda: False, lambda: next(signs, None), "nobody came", 0.3)
    wait_for(lambda: True, lambda: None, "nobody came", 0.0)


def test_what_an_earlier_run_has_is_taken_from_it(tiny_latent: Path, tmp_path: Path) -> None:
    probes = {"templates": ["{it}"], "slots": {"it": ["cook", "pilot"]}}
    recipe = {"num_inference_steps": 1}
    first = generate(str(tiny_latent), probes, tmp_path / "first", replicates=3, recipe=recipe)
    more = {"templates": ["{it}"], "slots": {"it": ["cook", "judge"]}}
    second = generate(str(tiny_latent), more, tmp_path / "second", replicates=4, recipe=recipe, known=first)
    alone = generate(str(tiny_latent), more, tmp_path / "alone", replicates=4, recipe=recipe)
    seconds = {row["request_id"]: row["seconds"] for row in first.read("samples").to_pylist()}
    taken = [row for row in second.read("samples").to_pylist() if row["request_id"] in seconds]
    assert len(taken) == 3
    assert all(row["seconds"] == seconds[row["request_id"]] for row in taken)
    ours, theirs = (
        {row["request_id"]: row["sha256"] for row in run.read("samples").to_pylist()} for run in (second, alone)
    )
    assert ours == theirs
    assert sorted(map(str, second.read("probe_requests").to_pylist())) == sorted(
        map(str, alone.read("probe_requests").to_pylist())
    )
    assert second.stages["generate"]["counts"] == alone.stages["generate"]["counts"]
    assert all((second.path / row["image_path"]).is_file() for row in second.read("samples").to_pylist())
