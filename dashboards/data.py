"""Tables of a run as the pages want them, read once for each state of its run.json."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboards.runs import Listed
from toolkit.report.banner import Banner
from toolkit.report.banner import banner as banner_of
from toolkit.report.erased import Erased, erased
from toolkit.report.funnel import Funnel, funnel
from toolkit.report.group_members import group_members
from toolkit.report.labels import Label, labels_by_picture
from toolkit.report.ledger_flow import ledger_rows
from toolkit.report.measured import measure_rows
from toolkit.report.paths import KeptPath, kept_paths
from toolkit.report.retention import Retained, retention
from toolkit.report.subjects import Picture, ledger_pairs, pairs_shown, samples_shown
from toolkit.report.veils import veiled_samples, veils
from toolkit.store import RunFolder

if TYPE_CHECKING:
    from toolkit.audit.comparing.compare import Comparison
    from toolkit.audit.comparing.same_noise import Painted, Twins

KEPT_IN_MEMORY = 8


class Audited(NamedTuple):
    """What an audit says: its measures, its pictures by subject and slice, and their labels by (kind, id)."""

    measures: list[dict[str, Any]]
    pictures: list[Picture]
    labels: dict[tuple[str, str], list[Label]]


def audited(listed: Listed) -> Audited:
    """Return the audit in a run."""
    return _audited(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _audited(path: str, version: int) -> Audited:
    run = RunFolder(Path(path))
    measures = measure_rows(run)
    slices = sorted({row["slice"] for row in measures})
    return Audited(measures, [*samples_shown(run), *pairs_shown(run, slices)], labels_by_picture(run))


def pairs_of_ledger(listed: Listed) -> list[Picture]:
    """Return the labelled pictures of a run's dataset, kept or dropped, by the concepts that its ledger follows."""
    return _pairs_of_ledger(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _pairs_of_ledger(path: str, version: int) -> list[Picture]:
    run = RunFolder(Path(path))
    return ledger_pairs(run, sorted({row["slice"] for row in ledger_rows(measure_rows(run))}))


def paths(listed: Listed) -> list[KeptPath]:
    """Return the ways from snow to picture that a run has kept."""
    return _paths(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _paths(path: str, version: int) -> list[KeptPath]:
    return kept_paths(RunFolder(Path(path)))


class Compared(NamedTuple):
    """Two audits compared, and the pictures of each with what was read in them, None where they are not at hand."""

    comparison: Comparison
    here: Painted | None
    there: Painted | None

    def twins(self, subject: str, other: str, ruler: tuple[str, str]) -> list[Twins]:
        """Return the pictures of one prompt and seed of `subject` here and `other` there that the annotator and
        attribute of `ruler` read in both."""
        from toolkit.audit.comparing.same_noise import twins_of
        from toolkit.audit.comparing.sides import Pair

        if self.here is None or self.there is None:
            return []
        return twins_of(self.here, self.there, Pair(subject, other), ruler)

    def twins_of_words(self, painted: Painted | None, subject: str, ruler: tuple[str, str]) -> dict[str, list[Twins]]:
        """Return the pictures of one side, `painted`, that differ in a word alone, by the words that they differ in."""
        from toolkit.audit.comparing.same_noise import twins_of_words

        return {} if painted is None else twins_of_words(painted, subject, ruler)


def compared(here: Listed, there: Listed, subject: str, other: str) -> Compared:
    """Return how `other` of the run `there` differs from `subject` of the run `here`, which may be one run.

    Raises RunError where they cannot be compared, saying why.
    """
    return _compared(str(here.path), here.version, str(there.path), there.version, subject, other)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _compared(here: str, version: int, there: str, other_version: int, subject: str, other: str) -> Compared:
    from toolkit.audit.comparing.compare import compare
    from toolkit.audit.comparing.same_noise import painted_of

    second = None if here == there else there
    found = compare(here, second, subject_a=subject, subject_b=other)
    return Compared(found, painted_of(RunFolder(Path(here))), painted_of(RunFolder(Path(there))))


def twins_of_words(listed: Listed, subject: str, ruler: tuple[str, str]) -> dict[str, list[Twins]]:
    """Return the pictures of a run that differ in a word of the prompt alone, by the words that they differ in."""
    from toolkit.audit.comparing.same_noise import twins_of_words

    painted = _painted(str(listed.path), listed.version)
    return {} if painted is None else twins_of_words(painted, subject, ruler)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _painted(path: str, version: int) -> Painted | None:
    from toolkit.audit.comparing.same_noise import painted_of

    return painted_of(RunFolder(Path(path)))


def banner(listed: Listed) -> Banner:
    """Return what a reader must know before any figure of a run."""
    return _banner(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _banner(path: str, version: int) -> Banner:
    return banner_of(RunFolder(Path(path)))


def curation(listed: Listed) -> tuple[Funnel | None, Erased | None]:
    """Return the curation funnel of a run or of its inputs, and what a perceptual hash alone would have erased."""
    return _curation(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _curation(path: str, version: int) -> tuple[Funnel | None, Erased | None]:
    run = RunFolder(Path(path))
    return funnel(run), erased(run)


def decided_pairs(listed: Listed) -> pa.Table | None:
    """Return sample_id, caption, source, license, error, status, rule, text and veil of every pair; None without pairs.

    `rule` and `text` are those of the reason that decided. Status is null where nothing was decided. `veil` says why
    the picture is blurred until somebody asks for it, null for a picture that is not.
    """
    return _decided_pairs(str(listed.path), listed.version)


@st.cache_resource(max_entries=2, show_spinner=False)
def _decided_pairs(path: str, version: int) -> pa.Table | None:
    run = RunFolder(Path(path))
    holder, decider = run.find("pairs"), run.find("decisions")
    if holder is None:
        return None
    pairs = holder.read("pairs", columns=["sample_id", "caption", "source", "license", "error"])
    pairs = pairs.join(veils(run), "sample_id", join_type="left outer")
    if decider is None:
        nothing = pa.nulls(pairs.num_rows, pa.string())
        for name in ("status", "rule", "text"):
            pairs = pairs.append_column(name, nothing)
        return pairs.sort_by("sample_id")
    decisions = decider.read("decisions", columns=["sample_id", "status", "reasons"])
    first = _first_of_each(decisions["reasons"].combine_chunks())
    decided = pa.table(
        {
            "sample_id": decisions["sample_id"],
            "status": decisions["status"],
            "rule": pc.struct_field(first, "rule"),
            "text": pc.struct_field(first, "text"),
        }
    )
    return pairs.join(decided, "sample_id", join_type="left outer").sort_by("sample_id")


def veils_of(listed: Listed, sample_ids: list[str]) -> dict[str, str]:
    """Return why each veiled one of some pairs is blurred."""
    pairs = decided_pairs(listed)
    if pairs is None or not sample_ids:
        return {}
    wanted = pairs.filter(pc.is_in(pairs["sample_id"], value_set=pa.array(sample_ids, pa.string())))
    rows = zip(wanted["sample_id"].to_pylist(), wanted["veil"].to_pylist(), strict=True)
    return {name: veil for name, veil in rows if veil is not None}


def veils_of_samples(listed: Listed) -> dict[str, str]:
    """Return why each veiled painted picture of a run, by request_id, is blurred."""
    return _veils_of_samples(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _veils_of_samples(path: str, version: int) -> dict[str, str]:
    return veiled_samples(RunFolder(Path(path)))


def _first_of_each(reasons: pa.ListArray) -> pa.Array:
    """Return the first reason of each list, null where there is none."""
    lengths = pc.fill_null(pc.list_value_length(reasons), 0).to_numpy(zero_copy_only=False)
    starts = np.cumsum(lengths) - lengths
    return pc.list_flatten(reasons).take(pa.array(starts, mask=lengths == 0))


def retained(listed: Listed) -> list[Retained]:
    """Return what curation of a run or of its inputs did to each group, by attribute and rule."""
    return _retained(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _retained(path: str, version: int) -> list[Retained]:
    return retention(RunFolder(Path(path)))


def members_of(listed: Listed, attribute: str, annotator: str, group: str) -> pa.Array | None:
    """Return the sample_ids of the rows in `group`; None where rows do not say it themselves."""
    return _members_of(str(listed.path), listed.version, attribute, annotator, group)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _members_of(path: str, version: int, attribute: str, annotator: str, group: str) -> pa.Array | None:
    return group_members(RunFolder(Path(path)), attribute, annotator, group)
