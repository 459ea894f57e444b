"""Pictures of a report with the words under them: of the census, of each probe, and of what was erased or dropped."""

from __future__ import annotations

from typing import NamedTuple

from toolkit.report.labels import Label, labels_by_picture
from toolkit.report.measured import is_census, measure_rows
from toolkit.report.pictures import Thumbnails, pair_pictures, sample_pictures
from toolkit.report.subjects import Picture, pairs_shown, samples_shown
from toolkit.report.wording import plain_name
from toolkit.store import RunFolder

TILES_A_PROBE = 16
TILES_A_CENSUS_CELL = 2
THUMBNAIL_SIDE = 56
THUMBNAIL_BYTES = 1_100_000


class Tile(NamedTuple):
    """A picture as a data URI (None where it is missing or too many were shown), its caption, and labels in words."""

    uri: str | None
    caption: str
    words: tuple[str, ...]


class Grid(NamedTuple):
    """The tiles of one subject in one slice, out of `total` pictures."""

    subject: str
    slice: str
    tiles: tuple[Tile, ...]
    total: int


class CensusRow(NamedTuple):
    """What each source drew for one concept, in the order of the sources."""

    concept: str
    cells: tuple[tuple[Tile, ...], ...]


class Shown(NamedTuple):
    """Every picture on the page: painted grids, the census of `sources`, pairs that a hash takes for one."""

    grids: tuple[Grid, ...]
    sources: tuple[str, ...]
    census: tuple[CensusRow, ...]
    erased: tuple[tuple[Tile, Tile], ...]


def pictures_on_page(run: RunFolder, examples: tuple[tuple[str, str], ...]) -> Shown:
    """Return the tiles of a report on `run`; `examples` are pairs of ids that a perceptual hash takes for one."""
    labels = labels_by_picture(run)
    drawn = pairs_shown(run, {row["slice"] for row in measure_rows(run) if is_census(row)})
    painted = _by_subject_and_slice(samples_shown(run))
    thumbnails = Thumbnails(side=THUMBNAIL_SIDE, limit_bytes=THUMBNAIL_BYTES)
    cells = {key: some[:TILES_A_CENSUS_CELL] for key, some in _by_subject_and_slice(drawn).items()}
    captions = _captions(run, [name for pair in examples for name in pair])
    thumbnails.add(pair_pictures(run, [one.subject_id for some in cells.values() for one in some] + list(captions)))
    chosen = {key: some[:TILES_A_PROBE] for key, some in painted.items()}
    thumbnails.add(sample_pictures(run, [one.subject_id for some in chosen.values() for one in some]))

    def tile(picture: Picture) -> Tile:
        said = labels.get((picture.kind, picture.subject_id), [])
        return Tile(thumbnails.get(picture.subject_id), picture.caption, _words(said))

    sources = tuple(dict.fromkeys(sorted(subject for subject, _ in cells)))
    concepts = sorted({concept for _, concept in cells})
    return Shown(
        tuple(Grid(*key, tuple(map(tile, some)), len(painted[key])) for key, some in chosen.items()),
        sources,
        tuple(CensusRow(one, tuple(tuple(map(tile, cells.get((s, one), []))) for s in sources)) for one in concepts),
        tuple(
            (Tile(thumbnails.get(a), captions[a], ()), Tile(thumbnails.get(b), captions[b], ()))
            for a, b in examples
            if a in captions and b in captions
        ),
    )


def _by_subject_and_slice(pictures: list[Picture]) -> dict[tuple[str, str], list[Picture]]:
    found: dict[tuple[str, str], list[Picture]] = {}
    for one in pictures:
        found.setdefault((one.subject, one.slice), []).append(one)
    return dict(sorted(found.items()))


def _words(labels: list[Label]) -> tuple[str, ...]:
    return tuple(f"{plain_name(one.annotator)}: {one.words()}" for one in labels)


def _captions(run: RunFolder, sample_ids: list[str]) -> dict[str, str]:
    holder = run.find("pairs")
    if holder is None or not sample_ids:
        return {}
    rows = holder.read("pairs", columns=["sample_id", "caption"])
    wanted = set(sample_ids)
    pairs = zip(rows["sample_id"].to_pylist(), rows["caption"].to_pylist(), strict=True)
    return {name: caption or "" for name, caption in pairs if name in wanted}
