from __future__ import annotations

from pathlib import Path

import torch

from toolkit.models.flow import interpolate, velocity
from toolkit.models.pixel import PixelModel, load_pixel
from toolkit.models.transformer import TransformerConfig


class Knowing(torch.nn.Module):
    """Stands in for a transformer that always predicts the right picture."""

    def __init__(self, picture: torch.Tensor) -> None:
        super().__init__()
        self.picture = picture

    def forward(self, points: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        return self.picture.expand_as(points)


def test_the_right_picture_implies_the_right_velocity() -> None:
    model = PixelModel(TransformerConfig(grid=16, channels=3, patch=8, width=16, layers=1, heads=2))
    picture = torch.rand(1, 3, 16, 16)
    noise, time = torch.randn(4, 3, 16, 16), torch.tensor([0.01, 0.3, 0.7, 1.0])
    model.transformer = Knowing(picture)  # type: ignore[assignment]
    points = interpolate(picture.expand(4, -1, -1, -1), noise, time)
    found = model.velocity(points, time, *[torch.zeros(4)] * 3)
    assert torch.allclose(found, velocity(picture, noise), atol=1e-3)


def test_a_saved_model_comes_back(tiny_pixel: Path) -> None:
    model = load_pixel(tiny_pixel)
    assert model.noise_shape == (3, 32, 32)
    assert model.image_size == 32
    pictures = model.decode(torch.linspace(-1.5, 1.5, 32).expand(1, 3, 32, 32))
    assert pictures.dtype == torch.uint8
    assert pictures.shape == (1, 32, 32, 3)
    assert pictures[0, 0, [0, -1], 0].tolist() == [0, 255]
