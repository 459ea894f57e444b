"""Arrays that are filled once and then read: in memory, or in files that a resumed training finds again."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.store import write_atomically

if TYPE_CHECKING:
    from accelerate import Accelerator

_WHOLE = "whole.json"  # written last: the arrays beside it are filled
Arrays = dict[str, NDArray[Any]]


class Wanted(NamedTuple):
    """The shape and the type of an array."""

    shape: tuple[int, ...]
    dtype: type[np.generic]


def check_room(wanted: Mapping[str, Wanted], max_gib: float, folder: Path | None) -> None:
    """Raise ModelError where the arrays take more than `max_gib`, or more than is free on the disk of `folder`."""
    needed = sum(math.prod(one.shape) * np.dtype(one.dtype).itemsize for one in wanted.values())
    if needed > max_gib * 2**30:
        raise ModelError(
            f"the encoded pairs take {needed / 2**30:.2f} GiB, and max_encoded_gib is {max_gib:g}; raise it in the "
            "recipe, or choose fewer pairs or a lower resolution"
        )
    if folder is None:
        return
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise ModelError(
            f"the encoded pairs take {needed / 2**30:.2f} GiB, and {there} has {free / 2**30:.2f} left; free some, or "
            "choose another --out"
        )


def arrays_in_memory(wanted: Mapping[str, Wanted], fill: Callable[[Arrays], None]) -> Arrays:
    """Return the arrays of `wanted`, filled by `fill`, in memory."""
    arrays = {name: np.zeros(*one) for name, one in wanted.items()}
    fill(arrays)
    return arrays


def arrays_in_files(
    folder: Path, wanted: Mapping[str, Wanted], fill: Callable[[Arrays], None], accelerator: Accelerator
) -> Arrays:
    """Return the arrays of `wanted` as files of `folder`, to be read only.

    They are filled once, by all processes together: each fills its part of the same files. Where an earlier process was
    killed before they were whole, they are filled anew.
    """
    if not (folder / _WHOLE).is_file():
        if accelerator.is_main_process:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name, one in wanted.items():
                np.lib.format.open_memmap(folder / f"{name}.npy", "w+", one.dtype, one.shape).flush()
        accelerator.wait_for_everyone()
        open_files = {name: np.load(folder / f"{name}.npy", mmap_mode="r+") for name in wanted}
        fill(open_files)
        for array in open_files.values():
            array.flush()
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            write_atomically(folder / _WHOLE, json.dumps(sorted(wanted)).encode())
        accelerator.wait_for_everyone()
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in wanted}
