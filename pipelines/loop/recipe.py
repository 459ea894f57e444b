"""What `tain loop` is told: a part for each stage, each with what the command of that stage takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from toolkit.recipe import Recipe

Given = dict[str, Any] | str | None  # a recipe in place, or the path of one


class CuratePart(Recipe):
    """`source` is what tain curate takes: a path, an address, `zoo:sample`."""

    source: str
    recipe: Given = None
    workers: int = Field(1, ge=1)


class TrainPart(Recipe):
    """A network of `kind`, trained on what was curated."""

    kind: Literal["latent", "pixel", "tokens", "pipeline"]
    recipe: Given = None
    minutes: float | None = Field(None, gt=0)


class GeneratePart(Recipe):
    """`model` is what paints where nothing is trained; `probes` a file, `set:NAME`, or probes in place."""

    probes: dict[str, Any] | str
    model: str | None = None
    replicates: int = Field(100, ge=1)
    seed: int = 0
    recipe: Given = None
    device: str = "cpu"


class AuditPart(Recipe):
    """The recipe of the audit."""

    recipe: Given = None


class MitigatePart(Recipe):
    """What is changed, and how; `name` is its folder. `finding` is a number, SLICE:GROUP, or `strongest`: the first one
    of a share that can be changed. `over_application` is how many pictures of each prompt that says the attribute
    already are painted before and after; None: as many as tain mitigate does."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    by: Literal["data", "finetune", "guidance", "prompt"]
    finding: str = "strongest"
    target: str = "uniform"
    strengths: tuple[Annotated[float, Field(gt=0)], ...] = ()
    slices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    phrases: str | None = None
    over_application: int | None = Field(None, ge=0)

    @property
    def folder(self) -> str:
        """The name of its folder among those of the turn."""
        return f"mitigated-{self.name or self.by}"


class LoopRecipe(Recipe):
    """The parts of a turn, in the order in which they run; without `train` the pictures are painted by
    `generate.model`."""

    curate: CuratePart
    generate: GeneratePart
    train: TrainPart | None = None
    audit: AuditPart = AuditPart()
    mitigate: tuple[MitigatePart, ...] = ()

    @model_validator(mode="after")
    def _has_one_painter(self) -> LoopRecipe:
        if (self.train is None) == (self.generate.model is None):
            raise ValueError("what paints is either trained or named: give train, or generate.model, one of the two")
        folders = [one.folder for one in self.mitigate]
        if len(set(folders)) < len(folders):
            raise ValueError("two mitigations would write one folder; give each a name of its own")
        return self
