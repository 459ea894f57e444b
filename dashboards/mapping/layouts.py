"""Where pictures lie on a map: computed once for each state of a run, and kept in the user's cache folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from dashboards.runs import Listed
from dashboards.thumbnails import cache_folder
from toolkit.errors import RunError
from toolkit.report.map_layout import (
    FEWEST,
    MAIN_DIRECTIONS,
    VERSION,
    Layout,
    lay_out,
    layout_file,
    read_layout,
)
from toolkit.report.map_pictures import Mapped, mapped, networks_of
from toolkit.report.wording import count
from toolkit.seeds import stable_hash
from toolkit.store import RunFolder, write_atomically

KEPT_IN_MEMORY = 4


def maps_folder() -> Path:
    """Return the folder of layouts: `tain/maps` in $XDG_CACHE_HOME, or in ~/.cache."""
    return cache_folder().parent / "maps"


def map_of(chosen: Listed, network: str) -> Mapped:
    """Return the pictures on the map of a run, as one network sees them. Raises RunError where they are too few."""
    found = _map_of(str(chosen.path), chosen.version, network)
    if found.pictures.num_rows < FEWEST:
        raise RunError(
            f"{chosen.name} keeps embeddings of {count(found.pictures.num_rows, 'picture')} that its tables know; a "
            f"map needs {FEWEST} at least. Choose another run, or put back the runs that it was made from"
        )
    return found


def map_of_most(chosen: Listed) -> Mapped | None:
    """Return the map that a page of the run opens with, laid out by main directions; None where it has none."""
    networks = networks_of(chosen.run)
    if not networks:
        return None
    _layout_of(str(chosen.path), chosen.version, networks[0], MAIN_DIRECTIONS)
    return map_of(chosen, networks[0])


@st.cache_resource(max_entries=2, show_spinner=False)
def _map_of(path: str, version: int, network: str) -> Mapped:
    return mapped(RunFolder(Path(path)), network)


def layout_of(chosen: Listed, network: str, layout: str) -> Layout:
    """Return where the pictures of `map_of` lie in a `layout`, and say what is done while it is computed.

    Raises RunError as `lay_out` does.
    """
    number = map_of(chosen, network).pictures.num_rows
    slow = "" if layout == MAIN_DIRECTIONS else "; with 20,000 it takes minutes, a small run seconds"
    with st.spinner(f"Laying out {count(number, 'picture')} by {layout}, once; it is kept{slow}"):
        return _layout_of(str(chosen.path), chosen.version, network, layout)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _layout_of(path: str, version: int, network: str, layout: str) -> Layout:
    run = RunFolder(Path(path))
    found = _map_of(path, version, network)
    file = _file(run, version, found, layout)
    kept = _kept(file, found.pictures.num_rows)
    if kept is not None:
        return kept
    made = lay_out(found.vectors(run), layout)
    with suppress(OSError):  # a read-only home: it is made again next time
        write_atomically(file, layout_file(made))
    return made


def _file(run: RunFolder, version: int, found: Mapped, layout: str) -> Path:
    """Return where a layout is kept, under all that it depends on."""
    pictures = stable_hash(*(f"{kind}/{name}" for kind, name in found.ids()))
    key = stable_hash("map", VERSION, str(run.path.resolve()), version, found.network, layout, pictures)
    return maps_folder() / key[:2] / f"{key}.npz"


def _kept(file: Path, number: int) -> Layout | None:
    try:
        return read_layout(file.read_bytes(), number)
    except OSError:
        return None
