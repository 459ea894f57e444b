"""The pictures that a map can show: all that a run has embeddings of, and what the tables say of each.

An audit keeps embeddings of what it looked at, painted and real; curation those of all pairs that it compared with
their captions, in a cache. The two are not mixed: they may be of two networks, from pictures of other sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.audit.embeddings import TABLE, read_embeddings
from toolkit.caption_words import caption_about
from toolkit.curate.exploring.embedded import embedded_pairs
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
CURATION = "curation"  # in place of a network: the embeddings that curation made

_COLUMNS = ("kind", "subject_id", SUBJECT, STATUS, CONCEPT, "caption")


class Mapped(NamedTuple):
    """The `pictures` on a map, of all `total` that one `network` (a fingerprint, or `curation`) has read.

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
        if self.network == CURATION:
            curated = embedded_pairs(run)
            if curated is not None:
                return curated.vectors([name for _, name in self.ids()])
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
    """Return the fingerprints of the networks that `run` or its inputs, as audits, keep embeddings by, in order; last
    `curation` where pairs have some that curation made."""
    holder = run.find(TABLE)
    scanned = () if holder is None else holder.scan(TABLE, ["network"])
    found = {one for rows in scanned for one in pc.unique(rows["network"]).to_pylist()}
    return sorted(found) + ([] if embedded_pairs(run) is None else [CURATION])


def mapped(run: RunFolder, network: str, *, most: int = MOST) -> Mapped:
    """Return the pictures that `run` has embeddings of by `network`, one of `networks_of`; of more than `most` those
    that `stratified` takes: by model and concept, or by source and by what curation decided.

    A picture of the data that was labelled as kept and as dropped counts as kept; one whose pair is not at hand is left
    out.
    """
    ids = _embedded(run, network)
    painted = {one.subject_id: one for one in reversed(samples_shown(run)) if one.subject_id in ids[SAMPLE]}
    known = [_Known(SAMPLE, one.subject_id, subject_name(one.subject), PAINTED) for one in painted.values()]
    known = sorted([*known, *_real(run, {**ids[DROPPED], **ids[PAIR]})])
    strata = [
        "/".join((one.subject, painted[one.subject_id].slice if one.kind == SAMPLE else one.status)) for one in known
    ]
    taken = [known[place] for place in stratified(strata, [one.subject_id for one in known], most).tolist()]
    said = {name: (one.slice, one.caption) for name, one in painted.items()}
    said |= _captions(run, [one.subject_id for one in taken if one.kind != SAMPLE])
    rows = [(*one, *said[one.subject_id]) for one in taken]
    columns = zip(*rows, strict=True) if rows else ((),) * len(_COLUMNS)
    table = pa.table({name: pa.array(column, pa.string()) for name, column in zip(_COLUMNS, columns, strict=True)})
    return Mapped(network, table, len(known))


def reading(label: Label) -> str:
    """Return by what name a label's attribute, as its annotator reads it, tells pictures apart."""
    return f"{plain_name(label.attribute)} ({plain_name(label.annotator)})"


def attributes_of(labels: Mapping[tuple[str, str], Sequence[Label]]) -> list[str]:
    """Return what was read in pictures, by the names that `Mapped.told` takes, in order."""
    return sorted({reading(one) for some in labels.values() for one in some})


def _embedded(run: RunFolder, network: str) -> dict[str, dict[str, str]]:
    """Return the ids that have a vector by `network`, each with its kind, by kind."""
    found: dict[str, dict[str, str]] = {SAMPLE: {}, PAIR: {}, DROPPED: {}}
    if network == CURATION:
        curated = embedded_pairs(run)
        found[PAIR] = dict.fromkeys(() if curated is None else curated.sample_ids(), PAIR)
        return found
    holder = run.find(TABLE)
    for rows in () if holder is None else holder.scan(TABLE, ["subject_kind", "subject_id", "network"]):
        own = rows.filter(pc.equal(rows["network"], network))
        for kind, name in zip(own["subject_kind"].to_pylist(), own["subject_id"].to_pylist(), strict=True):
            if kind in found:
                found[kind][name] = kind
    return found


class _Known(NamedTuple):
    """What is known of every picture, before some are chosen."""

    kind: str
    subject_id: str
    subject: str
    status: str


def _real(run: RunFolder, kinds: Mapping[str, str]) -> list[_Known]:
    """Return the pictures of the data among `kinds`, an id each."""
    holder = run.find("pairs")
    if holder is None or not kinds:
        return []
    ids = pa.array(sorted(kinds), pa.string())
    decided = _decided(run, ids)
    found = []
    for rows in holder.scan("pairs", ["sample_id", "source"]):
        own = rows.filter(pc.is_in(rows["sample_id"], value_set=ids))
        for name, source in zip(own["sample_id"].to_pylist(), own["source"].to_pylist(), strict=True):
            subject = subject_name(DATA + (source or "unnamed source"))
            found.append(_Known(kinds[name], name, subject, decided.get(name, UNDECIDED)))
    return found


def _decided(run: RunFolder, ids: pa.Array) -> dict[str, str]:
    """Return "kept", or the status and the rule that decided, of each of `ids` that was decided about."""
    holder = run.find("decisions")
    found: dict[str, str] = {}
    for rows in () if holder is None else holder.scan("decisions", ["sample_id", "status", "reasons"]):
        own = rows.filter(pc.is_in(rows["sample_id"], value_set=ids)).combine_chunks()
        names, status = own["sample_id"].to_pylist(), own["status"].to_pylist()
        first = pc.list_slice(own["reasons"].combine_chunks(), 0, 1)
        owners = pc.list_parent_indices(first).to_pylist()
        rules = dict(zip(owners, pc.struct_field(pc.list_flatten(first), "rule").to_pylist(), strict=True))
        for place, (name, word) in enumerate(zip(names, status, strict=True)):
            rule = rules.get(place)
            found[name] = word if word == "kept" or not rule else f"{word}: {plain_name(rule)}"
    return found


def _captions(run: RunFolder, sample_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return of each of some pairs the first concept of the audit that its caption is about, and the caption."""
    holder = run.find("pairs")
    wanted = pa.array(sample_ids, pa.string())
    concepts = sorted({row["slice"] for row in measure_rows(run)} - {ALL})
    found: dict[str, tuple[str, str]] = {}
    for rows in () if holder is None else holder.scan("pairs", ["sample_id", "caption", "meta"]):
        for row in rows.filter(pc.is_in(rows["sample_id"], value_set=wanted)).to_pylist():
            about = caption_about(row["caption"] or "", row["meta"], concepts).concepts
            found[row["sample_id"]] = (about[0] if about else NO_CONCEPT, row["caption"] or "")
    return found
