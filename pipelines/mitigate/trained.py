"""Mitigation by training: anew on changed data, or a short while on from the audited model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pipelines.mitigate.changed_data import changed_data, unreached
from pipelines.mitigate.painted import Changed, Job, Painting, paint_and_audit
from pipelines.painters import painter_in
from toolkit.errors import RecipeError
from toolkit.models.uri import own_folder
from toolkit.train.stage import Kind, train

SHORT = {"steps": 500, "batch_size": 48, "learning_rate": 5e-4}
SHORT_PIPELINE = {"steps": 500, "batch_size": 4, "learning_rate": 1e-4}
ANEW = (
    "To train this model on a short while with the rebalanced data, mitigate --by finetune; to train one anew, make it "
    "with tain train --data RUN, paint with it (tain generate --model FOLDER), audit that, and mitigate that audit"
)


class Training(NamedTuple):
    """What is trained, and by which recipe."""

    kind: Kind
    recipe: Mapping[str, Any]


def retrain(job: Job) -> list[Changed]:
    """Return what a model paints that is trained as the audited one was, on data that is rebalanced."""
    return _train(recipe_of(job.before.model), job)


def finetune(job: Job) -> list[Changed]:
    """Return what the audited model paints once it was trained on for a short while, on data that is rebalanced."""
    return _train(short_recipe(job.before.model), job)


def recipe_of(model: str) -> Training:
    """Return how the model in the folder `model` was trained. Raises RecipeError where its folder does not say, or it
    is no folder here."""
    path = Path(model) / "training.json"
    try:
        found = json.loads(path.read_text("utf-8"))
        return Training(found["kind"], found["recipe"])
    except FileNotFoundError as error:
        raise RecipeError(f"{_unknown_training(model)}. {ANEW}") from error
    except (OSError, ValueError, KeyError) as error:
        raise RecipeError(f"{model} does not say how it was trained: {path} is damaged ({error!r}). {ANEW}") from error


def _unknown_training(model: str) -> str:
    """Return why nothing is known of the training of `model`."""
    if Path(model).is_dir():
        return f"{model} does not say how it was trained: there is no training.json in it"
    if model.startswith("zoo:"):
        return (
            f"{model} comes with Tain, and was not trained on this data: by data means the recipe of a model of yours"
        )
    return f"{model} is not a folder that tain train wrote, so it does not say how it was trained"


def short_recipe(model: str) -> Training:
    """Return how to train `model` on for a short while: adapters of a diffusers pipeline, the transformer of a latent
    generator of Tain. Raises RecipeError for a family that cannot go on."""
    config = own_folder(model) / "config.json"
    if config.is_file():
        family = json.loads(config.read_text("utf-8")).get("family")
        if family != "latent":
            raise RecipeError(f"{model} is of the family {family}, which cannot be trained on; mitigate --by data")
        return Training("latent", {"start": model, "held_out_share": 0, "transformer": SHORT})
    return Training("pipeline", {"start": model, "held_out_share": 0, "merge": True, "optimiser": SHORT_PIPELINE})


def _train(training: Training, job: Job) -> list[Changed]:
    changed = []
    for strength in job.strengths:
        data = changed_data(job.before, job.planned, job.out.path / f"data-{strength:g}", strength)
        folder = train(
            training.kind,
            data,
            job.out.path / f"model-{strength:g}",
            recipe=training.recipe,
            resume=True,
            device=_device(job.painting),
            command=f"tain mitigate --strength {strength:g}",
            progress=job.progress,
        )
        painter = str(painter_in(folder))
        run = paint_and_audit(job, strength, painter, job.before.recipe, data)
        changed.append(
            Changed(strength, run, painter, _seconds(folder), tuple(unreached(data, job.planned.aim.attribute)))
        )
    return changed


def _device(painting: Painting) -> Literal["cpu", "cuda"]:
    return "cuda" if painting.device.startswith("cuda") else "cpu"


def _seconds(folder: Path) -> float:
    """Return how many seconds the parts of the model in `folder` were trained for."""
    parts = json.loads((folder / "training.json").read_text("utf-8"))["parts"]
    return float(sum(part["seconds"] for part in parts.values()))
