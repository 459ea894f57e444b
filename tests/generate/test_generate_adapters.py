"""LoRA adapters: merged with their weight, part of the fingerprint and of every request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from asking import asked, pixels

from toolkit.errors import ModelError, RecipeError
from toolkit.generate.load import load_generator
from toolkit.generate.settings import Adapter
from toolkit.generate.stage import generate

SD = "StableDiffusionPipeline"
Folder = Callable[[str], Path]


@pytest.fixture(scope="module")
def adapter(tiny_pipeline: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA of the tiny Stable Diffusion, trained by nobody, saved by diffusers."""
    from diffusers import StableDiffusionPipeline, UNet2DConditionModel
    from diffusers.utils import convert_state_dict_to_diffusers
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    unet = UNet2DConditionModel.from_pretrained(tiny_pipeline(SD) / "unet")
    with torch.random.fork_rng():
        torch.manual_seed(4)
        unet.add_adapter(LoraConfig(r=2, init_lora_weights="gaussian", target_modules=["to_q", "to_v", "to_out.0"]))
        for name, value in unet.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(value, std=0.5)
    folder = tmp_path_factory.mktemp("lora")
    layers = convert_state_dict_to_diffusers(get_peft_model_state_dict(unet))
    StableDiffusionPipeline.save_lora_weights(folder, unet_lora_layers=layers)
    return folder


def test_an_adapter_paints_as_diffusers_applies_it(tiny_pipeline: Folder, adapter: Path) -> None:
    plain = load_generator(tiny_pipeline(SD))
    merged = load_generator(tiny_pipeline(SD), adapters=[Adapter(path=str(adapter), weight=0.7)])
    requests = asked(plain, ["judge", "teacher"], 2, num_inference_steps=3)
    found = pixels(merged.generate(requests, batch_size=4))
    assert np.abs(found - pixels(plain.generate(requests, batch_size=4))).max() > 5
    plain._pipeline.load_lora_weights(adapter, adapter_name="it")
    plain._pipeline.set_adapters(["it"], [0.7])
    assert np.abs(found - pixels(plain.generate(requests, batch_size=4))).max() <= 1


def test_weight_and_file_are_part_of_the_fingerprint_and_of_the_request(
    tiny_pipeline: Folder, adapter: Path, tmp_path: Path
) -> None:
    rows = []
    moved = tmp_path / "moved.safetensors"
    moved.write_bytes((adapter / "pytorch_lora_weights.safetensors").read_bytes())
    places = [(adapter, 1.0), (moved, 1.0), (adapter, 0.5)]
    for number, (path, weight) in enumerate(places):
        settings = {"adapters": [{"path": str(path), "weight": weight}]}
        run = generate(
            tiny_pipeline(SD), {"templates": ["judge"]}, tmp_path / str(number), replicates=1,
            recipe={"num_inference_steps": 1, "settings": settings},
        )  # fmt: skip
        rows.append(run.read("requests").to_pylist()[0] | run.read("samples").to_pylist()[0])
    assert json.loads(rows[2]["settings"])["adapters"][0]["weight"] == 0.5
    assert rows[0]["request_id"] == rows[1]["request_id"], "where a file lies changes nothing"
    assert rows[0]["sha256"] == rows[1]["sha256"]
    assert len({row["request_id"] for row in rows}) == len({row["fingerprint"] for row in rows}) == 2


def test_an_adapter_that_peft_saved_is_merged_with_its_weight(tiny_pipeline: Folder, tmp_path: Path) -> None:
    from diffusers import PixArtTransformer2DModel
    from peft import LoraConfig, get_peft_model

    name = "PixArtSigmaPipeline"
    transformer = PixArtTransformer2DModel.from_pretrained(tiny_pipeline(name) / "transformer")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = get_peft_model(transformer, LoraConfig(r=2, lora_alpha=4, target_modules=["to_q", "to_v"]))
        for key, value in model.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(value, std=0.5)
    model.save_pretrained(tmp_path / "lora")
    plain = load_generator(tiny_pipeline(name))
    requests = asked(plain, ["judge"], 2, num_inference_steps=3)

    def shot(weight: float) -> np.ndarray:
        adapters = [Adapter(path=str(tmp_path / "lora"), weight=weight)]
        return pixels(load_generator(tiny_pipeline(name), adapters=adapters).generate(requests, batch_size=2))

    assert (shot(0.0) == pixels(plain.generate(requests, batch_size=2))).all()
    assert np.abs(shot(1.0) - shot(0.0)).max() > 5
    plain._pipeline.register_modules(transformer=model.eval())
    assert np.abs(shot(1.0) - pixels(plain.generate(requests, batch_size=2))).max() <= 1


def test_an_adapter_that_cannot_be_used_is_said(tiny_pipeline: Folder, tiny_latent: Path, tmp_path: Path) -> None:
    def paint(model: Path, **adapter: object) -> None:
        recipe = {"settings": {"adapters": [adapter]}}
        generate(model, {"templates": ["judge"]}, tmp_path / "run", recipe=recipe)

    with pytest.raises(ModelError, match="found none"):
        paint(tiny_pipeline(SD), path=str(tmp_path / "nowhere"))
    with pytest.raises(RecipeError, match="a path, of a file or folder here, or an id"):
        paint(tiny_pipeline(SD), weight=1)
    pickled = tmp_path / "lora.bin"
    torch.save({"a": torch.zeros(1)}, pickled)
    with pytest.raises(ModelError, match=r"pickle.*--allow-pickle"):
        paint(tiny_pipeline(SD), path=str(pickled))
    unet = tiny_pipeline(SD) / "unet" / "diffusion_pytorch_model.safetensors"
    with pytest.raises(ModelError, match="does not fit"):
        paint(tiny_pipeline(SD), path=str(unet))
    with pytest.raises(ModelError, match="takes no adapters"):
        paint(tiny_latent, path=str(unet))
    assert not (tmp_path / "run").exists()
