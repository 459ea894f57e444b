"""Which groups every row of a run belongs to, by attribute: as small codes, read a shard at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from toolkit.curate.groups.in_words import PREFIX
from toolkit.curate.groups.labelled import Labelled, read_labelled
from toolkit.curate.groups.recipe import GroupRecipe
from toolkit.curate.groups.word_lists import SEPARATOR, attributes_of
from toolkit.curate.scorer import Scorer
from toolkit.curate.shard import ABSENT
from toolkit.errors import RecipeError, RunError
from toolkit.store import RunFolder, open_run

WORDS, METADATA = "words", "metadata"
_FACTS = ("source", "license")
_META = "meta."


class Attribute(NamedTuple):
    """`codes`: int32 (rows,), the combination of groups that each row belongs to; `combinations`: the groups of each,
    sorted, none for a row without. `annotator` says who told: words, metadata, or the annotator of labels."""

    name: str
    annotator: str
    codes: NDArray[np.int32]
    combinations: tuple[tuple[str, ...], ...]


class Attributes(NamedTuple):
    """All attributes of a run; `scored_by_all`, bool (rows,), are the rows that no scorer skipped or failed on."""

    attributes: tuple[Attribute, ...]
    scored_by_all: NDArray[np.bool_]
    sources: tuple[str, ...]


def check_groups(asked: GroupRecipe, scorers: Sequence[Scorer]) -> None:
    """Raise RecipeError where `groups.columns` names what no run of these `scorers` has, and RunError where
    `groups.labels` holds no labels."""
    if asked.labels is not None:
        open_run(asked.labels, needs=["labels"])
    known = {column for scorer in scorers for column in scorer.columns} | set(_FACTS)
    for name in asked.columns:
        if name not in known and not name.startswith(_META):
            raise RecipeError(
                f"groups.columns: there is no column {name!r}; give source, license, meta.KEY for a further column of "
                f"the input, or a score: {', '.join(sorted(known - set(_FACTS)))}"
            )


def read_attributes(scored: RunFolder, asked: GroupRecipe) -> Attributes:
    """Return the groups of every row of `scored`, in the order of its shards.

    A column that `scored` lacks, because its scorer was not run, is left out. Raises RunError where a table is absent
    or damaged.
    """
    pairs = scored.find("pairs")
    if pairs is None:
        raise RunError(f"{scored.path} has no pairs, nor do its inputs; give a run that tain curate wrote")
    names: list[str] = next((pq.read_schema(path).names for path in scored.shards("scores")), [])
    readers = _readers(asked, names, read_labelled(asked.labels))
    complete: list[NDArray[np.bool_]] = []
    columns = [name for name in names if name.startswith(PREFIX) or name in ("unscored", *asked.columns)]
    wanted = ["sample_id", "source", "license", *(["meta"] if any(c.startswith(_META) for c in asked.columns) else [])]
    for facts, scores in zip(pairs.scan("pairs", wanted), scored.scan("scores", columns), strict=True):
        for reader in readers:
            reader.read(facts, scores)
        complete.append(_complete(scores))
    found = tuple(one.attribute() for one in readers)
    sources = next((one.combinations for one in found if (one.name, one.annotator) == ("source", METADATA)), ())
    return Attributes(
        found, np.concatenate(complete) if complete else np.zeros(0, bool), tuple(s for c in sources for s in c)
    )


Values = Callable[[pa.Table, pa.Table], pa.Array]


class _Reader:
    """Collects the codes of one attribute."""

    def __init__(self, name: str, annotator: str, values: Values, split: Callable[[str], tuple[str, ...]]) -> None:
        self.name, self.annotator, self._values, self._split = name, annotator, values, split
        self._known: dict[str, int] = {}
        self._codes: list[NDArray[np.int32]] = []

    def read(self, facts: pa.Table, scores: pa.Table) -> None:
        """Add the rows of one shard."""
        encoded = pc.dictionary_encode(pc.fill_null(self._values(facts, scores), ""))
        places = [self._known.setdefault(value, len(self._known)) for value in encoded.dictionary.to_pylist()]
        self._codes.append(np.array(places, dtype=np.int32)[encoded.indices.to_numpy()])

    def attribute(self) -> Attribute:
        """Return all that was read."""
        return Attribute(self.name, self.annotator, np.concatenate(self._codes), tuple(map(self._split, self._known)))


def _readers(asked: GroupRecipe, columns: Sequence[str], labelled: Sequence[Labelled]) -> list[_Reader]:
    readers = [
        _Reader(attribute, WORDS, _score(PREFIX + attribute), split_groups)
        for attribute in attributes_of((*asked.bundled, *asked.words))
        if PREFIX + attribute in columns
    ]
    for name in asked.columns:
        if name in _FACTS:
            readers.append(_Reader(name, METADATA, _fact(name), _whole))
        elif name.startswith(_META):
            readers.append(_Reader(name, METADATA, _meta(name.removeprefix(_META)), _whole))
        elif name in columns:
            readers.append(_Reader(name, METADATA, _score(name), _whole))
    readers += [_Reader(one.attribute, one.annotator, _label(one), split_groups) for one in labelled]
    return readers


def split_groups(value: str) -> tuple[str, ...]:
    """Return the groups that a score of `GroupsInWords` or `GroupsNamed` joins, each once, sorted."""
    return tuple(sorted(set(filter(None, value.split(SEPARATOR)))))


def _whole(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _score(column: str) -> Values:
    return lambda facts, scores: _text(scores[column])


def _fact(column: str) -> Values:
    return lambda facts, scores: _text(facts[column])


def _meta(key: str) -> Values:
    return lambda facts, scores: pa.array([_value(one, key) for one in facts["meta"].to_pylist()], pa.string())


def _label(labelled: Labelled) -> Values:
    return lambda facts, scores: labelled.of(facts["sample_id"].combine_chunks())


def _text(values: pa.ChunkedArray) -> pa.Array:
    return pc.cast(values, pa.string()).combine_chunks()


def _value(meta: str | None, key: str) -> str:
    """Return the value of `key` in a JSON object as text; "" for none, and for anything that is not one value."""
    try:
        found = json.loads(meta or "{}").get(key)
    except (ValueError, AttributeError):
        return ""
    return str(found) if isinstance(found, str | int | float) else ""


_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


def _complete(scores: pa.Table) -> NDArray[np.bool_]:
    """Return the rows for which every null has the reason `absent`: the score does not exist for such a row."""
    unscored = pc.cast(scores["unscored"].combine_chunks(), _ENTRIES)
    why = pc.struct_field(pc.list_flatten(unscored), "value")
    rows = np.repeat(np.arange(scores.num_rows), pc.list_value_length(unscored).to_numpy())
    found = np.ones(scores.num_rows, dtype=bool)
    found[rows[pc.not_equal(why, ABSENT).to_numpy(zero_copy_only=False)]] = False
    return found
