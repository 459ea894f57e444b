"""The ways from snow to picture that a run has kept: which there are, and their frames as small pictures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from toolkit.errors import PictureError
from toolkit.images import encode_png
from toolkit.report.pictures import Thumbnails, read_inside
from toolkit.report.veils import veiled_samples
from toolkit.store import RunFolder
from toolkit.strips import FOLDER, Strip, decode_strip, noised_strips, strip_path

FRAMES_SHOWN = 11
PATHS_SHOWN = 6
THUMBNAIL_SIDE = 56
THUMBNAIL_BYTES = 300_000


class KeptPath(NamedTuple):
    """A strip in the run folder: its `file` there, and the `caption` of what it leads to; `noised`: a real picture.

    `name` is the request_id of what was painted, empty for a real picture; `veil` says why its frames are not shown
    sharp, None where they are.
    """

    file: str
    caption: str
    noised: bool
    name: str = ""
    veil: str | None = None


class Frame(NamedTuple):
    """One frame as a `data:` URI (None where the page is full), and what it shows."""

    uri: str | None
    label: str


class ShownPath(NamedTuple):
    """A kept path with some of its frames, the first and the last among them."""

    caption: str
    noised: bool
    frames: tuple[Frame, ...]


def kept_paths(run: RunFolder) -> list[KeptPath]:
    """Return the strips that `run`, or the run it looked at, has kept: real pictures first, then painted ones by prompt
    and replicate."""
    holder, requests = run.find("samples"), run.find("requests")
    if holder is None or requests is None or not (holder.path / FOLDER).is_dir():
        return []
    real = [
        KeptPath(file.relative_to(holder.path).as_posix(), file.stem.rpartition("-")[0], noised=True)
        for file in noised_strips(holder.path)
    ]
    there = {file.stem for file in (holder.path / FOLDER).glob("??/*.png")}
    veils = veiled_samples(run)
    rows = requests.read("requests", columns=["request_id", "prompt", "replicate"]).to_pylist()
    painted = sorted((row["prompt"] or "", row["replicate"] or 0, row["request_id"]) for row in rows)
    return real + [
        KeptPath(strip_path(name), f"{prompt} · {replicate}", noised=False, name=name, veil=veils.get(name))
        for prompt, replicate, name in painted
        if name in there
    ]


def read_path(run: RunFolder, path: KeptPath) -> Strip | None:
    """Return the frames of a kept path; None where its file is gone, damaged, or outside the run folder."""
    holder = run.find("samples")
    data = None if holder is None else read_inside(holder, path.file)
    try:
        return None if data is None else decode_strip(data)
    except PictureError:
        return None


def paths_on_page(run: RunFolder) -> tuple[ShownPath, ...]:
    """Return the paths that a report shows: real pictures, then the first one of each prompt, as many as fit; blurred
    where what they lead to is veiled."""
    firsts: dict[str, KeptPath] = {}
    for path in kept_paths(run):
        firsts.setdefault(path.file if path.noised else path.caption.rpartition(" · ")[0], path)
    thumbnails = Thumbnails(side=THUMBNAIL_SIDE, limit_bytes=THUMBNAIL_BYTES)
    shown = []
    for path in list(firsts.values())[:PATHS_SHOWN]:
        strip = read_path(run, path)
        if strip is not None:
            shown.append(ShownPath(path.caption, path.noised, _frames(path, strip, thumbnails)))
    return tuple(shown)


def _frames(path: KeptPath, strip: Strip, thumbnails: Thumbnails) -> tuple[Frame, ...]:
    chosen = np.unique(np.linspace(0, len(strip.labels) - 1, FRAMES_SHOWN).round().astype(int))
    names = {int(place): f"{path.file} {place}" for place in chosen}
    veiled = names.values() if path.veil else ()
    thumbnails.add({label: encode_png(strip.frames[place]) for place, label in names.items()}, veiled=list(veiled))
    return tuple(Frame(thumbnails.get(label), strip.labels[place]) for place, label in names.items())
