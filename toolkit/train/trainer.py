"""Runs the parts of one training: where they compute, in which precision, from which checkpoint on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch

from toolkit.errors import ModelError
from toolkit.progress import Progress, silent
from toolkit.train.recipes import Precision

if TYPE_CHECKING:
    from accelerate import Accelerator

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Trainer:
    """What all parts of a training share.

    `folder` is where checkpoints lie, None to keep none; `seed` decides every batch and every random number.
    Processes that torchrun started share each batch.
    """

    seed: int
    folder: Path | None = None
    device: Device = "auto"
    precision: Precision = "no"
    checkpoint_minutes: float = 5.0
    tensorboard: Path | None = None
    progress: Progress = silent

    def accelerator(self, accumulation: int = 1) -> Accelerator:
        """Return a new accelerator: the device, the precision and the processes. Raises ModelError for half precision
        on a CPU, which would take many times as long, and for a GPU that is not there."""
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState

        wants_cpu = self.device == "cpu" or not torch.cuda.is_available()
        if self.device == "cuda" and not torch.cuda.is_available():
            raise ModelError("no CUDA device is here; use --device cpu, or install a CUDA build of torch")
        if wants_cpu and self.precision != "no":
            raise ModelError(f"precision {self.precision} on a CPU is slower than single precision; use precision: no")
        AcceleratorState._reset_state()  # an earlier training of this process may have asked for something else
        return Accelerator(cpu=wants_cpu, mixed_precision=self.precision, gradient_accumulation_steps=accumulation)

    @property
    def torch_device(self) -> torch.device:
        """Where networks compute outside of training steps."""
        device: torch.device = self.accelerator().device
        return device
