"""What TensorBoard shows of a training: curves and pictures, written while it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError


class Log:
    """Writes figures and pictures of one part of a training; nothing where it has no `writer`."""

    def __init__(self, writer: Any = None) -> None:
        self._writer = writer

    def figure(self, name: str, value: float, step: int) -> None:
        """Note that `name` is `value` after `step` steps."""
        if self._writer is not None:
            self._writer.add_scalar(name, value, step)

    def picture(self, name: str, pixels: NDArray[np.uint8], step: int) -> None:
        """Show `pixels`, uint8 (height, width, 3), under `name` after `step` steps."""
        if self._writer is not None:
            self._writer.add_image(name, pixels, step, dataformats="HWC")


def check_tensorboard() -> None:
    """Raise ModelError where TensorBoard is not installed."""
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ModelError(
            "--tensorboard needs the package tensorboard; run: pip install 'tain[train]', or leave --tensorboard out"
        ) from error


@contextmanager
def open_log(folder: Path | None, part: str, step: int) -> Iterator[Log]:
    """Yield the log of `part`, a run of its own below `folder`; without a folder it writes nothing.

    The training goes on after `step`: what an interrupted one has logged beyond it, TensorBoard no longer shows.
    """
    if folder is None:
        yield Log()
        return
    check_tensorboard()
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / part), purge_step=step + 1) as writer:
        yield Log(writer)
