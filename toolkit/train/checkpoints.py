"""Checkpoints that a kill cannot spoil: written beside their place, then moved there; the last two are kept."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from accelerate import Accelerator
from torch import nn

from toolkit.errors import ModelError

_KEPT = 2
_COPIES = 3  # of what is trained, beside the weights: the two moments of Adam, the moving average


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one part of a training, in `folder`: `step-00000500` holds the state after 500 steps."""

    folder: Path

    def latest(self) -> Path | None:
        """Return the newest whole checkpoint, None where there is none."""
        found = sorted(self.folder.glob("step-*"))
        return found[-1] if found else None

    def prepare(self, network: nn.Module) -> None:
        """Make the folder, and remove what a kill has left half written.

        Raises ModelError where it cannot be written, or where the disk has no room for checkpoints of `network`.
        """
        trained = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
        needed = 4 * (_KEPT + 1) * (_COPIES * trained + sum(value.numel() for value in network.state_dict().values()))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(".step-*"):
                shutil.rmtree(left, ignore_errors=True)
            probe = self.folder / ".writable"
            probe.write_bytes(b"")
            probe.unlink()
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise ModelError(f"{self.folder} cannot be written ({error}); choose another --out") from error
        if free < needed:
            raise ModelError(
                f"{self.folder} has {free >> 20} MiB left, and checkpoints of this network take {needed >> 20} MiB; "
                "free some, or choose another --out"
            )

    def save(self, accelerator: Accelerator, step: int) -> None:
        """Write the state after `step`; older checkpoints but the last go once it is in place.

        Raises ModelError where it cannot be written; the one before is kept.
        """
        place, beside = self.folder / f"step-{step:08d}", self.folder / f".step-{step:08d}"
        if place.exists():
            return
        try:
            accelerator.save_state(str(beside))
            accelerator.wait_for_everyone()
            if accelerator.is_main_process:
                _flush(beside)
                beside.rename(place)
                for old in sorted(self.folder.glob("step-*"))[:-_KEPT]:
                    shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise ModelError(
                f"checkpoint {place} cannot be written ({error}); free some space and run again with --resume"
            ) from error
        accelerator.wait_for_everyone()

    def restore(self, accelerator: Accelerator) -> None:
        """Take up the newest checkpoint, where there is one. Raises ModelError where it does not fit."""
        found = self.latest()
        if found is None:
            return
        try:
            accelerator.load_state(str(found))
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            said = " ".join(str(error).split())[:300]
            raise ModelError(f"checkpoint {found} cannot be taken up ({said}); remove it, or begin anew") from error


def _flush(folder: Path) -> None:
    """Bring the files of `folder` to the disk, so that a crash of the machine leaves no empty ones in place."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
