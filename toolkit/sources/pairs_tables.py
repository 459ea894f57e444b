"""Tables that are pairs already, such as the bundled sample or the Parquet export of a curated run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from toolkit.errors import PictureError
from toolkit.schema import TABLES
from toolkit.sources.parquet import open_parquet, read_records
from toolkit.sources.picture_bytes import read_picture
from toolkit.sources.records import image_struct
from toolkit.sources.remote import AnyPath
from toolkit.sources.rows import BatchedRows, PairRow, sample_id_of


@dataclass(frozen=True)
class PairsTableSource(BatchedRows):
    """The rows of the pairs tables `files`, in order, under the sample ids that they had."""

    name: str
    files: tuple[AnyPath, ...]

    def describe(self) -> str:
        """Return one line on the form."""
        return f"{self.name}: {len(self.files)} Parquet of pairs"

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield one row a row; `skip` passes over whole row groups unread."""
        for path in self.files:
            with open_parquet(path) as file:
                total = file.metadata.num_rows
                if skip >= total:
                    skip -= total
                    continue
                for number, record in read_records(file, skip):
                    yield self._row(path, number, record)
                skip = 0

    def _row(self, path: AnyPath, number: int, record: Mapping[str, object] | str) -> PairRow:
        if isinstance(record, str):
            lost = sample_id_of(self.name, f"{path.name}#{number}")
            return PairRow(lost, None, None, None, None, self.name, None, record, "{}")
        image = image_struct(record["image"])
        data, error = None, None
        try:
            data = read_picture(image, str(path.parent))
        except PictureError as failure:
            error = _text(record["error"]) or str(failure)
        return PairRow(
            sample_id=str(record["sample_id"]),
            caption=_text(record["caption"]),
            data=data,
            image_path=None if image["bytes"] is not None else _text(image["path"]),
            url=_text(record["url"]),
            source=_text(record["source"]) or self.name,
            license=_text(record["license"]),
            error=error,
            meta=_text(record["meta"]) or "{}",
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def is_pairs_table(path: AnyPath) -> bool:
    """Return whether the Parquet file at `path` has all columns of the pairs table. Raises SourceError."""
    with open_parquet(path) as file:
        return set(TABLES["pairs"].schema.names) <= set(file.schema_arrow.names)
