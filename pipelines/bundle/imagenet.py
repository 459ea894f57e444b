"""What a network that was not trained here sees in pictures: features of an ImageNet network, as a second judge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.images import resize_square
from toolkit.models import torchvision_ops, weights

_ARCHITECTURE = "tf_efficientnet_lite2"
_SIDE = 128  # px: twice a painted picture's; the 260 px that it was trained at tell nothing more of 64
_BATCH = 64


class ImageNetFeatures:
    """Features of the last layer before the classes of EfficientNet-Lite2 (Tan and Le, arXiv 1905.11946)."""

    def __init__(self, file: Path) -> None:
        """Load the weights that `python -m toolkit.zoo.imagenet_weights --lite 2` wrote to `file`."""
        torchvision_ops.ensure()
        import timm

        self._network: Any = timm.create_model(_ARCHITECTURE, num_classes=0).eval()
        state = weights.load_state(file)
        own = self._network.state_dict()
        weights.fill(self._network, {name: value for name, value in state.items() if name in own}, str(file))
        found = self._network.pretrained_cfg
        self._mean, self._deviation = (torch.tensor(found[key]).view(1, 3, 1, 1) for key in ("mean", "std"))

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, features), of RGB uint8 pictures (height, width, 3)."""
        parts = []
        for start in range(0, len(pictures), _BATCH):
            squares = np.stack([resize_square(one, _SIDE) for one in pictures[start : start + _BATCH]])
            pixels = torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255
            seen = self._network((pixels - self._mean) / self._deviation)
            parts.append(torch.nn.functional.normalize(seen, dim=1).numpy())
        return np.concatenate(parts)
