"""Datasets of the `datasets` library: a folder of save_to_disk, or an id on the hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolkit.errors import SourceError
from toolkit.sources.columns import Columns, GivenColumns, choose_columns
from toolkit.sources.records import RecordReader
from toolkit.sources.rows import BatchedRows, PairRow


@dataclass(frozen=True)
class HubDatasetSource(BatchedRows):
    """The rows of one split, pictures as the bytes that the dataset holds (nothing is decoded)."""

    name: str
    columns: Columns
    base: Path
    dataset: Any = field(repr=False)

    def describe(self) -> str:
        """Return one line on the form and the columns in use."""
        columns = self.columns
        return f"{self.name}: a datasets table of {len(self.dataset)} rows; captions in {columns.caption!r}"

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield one row a row; skipped rows are not read."""
        reader = RecordReader(self.name, self.columns, self.base)
        for number in range(skip, len(self.dataset)):
            yield reader.read(f"#{number}", self.dataset[number])


def open_saved_dataset(name: str, path: Path, given: GivenColumns, split: str | None) -> HubDatasetSource:
    """Return the source over a folder that `save_to_disk` wrote. Raises SourceError where it cannot be loaded."""
    from datasets import load_from_disk

    try:
        loaded = load_from_disk(str(path))
    except Exception as error:
        raise SourceError(f"{path} is not a folder that datasets can load ({_first_line(error)})") from error
    return _open(name, loaded, given, split, path)


def open_hub_dataset(name: str, hub_id: str, given: GivenColumns, split: str | None) -> HubDatasetSource:
    """Return the source over dataset `hub_id`, fetched if need be. Raises SourceError where that fails."""
    from datasets import load_dataset

    try:
        loaded = load_dataset(hub_id)
    except Exception as error:  # the library raises nearly anything when offline
        raise SourceError(
            f"{hub_id!r} is neither a path here nor a dataset that can be fetched from the hub ({_first_line(error)})"
        ) from error
    return _open(name, loaded, given, split, Path())


def _open(name: str, loaded: Any, given: GivenColumns, split: str | None, base: Path) -> HubDatasetSource:
    from datasets import DatasetDict, Image

    if isinstance(loaded, DatasetDict):
        splits = list(loaded)
        chosen = split or ("train" if "train" in splits else splits[0])
        if chosen not in splits:
            raise SourceError(f"{name} has no split {chosen!r}; its splits are {', '.join(splits)}")
        loaded = loaded[chosen]
    elif split is not None:
        raise SourceError(f"{name} has no splits; found split={split!r}. Leave it out")
    if len(loaded) == 0:
        raise SourceError(f"{name} holds no rows; expected a caption and a picture in each row")
    for column, feature in loaded.features.items():
        if isinstance(feature, Image):
            loaded = loaded.cast_column(column, Image(decode=False))
    columns = choose_columns(list(loaded.column_names), given, name)
    return HubDatasetSource(name, columns, base, loaded)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no reason given'}"
