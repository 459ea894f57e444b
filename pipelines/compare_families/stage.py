"""Trains, paints with and judges the three families: what is done is kept, so that a comparison can go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import yaml

from pipelines.compare_families.measured import read_cost, run_measured
from pipelines.compare_families.recipe import FAMILIES, CompareRecipe, Contest, draw_contest
from pipelines.compare_families.table import markdown
from toolkit.errors import RunError
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder, in_the_way, open_run, write_atomically
from toolkit.train.begun import is_finished
from toolkit.train.recipes import GeneratorRecipe
from toolkit.train.training_set import TrainingSet, load_training_set
from toolkit.versions import installed_versions

RESULT = "compare.json"
_ASKED = "asked.json"
Launch = Callable[[list[str], Path], None]


@dataclass(frozen=True)
class Comparison:
    """What is compared, on what, with how much computing, and where it is kept."""

    data: list[RunFolder]
    out: Path
    minutes: float
    device: str
    judge: str
    recipe: CompareRecipe
    launch: Launch
    progress: Progress

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what the JSON file `name` holds; where it is not there yet, what `make` returns is written there."""
        file = self.out / name
        if not file.is_file():
            write_atomically(file, json.dumps(make(), indent=1).encode() + b"\n")
        return json.loads(file.read_text("utf-8"))


def compare_families(
    data: Sequence[Path],
    out: Path,
    minutes: float,
    *,
    device: str = "auto",
    judge: str = "zoo:clip",
    recipe: Mapping[str, Any] | Path | None = None,
    resume: bool = False,
    launch: Launch = run_measured,
    progress: Progress = silent,
) -> Path:
    """Train each family for `minutes` of computing, paint, judge; write compare.json and compare.md, and return `out`.

    On a CPU these are minutes of one core, on a GPU of the clock; the autoencoder and the tokenizer have their share of
    them. Trainings and paintings are commands of `tain`, run by `launch` in processes of their own. Raises RunError
    where `out` is in the way or holds another comparison.
    """
    from toolkit.train.trainer import Trainer

    checked = load_recipe(CompareRecipe, recipe)
    where = Trainer(0, device=device).torch_device.type  # type: ignore[arg-type]
    runs = [open_run(one, needs=["decisions"]) for one in data]
    comparison = Comparison(runs, out, minutes, where, judge, checked, launch, progress)
    _begin(comparison, resume=resume)
    if (out / RESULT).is_file():
        return out
    budgets = {family: _budget(comparison, family) for family in FAMILIES}
    for place, family in enumerate(FAMILIES):
        progress("training and painting", 2 * place, 2 * len(FAMILIES))
        _train(comparison, family)
    training_set = load_training_set(
        runs, checked.image_size, held_out_share=checked.held_out_share, seed=checked.seed, progress=progress
    )
    contest = draw_contest(training_set, checked)
    for place, family in enumerate(FAMILIES):
        progress("training and painting", len(FAMILIES) + place, 2 * len(FAMILIES))
        _paint(comparison, family, contest)
    progress("training and painting", 2 * len(FAMILIES), 2 * len(FAMILIES))
    speeds = {family: _painting_speed(comparison, family) for family in FAMILIES}
    result = _result(comparison, budgets, speeds, contest, training_set)
    write_atomically(out / "compare.md", markdown(result).encode())
    write_atomically(out / RESULT, json.dumps(result, indent=1).encode() + b"\n")
    return out


def _begin(comparison: Comparison, *, resume: bool) -> None:
    """Write down what is compared. Raises RunError where something else is there."""
    file = comparison.out / _ASKED
    asked = {
        "data": [run.content_hash() for run in comparison.data],
        "minutes": comparison.minutes,
        "device": comparison.device,
        "judge": comparison.judge,
        "recipe": comparison.recipe.model_dump(mode="json"),
    }
    if file.is_file() and resume:
        before = json.loads(file.read_text("utf-8"))
        changed = [key for key, value in asked.items() if before.get(key) != value]
        if changed:
            raise RunError(f"{comparison.out} compares with other {', '.join(changed)}; choose another --out")
        return
    if in_the_way(comparison.out):
        hint = ", or say --resume" if file.is_file() else ""
        raise RunError(f"{comparison.out} is in the way; choose another --out{hint}")
    write_atomically(file, json.dumps(asked, indent=1).encode() + b"\n")


