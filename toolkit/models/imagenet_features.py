"""What a network that was not trained here sees in pictures: features of an ImageNet network, as a second judge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.images import resize_square
from toolkit.models import torchvision_ops, weights

_ARCHITECTURES = tuple(f"tf_efficientnet_lite{lite}" for lite in range(5))
_SIDE = 128  # px: twice a painted picture's; the 260 px that Lite2 was trained at tell nothing more of 64
_BATCH = 64


class ImageNetFeatures:
    """Features of the last layer before the classes of EfficientNet-Lite (Tan and Le, arXiv 1905.11946)."""

    def __init__(self, path: Path, device: str = "cpu") -> None:
        """Load the weights that `python -m toolkit.zoo.imagenet_weights` wrote to `path`, a file or a folder of one.

        Which Lite they are is told by their shapes. Raises ModelError for a file that holds none of them.
        """
        import torch

        torchvision_ops.ensure()
        file = _file(path)
        state = weights.load_state(file)
        self._network: Any = _network_of(state, file).eval().to(device)
        self._device = device
        found = self._network.pretrained_cfg
        self._mean, self._deviation = (
            torch.tensor(found[key], device=device).view(1, 3, 1, 1) for key in ("mean", "std")
        )
        self.fingerprint = weights.fingerprint(self._network, side=_SIDE)

    def embed_images(self, pictures: Sequence[NDArray[np.uint8]], *, batch_size: int = _BATCH) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, features), of RGB uint8 pictures (height, width, 3)."""
        import torch

        parts = [np.zeros((0, int(self._network.num_features)), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(pictures), batch_size):
                squares = np.stack([resize_square(one, _SIDE) for one in pictures[start : start + batch_size]])
                pixels = torch.from_numpy(squares).to(self._device).permute(0, 3, 1, 2).float() / 255
                seen = self._network((pixels - self._mean) / self._deviation)
                parts.append(torch.nn.functional.normalize(seen, dim=1).cpu().numpy())
        return np.concatenate(parts)


def _file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = sorted(path.glob("*.safetensors"))
    if len(found) != 1:
        raise ModelError(
            f"{path} holds {len(found)} files of weights (*.safetensors); give a folder of one, or the file"
        )
    return found[0]


def _network_of(state: dict[str, Any], file: Path) -> Any:
    """Return the network without its classes whose tensors are those of `state`."""
    import timm
    import torch

    shapes = {name: value.shape for name, value in state.items() if not name.startswith("classifier.")}
    for name in _ARCHITECTURES:
        with torch.device("meta"):
            bare = timm.create_model(name, num_classes=0)
        if {key: value.shape for key, value in bare.state_dict().items()} == shapes:
            network = timm.create_model(name, num_classes=0)
            weights.fill(network, {key: state[key] for key in shapes}, str(file))
            return network
    raise ModelError(
        f"{file} holds none of {', '.join(_ARCHITECTURES)}; write one by python -m toolkit.zoo.imagenet_weights"
    )
