"""A folder that can be pushed to a dataset hub as it is: Parquet under data/, and a card with the datasheet."""

from __future__ import annotations

from pathlib import Path

from toolkit.curate.export.kept import KeptPairs
from toolkit.curate.export.parquet import write_parquet
from toolkit.report.datasheet import dataset_card


def write_hub_folder(kept: KeptPairs, folder: Path) -> None:
    """Write README.md and data/train-*.parquet to `folder`, named as `datasets.load_dataset(folder)` looks for them."""
    data = folder / "data"
    data.mkdir()
    write_parquet(kept, data)
    written = sorted(data.iterdir())
    for index, path in enumerate(written):
        path.rename(data / f"train-{index:05d}-of-{len(written):05d}.parquet")
    (folder / "README.md").write_text(dataset_card(kept.run), encoding="utf-8")