def _budget(comparison: Comparison, family: str) -> dict[str, Any]:
    """Return the steps of each part of `family` that its share of the minutes buys, as a step is measured to take."""
    from toolkit.train.pace import batch_size_of, parts_of, seconds_per_step, with_steps

    recipe = comparison.recipe.of(family)

    def measure() -> dict[str, Any]:
        comparison.progress(f"measuring {family}", 0, 0)
        found = {}
        for name, seconds in seconds_per_step(recipe, comparison.device).items():  # type: ignore[arg-type]
            steps = max(1, round(60 * comparison.minutes * parts_of(recipe)[name].share / seconds))
            batch = batch_size_of(recipe, name)
            found[name] = {"seconds_per_step": seconds, "steps": steps, "images_per_second": batch / seconds}
        return found

    budget: dict[str, Any] = comparison.kept(f"budgets/{family}.json", measure)
    file = comparison.out / "recipes" / f"{family}.yaml"
    if not file.is_file():
        bought: GeneratorRecipe = with_steps(recipe, {name: part["steps"] for name, part in budget.items()})
        write_atomically(file, yaml.safe_dump(bought.model_dump(mode="json"), sort_keys=False).encode())
    return budget


def _train(comparison: Comparison, family: str) -> None:
    folder = comparison.out / "models" / family
    if is_finished(folder):
        return
    data = [word for run in comparison.data for word in ("--data", str(run.path))]
    recipe = ["--recipe", str(comparison.out / "recipes" / f"{family}.yaml")]
    command = ["train", family, *data, "--out", str(folder), *recipe, "--device", comparison.device, "--resume"]
    comparison.launch(command, comparison.out / "costs" / f"train-{family}.json")


def _paint(comparison: Comparison, family: str, contest: Contest) -> None:
    probes, out = comparison.out / "probes.yaml", comparison.out / "painted" / family
    if not probes.is_file():
        prompts = [one.replace("{", "{{").replace("}", "}}") for one in [*contest.held_out, *contest.training]]
        write_atomically(probes, yaml.safe_dump({"templates": prompts}, allow_unicode=True).encode())
    started = (out / "run.json").is_file()
    if started and open_run(out).stages.get("generate", {}).get("finished"):
        return
    model = ["--model", str(comparison.out / "models" / family), "--probes", str(probes), "--out", str(out)]
    how = ["--replicates", "1", "--seed", str(comparison.recipe.seed), "--device", comparison.device]
    command = ["generate", *model, *how, *(["--resume"] if started else [])]
    comparison.launch(command, comparison.out / "costs" / f"paint-{family}.json")


def _painting_speed(comparison: Comparison, family: str) -> float:
    """Return how many pictures a second, of one core or of the GPU, `family` paints by its defaults."""

    def measure() -> float:
        from toolkit.generate.load import load_generator
        from toolkit.generate.requests import GenerationRecipe, make_requests
        from toolkit.probes import load_probes

        painter = load_generator(comparison.out / "models" / family, device=comparison.device)
        count = painter.defaults.batch_size
        probes = load_probes({"templates": ["a drawing"]})
        asked = make_requests(probes, count, 0, GenerationRecipe(), painter.defaults, painter.fingerprint)
        requests = [request for _, request in asked]
        clock = process_time if comparison.device == "cpu" else perf_counter
        painter.generate(requests if comparison.device != "cpu" else requests[:2], batch_size=min(count, 2))
        started = clock()
        painter.generate(requests, batch_size=count)
        return count / (clock() - started)

    return float(comparison.kept(f"speeds/{family}.json", measure))


def _result(
    comparison: Comparison,
    budgets: dict[str, Any],
    speeds: dict[str, float],
    contest: Contest,
    data: TrainingSet,
) -> dict[str, Any]:
    from pipelines.compare_families.judging import Judge
    from toolkit.models.pairing import load_pairing

    comparison.progress("judging", 0, 0)
    judge = Judge(load_pairing(comparison.judge, device=comparison.device), contest, data)
    families = {}
    for family in FAMILIES:
        model = comparison.out / "models" / family
        record = json.loads((model / "training.json").read_text("utf-8"))
        families[family] = {
            "parameters": _parameters(model),
            "parts": budgets[family],
            "painted_per_second": round(speeds[family], 3),
            "training": read_cost(comparison.out / "costs" / f"train-{family}.json")._asdict(),
            "painting": read_cost(comparison.out / "costs" / f"paint-{family}.json")._asdict(),
            "figures": record["figures"],
        } | judge.painted(open_run(comparison.out / "painted" / family))
    return {
        "minutes": comparison.minutes,
        "device": comparison.device,
        "judge": comparison.judge,
        "data": [run.path.name for run in comparison.data],
        "training_pairs": len(data.training),
        "held_out_pairs": int(data.held_out.sum()),
        "families": families,
        "real": judge.real(),
        "versions": installed_versions(),
    }


def _parameters(folder: Path) -> int:
    """Return how many numbers were trained: those of a model folder, without the frozen text encoder of a pipeline."""
    from toolkit.models.weights import load_state

    files = [file for file in folder.rglob("*.safetensors") if file.parent.name != "text_encoder"]
    return sum(tensor.numel() for file in files for tensor in load_state(file).values())
