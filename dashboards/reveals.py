"""Blurred pictures: shown sharp one by one, on a click, each of which is written down."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboards import data
from dashboards.runs import Listed
from dashboards.thumbnails import pair_uris
from dashboards.tiles import Tile, show_problem, show_tiles

COLUMNS = 5
_REVEALED, _PROBLEM = "revealed", "reveal problem"  # in the state of a visit, which ends with it


def log_file() -> Path:
    """Return where reveals are written, a line of JSON each: `tain/reveals.jsonl` in $XDG_STATE_HOME, or in
    ~/.local/state. A run is only read here, and may be shared, so the log is beside no run."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "tain" / "reveals.jsonl"


def show_pairs(chosen: Listed, tiles: Sequence[tuple[str, Tile]]) -> None:
    """Show pictures of the dataset, given as sample_id and a tile without its URI: first those that all may see, then
    the blurred ones, each with a button."""
    veils = data.veils_of(chosen, [name for name, _ in tiles])
    revealed = {name for run, name in st.session_state.get(_REVEALED, ()) if run == _key(chosen)}
    names = list(dict.fromkeys(name for name, _ in tiles))
    uris = pair_uris(chosen.run, chosen.version, names, veiled=veils, revealed=revealed)
    if problem := st.session_state.pop(_PROBLEM, None):
        show_problem(problem)
    show_tiles([tile._replace(uri=uris.get(name)) for name, tile in tiles if name not in veils])
    hidden = list({name: tile for name, tile in tiles if name in veils}.items())
    for start in range(0, len(hidden), COLUMNS):
        for column, (name, tile) in zip(st.columns(COLUMNS), hidden[start : start + COLUMNS], strict=False):
            with column:
                veil = f"{'shown on request' if name in revealed else 'blurred'}: {veils[name]}"
                show_tiles([tile._replace(uri=uris.get(name), lines=(*tile.lines, veil))])
                if name in revealed:
                    st.button("Blur", key=f"blur {name}", on_click=_blur, args=(chosen, name))
                elif name in uris:
                    st.button("Show", key=f"show {name}", on_click=_reveal, args=(chosen, name, veils[name]))


def _reveal(chosen: Listed, name: str, why: str) -> None:
    """Write down that a picture is shown, then let it be shown; it is not where that cannot be written."""
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": _key(chosen),
        "sample_id": name,
        "veil": why,
    }
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        with log_file().open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
    except OSError as error:
        st.session_state[_PROBLEM] = f"The picture stays blurred: {log_file()} cannot be written ({error.strerror})."
        return
    st.session_state[_REVEALED] = {*st.session_state.get(_REVEALED, ()), (_key(chosen), name)}


def _blur(chosen: Listed, name: str) -> None:
    st.session_state[_REVEALED] = set(st.session_state.get(_REVEALED, ())) - {(_key(chosen), name)}


def _key(chosen: Listed) -> str:
    return str(chosen.path.resolve())
