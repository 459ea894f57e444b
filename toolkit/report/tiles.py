"""Pictures of a report with the words under them: of the census, of each probe, and of what was erased."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.report.labels import Label, labels_by_picture
from toolkit.report.measured import is_census, measure_rows
from toolkit.report.paths import ShownPath, paths_on_page
from toolkit.report.pictures import Thumbnails, pair_pictures, sample_pictures
from toolkit.report.subjects import Picture, pairs_shown, samples_shown
from toolkit.report.veils import veiled, veiled_samples
from toolkit.report.wording import plain_name
from toolkit.store import RunFolder

TILES_A_PROBE = 22
TILES_A_CENSUS_CELL = 2
THUMBNAIL_SIDE = 56
THUMBNAIL_BYTES = 1_000_000
READS_CAPTIONS = "caption-words"  # the annotator that never looks at a picture


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
    cells: tuple[Grid, ...]


class Shown(NamedTuple):
    """Every picture on the page: painted grids, the census of `sources`, pairs that a hash takes for one, and ways from
    snow to picture."""

    grids: tuple[Grid, ...]
    sources: tuple[str, ...]
    census: tuple[CensusRow, ...]
    erased: tuple[tuple[Tile, Tile], ...]
    paths: tuple[ShownPath, ...]


def pictures_on_page(run: RunFolder, examples: tuple[tuple[str, str], ...]) -> Shown:
    """Return the tiles of a report on `run`; `examples` are pairs of ids that a perceptual hash takes for one."""
    slices = sorted({row["slice"] for row in measure_rows(run) if is_census(row)})
    drawn = _by_place([one for one in pairs_shown(run, slices) if one.neutral])
    painted = _by_place([one for one in samples_shown(run) if not one.failed])
    captions = _captions(run, [name for pair in examples for name in pair])
    thumbnails = Thumbnails(side=THUMBNAIL_SIDE, limit_bytes=THUMBNAIL_BYTES)
    pairs = [*_first(drawn, TILES_A_CENSUS_CELL), *captions]
    thumbnails.add(pair_pictures(run, pairs), veiled=veiled(run, pairs))
    thumbnails.add(sample_pictures(run, _first(painted, TILES_A_PROBE)), veiled=veiled_samples(run))
    labels = labels_by_picture(run)
    sources = tuple(sorted({subject for subject, _ in drawn}))
    concepts = sorted({concept for _, concept in drawn})
    return Shown(
        tuple(_grid(place, painted, TILES_A_PROBE, thumbnails, labels) for place in painted),
        sources,
        tuple(
            CensusRow(
                one, tuple(_grid((source, one), drawn, TILES_A_CENSUS_CELL, thumbnails, labels) for source in sources)
            )
            for one in concepts
        ),
        tuple(
            (Tile(thumbnails.get(first), captions[first], ()), Tile(thumbnails.get(second), captions[second], ()))
            for first, second in examples
            if first in captions and second in captions
        ),
        paths_on_page(run),
    )


Place = tuple[str, str]


def _by_place(pictures: list[Picture]) -> dict[Place, list[Picture]]:
    found: dict[Place, list[Picture]] = {}
    for one in pictures:
        found.setdefault((one.subject, one.slice), []).append(one)
    return dict(sorted(found.items()))


def _first(places: dict[Place, list[Picture]], number: int) -> list[str]:
    return [one.subject_id for some in places.values() for one in some[:number]]


def _grid(
    place: Place,
    pictures: dict[Place, list[Picture]],
    number: int,
    thumbnails: Thumbnails,
    labels: dict[tuple[str, str], list[Label]],
) -> Grid:
    some = pictures.get(place, [])
    tiles = [
        Tile(thumbnails.get(one.subject_id), one.caption, words_under(labels.get((one.kind, one.subject_id), [])))
        for one in some[:number]
    ]
    return Grid(*place, tuple(tiles), len(some))


def words_under(labels: list[Label]) -> tuple[str, ...]:
    """Return what annotators said of one picture; each is named only where two speak of one attribute."""
    looked = [one for one in labels if one.annotator != READS_CAPTIONS]
    attributes = [one.attribute for one in looked]
    return tuple(
        f"{plain_name(one.annotator)}: {one.words()}" if attributes.count(one.attribute) > 1 else one.words()
        for one in looked
    )


def _captions(run: RunFolder, sample_ids: list[str]) -> dict[str, str]:
    holder = run.find("pairs")
    if holder is None or not sample_ids:
        return {}
    rows = holder.read("pairs", columns=["sample_id", "caption"])
    wanted = rows.filter(pc.is_in(rows["sample_id"], value_set=pa.array(sample_ids, pa.string())))
    pairs = zip(wanted["sample_id"].to_pylist(), wanted["caption"].to_pylist(), strict=True)
    return {name: caption or "" for name, caption in pairs}
