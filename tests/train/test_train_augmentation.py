"""Pictures as a step sees them: changed a little, the same for the same step, and as coarse as asked for."""

from __future__ import annotations

import torch

from toolkit.train.augmentation import augment, coarsen
from toolkit.train.draw import Draw
from toolkit.train.recipes import ReconstructionRecipe
from toolkit.train.reconstruction import Reconstruction

COUNT = 64


def test_the_same_step_sees_the_same_pictures_and_another_step_others() -> None:
    pictures = _noise()
    assert torch.equal(augment(pictures, _draw(3)), augment(pictures, _draw(3)))
    assert not torch.equal(augment(pictures, _draw(3)), augment(pictures, _draw(4)))


def test_a_part_of_a_batch_is_coarsened_as_the_whole_is() -> None:
    pictures = _noise().float()
    whole = coarsen(pictures, 0.5, _draw(3))
    half = coarsen(pictures[16:48], 0.5, _draw(3, slice(16, 48)))
    torch.testing.assert_close(half, whole[16:48])


def test_about_the_share_that_was_asked_for_loses_its_detail_and_nothing_else_changes() -> None:
    pictures = _noise().float()
    coarse = coarsen(pictures, 0.5, _draw(0))
    changed = (coarse != pictures).flatten(1).any(1)
    assert 20 <= int(changed.sum()) <= 44
    rough, smooth = (one[changed].diff(dim=-1).abs().mean() for one in (pictures, coarse))
    assert smooth < rough / 3
    torch.testing.assert_close(coarse.mean((2, 3)), pictures.mean((2, 3)), atol=4, rtol=0)
    assert coarsen(pictures, 0.0, _draw(0)) is pictures


def _noise() -> torch.Tensor:
    stream = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (COUNT, 3, 48, 48), generator=stream, dtype=torch.uint8)


def _draw(step: int, rows: slice = slice(0, COUNT)) -> Draw:
    return Draw(1, "pairing", step, rows, COUNT, torch.device("cpu"))


def test_pictures_are_given_back_by_way_of_a_generators_latents_blurred_but_recognisable() -> None:
    picture = torch.full((3, 96, 96), 255.0)
    picture[:, 24:72, 24:72] = torch.tensor([200.0, 30.0, 30.0])[:, None, None]
    pictures = picture.expand(COUNT, -1, -1, -1)
    back = Reconstruction(ReconstructionRecipe(share=0.5, noise=0.1))(pictures, _draw(0))
    changed = (back != pictures).flatten(1).any(1)
    assert 20 <= int(changed.sum()) <= 44
    assert 2 < (back - pictures)[changed].abs().mean() < 40
    inside, outside = back[changed][:, :, 40:56, 40:56].mean((0, 2, 3)), back[changed][:, :, :12, :12].mean((0, 2, 3))
    assert inside[0] > 140
    assert inside[1:].max() < 100
    assert outside.min() > 200
    again = Reconstruction(ReconstructionRecipe(share=0.5, noise=0.1))(pictures, _draw(0))
    assert torch.equal(back, again)
