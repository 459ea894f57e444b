"""Models are named by URI everywhere: `zoo:NAME`, `open_clip:ARCH/TAG`, a local folder or file, or a hub id."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from toolkit.errors import ModelError


class ModelURI(NamedTuple):
    """A parsed model name: `kind`, and what follows it (a zoo name, `ARCH/TAG`, a path, or a hub id)."""

    kind: Literal["zoo", "open_clip", "path", "hub"]
    name: str


def parse(uri: str) -> ModelURI:
    """Return `uri` taken apart. Raises ModelError where it names neither a file here nor a possible hub id."""
    if uri.startswith("zoo:"):
        return ModelURI("zoo", uri.removeprefix("zoo:"))
    if uri.startswith("open_clip:"):
        return ModelURI("open_clip", uri.removeprefix("open_clip:"))
    if Path(uri).exists():
        return ModelURI("path", uri)
    if uri.count("/") == 1 and not uri.startswith((".", "/", "~")):
        return ModelURI("hub", uri)
    raise ModelError(
        f"no model at {uri!r}: not a folder or file here. Expected zoo:NAME, open_clip:ARCH/TAG, a local folder, "
        "or a hub id such as stabilityai/sd-turbo"
    )


def zoo_folder(name: str) -> Path:
    """Return the folder of bundled model `name`. Raises ModelError that lists the bundled ones."""
    zoo = Path(str(files("toolkit") / "zoo"))
    folder = zoo / name
    if not (folder / "config.json").is_file():
        known = sorted(f"zoo:{path.parent.name}" for path in zoo.glob("*/config.json"))
        raise ModelError(f"no bundled model is called zoo:{name}; the bundled ones are {', '.join(known) or 'none'}")
    return folder


def own_folder(name: str | Path) -> Path:
    """Return the model folder of this project that `name` stands for: `zoo:NAME`, or the folder itself.

    Raises ModelError where it names nothing.
    """
    parsed = parse(str(name))
    return zoo_folder(parsed.name) if parsed.kind == "zoo" else Path(parsed.name)
