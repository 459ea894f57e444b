"""The findings of a run in words, each with its link: those of its audit, and whom its curation leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboards import data
from dashboards.finding_links import Link, link_of, retention_link
from dashboards.runs import Listed
from toolkit.report.finding_words import finding_in_words
from toolkit.report.json_rows import read_findings
from toolkit.report.measured import measure_rows
from toolkit.report.retention import best_of, in_words, left_out, retention, rule_name
from toolkit.report.wording import plain_name
from toolkit.store import RunFolder


class Told(NamedTuple):
    """What was found, its figures in `words`, and where it leads."""

    title: str
    words: str
    link: Link


def told_of(listed: Listed) -> tuple[list[Told], list[Told]]:
    """Return the findings of the audit of a run, strongest first, and the groups that curation leaves out."""
    return _told_of(str(listed.path), listed.version)


@st.cache_resource(max_entries=data.KEPT_IN_MEMORY, show_spinner=False)
def _told_of(path: str, version: int) -> tuple[list[Told], list[Told]]:
    run = RunFolder(Path(path))
    found = read_findings(run)
    measures = measure_rows(run) if found else []
    told = [Told(str(one["title"]), finding_in_words(one, measures), link_of(one, measures)) for one in found]
    retained = retention(run)
    return told, [
        Told(
            f"Curation keeps '{one.group}' ({plain_name(one.attribute)}) less often: {rule_name(one.rule)}",
            in_words(one, best_of(one, retained)),
            retention_link(one),
        )
        for one in left_out(retained)
    ]
