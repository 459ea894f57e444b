from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import toolkit
from toolkit.errors import ModelError, RecipeError, RunError
from toolkit.generate.stage import generate
from toolkit.store import RunFolder, open_run

PROBES = {"templates": ["{role}"], "slots": {"role": ["judge", "teacher", "a red heart"]}}


def picture(run: RunFolder, row: dict[str, Any]) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO((run.path / row["image_path"]).read_bytes())))


def test_same_prompt_and_seed_paint_the_same_bytes(tiny_latent: Path, tmp_path: Path) -> None:
    first = generate(tiny_latent, PROBES, tmp_path / "a", replicates=5, batch_size=4)
    second = generate(tiny_latent, PROBES, tmp_path / "b", replicates=5, batch_size=4)
    for table in ("probe_requests", "requests"):
        assert first.shards(table)[0].read_bytes() == second.shards(table)[0].read_bytes()
    assert first.read("samples", ["request_id", "sha256"]) == second.read("samples", ["request_id", "sha256"])
    assert len(set(first.read("samples")["sha256"].to_pylist())) == 15


def test_another_batch_size_changes_no_value_by_more_than_one(tiny_latent: Path, tmp_path: Path) -> None:
    runs = [generate(tiny_latent, PROBES, tmp_path / str(b), replicates=4, batch_size=b) for b in (1, 7)]
    tables = [{row["request_id"]: row for row in run.read("samples").to_pylist()} for run in runs]
    for request_id, row in tables[0].items():
        one = picture(runs[0], row).astype(int)
        other = picture(runs[1], tables[1][request_id]).astype(int)
        assert np.abs(one - other).max() <= 1


def test_requests_say_all_that_made_a_picture(tiny_latent: Path, tmp_path: Path) -> None:
    recipe = {"guidance_scale": 2.5, "num_inference_steps": 3, "settings": {"sampler": "heun"}}
    run = generate(tiny_latent, PROBES, tmp_path / "run", replicates=2, seed=7, recipe=recipe)
    rows = run.read("requests").to_pylist()
    assert {(row["guidance_scale"], row["num_inference_steps"]) for row in rows} == {(2.5, 3)}
    assert {row["settings"] for row in rows} == {'{"sampler":"heun"}'}
    assert len({row["seed"] for row in rows}) == 6  # prompts that are no variants of each other share no noise
    samples = run.read("samples").to_pylist()
    assert {row["fingerprint"] for row in samples} == {toolkit.load_generator(tiny_latent).fingerprint}
    assert all(row["error"] is None and row["batch_shape"][1:] == [64, 64, 3] for row in samples)


def test_prompt_negative_prompt_and_guidance_change_the_picture(tiny_latent: Path, tmp_path: Path) -> None:
    def shot(name: str, **recipe: Any) -> str:
        run = generate(tiny_latent, {"templates": ["judge"]}, tmp_path / name, replicates=1, recipe=recipe)
        return str(run.read("samples")["sha256"][0])

    plain = shot("plain")
    assert len({plain, shot("negative", negative_prompt="a man"), shot("guided", guidance_scale=9.0)}) == 3


def test_counterfactual_variants_share_their_noise(tiny_latent: Path, tmp_path: Path) -> None:
    probes = {
        "templates": ["{who} {role}"],
        "slots": {"role": ["judge", "cook"]},
        "attributes": {"who": ["woman", "man"]},
    }
    run = generate(tiny_latent, probes, tmp_path / "run", replicates=2)
    joined = run.read("probe_requests", ["request_id", "pair_id"]).join(run.read("requests"), "request_id").to_pylist()
    seeds: dict[tuple[str, int], set[int]] = {}
    for row in joined:
        seeds.setdefault((row["pair_id"], row["replicate"]), set()).add(row["seed"])
    assert len(seeds) == 4
    assert all(len(values) == 1 for values in seeds.values())
    assert len(set.union(*seeds.values())) == 4


def test_kill_9_and_resume_gives_what_an_undisturbed_run_gives(tiny_latent: Path, tmp_path: Path) -> None:
    whole = generate(tiny_latent, PROBES, tmp_path / "whole", replicates=200)
    code = (
        "from toolkit.generate.stage import generate; import sys; "
        f"generate(sys.argv[1], {PROBES!r}, sys.argv[2], replicates=200)"
    )
    out = tmp_path / "killed"
    child = subprocess.Popen([sys.executable, "-c", code, str(tiny_latent), str(out)])
    deadline = time.monotonic() + 120
    while not (out / "marks" / "generate" / "part-00000").exists():
        assert time.monotonic() < deadline, "the first shard never came"
        assert child.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not open_run(out).stages["generate"]["finished"]
    with pytest.raises(RunError, match="--resume"):
        generate(tiny_latent, PROBES, out, replicates=200)
    stamp = (out / "samples" / "part-00000.parquet").stat().st_mtime_ns
    resumed = generate(tiny_latent, PROBES, out, replicates=200, resume=True)
    assert (out / "samples" / "part-00000.parquet").stat().st_mtime_ns == stamp
    for table in ("probe_requests", "requests"):
        assert resumed.read(table) == whole.read(table)
    columns = ["request_id", "image_path", "sha256"]
    assert resumed.read("samples", columns) == whole.read("samples", columns)


def test_a_generator_that_was_loaded_before_keeps_its_name(tiny_latent: Path, tmp_path: Path) -> None:
    by_name = generate(tiny_latent, PROBES, tmp_path / "a", replicates=1)
    by_object = generate(toolkit.load_generator(tiny_latent), PROBES, tmp_path / "b", replicates=1)
    for run in (by_name, by_object):
        assert run.stages["generate"]["recipe"]["model"] == str(tiny_latent)
    assert by_name.read("requests") == by_object.read("requests")


def test_resuming_what_is_finished_changes_nothing(tiny_latent: Path, tmp_path: Path) -> None:
    run = generate(tiny_latent, PROBES, tmp_path / "run", replicates=1)
    before = (run.path / "run.json").read_bytes()
    assert generate(tiny_latent, PROBES, tmp_path / "run", replicates=1, resume=True).path == run.path
    assert (run.path / "run.json").read_bytes() == before


def test_resuming_with_another_seed_or_recipe_is_refused(tiny_latent: Path, tmp_path: Path) -> None:
    generate(tiny_latent, PROBES, tmp_path / "run", replicates=1)
    with pytest.raises(RunError, match="seed"):
        generate(tiny_latent, PROBES, tmp_path / "run", replicates=1, seed=1, resume=True)
    with pytest.raises(RunError, match="guidance_scale"):
        generate(tiny_latent, PROBES, tmp_path / "run", replicates=1, recipe={"guidance_scale": 9}, resume=True)


def test_what_the_model_cannot_do_is_said(tiny_latent: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="64 x 64"):
        generate(tiny_latent, PROBES, tmp_path / "a", replicates=1, recipe={"width": 512})
    with pytest.raises(ModelError, match="euler, heun"):
        generate(tiny_latent, PROBES, tmp_path / "b", replicates=1, recipe={"settings": {"sampler": "ddim"}})
    with pytest.raises(RecipeError, match="at least 1"):
        generate(tiny_latent, PROBES, tmp_path / "c", replicates=0)
    with pytest.raises(RecipeError, match="did you mean 'guidance_scale'"):
        generate(tiny_latent, PROBES, tmp_path / "d", recipe={"guidance": 2})
