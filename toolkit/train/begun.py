"""A model folder while it is being made: what was asked for, so that only the same training goes on in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import ModelError
from toolkit.store import in_the_way, write_atomically
from toolkit.train.card import Start

CHECKPOINTS = "checkpoints"
RECORD = "training.json"  # written last: a folder that has it is finished
START = "start.json"  # among the checkpoints: the model that a training goes on from
_BEGUN = "begun.json"
# what mends a training that went wrong, and what the weights do not depend on
_MAY_DIFFER = ("learning_rate", "clip_norm", "checkpoint_minutes", "samples", "encoded_in", "max_encoded_gib", "merge")


class Begun(NamedTuple):
    """What a training was begun with: the kind of network, the recipe, and the hashes of its runs."""

    kind: str
    recipe: dict[str, Any]
    data: list[str]


def is_finished(folder: Path) -> bool:
    """Return whether the model in `folder` is whole."""
    return (folder / RECORD).is_file()


def begin(folder: Path, begun: Begun, *, resume: bool) -> None:
    """Make `folder` ready for a training; with `resume`, for going on with the one in it.

    Raises ModelError where something is in the way, where the folder cannot be written, and where it holds a training
    that was begun with something else: only learning rates, clipping and the pace of checkpoints may change.
    """
    file = folder / _BEGUN
    if resume and file.is_file():
        before = Begun(**json.loads(file.read_text("utf-8")))
        for what, was, now in zip(before._fields, _settled(before), _settled(begun), strict=True):
            if was != now:
                raise ModelError(
                    f"{folder} was begun with another {what}; resume it with the one it has (see {file}), or choose "
                    "another --out"
                )
        return
    if in_the_way(folder):
        hint = " or say --resume" if file.is_file() else ""
        raise ModelError(f"{folder} is in the way; choose another --out for the model{hint}")
    try:
        write_atomically(file, json.dumps(begun._asdict(), indent=1).encode() + b"\n")
    except OSError as error:
        raise ModelError(f"{folder} cannot be written ({error}); choose another --out for the model") from error


def abandon(folder: Path) -> None:
    """Remove a training that ended in an error before there was anything to keep, so that it can begin anew."""
    if all(one.name in (_BEGUN, START) for one in folder.rglob("*") if one.is_file()):
        shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
        (folder / _BEGUN).unlink(missing_ok=True)


def check_same_start(start: Start, folder: Path) -> None:
    """Note in `folder` what its training began with. Raises ModelError where it began with other weights."""
    file = folder / START
    if not file.is_file():
        write_atomically(file, json.dumps(start._asdict()).encode())
    elif json.loads(file.read_text("utf-8"))["fingerprint"] != start.fingerprint:
        raise ModelError(
            f"{start.name} is no longer the model that this training began with; put that one back, or choose "
            "another --out"
        )


def finish(folder: Path) -> None:
    """Remove the checkpoints of a training whose model is in place."""
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)


def _settled(begun: Begun) -> tuple[Any, ...]:
    """Return what must be the same for a training to go on."""
    return begun.kind, _without(begun.recipe), begun.data


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(one) for key, one in value.items() if key not in _MAY_DIFFER}
    return value
