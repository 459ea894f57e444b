"""Telling what kind of input a path or name is, and opening it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from toolkit.errors import SourceError
from toolkit.sources.columns import GivenColumns
from toolkit.sources.remote import AnyPath, RemotePath, any_path, files_under
from toolkit.sources.rows import Source

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
_FILES_TO_LOOK_AT = 10_000

LOOKED_FOR = (
    "a folder with metadata.csv or metadata.jsonl, a folder of pictures with a .txt beside each, a .csv, .tsv, .jsonl "
    "or .parquet, a WebDataset .tar, a folder of such tars or tables, a folder saved by datasets, a run of tain "
    "scrape, a dataset's id on the hub (OWNER/NAME), or zoo:sample"
)


def open_source(
    path_or_id: str | Path,
    *,
    name: str | None = None,
    caption_column: str | None = None,
    image_column: str | None = None,
    url_column: str | None = None,
    split: str | None = None,
) -> Source:
    """Return the source of image-text pairs at a path, at an address (`file://`, `s3://`, `gs://`), under a hub id, or
    the bundled `zoo:sample`.

    `name` is what the pairs are called in tables and in their ids; it defaults to the file's or folder's own. Columns
    that are not given are guessed by the names that datasets use; `split` is for datasets that have several.
    Raises SourceError that says what was looked for and what was found.
    """
    given = GivenColumns(caption_column, image_column, url_column)
    text = str(path_or_id)
    if text == "zoo:sample":
        return _open_sample()
    path = any_path(path_or_id)
    if isinstance(path, RemotePath):
        return _open_remote(name or path.name.split(".")[0] or path.name, path, given)
    if path.is_file():
        return _open_files(name or path.name.split(".")[0] or path.name, path, [path], given)
    if path.is_dir():
        return _open_folder(name or path.resolve().name, path, given, split)
    if path.exists():
        raise SourceError(f"{path} is neither a file nor a folder; expected {LOOKED_FOR}")
    if _is_hub_id(text):
        from toolkit.sources.hub_dataset import open_hub_dataset

        return open_hub_dataset(name or text, text, given, split)
    raise SourceError(f"{path} does not exist; expected {LOOKED_FOR}")


def _is_hub_id(text: str) -> bool:
    """Return whether `text` is OWNER/NAME and no mistyped path: not in a folder that is here, not called as a file."""
    as_file = text.lower().endswith((*TAR_SUFFIXES, *TABLE_SUFFIXES, ".parquet"))
    return bool(_HUB_ID.fullmatch(text)) and not as_file and not Path(text).parent.is_dir()


def _open_sample() -> Source:
    from toolkit.sources.pairs_tables import PairsTableSource
    from toolkit.zoo.sample_files import sample_files

    return PairsTableSource("zoo:sample", tuple(sample_files()))


def _open_files(name: str, where: AnyPath, files: Sequence[AnyPath], given: GivenColumns) -> Source:
    """Open `files`, which are of one kind."""
    lowered = files[0].name.lower()
    if lowered.endswith(TABLE_SUFFIXES):
        from toolkit.sources.delimited import open_delimited

        return open_delimited(name, files, given)
    if lowered.endswith(".parquet"):
        from toolkit.sources.pairs_tables import PairsTableSource, is_pairs_table
        from toolkit.sources.parquet import open_parquet_files

        if given == GivenColumns() and all(is_pairs_table(one) for one in files):
            return PairsTableSource(name, tuple(files))
        return open_parquet_files(name, files, given)
    if lowered.endswith(TAR_SUFFIXES):
        from toolkit.sources.tar import open_tars

        return open_tars(name, files, given)
    raise SourceError(f"{where} is a {files[0].suffix or 'file without a suffix'}; expected {LOOKED_FOR}")


def _open_remote(name: str, path: RemotePath, given: GivenColumns) -> Source:
    """Open what is at `path` in an object store: a file, or a folder of files of one kind. Raises SourceError."""
    files = files_under(path)
    for kind in (TAR_SUFFIXES, (".parquet",), *((one,) for one in TABLE_SUFFIXES)):
        found = [one for one in files if one.name.lower().endswith(kind)]
        if found:
            return _open_files(name, path, found, given)
    held = f"holds {len(files)} files, the first of them {files[0].name}" if files else "does not exist"
    raise SourceError(
        f"{path} {held}; expected a table ({', '.join(TABLE_SUFFIXES)}, .parquet), a .tar, or a folder of them"
    )


def _open_folder(name: str, path: Path, given: GivenColumns, split: str | None) -> Source:
    if (path / "run.json").is_file():
        return _open_run(name, path, given)
    if any((path / marker).is_file() for marker in ("state.json", "dataset_dict.json")):
        from toolkit.sources.hub_dataset import open_saved_dataset

        return open_saved_dataset(name, path, given, split)
    metadata = _metadata_files(path)
    if metadata:
        from toolkit.sources.delimited import open_delimited

        return open_delimited(name, metadata, given, confined=True)
    files = list(islice(_files_under(path), _FILES_TO_LOOK_AT))
    if not files:
        raise SourceError(f"{path} is an empty folder; expected {LOOKED_FOR}")
    return _open_by_content(name, path, files, given)


def _open_run(name: str, path: Path, given: GivenColumns) -> Source:
    """Open the pairs of a run folder that nobody has curated yet. Raises SourceError for any other, RunError
    where it is damaged."""
    from toolkit.sources.pairs_tables import PairsTableSource
    from toolkit.store import RunFolder

    run = RunFolder(path)
    if not run.has("pairs") or run.has("decisions") or run.has("scores"):
        raise SourceError(f"{path} is a run folder, not raw pairs; export it first (tain export {path} --to parquet)")
    if not all(stage["finished"] for stage in run.stages.values()):
        raise SourceError(f"{path} is an unfinished run; finish it with --resume first")
    return PairsTableSource(name, tuple(run.shards("pairs")))


def _metadata_files(path: Path) -> list[Path]:
    """Return the metadata of an imagefolder: at its top, else in its folders, as splits have them."""
    for pattern in ("metadata.jsonl", "metadata.csv", "*/metadata.jsonl", "*/metadata.csv"):
        found = sorted(path.glob(pattern))
        if found:
            return found
    return []


def _open_by_content(name: str, path: Path, files: list[Path], given: GivenColumns) -> Source:
    """Open a folder by what most tells its kind: captions beside pictures, then tars, Parquet and text tables."""
    from toolkit.sources.folder import FolderSource, has_captions_beside, suffix_of
    from toolkit.sources.sidecars import PICTURE_SUFFIXES

    suffixes = Counter(suffix_of(one) for one in files)
    pictures = sum(suffixes[one] for one in PICTURE_SUFFIXES)
    if pictures and has_captions_beside(path):
        return FolderSource(name, path, given)
    for kind in (TAR_SUFFIXES, (".parquet",), *((one,) for one in TABLE_SUFFIXES)):
        found = sorted(one for one in _files_under(path) if one.name.lower().endswith(kind))
        if found:
            return _open_files(name, path, found, given)
    if pictures:
        raise SourceError(
            f"{path} has no captions: {pictures} or more pictures, but no .txt of the same name beside any, and no "
            "metadata.csv or metadata.jsonl"
        )
    counted = ", ".join(f"{count} .{suffix or '(no suffix)'}" for suffix, count in suffixes.most_common(5))
    raise SourceError(f"{path} holds {counted}; expected {LOOKED_FOR}")


def _files_under(path: Path) -> Iterator[Path]:
    return (one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
