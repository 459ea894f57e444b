"""The keys of a recipe that say what a worker takes of its machine."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from toolkit.engine.engine import PerWorker
from toolkit.recipe import Recipe


def _whole_above_one(value: float) -> float:
    if value > 1 and value != int(value):
        raise ValueError(f"{value:g} is above 1 and no whole number; only parts of one can be shared")
    return value


Cores = Annotated[float, Field(gt=0), AfterValidator(_whole_above_one)]
GPUs = Annotated[float, Field(ge=0), AfterValidator(_whole_above_one)]


class WorkerRecipe(Recipe):
    """What each worker takes: `cpus_per_worker`, which are also the threads of its network (None: one of Ray, its share
    of the cores of this machine), and `gpus_per_worker` (None: one where the device is a GPU). Parts of one may be
    given: several workers share it then."""

    cpus_per_worker: Cores | None = None
    gpus_per_worker: GPUs | None = None

    def per_worker(self, device: str) -> PerWorker:
        """Return what a worker takes that computes on `device`."""
        cpus, gpus = self.cpus_per_worker, self.gpus_per_worker
        return PerWorker(
            cpus=1.0 if cpus is None else cpus,
            gpus=float(device.startswith("cuda")) if gpus is None else gpus,
            threads=None if cpus is None else max(1, int(cpus)),
        )


def decides(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored of a `recipe` without what workers take, which decides nothing: a run may go on with
    others."""
    return {name: value for name, value in recipe.items() if name not in WorkerRecipe.model_fields}
