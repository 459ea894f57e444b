"""Pictures changed a little at each step, so that a small set lasts longer. Colours stay: a skin tone is part of what
captions say."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from toolkit.train.draw import Draw

_SHIFT = 1 / 16  # of the side, at most
_ZOOM = 0.15  # the share by which a picture is made larger or smaller, at most
_COARSE = (1 / 4, 1 / 3, 1 / 2, 2 / 3)  # of the side: what a picture is scaled down to


def augment(pictures: torch.Tensor, draw: Draw) -> torch.Tensor:
    """Return uint8 `pictures` (n, 3, side, side) as float32 of the same range: half of them mirrored, each moved by up
    to a sixteenth of its side and made larger or smaller by up to 15 %, on white."""
    mirrored = torch.where(draw.uniform().cpu() < 0.5, -1.0, 1.0)
    zoom = 1 + _ZOOM * (2 * draw.uniform().cpu() - 1)
    shift = 2 * _SHIFT * (2 * draw.uniform(2).cpu() - 1)
    still = torch.zeros_like(zoom)
    across, down = torch.stack([mirrored * zoom, still], 1), torch.stack([still, zoom], 1)
    places = torch.stack([across, down], 1)
    grid = F.affine_grid(torch.cat([places, shift[:, :, None]], 2), list(pictures.shape), align_corners=False)
    return 255 - F.grid_sample(255 - pictures.float(), grid, align_corners=False)


def coarsen(pictures: torch.Tensor, share: float, draw: Draw) -> torch.Tensor:
    """Return float32 `pictures` (n, 3, side, side), about a `share` of them scaled down to as little as a quarter of
    their side and up again: a network that is to read painted pictures must not hang on detail that those lack."""
    if not share:
        return pictures
    chosen = draw.uniform().cpu() < share
    factor = draw.integers(0, len(_COARSE)).cpu()
    found = pictures.clone()
    for index, part in enumerate(_COARSE):
        some = chosen & (factor == index)
        if bool(some.any()):
            small = F.interpolate(pictures[some], size=max(1, round(part * pictures.shape[-1])), mode="area")
            found[some] = F.interpolate(small, size=pictures.shape[-2:], mode="bilinear", align_corners=False)
    return found
