"""Curation: the funnel, and the pictures that each rule took, with their captions and scores."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboards import data
from dashboards.choices import choose, turn_pages
from dashboards.pairs_data import scores_of
from dashboards.reveals import show_pairs
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_problem, show_text
from toolkit.report.erased import Erased
from toolkit.report.funnel import Funnel
from toolkit.report.wording import count, plain_name

PICTURES_A_PAGE = 48
SCORES_SHOWN = 5
LARGEST_NUMBER = 10_000_000  # beyond it is a hash, which tells nobody anything
KEYS = ("_key", "_hash")  # columns that tell only whether two rows are the same
KEPT = "kept"
ERASED = "a perceptual hash alone would take for one"


def show(chosen: Listed) -> None:
    """Show what curation kept and took in the run `chosen`, or in the run that it was made from."""
    st.title("What curation kept")
    steps, naive = data.curation(chosen)
    pairs = data.decided_pairs(chosen)
    if steps is None or pairs is None:
        show_problem(f"{chosen.name} holds no decisions, nor does a run that it was made from; choose another run.")
        return
    show_text(
        f"{count(steps.rows_in, 'row')} came in = {steps.kept:,} kept + {steps.dropped:,} dropped + "
        f"{steps.failed:,} failed + {steps.quarantined:,} quarantined."
    )
    from dashboards.charts import funnel_bars

    st.altair_chart(funnel_bars(steps), alt="Rows left after each rule")
    _show_erased(naive)
    part = choose("Pictures", _parts(steps, naive), key="part") or KEPT
    rows = _rows(pairs, part, naive)
    shown = turn_pages(rows.num_rows, PICTURES_A_PAGE)
    _show_pictures(chosen, rows.slice(shown.start, PICTURES_A_PAGE).to_pylist())


def _show_erased(naive: Erased | None) -> None:
    if naive is not None:
        show_text(
            f"A perceptual hash alone would have taken {count(naive.rows_lost, 'row')} as duplicates, "
            f"{naive.variants_lost:,} of them people who differ in gender or skin tone."
        )


def _parts(steps: Funnel, naive: Erased | None) -> list[str]:
    parts = [KEPT, *(_part(one.status, one.rule) for one in steps.steps)]
    return [*parts, ERASED] if naive is not None and naive.examples else parts


def _part(status: str, rule: str) -> str:
    return f"{status}: {plain_name(rule)}"


def _rows(pairs: pa.Table, part: str, naive: Erased | None) -> pa.Table:
    """Return the rows of one part of the funnel, in the order of their ids; erased twins stand side by side."""
    if part == KEPT:
        return pairs.filter(pc.equal(pairs["status"], KEPT))
    if part == ERASED and naive is not None:
        places = {name: place for place, name in enumerate(pairs["sample_id"].to_pylist())}
        return pairs.take([places[name] for pair in naive.examples for name in pair if name in places])
    status, _, rule = part.partition(": ")
    some = pairs.filter(pc.equal(pairs["status"], status))
    rules = [plain_name(one or "no reason given") == rule for one in some["rule"].to_pylist()]
    return some.filter(pa.array(rules, pa.bool_()))


def _show_pictures(chosen: Listed, rows: list[dict[str, Any]]) -> None:
    names = [row["sample_id"] for row in rows]
    scores = scores_of(chosen, names)
    tiles = []
    for row in rows:
        said = [row["text"] or "", row["error"] or "", row["source"] or ""]
        lines = (*filter(None, said), *_scores_in_words(scores.get(row["sample_id"], {}), row["rule"]))
        tiles.append((row["sample_id"], Tile(None, row["caption"] or "", lines)))
    show_pairs(chosen, tiles)


def _scores_in_words(scores: dict[str, Any], rule: str | None) -> list[str]:
    """Return the scores of one pair in words, that of the deciding `rule` first; hashes and templates are left out."""
    told = [(key, value) for key, value in scores.items() if _is_telling(value) and not key.endswith(KEYS)]
    told.sort(key=lambda one: one[0] != rule)
    shown = [(plain_name(key), f"{value:.4g}" if isinstance(value, float) else str(value)) for key, value in told]
    return [f"{key}: {value}" for key, value in shown[:SCORES_SHOWN]]


def _is_telling(value: Any) -> bool:
    if isinstance(value, str):
        return value.isalpha()
    return isinstance(value, int | float) and abs(value) < LARGEST_NUMBER
