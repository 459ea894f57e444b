"""The audit stage: label pictures, measure the labels, rank the measures into findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit import schema
from toolkit.audit import content, embeddings
from toolkit.audit.content import ContentWriter
from toolkit.audit.embeddings import EmbeddingWriter
from toolkit.audit.external_samples import import_samples
from toolkit.audit.known_pictures import known_pictures
from toolkit.audit.labelling import chunks_of, in_key_order
from toolkit.audit.reading import Read, Readers, ReadersOf, network_of, readers_of
from toolkit.audit.recipe import AuditRecipe
from toolkit.audit.references import check_used, load_references
from toolkit.audit.results import write_results
from toolkit.audit.reviews import label_rows, read_reviews, review_inputs
from toolkit.audit.subjects import CALIBRATION, DROPPED, PAIR, SAMPLE, Subject, pair_subjects, sample_subjects
from toolkit.engine.engine import Engine
from toolkit.engine.threads import computing_with
from toolkit.errors import RunError, SourceError
from toolkit.models.devices import device_here
from toolkit.path_hashes import HashedPath
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.sources import open_source
from toolkit.sources.rows import Source
from toolkit.store import RunFolder, create_run, open_run

LABEL, AUDIT = "label", "audit"
SHARD_ROWS = 50_000
MADE = ["labels", embeddings.TABLE, embeddings.FEATURES, content.TABLE]

RecipeLike = AuditRecipe | Mapping[str, Any] | str | Path | None


def label(
    run: RunFolder | str | Path,
    out: str | Path,
    *,
    data: RunFolder | str | Path | None = None,
    recipe: RecipeLike = None,
    engine: Engine | None = None,
    progress: Progress = silent,
) -> RunFolder:
    """Label the samples of `run`, and the pairs of `data` that bear on their concepts; return the run folder `out`.

    Pictures are read in this process, or by workers of `engine` (see `open_engine`). `out` may be the folder of `run`:
    the labels are added to it. Raises RunError where there are no samples or `out` holds labels, RecipeError,
    ModelError where the pairing network cannot be had, EngineError and WorkerError.
    """
    settings = load_recipe(AuditRecipe, recipe)
    opened = open_run(run.path if isinstance(run, RunFolder) else run)
    dataset = _open_data(data)
    loaded = settings if engine is None else settings.model_copy(update={"device": device_here(settings.device)})
    reading = _reading(loaded, network_of(loaded), engine, settings)
    subjects = _subjects(opened, dataset, settings)
    target = _target(opened, out, LABEL)
    with target.stage(
        LABEL, recipe=settings.model_dump(mode="json"), inputs=_inputs(opened, dataset, target)
    ) as counts:
        target.discard_unmarked(LABEL, MADE)
        _write_labels(target, LABEL, subjects, reading, counts, progress)
    return target


def audit(
    run_or_samples: RunFolder | str | Path,
    out: str | Path,
    *,
    data: RunFolder | str | Path | None = None,
    recipe: RecipeLike = None,
    progress: Progress = silent,
) -> RunFolder:
    """Label (unless that was done), measure, and write findings; return the run folder `out`.

    `run_or_samples` is a run with samples, or a table or folder of pictures that any other system painted (prompt,
    image, and model and seed where known). `out` may be the folder of the run: the tables are added to it. `data` is
    a curated run whose pictures are counted as a census beside the model's. Reviews that the recipe names become labels
    beside those of annotators. Writes the tables labels, embeddings, features (where the recipe names a network for
    them), content and measures, calibration.json, findings.json and ledger.json.

    Raises RunError where there are no samples or `out` was audited before, SourceError for samples without a prompt
    or picture column, RecipeError, and ModelError where the pairing network cannot be had.
    """
    settings = load_recipe(AuditRecipe, recipe)
    references = load_references(settings.references)  # a wrong file is refused before anything is made
    reviews = read_reviews(settings.reviews)
    dataset = _open_data(data)
    given = _open(run_or_samples)
    labelled = _labelled(given)
    network = network_of(settings)
    reading = _reading(settings, network) if labelled is None else None
    run = given if isinstance(given, RunFolder) else _import(given, out, progress)
    subjects = _subjects(run, dataset, settings)
    check_used(settings.references, (name for one in subjects for name in one.slices))
    reviewed = label_rows(reviews, subjects)
    _refuse_reviews_of_finished_labels(labelled, out, reviewed)
    target = _target(run, out, AUDIT)
    inputs: list[RunFolder | Path | HashedPath] = [*_inputs(run, dataset, target), *review_inputs(settings.reviews)]
    with target.stage(AUDIT, recipe=settings.model_dump(mode="json"), inputs=inputs) as counts:
        written = ["measures"] if reading is None and not reviewed else ["labels", "measures"]
        target.discard_unmarked(AUDIT, written if reading is None else [*MADE, "measures"])
        if reading is not None:
            _write_labels(target, AUDIT, subjects, reading, counts, progress)
        if reviewed:
            _add_reviews(target, labelled, reviewed)
            counts["reviews"] = {"used": len(reviewed), "of_other_pictures": len(reviews) - len(reviewed)}
        counts.update(write_results(target, labelled or target, subjects, settings, network, references))
        target.mark(AUDIT, 0)
    return target


def _open_data(data: RunFolder | str | Path | None) -> RunFolder | None:
    return data if isinstance(data, RunFolder) or data is None else open_run(data)


def _open(run_or_samples: RunFolder | str | Path) -> RunFolder | Source:
    """Return the run that is named, or the source of pictures that another system painted."""
    if isinstance(run_or_samples, RunFolder):
        return run_or_samples
    path = Path(run_or_samples)
    if not path.exists():
        expected = "the run folder of tain generate, or a table or folder of pictures with their prompts"
        raise SourceError(f"{path} does not exist; expected {expected}")
    return open_run(path) if (path / "run.json").exists() else open_source(path)


def _import(source: Source, out: str | Path, progress: Progress) -> RunFolder:
    run = create_run(out)
    import_samples(source, run, progress)
    return run


def _labelled(given: RunFolder | Source) -> RunFolder | None:
    """Return the run that holds the labels of a finished `tain label`; None where labels are still to be made."""
    if isinstance(given, RunFolder) and given.stages.get(LABEL, {}).get("finished"):
        return given.find("labels")
    return None


def _refuse_reviews_of_finished_labels(
    labelled: RunFolder | None, out: str | Path, reviewed: Sequence[Mapping[str, Any]]
) -> None:
    """Raise RunError where reviews would have to be added to the finished labels of `labelled`."""
    if labelled is not None and reviewed and Path(out).resolve() == labelled.path.resolve():
        raise RunError(f"{labelled.path} was labelled without these reviews; choose another --out to add them")


def _add_reviews(target: RunFolder, labelled: RunFolder | None, reviewed: list[dict[str, Any]]) -> None:
    """Write the labels by people to `target`, after those of annotators, which come from `labelled` if made before."""
    if labelled is not None:
        for index, rows in enumerate(labelled.scan("labels")):
            target.write_shard("labels", index, rows)
    target.write_shard("labels", len(target.shards("labels")), schema.from_rows("labels", reviewed))


def _target(run: RunFolder, out: str | Path, stage: str) -> RunFolder:
    """Return the run folder to write: that of `run` where `out` is the same folder, else a new one."""
    if Path(out).resolve() != run.path.resolve():
        return create_run(out)
    if run.stages.get(stage, {}).get("finished") or run.marked(stage):
        raise RunError(f"{run.path} already has the stage {stage!r}; choose another --out to do it again")
    return run


def _inputs(run: RunFolder, data: RunFolder | None, target: RunFolder) -> list[RunFolder]:
    return [one for one in (run, data) if one is not None and one.path.resolve() != target.path.resolve()]


def _subjects(run: RunFolder, data: RunFolder | None, recipe: AuditRecipe) -> list[Subject]:
    samples = sample_subjects(run)
    models = sorted({one.origin for one in samples})
    known = [one for named in recipe.calibration for one in known_pictures(named, recipe.attributes, models)]
    if data is None:
        return samples + known
    concepts = sorted({name for one in samples for name in one.slices})
    return samples + known + pair_subjects(data, concepts, recipe.calibration_pictures)


def _write_labels(
    target: RunFolder,
    stage: str,
    subjects: Sequence[Subject],
    reading: _Reading,
    counts: dict[str, Any],
    progress: Progress,
) -> None:
    readers = reading.readers
    writer = None if readers.embedder is None else EmbeddingWriter(target, readers.embedder.fingerprint)
    scored = ContentWriter(target)
    features = (
        None if readers.features is None else EmbeddingWriter(target, readers.features.fingerprint, embeddings.FEATURES)
    )
    rows: list[dict[str, Any]] = []
    unreadable: dict[str, str] = {}
    done = 0
    chunks = list(chunks_of(subjects))
    for chunk, read in zip(chunks, reading.read(chunks), strict=True):
        rows += read.labels
        unreadable |= read.unreadable
        scored.add(read.content)
        if writer is not None:
            writer.add(read.embedded)
        if features is not None:
            features.add(read.featured)
        done += len(chunk)
        progress("labelling", done, len(subjects))
    rows = in_key_order(rows)
    counts["embeddings"] = 0 if writer is None else writer.finish()
    counts["content"] = scored.finish()
    counts["features"] = 0 if features is None else features.finish()
    for index, start in enumerate(range(0, max(1, len(rows)), SHARD_ROWS)):
        target.write_shard("labels", index, schema.from_rows("labels", rows[start : start + SHARD_ROWS]))
        if stage == LABEL:
            target.mark(stage, index)
    counts["subjects"] = {
        kind: sum(one.kind == kind for one in subjects) for kind in (PAIR, SAMPLE, CALIBRATION, DROPPED)
    }
    counts["labels"] = len(rows)
    counts["abstained"] = sum(bool(row["abstained"]) for row in rows)
    counts["unreadable"] = len(unreadable)
    counts["unreadable_examples"] = dict(sorted(unreadable.items())[:20])


class _Reading(NamedTuple):
    """The readers, which are here, and the engine where others like them work; None: these do."""

    readers: Readers
    recipe: AuditRecipe
    engine: Engine | None = None

    def read(self, chunks: Sequence[Sequence[Subject]]) -> Iterator[Read]:
        """Yield what is read of each of `chunks`."""
        make = ReadersOf(self.recipe)
        if self.engine is None:
            with computing_with(make.needs.threads):
                yield from map(self.readers, chunks)
        else:
            yield from self.engine.map_batches(make, chunks, make.needs)


def _reading(
    recipe: AuditRecipe, network: Callable[[], Any], engine: Engine | None = None, of_workers: AuditRecipe | None = None
) -> _Reading:
    with computing_with(recipe.per_worker(recipe.device).threads):
        return _Reading(readers_of(recipe, network), of_workers or recipe, engine)
