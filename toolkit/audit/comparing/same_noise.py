"""Pictures of one prompt and seed in two audits: what one annotator reads in the one and in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from toolkit.audit.comparing.sides import Pair
from toolkit.audit.measuring.counterfactuals import contrasts, group_of
from toolkit.audit.measuring.readings import ABSTAINED, COLUMNS, UNREAD, Readings, read_labels
from toolkit.audit.subjects import ALL, Subject, sample_subjects
from toolkit.store import RunFolder

Name = tuple[str, int]  # prompt and seed
Ruler = tuple[str, str]  # annotator and attribute


class Key(NamedTuple):
    """Where changes are counted."""

    subject_a: str
    subject_b: str
    slice: str
    attribute: str
    group: str
    annotator: str


class Changes(NamedTuple):
    """Of `pairs` of pictures that both could be read, how many `gained` the group, and how many `lost` it."""

    pairs: int
    gained: int
    lost: int


class Painted(NamedTuple):
    """The pictures of an audit and what was read in them."""

    subjects: Sequence[Subject]
    readings: Mapping[Ruler, Readings]


class Twins(NamedTuple):
    """Two pictures of one `seed` by their request ids, with the prompt of each, and what one annotator read in each,
    None where it could not tell. `slices` are the concepts that both count for."""

    prompts: tuple[str, str]
    seed: int
    first: str
    second: str
    before: str | None
    after: str | None
    slices: tuple[str, ...]


class NoiseReading(NamedTuple):
    """What was read in the picture of one prompt and seed, None where it could not be told, and where it counts."""

    value: str | None
    slices: tuple[str, ...]
    subject_id: str


def painted_of(run: RunFolder) -> Painted | None:
    """Return the pictures behind the audit `run` with their labels; None where these tables are not at hand."""
    holder = run.find("labels")
    if holder is None or run.find("samples") is None or run.find("requests") is None:
        return None
    subjects = sample_subjects(run)
    readings = read_labels(holder.read("labels", columns=list(COLUMNS)), subjects)
    return Painted(subjects, {(one.annotator, one.attribute): one for one in readings})


def changed_versions(first: Painted, second: Painted) -> list[str]:
    """Return the annotators, with their attribute, that differ in version between two audits: two rulers, not one."""
    return [
        f"{annotator} ({attribute})"
        for (annotator, attribute), one in sorted(first.readings.items())
        if (annotator, attribute) in second.readings
        and second.readings[annotator, attribute].annotator_version != one.annotator_version
    ]


def count_changes(first: Painted, second: Painted, pairs: Sequence[Pair]) -> dict[Key, Changes]:
    """Return what changed between pictures of one prompt and seed, by slice (also over all) and group.

    Only labels of one annotator in one version count, of pictures that have one label each and that it could tell on
    both sides. A prompt and seed that occur twice on a side are left out: which belongs to which nobody knows.
    """
    found: dict[Key, Changes] = {}
    for ruler in sorted(first.readings.keys() & second.readings.keys()):
        one, two = first.readings[ruler], second.readings[ruler]
        if one.annotator_version != two.annotator_version:
            continue
        groups = tuple(dict.fromkeys((*one.values, *two.values)))
        for pair in pairs:
            ours = _named_readings(first.subjects, one, pair.first)
            theirs = _named_readings(second.subjects, two, pair.second)
            found.update(_count(pair, ruler, groups, ours, theirs))
    return found


def readings_by_noise(painted: Painted, origin: str, ruler: Ruler) -> dict[Name, NoiseReading]:
    """Return what the annotator and attribute of `ruler` read in each picture of `origin`, by its prompt and seed; of
    those that occur twice, none. Raises KeyError where nothing was read so."""
    return _named_readings(painted.subjects, painted.readings[ruler], origin)


def twins_of(first: Painted, second: Painted, pair: Pair, ruler: Ruler) -> list[Twins]:
    """Return the pictures of one prompt and seed that the annotator and attribute of `ruler` were asked about in both
    audits, by prompt and seed; none where one audit lacks that annotator. A prompt and seed that occur twice on a side
    are left out, as they are where changes are counted."""
    if ruler not in first.readings or ruler not in second.readings:
        return []
    ours = _named_readings(first.subjects, first.readings[ruler], pair.first)
    theirs = _named_readings(second.subjects, second.readings[ruler], pair.second)
    found = []
    for prompt, seed in sorted(ours.keys() & theirs.keys()):
        one, two = ours[prompt, seed], theirs[prompt, seed]
        slices = tuple(name for name in one.slices if name in two.slices)
        found.append(Twins((prompt, prompt), seed, one.subject_id, two.subject_id, one.value, two.value, slices))
    return found


def twins_of_words(painted: Painted, origin: str, ruler: Ruler) -> dict[str, list[Twins]]:
    """Return the pictures of one audit that differ in a word of the prompt alone, on the same noise, by the words of
    the contrast: "style 'pencil' against 'plain'". The first of each two is the one without the word.

    What the annotator and attribute of `ruler` read is given; pictures that it was not asked about are left out.
    """
    if ruler not in painted.readings:
        return {}
    read = painted.readings[ruler]
    codes = read.by_subject(len(painted.subjects))
    found: dict[str, list[Twins]] = {}
    for contrast, pairs in contrasts(painted.subjects).items():
        words = group_of("", contrast).removeprefix(": ")
        for one in pairs if contrast.origin == origin else ():
            with_word, without = painted.subjects[one.first], painted.subjects[one.second]
            if UNREAD in (codes[one.first], codes[one.second]):
                continue
            before, after = (
                None if code == ABSTAINED else read.values[code] for code in codes[[one.second, one.first]].tolist()
            )
            slices = tuple(name for name in without.slices if name in with_word.slices)
            prompts = (without.caption, with_word.caption)
            two = Twins(prompts, one.seed, without.subject_id, with_word.subject_id, before, after, slices)
            found.setdefault(words, []).append(two)
    return found


def _named_readings(subjects: Sequence[Subject], readings: Readings, origin: str) -> dict[Name, NoiseReading]:
    """Return what was read in each picture of `origin`, by its prompt and seed; None where it could not be told."""
    of_picture = Counter(readings.subject.tolist())
    names: Counter[Name] = Counter()
    found: dict[Name, NoiseReading] = {}
    for place, value in zip(readings.subject.tolist(), readings.value.tolist(), strict=True):
        one = subjects[place]
        if one.origin != origin or one.seed is None or of_picture[place] > 1:
            continue
        name = (one.caption, one.seed)
        names[name] += 1
        found[name] = NoiseReading(None if value == ABSTAINED else readings.values[value], one.slices, one.subject_id)
    return {name: read for name, read in found.items() if names[name] == 1}


def _count(
    pair: Pair,
    ruler: Ruler,
    groups: Sequence[str],
    ours: Mapping[Name, NoiseReading],
    theirs: Mapping[Name, NoiseReading],
) -> Iterator[tuple[Key, Changes]]:
    place = {group: index for index, group in enumerate(groups)}
    tables: dict[str, np.ndarray[tuple[int, int], np.dtype[np.int64]]] = {}
    for name in sorted(ours.keys() & theirs.keys()):
        before, after = ours[name], theirs[name]
        if before.value is None or after.value is None:
            continue
        common = [one for one in before.slices if one in after.slices]
        for slice_name in dict.fromkeys((*common, ALL)):
            table = tables.setdefault(slice_name, np.zeros((len(groups), len(groups)), np.int64))
            table[place[before.value], place[after.value]] += 1
    annotator, attribute = ruler
    for slice_name, table in sorted(tables.items()):
        for group, index in place.items():
            stayed = int(table[index, index])
            gained, lost = int(table[:, index].sum()) - stayed, int(table[index].sum()) - stayed
            key = Key(*pair, slice_name, attribute, group, annotator)
            yield key, Changes(int(table.sum()), gained, lost)
