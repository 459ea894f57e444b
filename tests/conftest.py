"""Fixtures that several rooms share: small, real, made once a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is not a bug: no example has a deadline (all else stays as it is, on CI too).
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of this session's own: no test reads or fills that of the person who runs it."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAIN_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; without one the test is skipped, but for CI, which must have it."""
    sync_api = pytest.importorskip("playwright.sync_api")
    from dashboards.screenshots import FLAGS

    executable = shutil.which("chromium")
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium on the PATH; CI needs one: apt-get install chromium")
        pytest.skip("no chromium on the PATH; apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Audits made by the real pipeline, once; tests that change something copy them."""
    from audited_runs import build_audited_runs, open_audited_runs
    from made_once import made_once

    return open_audited_runs(made_once(tmp_path_factory, "audits", build_audited_runs))


@pytest.fixture(scope="session")
def mitigated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Audits before and after a mitigation by words, made once, and that; tests that change something copy them."""
    from made_once import made_once
    from mitigated_runs import build_mitigated_runs, open_mitigated_runs

    return open_mitigated_runs(made_once(tmp_path_factory, "mitigations", build_mitigated_runs))


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pairing network of zoo:clip's family with a tiny random image tower, saved as a model folder."""
    from toolkit.models.pairing import DEFAULT_CONFIG, create_pairing

    vision = DEFAULT_CONFIG["vision_cfg"] | {"timm_model_name": "test_resnet", "image_size": 32}
    folder = tmp_path_factory.mktemp("models") / "tiny-clip"
    create_pairing(DEFAULT_CONFIG | {"vision_cfg": vision, "embed_dim": 32}, seed=1).save(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_latent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A latent generator of zoo:latent's family with few random weights, saved as a model folder."""
    import torch

    from toolkit.models.autoencoder import AutoencoderConfig
    from toolkit.models.latent import create_latent
    from toolkit.models.transformer import TransformerConfig

    folder = tmp_path_factory.mktemp("models") / "tiny-latent"
    model = create_latent(AutoencoderConfig(width=8), TransformerConfig(width=16, layers=1, heads=2), seed=1)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(2)  # the output layer starts at zero, which would paint every prompt alike
        model.transformer.output.weight.normal_(std=0.3)
        model.transformer.condition[-1].weight.normal_(std=0.3)
    model.save(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_pixel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pixel generator with few random weights, saved as a model folder."""
    import torch

    from toolkit.models.pixel import create_pixel
    from toolkit.models.transformer import TransformerConfig

    folder = tmp_path_factory.mktemp("models") / "tiny-pixel"
    model = create_pixel(TransformerConfig(grid=32, channels=3, patch=8, width=16, layers=1, heads=2), seed=1)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(2)  # the output layer starts at zero, which would paint every prompt alike
        model.transformer.output.weight.normal_(std=0.3)
        model.transformer.condition[-1].weight.normal_(std=0.3)
    model.save(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A token generator with few random weights, saved as a model folder: 16 tokens of 16 kinds a picture."""
    import torch

    from toolkit.models.gpt import GPTConfig
    from toolkit.models.tokenizer import TokenizerConfig
    from toolkit.models.tokens import create_tokens

    folder = tmp_path_factory.mktemp("models") / "tiny-tokens"
    tokenizer = TokenizerConfig(image_size=32, width=8, levels=(4, 4))
    model = create_tokens(tokenizer, GPTConfig(codes=16, length=16, width=16, layers=2, heads=2), seed=1)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(2)  # weights as small as those that training begins with make every token as likely
        for parameter in model.gpt.parameters():
            parameter.normal_(std=0.3)
    model.save(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Returns the folder of a diffusers pipeline of a named class with few random weights, saved once a session."""
    from tiny_pipelines import SAVED

    from toolkit.models import torchvision_ops

    torchvision_ops.ensure()  # before anything of diffusers is imported
    whole = tmp_path_factory.mktemp("pipelines")

    def folder(name: str) -> Path:
        return whole / name if (whole / name).exists() else SAVED[name](whole / name)

    return folder
