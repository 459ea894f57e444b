"""Knowing a pairing network by the files that it is loaded from, without loading it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from toolkit.models import uri
from toolkit.models.text_encoder_files import weights_location
from toolkit.models.weights import PICKLES
from toolkit.path_hashes import hash_path
from toolkit.seeds import stable_hash

_OF_OPEN_CLIP = (".json", ".safetensors", ".txt", ".model", *PICKLES)


def files_fingerprint(name: str) -> str | None:
    """Return a hash of the bytes of all files behind the pairing network called `name`: 32 hex digits.

    The same files have the same hash wherever they lie. None where it takes loading to know the files, as for a
    network of the hub. Raises ModelError where `name` names nothing.
    """
    parsed = uri.parse(name)
    if parsed.kind not in ("zoo", "path"):
        return None
    folder = uri.zoo_folder(parsed.name) if parsed.kind == "zoo" else Path(parsed.name)
    if (folder / "open_clip_config.json").is_file():
        return _hash(path for path in sorted(folder.iterdir()) if path.suffix in _OF_OPEN_CLIP)
    encoder = Path(weights_location())
    files = [folder / "config.json", folder / "model.safetensors"]
    if not encoder.is_dir() or not all(path.is_file() for path in files):
        return None
    return _hash([*files, *sorted(path for path in encoder.rglob("*") if path.is_file())])


def _hash(files: Iterable[Path]) -> str:
    return stable_hash(*(part for path in files for part in (path.name, hash_path(path))))
