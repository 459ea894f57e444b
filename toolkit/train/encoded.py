"""A training set as a pipeline's denoiser reads it: latents and texts, encoded once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.models.text_encoder import quiet_transformers
from toolkit.progress import Progress
from toolkit.store import RunFolder
from toolkit.train.kept_arrays import Arrays, Wanted, arrays_in_files, arrays_in_memory, check_room
from toolkit.train.latent_space import LatentSpace
from toolkit.train.pipeline_family import Family, Texts
from toolkit.train.pipeline_recipe import PipelineRecipe
from toolkit.train.squares import Fit, read_squares
from toolkit.train.training_set import TrainingPairs

if TYPE_CHECKING:
    from accelerate import Accelerator

_PIXELS_AT_ONCE = 1 << 21
_CAPTIONS_AT_ONCE = 16


class EncodedPairs(NamedTuple):
    """`mean` and `deviation` float16 (pairs, channels, h, w) of the latents, `frames` int64 (pairs, 6) of the pictures
    (see `Family.predict`), and `texts` by name, a row a caption and a last one for none: float16 where they are floats.
    """

    mean: NDArray[np.float16]
    deviation: NDArray[np.float16]
    frames: NDArray[np.int64]
    texts: Arrays

    def conditions(self, captions: NDArray[np.int64], device: torch.device) -> Texts:
        """Return what the denoiser reads of `captions` (n,), rows of `texts`; -1 is no caption."""
        return {name: _tensor(rows[captions], device) for name, rows in self.texts.items()}

    def latents(self, pairs: NDArray[np.int64], noise: torch.Tensor) -> torch.Tensor:
        """Return latents of `pairs` (n,), float32, drawn by `noise` from what the autoencoder thinks possible."""
        return _tensor(self.mean[pairs], noise.device) + _tensor(self.deviation[pairs], noise.device) * noise


class Unencoded(NamedTuple):
    """What is to be encoded: the pictures of `runs` as squares of `side`, and the captions of `pairs`."""

    runs: Sequence[RunFolder]
    pairs: TrainingPairs
    side: int
    fit: Fit


def encode_pairs(
    data: Unencoded,
    space: LatentSpace,
    family: Family,
    recipe: PipelineRecipe,
    folder: Path | None,
    accelerator: Accelerator,
    progress: Progress,
) -> EncodedPairs:
    """Return all of `data` encoded: in files of `folder`, or in memory where the recipe wants that or folder is None.

    Raises ModelError before it begins where that takes more room than `recipe.max_encoded_gib`, or than there is.
    """
    nothing = encode_texts(family, None)
    wanted = _wanted(data, space, nothing)
    in_files = folder if recipe.encoded_in == "files" else None
    check_room(wanted, recipe.max_encoded_gib, in_files)

    def fill(arrays: Arrays) -> None:
        for name, row in nothing.items():
            arrays[name][-1] = _array(row)[0]
        _fill_texts(
            arrays, _share(len(data.pairs.captions), accelerator, in_files), data, family, accelerator, progress
        )
        _fill_pictures(
            arrays, _share(len(data.pairs.sources), accelerator, in_files), data, space, accelerator, progress
        )

    if in_files is None:
        arrays = arrays_in_memory(wanted, fill)
    else:
        arrays = arrays_in_files(in_files, wanted, fill, accelerator)
    texts = {name: arrays[name] for name in nothing}
    return EncodedPairs(arrays["latent mean"], arrays["latent deviation"], arrays["frames"], texts)


@torch.no_grad()
def encode_texts(family: Family, captions: Sequence[str] | None) -> Texts:
    """Return what the denoiser reads of each of `captions`, or of no caption, on the CPU. In single precision: in half,
    T5 overflows."""
    from diffusers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # it writes a warning for each caption that is cut; the card counts them
    try:
        encoded = family.encode_nothing() if captions is None else family.encode(captions)
    finally:
        logging.set_verbosity(verbosity)
    return {name: rows.cpu() for name, rows in encoded.items()}


def count_cut(family: Family, captions: Sequence[str]) -> int:
    """Return how many of `captions` are longer than what the text encoder reads."""
    with quiet_transformers():
        return sum(family.tokens(caption) > family.token_limit for caption in captions)


@contextmanager
def on_device(accelerator: Accelerator, *networks: Any) -> Iterator[None]:
    """Keep `networks` on the device of `accelerator` inside the block, and on the CPU after it."""
    for network in networks:
        network.to(accelerator.device)
    try:
        yield
    finally:
        for network in networks:
            network.to("cpu")


def _wanted(data: Unencoded, space: LatentSpace, nothing: Texts) -> dict[str, Wanted]:
    count, side = len(data.pairs.sources), data.side // space.factor
    latents = Wanted((count, space.channels, side, side), np.float16)
    wanted = {"latent mean": latents, "latent deviation": latents, "frames": Wanted((count, 6), np.int64)}
    for name, row in nothing.items():
        wanted[name] = Wanted((len(data.pairs.captions) + 1, *row.shape[1:]), _array(row).dtype.type)
    return wanted


def _share(count: int, accelerator: Accelerator, folder: Path | None) -> range:
    """Return the rows that this process encodes: all where they stay in its own memory."""
    if folder is None:
        return range(count)
    rank, processes = accelerator.process_index, accelerator.num_processes
    return range(count * rank // processes, count * (rank + 1) // processes)


def _fill_texts(
    arrays: Arrays, rows: range, data: Unencoded, family: Family, accelerator: Accelerator, progress: Progress
) -> None:
    with on_device(accelerator, *family.text_encoders()):
        for start in range(rows.start, rows.stop, _CAPTIONS_AT_ONCE):
            stop = min(start + _CAPTIONS_AT_ONCE, rows.stop)
            for name, encoded in encode_texts(family, data.pairs.captions[start:stop]).items():
                arrays[name][start:stop] = _array(encoded)
            progress("encoding captions", stop - rows.start, len(rows))


def _fill_pictures(
    arrays: Arrays, rows: range, data: Unencoded, space: LatentSpace, accelerator: Accelerator, progress: Progress
) -> None:
    at_once = max(1, _PIXELS_AT_ONCE // data.side**2)
    squares = read_squares(data.runs, data.side, data.fit, rows)
    with on_device(accelerator, space.vae):
        for start in range(rows.start, rows.stop, at_once):
            chunk = [next(squares) for _ in range(start, min(start + at_once, rows.stop))]
            stop = start + len(chunk)
            mean, deviation = space.encode(np.stack([one.pixels for one in chunk]))
            arrays["latent mean"][start:stop] = _array(mean)
            arrays["latent deviation"][start:stop] = _array(deviation)
            arrays["frames"][start:stop] = [[*one[1:], data.side, data.side] for one in chunk]
            progress("encoding pictures", stop - rows.start, len(rows))


def _array(rows: torch.Tensor) -> NDArray[Any]:
    """Return `rows` as they are kept. Raises ModelError for what half precision cannot hold."""
    if not rows.is_floating_point():
        return rows.cpu().numpy()
    halves = rows.half().cpu().numpy()
    if not np.isfinite(halves).all():
        raise ModelError(
            "the pipeline encodes a picture or a caption as numbers that half precision cannot hold; it is damaged, or "
            "of a kind that cannot be trained on"
        )
    return halves


def _tensor(rows: NDArray[Any], device: torch.device) -> torch.Tensor:
    moved = torch.from_numpy(np.ascontiguousarray(rows)).to(device)
    return moved.float() if moved.is_floating_point() else moved
