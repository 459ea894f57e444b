"""What a share is held against: an even share, the training data, and shares that people published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.audit.references import load_references
from toolkit.report.measured import RAW, SHARE, Place, Row, captions_named, raw
from toolkit.report.subjects import DATA
from toolkit.report.wording import plain_name, subject_name
from toolkit.statistics.noise_floor import total_variation_floor

EVEN, CAPTIONS, KEPT, LABOUR = "even", "captions", "training data", "labour statistics"
BUNDLED = "set:occupations"  # the labour statistics that come with the probe set of occupations
PUBLISHER = "BLS"  # the US Bureau of Labor Statistics, as sources name it
DIFFERENCE = "difference_from_reference"
DISTANCES = {EVEN: "total_variation", CAPTIONS: "total_variation_from_captions"}
PUBLISHED = "total_variation_from_reference"


class ReferenceShares(NamedTuple):
    """The share of one group by slice, in [0, 1]: `key` stands in an address, `name` is what people call it, and
    `sources` say of single slices where the figure was published."""

    key: str
    name: str
    shares: dict[str, float]
    sources: dict[str, str]


def reference_shares(rows: Sequence[Row], place: Place) -> list[ReferenceShares]:
    """Return what the shares at `place` can be held against, of all `rows` of a run's measures: an even share first.

    Then, as far as there are any: the kept training pairs of all sources (as the ledger counts them), what captions of
    the data name, each source of the data (by every annotator that read it, the same one first), labour statistics, and
    whatever published shares the measures hold. A reference speaks of the slices that it has a share for.
    """
    own = [row for row in raw(list(rows)) if row["attribute"] == place.attribute]
    mine = [row for row in own if (row["subject"], row["annotator"]) == (place.subject, place.annotator)]
    here = [row for row in mine if row["group"] == place.group]
    groups = {row["group"] for row in mine if row["measure"] == SHARE}
    slices = [row["slice"] for row in here if row["measure"] == SHARE]
    kept = {row["slice"]: row["value"] for row in here if row["measure"] == "ledger_kept" and row["value"] is not None}
    found = [
        ReferenceShares(EVEN, "an even share", dict.fromkeys(slices, 1 / max(2, len(groups))), {}),
        ReferenceShares(KEPT, "the training data, all sources", kept, {}),
        ReferenceShares(CAPTIONS, "captions of the data", captions_named(here), {}),
        *_sources(own, place),
        *_published(here, place, groups, slices),
    ]
    return [one for one in found if one.shares]


def _sources(rows: Sequence[Row], place: Place) -> list[ReferenceShares]:
    """Return the shares of each source of the data, as every annotator reads them."""
    found: dict[tuple[bool, str, str], dict[str, float]] = {}
    for row in rows:
        alike = row["measure"] == SHARE and row["group"] == place.group and row["value"] is not None
        if alike and row["subject"].startswith(DATA) and row["subject"] != place.subject:
            key = (row["annotator"] != place.annotator, row["annotator"], row["subject"])
            found.setdefault(key, {})[row["slice"]] = row["value"]
    shown = []
    for (other, annotator, subject), shares in sorted(found.items()):
        name = subject_name(subject) + (f", read by {plain_name(annotator)}" if other else "")
        shown.append(ReferenceShares(f"{subject} {annotator}" if other else subject, name, shares, {}))
    return shown


def _published(rows: Sequence[Row], place: Place, groups: set[str], slices: Sequence[str]) -> list[ReferenceShares]:
    """Return published shares: those that the measures hold, and the labour statistics of the other slices."""
    shares = {row["slice"]: row["value"] for row in rows if row["measure"] == SHARE}
    known: dict[str, ReferenceShares] = {}

    def add(slice_name: str, share: float, source: str) -> None:
        publisher = source.partition(": ")[0]
        name = LABOUR if publisher.startswith(PUBLISHER) else publisher
        one = known.setdefault(name, ReferenceShares(name, name, {}, {}))
        one.shares.setdefault(slice_name, share)
        one.sources.setdefault(slice_name, source)

    for row in rows:
        if row["measure"] == DIFFERENCE and row["value"] is not None and shares.get(row["slice"]) is not None:
            add(row["slice"], min(1.0, max(0.0, shares[row["slice"]] - row["value"])), row["reference"] or "published")
    told = {slice_name for one in known.values() for slice_name in one.shares}
    if {"woman", "man"} & groups:
        for slice_name, some in load_references([BUNDLED]).items():
            if slice_name in slices and slice_name not in told:
                for one in some:
                    if set(one.shares) <= groups:
                        add(slice_name, one.shares.get(place.group, 0.0), one.source)
    return sorted(known.values(), key=lambda one: (one.key != LABOUR, one.key))


def floor_around(row: Row, reference: ReferenceShares) -> float | None:
    """Return how far the share of a model that has just the share of `reference` lies from it on average, with as many
    pictures as `row` counts; None for a census, and where the reference has no share of its slice.

    Formula as `toolkit.statistics.noise_floor.total_variation_floor` of two groups; of an even share it is that of
    `row`, over all groups.
    """
    share = reference.shares.get(row["slice"])
    if share is None or row["low"] is None:
        return None
    if reference.key == EVEN:
        return float(row["floor"]) if row["floor"] is not None else None
    n = int(min(row["n"], row["n_effective"] or row["n"]))
    return float(total_variation_floor(n, 2, reference=[share, 1 - share])) if n else None


def distances(rows: Sequence[Row], place: Place, slice_name: str, reference: ReferenceShares) -> list[Row]:
    """Return the measured distances of a slice from `reference`, of its group and of all groups together, raw ones
    first; none from what the audit was not held against."""
    if reference.key in DISTANCES:
        of_group, of_all, source = f"difference_from_{reference.key}", DISTANCES[reference.key], None
    elif slice_name in reference.sources:
        of_group, of_all, source = DIFFERENCE, PUBLISHED, reference.sources[slice_name]
    else:
        return []
    found = [
        row
        for row in rows
        if (row["subject"], row["attribute"], row["annotator"]) == place[:3]
        and row["slice"] == slice_name
        and (row["measure"] == of_all or (row["measure"] == of_group and row["group"] == place.group))
        and (source is None or row["reference"] == source)
        and row["value"] is not None
    ]
    return sorted(found, key=lambda row: (row["correction"] != RAW, row["correction"], row["measure"] == of_all))
