"""The pictures that a map can show: all that a run keeps embeddings of, and what the tables say of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.audit.embeddings import TABLE, read_embeddings
from toolkit.caption_words import caption_about
from toolkit.errors import RunError
from toolkit.report.counted import told_of
from toolkit.report.labels import Label
from toolkit.report.map_sample import stratified
from toolkit.report.measured import ALL, measure_rows
from toolkit.report.subjects import DATA, samples_shown
from toolkit.report.wording import plain_name, subject_name
from toolkit.store import RunFolder

MOST = 20_000  # pictures on a map
SUBJECT, STATUS, CONCEPT = "model or data", "kept or dropped", "concept"
PAINTED, UNDECIDED, NO_CONCEPT = "painted", "not decided", "no concept"
SAMPLE, PAIR, DROPPED = "sample", "pair", "dropped"  # kinds of subjects; the latter two are pictures of the data
NOT_READ = "not read"

_COLUMNS = ("kind", "subject_id", SUBJECT, STATUS, CONCEPT, "caption")


class Mapped(NamedTuple):
    """The `pictures` on a map, of all `total` that one `network` (a fingerprint) has read.

    Columns: kind (sample, pair, or dropped by curation), subject_id, caption, and by what pictures are told apart: the
    model or source, kept or dropped (and by which rule), and the concept; in the order of kind and id.
    """

    network: str
    pictures: pa.Table
    total: int

    def ids(self) -> list[tuple[str, str]]:
        """Return kind and id of each picture."""
        return list(zip(self.pictures["kind"].to_pylist(), self.pictures["subject_id"].to_pylist(), strict=True))

    def vectors(self, run: RunFolder) -> NDArray[np.float32]:
        """Return the unit vector of each picture, float32 (n, d). Raises RunError where the run has lost some."""
        asked = [_Key(*key) for key in self.ids()]
        found = read_embeddings(run.find(TABLE), asked, network=self.network)
        if found is None or (found.row < 0).any():
            raise RunError(f"{run.path} has lost embeddings of pictures while it was read; open the page again")
        return found.vectors[found.row]

    def told(self, by: str, labels: Mapping[tuple[str, str], Sequence[Label]]) -> list[str]:
        """Return what tells each picture apart `by` a column, or by an attribute as `attributes_of` names it: the value
        that was read, `not told` where the annotator could not tell, `not read` where it did not look."""
        if by in _COLUMNS:
            return [str(one) for one in self.pictures[by].to_pylist()]
        values = []
        for key in self.ids():
            mine = [one for one in labels.get(key, ()) if reading(one) == by]
            values.append(told_of(mine[:1]) if mine else NOT_READ)
        return values


class _Key(NamedTuple):
    kind: str
    subject_id: str


def networks_of(run: RunFolder) -> list[str]:
    """Return the fingerprints of the networks that `run` or its inputs keep embeddings by, in order."""
    holder = run.find(TABLE)
    if holder is None:
        return []
    found = {one for rows in holder.scan(TABLE, ["network"]) for one in pc.unique(rows["network"]).to_pylist()}
    return sorted(found)


def mapped(run: RunFolder, network: str, *, most: int = MOST) -> Mapped:
    """Return the pictures that `run` keeps embeddings of by `network`; of more than `most` those that `stratified`
    takes, by model, or by source, by whether they were kept, and by concept.

    A picture of the data that was labelled as kept and as dropped counts as kept.
    """
    ids = _embedded(run, network)
    rows = [*_painted(run, ids[SAMPLE]), *_real(run, {**ids[DROPPED], **ids[PAIR]})]
    columns = zip(*sorted(rows), strict=True) if rows else ((),) * len(_COLUMNS)
    table = pa.table({name: pa.array(column, pa.string()) for name, column in zip(_COLUMNS, columns, strict=True)})
    strata = ["\t".join(one[2:5]) for one in sorted(rows)]
    places = stratified(strata, table["subject_id"].to_pylist(), most)
    return Mapped(network, table.take(pa.array(places)), table.num_rows)


def reading(label: Label) -> str:
    """Return by what name a label's attribute, as its annotator reads it, tells pictures apart."""
    return f"{plain_name(label.attribute)} ({plain_name(label.annotator)})"


def attributes_of(labels: Mapping[tuple[str, str], Sequence[Label]]) -> list[str]:
    """Return what was read in pictures, by the names that `Mapped.told` takes, in order."""
    return sorted({reading(one) for some in labels.values() for one in some})


def _embedded(run: RunFolder, network: str) -> dict[str, dict[str, str]]:
    """Return the ids that have a vector by `network`, each with its kind, by kind."""
    found: dict[str, dict[str, str]] = {SAMPLE: {}, PAIR: {}, DROPPED: {}}
    holder = run.find(TABLE)
    for rows in () if holder is None else holder.scan(TABLE, ["subject_kind", "subject_id", "network"]):
        own = rows.filter(pc.equal(rows["network"], network))
        for kind, name in zip(own["subject_kind"].to_pylist(), own["subject_id"].to_pylist(), strict=True):
            if kind in found:
                found[kind][name] = kind
    return found


def _painted(run: RunFolder, ids: Mapping[str, str]) -> list[tuple[str, ...]]:
    shown = {one.subject_id: one for one in reversed(samples_shown(run)) if one.subject_id in ids}
    return [
        (SAMPLE, name, subject_name(one.subject), PAINTED, one.slice, one.caption) for name, one in shown.items()
    ]  # fmt: skip


def _real(run: RunFolder, kinds: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the pictures of the data among `kinds`, an id each; those whose pairs are not at hand are left out."""
    holder = run.find("pairs")
    if holder is None or not kinds:
        return []
    ids = pa.array(sorted(kinds), pa.string())
    decided = _decided(run, ids)
    concepts = sorted({row["slice"] for row in measure_rows(run)} - {ALL})
    found = []
    for rows in holder.scan("pairs", ["sample_id", "caption", "source", "meta"]):
        for row in rows.filter(pc.is_in(rows["sample_id"], value_set=ids)).to_pylist():
            name, caption = row["sample_id"], row["caption"] or ""
            about = caption_about(caption, row["meta"], concepts).concepts
            source = subject_name(DATA + (row["source"] or "unnamed source"))
            status = decided.get(name, UNDECIDED)
            found.append((kinds[name], name, source, status, about[0] if about else NO_CONCEPT, caption))
    return found


def _decided(run: RunFolder, ids: pa.Array) -> dict[str, str]:
    """Return "kept", or the status and the rule that decided, of each of `ids` that was decided about."""
    holder = run.find("decisions")
    found: dict[str, str] = {}
    for rows in () if holder is None else holder.scan("decisions", ["sample_id", "status", "reasons"]):
        for row in rows.filter(pc.is_in(rows["sample_id"], value_set=ids)).to_pylist():
            found[row["sample_id"]] = _status(row)
    return found


def _status(row: Mapping[str, Any]) -> str:
    rules = [plain_name(one["rule"]) for one in row["reasons"] or () if one["rule"]]
    return f"{row['status']}: {rules[0]}" if rules and row["status"] != "kept" else str(row["status"])
