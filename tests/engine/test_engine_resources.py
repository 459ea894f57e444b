"""What recipes say that workers take, and where Ray puts workers then. The GPUs are declared, none is here."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from ray_clusters import cluster
from summing import BATCHES, GPUsSeen, Lengths, Scale

from toolkit.audit.reading import ReadersOf
from toolkit.audit.recipe import AuditRecipe
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.shards import ScorerOfRows
from toolkit.engine.engine import Engine, EngineError, PerWorker
from toolkit.engine.local import LocalEngine
from toolkit.engine.opening import open_engine
from toolkit.engine.ray import Bounds, ray_engine
from toolkit.errors import ModelError, RecipeError
from toolkit.generate.dealt import PainterOf
from toolkit.generate.requests import GenerationRecipe
from toolkit.generate.stage import generate
from toolkit.models.pairing import load_pairing
from toolkit.recipe import load_recipe

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is missing: pip install 'tain[ray]'")
CUDA: dict[type, dict[str, Any]] = {
    CurateRecipe: {"pairing": {"model": "zoo:clip", "device": "cuda"}},
    AuditRecipe: {"device": "cuda"},
    GenerationRecipe: {},
}


def needs_of(kind: type, given: dict[str, Any], device: str = "cpu") -> PerWorker:
    recipe = load_recipe(kind, given)
    if isinstance(recipe, CurateRecipe):
        return ScorerOfRows(recipe, Path("cache")).needs
    if isinstance(recipe, AuditRecipe):
        return ReadersOf(recipe).needs
    return PainterOf("zoo:latent", recipe, "", 1, None, device, "float32", False).needs


@pytest.mark.parametrize("kind", list(CUDA))
def test_each_stage_takes_what_its_recipe_says(kind: type) -> None:
    assert needs_of(kind, {}) == PerWorker(cpus=1, gpus=0, threads=None)
    assert needs_of(kind, CUDA[kind], "cuda:0") == PerWorker(cpus=1, gpus=1, threads=None)
    asked = {"cpus_per_worker": 4, "gpus_per_worker": 0.25}
    assert needs_of(kind, CUDA[kind] | asked, "cuda") == PerWorker(cpus=4, gpus=0.25, threads=4)
    assert needs_of(kind, {"cpus_per_worker": 0.5}) == PerWorker(cpus=0.5, gpus=0, threads=1)
    for wrong in ({"gpus_per_worker": 1.5}, {"cpus_per_worker": 0}, {"gpus_per_worker": -1}):
        with pytest.raises(RecipeError, match=next(iter(wrong))):
            load_recipe(kind, wrong)


def test_a_device_without_a_model_takes_nothing() -> None:
    assert needs_of(CurateRecipe, {"pairing": {"device": "cuda"}}).gpus == 0


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_workers_are_put_where_their_gpus_are(tmp_path: Path) -> None:
    def seen(engine: Engine, needs: PerWorker, workers: int) -> list[str]:
        meeting = tmp_path / str(needs)
        meeting.mkdir()
        batches = [[number] for number in range(5 * workers)]
        found = set(engine.map_batches(GPUsSeen(str(meeting), workers), batches, needs))
        return sorted(gpus for _, gpus in found)

    with cluster(2, cores=3, gpus=2) as (made, _), open_engine("ray", address=made.address) as engine:
        assert seen(engine, PerWorker(gpus=1), 4) == ["0", "0", "1", "1"]  # both of each node
        assert sorted(seen(engine, PerWorker(gpus=0.5, cpus=0.5), 8)) == ["0"] * 4 + ["1"] * 4
        assert len(seen(engine, PerWorker(cpus=3, gpus=0.5), 2)) == 2  # the cores of a node are the limit
        expected = re.escape("a worker needs 1 CPU and 3 GPU, and Ray's cluster has 6 CPU, 4 GPU, on no node enough")
        with pytest.raises(EngineError, match=expected):
            next(engine.map_batches(Scale(1), BATCHES, PerWorker(gpus=3)))


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("mebibytes", "count"), [(5, 100), (40, 13)])
def test_more_batches_than_the_store_holds_go_through_it(mebibytes: int, count: int) -> None:
    batches = (bytes(mebibytes << 20) for _ in range(count))
    with ray_engine(workers=2, bounds=Bounds(object_store=100 << 20)) as engine:
        import ray
        from ray._private.internal_api import memory_summary

        address = ray.get_runtime_context().gcs_address
        held = []
        for length, _ in engine.map_batches(Lengths(), batches):
            assert length == mebibytes << 20
            [found] = re.findall(r"Plasma memory usage (\d+) MiB", memory_summary(address, stats_only=True))
            held.append(int(found))
    assert len(held) == count
    assert 0 < max(held) <= 100


def test_a_device_that_is_not_here_is_said_by_the_worker_that_wants_it(tiny_latent: Path, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("a GPU is here")
    with pytest.raises(ModelError, match=r"the device 'cuda' cannot be used here .*; choose cpu"):
        load_pairing("zoo:clip", device="cuda")
    probes = {"templates": ["a {role}"], "slots": {"role": ["cook"]}}
    with pytest.raises(ModelError, match="the device 'cuda' cannot be used here"):
        generate(str(tiny_latent), probes, tmp_path / "here", replicates=1, device="cuda")
    with pytest.raises(ModelError, match="the device 'cuda' cannot be used here"):
        generate(
            str(tiny_latent), probes, tmp_path / "dealt", replicates=3, batch_size=1, device="cuda",
            engine=LocalEngine(2),
        )  # fmt: skip


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_driver_without_a_gpu_places_its_workers_where_they_are(tiny_latent: Path, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("a GPU is here")
    probes = {"templates": ["a {role}"], "slots": {"role": ["cook"]}}
    with cluster(1, cores=1, gpus=1) as (made, _), open_engine("ray", address=made.address) as engine:
        # the worker is started, and finds that the GPU was only declared
        with pytest.raises(ModelError, match="the device 'cuda' cannot be used here"):
            generate(str(tiny_latent), probes, tmp_path / "run", replicates=3, device="cuda", engine=engine)
        recipe = {"gpus_per_worker": 0.5, "num_inference_steps": 1}
        run = generate(str(tiny_latent), probes, tmp_path / "cpu", replicates=3, recipe=recipe, engine=engine)
        assert set(run.read("samples")["device"].to_pylist()) == {"cpu"}
