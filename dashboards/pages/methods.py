"""Methods and export: how each figure is computed, what it does not say, what made it, and files to take away."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.choices import search
from dashboards.every_figure import show_every_figure
from dashboards.provenance import provenance
from dashboards.runs import Listed
from dashboards.tiles import show_folded, show_problem, show_table, show_text
from toolkit.report.downloads import Download, download
from toolkit.report.limits import Limits
from toolkit.report.validity import KINDS, trust_in_words
from toolkit.report.wording import count, percent, plain_name

if TYPE_CHECKING:
    from toolkit.report.methods import Family

IN_A_ROW = 4
FOLDED = ("recipe", "counts", "versions", "inputs")


def show(chosen: Listed) -> None:
    """Show how the figures of the run `chosen` came about, and offer its report and tables."""
    st.title("Methods and export")
    if not chosen.tables:
        show_problem(f"{chosen.name} holds no table yet; run its stage to the end, or choose a finished run.")
        return
    found = provenance(chosen)
    _show_downloads(chosen, found.files)
    st.header("What the figures do not say")
    _show_limits(found.limits)
    show_every_figure(chosen)
    st.header("How each figure is computed")
    words = search("Measure holds", key="words").casefold()
    _show_methods(found.families, words)
    st.header("What made them")
    for made, asked in zip(found.manifest, found.recipes, strict=True):
        _show_run(made, asked)


def _show_downloads(chosen: Listed, files: Sequence[Download]) -> None:
    run = chosen.run
    prefix = re.sub(r"[^\w.-]+", "-", chosen.name)
    for start in range(0, len(files), IN_A_ROW):  # row by row, so that the keyboard goes through them in order
        for column, one in zip(st.columns(IN_A_ROW), files[start : start + IN_A_ROW], strict=False):
            column.download_button(
                one.title,
                partial(download, run, one.name),  # made when it is asked for
                f"{prefix}-{Path(one.name).name}",
                one.media_type,
                key=f"download {one.name}",
                on_click="ignore",
                width="stretch",
            )


def _show_limits(found: Limits) -> None:
    trust = found.trust
    if not trust.corrections:
        show_text("This run was not audited, so that it holds no figure of what pictures show.")
        return
    show_text(trust_in_words(trust))
    if found.uncorrected:
        show_text(*found.uncorrected, kind="li")
    if found.abstained:
        show_text("Who could not tell, most often first; an abstention is counted, never guessed:")
        rows = [
            (plain_name(one.annotator), one.attribute, KINDS.get(one.subject_kind, one.subject_kind),
             f"{one.abstained:,} of {one.labels:,}", percent(one.abstained / one.labels))
            for one in found.abstained
        ]  # fmt: skip
        show_table(("Annotator", "Attribute", "Pictures", "Abstained", "Share"), rows)
    if found.missing:
        show_folded(f"{count(len(found.missing), 'reason')} why figures could not be measured", _lines(found.missing))
    else:
        show_text("All figures that were asked for could be measured.")


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(" ".join(one.split()) for one in texts)


def _show_methods(families: Sequence[Family], words: str) -> None:
    shown = 0
    for family in families:
        methods = [one for one in family.methods if any(words in f"{name} {plain_name(name)}" for name in one.measures)]
        if not methods:
            continue
        shown += 1
        show_text(family.about, kind="h3")
        rows = [(", ".join(map(plain_name, one.measures)), one.words) for one in methods]
        show_table(("Measure", "How it is computed"), rows)
        show_text(*family.notes)
        read = f" After {' '.join(family.literature)}" if family.literature else ""
        show_text(f"Computed by {family.module}.{read}", kind="small")
    if not families:
        show_text("This run holds no measures; audit it with `tain audit`, or choose an audit.")
    elif not shown:
        show_text("No measure of this run is called so; leave the field empty to see all.")


def _show_run(made: dict[str, Any], asked: dict[str, Any]) -> None:
    show_text(str(made["name"]), kind="h3")
    tables = ", ".join(f"{plain_name(name)} {rows:,}" for name, rows in made["tables"].items())
    show_text(f"Content hash {made['content_hash']}. Rows: {tables or 'none'}.")
    rows = [_stage_cells(name, entry) for name, entry in made["stages"].items()]
    show_table(("Stage", "State", "Seed"), rows)
    for name, entry in made["stages"].items():
        for part in FOLDED:
            value = asked.get(name) if part == "recipe" else entry[part]
            if value:
                show_folded(f"{name}: {part}", json.dumps(value, indent=2, ensure_ascii=False))


def _stage_cells(name: str, entry: dict[str, Any]) -> tuple[str, str, str]:
    seed = "" if entry["seed"] is None else str(entry["seed"])
    return name, "finished" if entry["finished"] else "unfinished", seed
