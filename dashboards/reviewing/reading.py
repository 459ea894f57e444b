"""What can be reviewed in a run, read once for each state of its run.json; reviews themselves are read each time."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards.data import KEPT_IN_MEMORY
from dashboards.runs import Listed
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.reviewing.reviewable import Reviewable, questions, reviewable
from toolkit.audit.reviewing.standing import evidence_of
from toolkit.store import RunFolder


def to_ask(listed: Listed) -> list[tuple[str, str]]:
    """Return the kinds of pictures and attributes to ask for. Raises RunError where nothing was labelled."""
    return _to_ask(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _to_ask(path: str, version: int) -> list[tuple[str, str]]:
    return questions(RunFolder(Path(path)))


def to_review(listed: Listed, kind: str, attribute: str) -> Reviewable:
    """Return the pictures of a `kind` that can be reviewed for `attribute`."""
    return _to_review(str(listed.path), listed.version, kind, attribute)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _to_review(path: str, version: int, kind: str, attribute: str) -> Reviewable:
    return reviewable(RunFolder(Path(path)), kind, attribute)


def evidence(listed: Listed, found: Reviewable) -> Evidence:
    """Return what figures of the pictures that can be reviewed rest on, whatever the reviews."""
    return _evidence(str(listed.path), listed.version, found.kind, found.attribute)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _evidence(path: str, version: int, kind: str, attribute: str) -> Evidence:
    found = _to_review(path, version, kind, attribute)
    return evidence_of(found.subjects, found.readings)
