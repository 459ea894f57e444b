"""What is seen of a pipeline while it is trained: its loss on what is held out, and a grid of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.images import encode_png
from toolkit.store import write_atomically
from toolkit.train.moving_average import MovingAverage
from toolkit.train.pipeline_objective import DenoisingObjective, denoising_loss
from toolkit.train.sample_grid import SampleGrid
from toolkit.train.training_set import TrainingPairs


@dataclass(frozen=True)
class PipelineWatch:
    """Measures, and paints into `folder`, what would be saved at that moment: the moving average where one is kept."""

    objective: DenoisingObjective
    pairs: TrainingPairs
    average: MovingAverage | None
    grid: SampleGrid | None
    folder: Path
    device: torch.device

    def figures(self) -> dict[str, float]:
        """Return the denoising loss on pairs that are held out, and on as many that are not, by name."""
        parts = {
            "held-out concepts": np.flatnonzero(self.pairs.held_out),
            "held-out sources": np.flatnonzero(self.pairs.set_aside & ~self.pairs.held_out),
            "training pairs": self.pairs.training,
        }
        with self._what_would_be_saved():
            return {
                f"denoising loss, {part}": round(denoising_loss(self.objective, indices, self.device), 5)
                for part, indices in parts.items()
                if len(indices)
            }

    def pictures(self, step: int) -> dict[str, NDArray[np.uint8]]:
        """Return the grid after `step`, by name, having written it as a PNG; nothing where none is painted."""
        if self.grid is None:
            return {}
        with self._what_would_be_saved():
            painted = self.grid.paint()
        write_atomically(self.folder / f"step-{step:08d}.png", encode_png(painted))
        return {"samples": painted}

    @contextmanager
    def _what_would_be_saved(self) -> Iterator[None]:
        training = self.objective.training
        self.objective.eval()
        if self.average is not None:
            self.average.swap()
        try:
            yield
        finally:
            if self.average is not None:
                self.average.swap()
            self.objective.train(training)
