"""The export stage: kept pairs in the form that another program reads, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from toolkit.curate.export.hub import write_hub_folder
from toolkit.curate.export.imagefolder import write_imagefolder
from toolkit.curate.export.kept import KeptPairs
from toolkit.curate.export.parquet import write_parquet
from toolkit.curate.export.selection import write_selection
from toolkit.curate.export.webdataset import write_webdataset
from toolkit.errors import RunError
from toolkit.progress import Progress, silent
from toolkit.store import RunFolder, in_the_way, whole_folder


def export(run: RunFolder, to: str, out: str | Path, *, progress: Progress = silent) -> Path:
    """Write the kept pairs of `run` to the new folder `out` and return it; it appears once all is written.

    `to` is parquet (loaded by `datasets` with an Image column, bytes inside), webdataset (tars of KEY.jpg, KEY.txt,
    KEY.json), imagefolder (metadata.jsonl beside pictures), ids (which rows were kept, no pictures) or hub (Parquet
    and a dataset card with the datasheet). The caption is called `text` there, as in most sets.
    Raises RunError for another `to`, for a run without decisions, where `out` is in the way, or where a picture is
    no longer what was curated.
    """
    if to not in FORMS:
        raise RunError(f"cannot export to {to!r}; the forms are {', '.join(FORMS)}")
    if run.find("decisions") is None or run.find("pairs") is None:
        raise RunError(f"{run.path} has no pairs with decisions; give a run that tain curate or tain decide wrote")
    out = Path(out)
    if in_the_way(out):
        raise RunError(f"{out} is in the way; choose another --out")
    with whole_folder(out) as beside:
        FORMS[to](KeptPairs(run, progress), beside)
    return out


FORMS: dict[str, Callable[[KeptPairs, Path], None]] = {
    "parquet": write_parquet,
    "webdataset": write_webdataset,
    "imagefolder": write_imagefolder,
    "ids": write_selection,
    "hub": write_hub_folder,
}
