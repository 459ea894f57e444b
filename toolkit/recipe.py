"""Recipes: YAML checked by pydantic, where an unknown key is an error that names the nearest known one."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from toolkit.errors import RecipeError


class Recipe(BaseModel):
    """Base of every recipe: immutable, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, regex_engine="python-re")


R = TypeVar("R", bound=BaseModel)


def parse_yaml(text: str) -> Any:
    """Return the plain values in `text`, read by libyaml where PyYAML has it: ten times as fast. Raises YAMLError."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def load_recipe(kind: type[R], given: R | Mapping[str, Any] | str | Path | None) -> R:
    """Return `given` as a checked recipe: itself, a mapping, the path of a YAML file, or None for the defaults.

    Raises RecipeError that names the file, the key, what was found and the nearest known key.
    """
    if isinstance(given, kind):
        return given
    if given is None:
        return kind()
    if isinstance(given, BaseModel):
        raise RecipeError(f"found a {type(given).__name__}; expected a {kind.__name__}, a mapping or a YAML file")
    name, content = _read(given)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise RecipeError(f"{name}: " + "; ".join(_explain(kind, one) for one in error.errors())) from error


def _read(given: Mapping[str, Any] | str | Path) -> tuple[str, Mapping[str, Any]]:
    if isinstance(given, Mapping):
        return "recipe", given
    path = Path(given)
    try:
        content = parse_yaml(path.read_text("utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: no such recipe file ({error.strerror}); give the path of a YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, Mapping):
        found = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise RecipeError(f"{path}: {found}; expected a mapping of keys to values, such as `key: value`")
    return str(path), content


def _explain(kind: type[BaseModel], error: Any) -> str:
    place = ".".join(part if part.isprintable() else repr(part) for part in map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg']} (found {_short(error['input'])})"
    known = _known_keys(kind, error["loc"][:-1])
    nearest = difflib.get_close_matches(str(error["loc"][-1]), known, n=1, cutoff=0)
    hint = f"; did you mean {nearest[0]!r}? The keys there are {', '.join(known)}" if nearest else ""
    return f"unknown key {place!r}{hint}"


def _short(value: object) -> str:
    """Return `value` as Python writes it, cut short: a few lines of YAML can unfold to gigabytes."""
    writer = reprlib.Repr()
    writer.maxlevel = 2
    return writer.repr(value)


def _known_keys(kind: Any, place: tuple[Any, ...]) -> list[str]:
    """Return the keys that the model at `place` accepts, following nested models, lists and mappings of models."""
    for part in place:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            kind = _inner_model(kind.model_fields[part].annotation)
        elif not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            kind = _inner_model(kind)
    return sorted(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for one in getattr(annotation, "__args__", ()):
        found = _inner_model(one)
        if found is not None:
            return found
    return None
