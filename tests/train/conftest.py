from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from skimage import data
from trainable_pipelines import save_pixart, save_stable_diffusion, save_stable_diffusion_xl

from toolkit.curate.stage import curate
from toolkit.store import RunFolder

PHOTOGRAPHS = {"astronaut": data.astronaut, "coffee": data.coffee, "cat": data.chelsea, "rocket": data.rocket}


@pytest.fixture(scope="session")
def curated(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A curated run of 48 crops of four photographs, each captioned with what it shows and where it was cut."""
    folder = tmp_path_factory.mktemp("crops")
    for name, load in PHOTOGRAPHS.items():
        picture = Image.fromarray(load())
        for index in range(12):
            left, top = 30 * (index % 4), 40 * (index // 4)
            crop = picture.crop((left, top, left + 200, top + 200)).resize((72, 72))
            crop.save(folder / f"{name}-{index:02d}.png")
            (folder / f"{name}-{index:02d}.txt").write_text(f"{name}, part {index // 3} of the photograph")
    return curate(folder, tmp_path_factory.mktemp("runs") / "curated", recipe={"duplicates": {"perceptual": None}})


@pytest.fixture(scope="session")
def curated_path(curated: RunFolder) -> Path:
    return curated.path


@pytest.fixture(scope="session")
def stable_diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_stable_diffusion(tmp_path_factory.mktemp("pipelines") / "sd")


@pytest.fixture(scope="session")
def stable_diffusion_xl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_stable_diffusion_xl(tmp_path_factory.mktemp("pipelines") / "xl")


@pytest.fixture(scope="session")
def pixart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pixart(tmp_path_factory.mktemp("pipelines") / "pixart")
