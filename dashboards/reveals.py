"""Blurred pictures: shown sharp one by one, on a click, each of which is written down."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboards import data
from dashboards.runs import Listed
from dashboards.thumbnails import pair_uris, sample_uris
from dashboards.tiles import Tile, show_problem, show_text, show_tiles

COLUMNS = 5
Uris = Callable[..., dict[str, str]]
_REVEALED, _PROBLEM = "revealed", "reveal problem"  # in the state of a visit, which ends with it


def log_file() -> Path:
    """Return where reveals are written, a line of JSON each: `tain/reveals.jsonl` in $XDG_STATE_HOME, or in
    ~/.local/state. A run is only read here, and may be shared, so the log is beside no run."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "tain" / "reveals.jsonl"


def show_pairs(chosen: Listed, tiles: Sequence[tuple[str, Tile]], *, veil: str | None = None) -> None:
    """Show pictures of the dataset, given as sample_id and a tile without its URI: first those that all may see, then
    the blurred ones, each with a button. With a `veil`, which says why, all are blurred."""
    names = [name for name, _ in tiles]
    _show(chosen, tiles, _all_of(names, veil) | data.veils_of(chosen, names), pair_uris, "sample_id")


def show_samples(chosen: Listed, tiles: Sequence[tuple[str, Tile]], *, veil: str | None = None) -> None:
    """Show painted pictures, given as request_id and a tile without its URI, as `show_pairs` does."""
    veils = _all_of([name for name, _ in tiles], veil) | data.veils_of_samples(chosen)
    _show(chosen, tiles, veils, sample_uris, "request_id")


def _all_of(names: Sequence[str], veil: str | None) -> dict[str, str]:
    return {} if veil is None else dict.fromkeys(names, veil)


def is_revealed(chosen: Listed, name: str) -> bool:
    """Return whether the blurred picture `name` was asked for in this visit."""
    return (_key(chosen), name) in st.session_state.get(_REVEALED, ())


def show_problem_of_reveal() -> None:
    """Say why the picture that was asked for last is not shown, if it is not."""
    if problem := st.session_state.pop(_PROBLEM, None):
        show_problem(problem)


def offer(chosen: Listed, name: str, why: str, key: str, *, which: str = "", part: str = "") -> None:
    """Show the button that shows the blurred picture `name`, or blurs it again; `key` is what the name is, sample_id or
    request_id. `which` says which of several pictures it is, `part` in which part of the page."""
    if is_revealed(chosen, name):
        st.button(f"Blur {which}".strip(), key=f"blur {name} {part}".strip(), on_click=_blur, args=(chosen, name))
    else:
        said = (chosen, name, why, key)
        st.button(f"Show {which}".strip(), key=f"show {name} {part}".strip(), on_click=_reveal, args=said)


def show_pair_groups(
    chosen: Listed,
    groups: Sequence[tuple[str, Sequence[tuple[str, Tile]]]],
    below: Callable[[int], None] = lambda place: None,
) -> None:
    """Show pictures of the dataset as `show_pairs` does, group by group, each under its title and above what `below`
    shows for its place. A picture may be in several groups; its button stands in the first."""
    names = list(dict.fromkeys(name for _, tiles in groups for name, _ in tiles))
    veils = data.veils_of(chosen, names)
    uris = _uris(chosen, names, veils, pair_uris)
    show_problem_of_reveal()
    offered: set[str] = set()
    for place, (title, tiles) in enumerate(groups):
        show_text(title, kind="h2")
        _draw(chosen, tiles, veils, uris, "sample_id", offered)
        below(place)


def _show(chosen: Listed, tiles: Sequence[tuple[str, Tile]], veils: dict[str, str], uris_of: Uris, key: str) -> None:
    uris = _uris(chosen, list(dict.fromkeys(name for name, _ in tiles)), veils, uris_of)
    show_problem_of_reveal()
    _draw(chosen, tiles, veils, uris, key, set())


def _uris(chosen: Listed, names: list[str], veils: dict[str, str], uris_of: Uris) -> dict[str, str]:
    revealed = [name for name in names if is_revealed(chosen, name)]
    return uris_of(chosen.run, chosen.version, names, veiled=veils, revealed=revealed)


def _draw(
    chosen: Listed,
    tiles: Sequence[tuple[str, Tile]],
    veils: dict[str, str],
    uris: dict[str, str],
    key: str,
    offered: set[str],
) -> None:
    """Show `tiles` with their `uris`; blurred ones get a button, but those `offered` one before."""
    show_tiles([tile._replace(uri=uris.get(name)) for name, tile in tiles if name not in veils])
    hidden = list({name: tile for name, tile in tiles if name in veils}.items())
    for start in range(0, len(hidden), COLUMNS):
        for column, (name, tile) in zip(st.columns(COLUMNS), hidden[start : start + COLUMNS], strict=False):
            with column:
                veil = f"{'shown on request' if is_revealed(chosen, name) else 'blurred'}: {veils[name]}"
                show_tiles([tile._replace(uri=uris.get(name), lines=(*tile.lines, veil))])
                if name in uris and name not in offered:
                    offer(chosen, name, veils[name], key)
                    offered.add(name)


def _reveal(chosen: Listed, name: str, why: str, key: str) -> None:
    """Write down that a picture is shown, then let it be shown; it is not where that cannot be written."""
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": _key(chosen),
        key: name,
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
