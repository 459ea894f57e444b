"""What an audit writes of what was labelled: measures, findings, the calibration and the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from toolkit import schema
from toolkit.audit.annotators.annotator import TextEmbedder
from toolkit.audit.calibration import calibrate, confusions, corrections, unreliable
from toolkit.audit.content import read_content
from toolkit.audit.embeddings import FEATURES, Embeddings, read_embeddings
from toolkit.audit.findings import find, strongest
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.ledger import ledger
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import COLUMNS, read_labels, read_people
from toolkit.audit.recipe import AuditRecipe
from toolkit.audit.references import Reference
from toolkit.audit.reviewing.standing import REVIEWED, reviewed_confusions
from toolkit.audit.reviews import verdicts
from toolkit.audit.subjects import CALIBRATION, SAMPLE, Subject
from toolkit.errors import ModelError
from toolkit.held_out import HeldOut, held_out_of
from toolkit.store import RunFolder


def write_results(
    target: RunFolder,
    labelled: RunFolder,
    subjects: Sequence[Subject],
    recipe: AuditRecipe,
    network: Callable[[], TextEmbedder],
    references: Mapping[str, tuple[Reference, ...]],
) -> dict[str, int]:
    """Measure the labels and embeddings of `subjects` in `labelled` and write to `target`; return counts. Labels that
    `target` holds itself, with reviews among them, are measured instead.

    `network` gives the pairing network that embeds texts; it is called only where pictures were embedded. `references`
    is what was published about a slice, by slice.
    """
    labels = (target if target.has("labels") else labelled).read("labels", columns=list(COLUMNS))
    readings = read_labels(labels, subjects)
    said = verdicts(labels, subjects)
    known, reviewed = confusions(subjects, readings), reviewed_confusions(subjects, readings, said)
    chosen = corrections(reviewed, {name: (name + REVIEWED,) for name in sorted({one.origin for one in subjects})})
    chosen |= corrections(known, _domains(subjects, recipe))
    embeddings = read_embeddings(labelled, subjects)
    texts = _texts(embeddings, network)
    calibrations = calibrate([*known, *reviewed])
    doubted = unreliable(calibrations, recipe.min_agreement, recipe.confidence)
    evidence = Evidence.of(
        subjects, readings, recipe.confidence, chosen, embeddings=embeddings, texts=texts, references=references
    )._replace(
        people=read_people(labels, subjects),
        verdicts=said,
        content=read_content(labelled, subjects),
        features=read_embeddings(labelled, subjects, FEATURES),
        held_out=_held_out(subjects),
        intersections=recipe.intersections,
        doubted=frozenset((one.annotator, one.attribute) for one in doubted),
    )
    rows = measure(evidence)
    target.write_shard("measures", 0, schema.from_rows("measures", rows))
    findings = find(schema.from_rows("measures", rows).to_pylist(), doubted)
    shown = strongest(findings)
    ordered = shown + [one for one in findings if one not in shown]
    target.write_file("findings.json", _json([one._asdict() for one in ordered]))
    target.write_file("calibration.json", _json([one._asdict() for one in calibrations]))
    target.write_file("ledger.json", _json(ledger(rows)))
    return {
        "measures": len(rows),
        "not_measurable": sum(row.get("not_measurable") is not None for row in rows),
        "findings": len(findings),
    }


def _domains(subjects: Sequence[Subject], recipe: AuditRecipe) -> dict[str, tuple[str, ...]]:
    """Return whose known pictures are of the kind of each subject's: as the recipe says, and its own of known truth."""
    own = sorted({one.origin for one in subjects if one.kind == CALIBRATION})
    return recipe.domains | {one: (*recipe.domains.get(one, ()), one) for one in own}


def _held_out(subjects: Sequence[Subject]) -> dict[str, HeldOut]:
    """Return what the training of each model kept out, where its record says so."""
    models = sorted({one.origin for one in subjects if one.kind == SAMPLE})
    return {model: found for model in models if (found := held_out_of(model)) is not None}


def _texts(embeddings: Embeddings | None, network: Callable[[], TextEmbedder]) -> TextEmbedder | None:
    """Return the network that embedded the pictures, for texts; None where there is none, or it is another by now."""
    if embeddings is None:
        return None
    try:
        found = network()
    except ModelError:
        return None
    return found if found.fingerprint == embeddings.network else None


def _json(content: object) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False).encode("utf-8") + b"\n"
