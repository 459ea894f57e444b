"""From snow to picture, and back: strips that change neither a picture nor its request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from tiny_pipelines import SAVED, SIDE

from toolkit.errors import ModelError, PictureError, RecipeError
from toolkit.generate.load import load_generator
from toolkit.generate.stage import generate
from toolkit.images import decode, encode_png
from toolkit.store import RunFolder
from toolkit.strips import Strip, decode_strip, encode_strip, noised_strips, strip_path

Folder = Callable[[str], Path]
PROBES = {"templates": ["{role}"], "slots": {"role": ["judge", "teacher"]}}


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    """A real picture, wider than high."""
    Image.fromarray(data.chelsea()).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


def strips(run: RunFolder) -> dict[str, Strip]:
    names = run.read("samples")["request_id"].to_pylist()
    return {name: decode_strip((run.path / strip_path(name)).read_bytes()) for name in names}


def picture(run: RunFolder, name: str) -> np.ndarray:
    return decode((run.path / f"images/{name[:2]}/{name}.png").read_bytes())


@pytest.mark.parametrize("sampler", ["euler", "heun"])
def test_every_kth_step_is_kept_and_nothing_else_changes(tiny_latent: Path, tmp_path: Path, sampler: str) -> None:
    recipe = {"num_inference_steps": 5, "settings": {"sampler": sampler}}
    plain = generate(tiny_latent, PROBES, tmp_path / "plain", replicates=3, batch_size=4, recipe=recipe)
    kept = generate(tiny_latent, PROBES, tmp_path / "kept", replicates=3, batch_size=4, recipe=recipe, path_every=2)
    columns = ["request_id", "sha256", "batch_shape", "flags"]
    assert kept.read("samples", columns) == plain.read("samples", columns)
    assert kept.read("requests") == plain.read("requests")
    assert not (plain.path / "paths").exists()
    for name, strip in strips(kept).items():
        assert strip.labels == ("step 0 of 5", "step 2 of 5", "step 4 of 5", "picture")
        assert strip.frames.shape == (4, 64, 64, 3)
        assert (strip.frames[-1] == picture(kept, name)).all()
    assert kept.stages["generate"]["arguments"]["path_every"] == 2


def test_the_way_leads_from_what_no_prompt_shows_to_the_picture(tmp_path: Path) -> None:
    probes = {"templates": ["{it}"], "slots": {"it": ["red heart"]}, "attributes": {}}
    run = generate("zoo:latent", probes, tmp_path / "run", replicates=2, batch_size=2, path_every=4)
    for strip in strips(run).values():
        last = strip.frames[-1].astype(float)
        distance = [np.abs(frame - last).mean() for frame in strip.frames]
        assert distance == sorted(distance, reverse=True)
        assert distance[0] > 30


def test_a_real_picture_goes_the_other_way(cat: Path, tmp_path: Path) -> None:
    recipe = {"num_inference_steps": 4}
    run = generate(
        "zoo:latent", PROBES, tmp_path / "run", replicates=1, batch_size=2, recipe=recipe, path_every=1, noised=[cat]
    )
    (file,) = noised_strips(run.path)
    strip = decode_strip(file.read_bytes())
    assert file.name.startswith("cat-")
    assert strip.labels == ("picture", "25% noise", "50% noise", "75% noise", "100% noise")
    distance = [np.abs(frame.astype(float) - strip.frames[0]).mean() for frame in strip.frames]
    assert distance == sorted(distance)
    assert (strip.frames[0][0] == 255).all(), "a wide picture is laid on white, and shown as it is"


@pytest.mark.parametrize("name", sorted(SAVED))
def test_pipelines_show_their_steps_too(tiny_pipeline: Folder, cat: Path, tmp_path: Path, name: str) -> None:
    folder, recipe = tiny_pipeline(name), {"num_inference_steps": 4}
    plain = generate(folder, PROBES, tmp_path / "plain", replicates=1, batch_size=4, recipe=recipe)
    kept = generate(
        folder, PROBES, tmp_path / "kept", replicates=1, batch_size=4, recipe=recipe, path_every=2, noised=[cat]
    )
    assert kept.read("samples", ["request_id", "sha256"]) == plain.read("samples", ["request_id", "sha256"])
    for strip in strips(kept).values():
        assert strip.labels == ("step 0 of 4", "step 2 of 4", "picture")
        assert strip.frames.shape == (3, SIDE, SIDE, 3)
        assert len({frame.tobytes() for frame in strip.frames}) == 3
    (file,) = noised_strips(kept.path)
    assert decode_strip(file.read_bytes()).labels == ("picture", "50% noise", "100% noise")


def test_the_first_frame_of_a_pipeline_is_the_noise_that_it_starts_from(tiny_pipeline: Folder) -> None:
    import torch
    from asking import asked

    from toolkit.generate import pipeline_latents
    from toolkit.generate.pipeline import load_pipeline

    painter = load_pipeline(str(tiny_pipeline("StableDiffusionXLPipeline")))
    requests, seen = asked(painter, ["judge"], 2, num_inference_steps=2), {}
    scheduler = painter._pipeline.scheduler
    painter.generate_watched(requests, batch_size=2, watch=lambda step, pictures: seen.setdefault(step, pictures()))
    scheduler.set_timesteps(2)
    shape = (4, SIDE // 2, SIDE // 2)
    noise = torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(one.seed)) for one in requests])
    expected = pipeline_latents.decode(painter._pipeline, noise * scheduler.init_noise_sigma)
    assert (seen[0] == expected).all()


def test_the_chosen_candidate_shows_its_own_way(tiny_latent: Path, tiny_clip: Path, tmp_path: Path) -> None:
    recipe = {"num_inference_steps": 2, "settings": {"rerank": {"model": str(tiny_clip), "n": 3}}}
    run = generate(tiny_latent, PROBES, tmp_path / "run", replicates=1, batch_size=6, recipe=recipe, path_every=1)
    for name, strip in strips(run).items():
        assert (strip.frames[-1] == picture(run, name)).all()
        assert strip.labels == ("step 0 of 2", "step 1 of 2", "picture")


def test_what_has_no_way_says_so(tiny_latent: Path, cat: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="path_every is 0"):
        generate(tiny_latent, PROBES, tmp_path / "a", path_every=0)
    with pytest.raises(PictureError, match="missing"):
        generate(tiny_latent, PROBES, tmp_path / "b", replicates=1, noised=[tmp_path / "none.png"])

    class Wayless:
        name, fingerprint, device, dtype = "wayless", "0", "cpu", "float32"

        def __init__(self) -> None:
            self.defaults, self.generate = load_generator(tiny_latent).defaults, None

    with pytest.raises(ModelError, match="wayless shows none of its steps"):
        generate(Wayless(), PROBES, tmp_path / "c", replicates=1, path_every=1)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="wayless shows none of its steps"):
        generate(Wayless(), PROBES, tmp_path / "d", replicates=1, noised=[cat])  # type: ignore[arg-type]
    assert not any((tmp_path / name).exists() for name in "abcd")


def test_a_strip_is_read_as_it_was_written() -> None:
    frames = np.random.default_rng(0).integers(0, 255, (3, 5, 7, 3), np.uint8)
    labels = ("step 0 of 4", "é", "picture")
    strip = decode_strip(encode_strip(list(frames), labels))
    assert (strip.frames == frames).all()
    assert strip.labels == labels
    assert encode_strip(list(frames), labels) == encode_strip(list(frames), labels)
    with pytest.raises(PictureError, match="no strip"):
        decode_strip(encode_png(frames[0]))
