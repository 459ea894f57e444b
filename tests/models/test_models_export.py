from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from toolkit.errors import ModelError
from toolkit.models.export_open_clip import export_open_clip
from toolkit.models.pairing import load_pairing

PLAIN = """
import json, sys
from toolkit.models import torchvision_ops
torchvision_ops.ensure()
import open_clip, torch
from PIL import Image
model, _, preprocess = open_clip.create_model_and_transforms("local-dir:" + sys.argv[1])
tokenizer = open_clip.get_tokenizer("local-dir:" + sys.argv[1])
model.eval()
with torch.inference_mode():
    image = model.encode_image(preprocess(Image.open(sys.argv[2]))[None], normalize=True)
    text = model.encode_text(tokenizer(["an astronaut"]), normalize=True)
print(json.dumps([image[0].tolist(), text[0].tolist()]))
"""


def test_plain_open_clip_loads_the_export_in_a_fresh_process(tiny_clip: Path, tmp_path: Path) -> None:
    network = load_pairing(tiny_clip)
    folder = export_open_clip(network, tmp_path / "exported")
    picture = data.astronaut()
    Image.fromarray(picture).save(tmp_path / "astronaut.png")
    command = [sys.executable, "-c", PLAIN, str(folder), str(tmp_path / "astronaut.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"HF_HUB_OFFLINE": "1", "PATH": ""})
    assert done.returncode == 0, done.stderr[-2000:]
    image, text = json.loads(done.stdout.splitlines()[-1])
    assert np.allclose(text, network.embed_texts(["an astronaut"])[0], atol=1e-4)
    assert np.dot(image, network.embed_images([picture])[0]) > 0.99


def test_the_export_is_a_pairing_network_here_too(tiny_clip: Path, tmp_path: Path) -> None:
    network = load_pairing(tiny_clip)
    again = load_pairing(export_open_clip(network, tmp_path / "exported"))
    texts = ["a judge", "a woman judge"]
    assert np.allclose(network.embed_texts(texts), again.embed_texts(texts), atol=1e-5)
    assert again.dimension == network.dimension
    assert again.image_size == network.image_size
    with pytest.raises(ModelError, match="need an export"):
        export_open_clip(again, tmp_path / "twice")


def test_an_export_never_overwrites(tiny_clip: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(ModelError, match="in the way"):
        export_open_clip(load_pairing(tiny_clip), tmp_path)
