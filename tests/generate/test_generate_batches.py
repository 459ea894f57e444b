"""Batches that do not fit into memory, and pictures that fail: rows, and never a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from asking import stored

from toolkit.engine.local import LocalEngine
from toolkit.errors import ModelError, RunError
from toolkit.generate.batches import is_out_of_memory, within_bytes
from toolkit.generate.flow import FlowGenerator
from toolkit.generate.generator import Painted, Request
from toolkit.generate.load import load_generator
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.generate.stage import generate
from toolkit.probes import load_probes

PROBES = {"templates": ["{role}"], "slots": {"role": ["judge", "teacher", "cook"]}}
Trouble = Callable[[Sequence[Request], int], None]


def troubled(folder: Path, trouble: Trouble) -> FlowGenerator:
    """Return the real generator in `folder`, which meets `trouble` in each batch that its network is given."""
    painter = load_generator(folder)
    assert isinstance(painter, FlowGenerator)
    paint = painter.generate

    def generate_with_trouble(requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        trouble(requests, batch_size)
        return paint(requests, batch_size=batch_size)

    painter.generate = generate_with_trouble  # type: ignore[method-assign]
    return painter


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: 12 bytes"),
        RuntimeError("MPS backend out of memory"),
    ],
)
def test_running_out_of_memory_halves_the_batch_and_records_it(
    tiny_latent: Path, tmp_path: Path, error: Exception
) -> None:
    def cramped(requests: Sequence[Request], batch_size: int) -> None:
        if batch_size > 3:
            raise error

    run = generate(troubled(tiny_latent, cramped), PROBES, tmp_path / "run", replicates=3, batch_size=12)
    rows = run.read("samples").to_pylist()
    assert [row["batch_shape"] for row in rows] == [[3, 64, 64, 3]] * 9
    assert all(row["error"] is None for row in rows)
    assert run.stages["generate"]["arguments"]["batch_size"] == 12
    roomy = generate(tiny_latent, PROBES, tmp_path / "roomy", replicates=3, batch_size=12)
    assert roomy.read("requests") == run.read("requests"), "memory is no part of a request"
    small, large = stored(run), stored(roomy)
    assert max(abs(small[name] - large[name]).max() for name in large) <= 1


def test_memory_that_truly_runs_out_is_known_as_such() -> None:
    with pytest.raises(RuntimeError) as told:
        torch.empty(1 << 50)
    assert is_out_of_memory(told.value)
    assert not is_out_of_memory(RuntimeError("the shapes do not fit"))


def test_one_picture_that_fails_is_a_row_and_the_others_are_as_ever(tiny_latent: Path, tmp_path: Path) -> None:
    def cursed(requests: Sequence[Request], batch_size: int) -> None:
        if any((request.prompt, request.replicate) == ("judge", 1) for request in requests):
            raise FloatingPointError("not a number\nanywhere")

    run = generate(troubled(tiny_latent, cursed), PROBES, tmp_path / "run", replicates=3, batch_size=4)
    rows = run.read("samples").to_pylist()
    failed = [row for row in rows if row["error"]]
    assert [row["error"] for row in failed] == ["FloatingPointError: not a number anywhere"]
    assert (failed[0]["image_path"], failed[0]["sha256"], failed[0]["batch_shape"]) == (None, None, [4])
    assert run.stages["generate"]["counts"] == {"probes": 3, "requests": 9, "failed": 1}
    whole = generate(tiny_latent, PROBES, tmp_path / "whole", replicates=3, batch_size=4).read("samples").to_pylist()
    expected = {row["request_id"]: row["sha256"] for row in whole}
    assert {row["request_id"]: row["sha256"] for row in rows if not row["error"]} == {
        name: value for name, value in expected.items() if name != failed[0]["request_id"]
    }


def test_a_picture_that_never_fits_into_memory_is_a_row(tiny_latent: Path, tmp_path: Path) -> None:
    def tiny(requests: Sequence[Request], batch_size: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    run = generate(troubled(tiny_latent, tiny), PROBES, tmp_path / "run", replicates=1, batch_size=4)
    rows = run.read("samples").to_pylist()
    assert [(row["error"], row["batch_shape"]) for row in rows] == [("OutOfMemoryError: CUDA out of memory", [1])] * 3


def test_what_the_model_cannot_do_at_all_stops_the_run(tiny_latent: Path, tmp_path: Path) -> None:
    def refusing(requests: Sequence[Request], batch_size: int) -> None:
        raise ModelError("not this")

    with pytest.raises(ModelError, match="not this"):
        generate(troubled(tiny_latent, refusing), PROBES, tmp_path / "run", replicates=1)


def test_a_disk_that_is_full_is_one_clear_error(
    tiny_latent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("toolkit.generate.sample_writer.write_atomically", full)
    with pytest.raises(RunError, match=r"No space left.*--resume"):
        generate(tiny_latent, PROBES, tmp_path / "run", replicates=1)
    monkeypatch.undo()
    resumed = generate(tiny_latent, PROBES, tmp_path / "run", replicates=1, resume=True)
    assert len(stored(resumed)) == 3


def test_nothing_is_lost_or_doubled_however_requests_are_cut(tiny_latent: Path, tmp_path: Path) -> None:
    painter, names = load_generator(tiny_latent), []
    for size in (1, 5, 64):
        run = generate(painter, PROBES, tmp_path / str(size), replicates=7, batch_size=size)
        assert run.read("samples")["request_id"] == run.read("requests")["request_id"]
        names.append(run.read("samples")["request_id"].to_pylist())
    assert names[0] == names[1] == names[2]
    assert len(set(names[0])) == 21


@pytest.mark.parametrize(
    ("side", "candidates", "expected"), [(64, 1, 512), (1024, 1, 85), (1024, 4, 21), (16384, 1, 1)]
)
def test_batches_of_large_pictures_are_smaller(tiny_latent: Path, side: int, candidates: int, expected: int) -> None:
    settings = {} if candidates == 1 else {"rerank": {"model": "zoo:clip", "n": candidates}}
    recipe = GenerationRecipe.model_validate({"width": side, "height": side, "settings": settings})
    defaults = load_generator(tiny_latent).defaults
    [(_, request)] = make_requests(load_probes(PROBES)[:1], 1, 0, recipe, defaults, "")
    assert within_bytes(512, request) == expected


def test_a_batch_is_bounded_by_bytes_whoever_paints(
    tiny_latent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.generate.batches.LARGEST_BATCH", 5 * 64 * 64 * 3)
    found = []
    for name, engine in (("here", None), ("engine", LocalEngine(1))):
        run = generate(str(tiny_latent), PROBES, tmp_path / name, replicates=3, batch_size=9, engine=engine)
        assert {tuple(one) for one in run.read("samples")["batch_shape"].to_pylist()} == {(5, 64, 64, 3)}
        found.append(run.read("samples")["sha256"].to_pylist())
    assert found[0] == found[1]
