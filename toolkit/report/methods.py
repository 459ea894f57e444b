"""How each figure of a run is computed: the words of the functions that compute it, and the literature they name."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from toolkit.audit.measuring.amplification import measure_amplification
from toolkit.audit.measuring.corrected import measure_corrected
from toolkit.audit.measuring.corrected_amplification import measure_corrected_amplification
from toolkit.audit.measuring.corrected_counterfactuals import measure_corrected_counterfactuals
from toolkit.audit.measuring.corrected_curation_amplification import measure_corrected_curation_amplification
from toolkit.audit.measuring.corrected_ledger import measure_corrected_ledger
from toolkit.audit.measuring.counterfactuals import measure_counterfactuals
from toolkit.audit.measuring.curation_amplification import measure_curation_amplification
from toolkit.audit.measuring.ledger import measure_ledger
from toolkit.audit.measuring.measure import FAMILIES
from toolkit.audit.measuring.reviewed import measure_reviewed
from toolkit.audit.measuring.shares import measure_shares
from toolkit.curate.groups.retention import measure_retention
from toolkit.report.measured import BY_REVIEWS, RAW, Row, measure_rows
from toolkit.report.retention import MEASURES as OF_RETENTION
from toolkit.report.subjects import DATA
from toolkit.report.wording import plain_name
from toolkit.store import RunFolder

Function = Callable[..., Any]
# Which family corrects the figures of which; every other one corrects its own.
CORRECTED: dict[Function, Function] = {
    measure_shares: measure_corrected,
    measure_ledger: measure_corrected_ledger,
    measure_counterfactuals: measure_corrected_counterfactuals,
    measure_amplification: measure_corrected_amplification,
    measure_curation_amplification: measure_corrected_curation_amplification,
}
_NAME = re.compile(r"`([a-z0-9_]+)`")
_HEAD = re.compile(r"^(?:`[a-z0-9_]+`(?:, | and )?)+: ")
_SOURCE = re.compile(r"\bSources?:\s+(.+)", re.DOTALL)
STATISTICS = "toolkit.statistics."
_BULLET = "- "


class Method(NamedTuple):
    """How `measures`, which are told of together, are computed, in `words`."""

    measures: tuple[str, ...]
    words: str


class Family(NamedTuple):
    """Measures that one `module` (its path) computes: what they are `about`, how each is computed, `notes` on all of
    them, and the literature of the statistics behind them."""

    module: str
    about: str
    methods: tuple[Method, ...]
    notes: tuple[str, ...]
    literature: tuple[str, ...]


def methods_of(run: RunFolder) -> list[Family]:
    """Return how each measure that `run` holds, or the run that decided on its data, is computed."""
    decider = run.find("decisions")
    kept = decider.read("measures").to_pylist() if decider is not None and decider.has("measures") else []
    return families(measure_rows(run) + [row for row in kept if row["measure"] in OF_RETENTION])


def families(rows: Iterable[Row]) -> list[Family]:
    """Return the families that computed `rows` of the measures table, in the order in which an audit computes them.

    A measure that no family names comes from elsewhere and is left out.
    """
    keys = {(row["measure"], row["correction"], row["subject"].startswith(DATA)) for row in rows}
    wanted: dict[Function, set[str]] = {}
    for measure, correction, of_data in keys:
        function = function_of(measure, correction, of_data=of_data)
        if function is not None:
            wanted.setdefault(function, set()).add(measure)
    order = [measure_retention, *FAMILIES]
    return [_family(one, wanted[one]) for one in order if one in wanted]


def function_of(measure: str, correction: str = RAW, *, of_data: bool = False) -> Function | None:
    """Return the function that computes `measure` with a `correction`, of a dataset or of a model; None where it is of
    no family."""
    if measure in OF_RETENTION:
        return measure_retention
    others = {*CORRECTED.values(), measure_curation_amplification}
    found = next((one for one in FAMILIES if one not in others and measure in names(inspect.getdoc(one) or "")), None)
    if found is measure_amplification and of_data:
        found = measure_curation_amplification
    if found is None or correction == RAW:
        return found
    return measure_reviewed if correction == BY_REVIEWS else CORRECTED.get(found, found)


def names(text: str) -> list[str]:
    """Return the names in backticks in `text`, the short ones in full: `share_above_null_95`, `_99` are
    share_above_null_95 and share_above_null_99."""
    found: list[str] = []
    for name in _NAME.findall(text):
        if name.startswith("_") and found:
            parts, tail = found[-1].split("_"), name[1:].split("_")
            name = "_".join([*parts[: len(parts) - len(tail)], *tail])
        found.append(name)
    return found


def _family(function: Function, measures: set[str]) -> Family:
    module = sys.modules[function.__module__]
    blocks = _blocks(inspect.getdoc(function) or "")
    told: dict[str, list[str]] = {}
    for measure in sorted(measures):
        told.setdefault(_block_of(measure, blocks), []).append(measure)
    known = [block for block in blocks if block in told]
    notes = [block for block in blocks if block not in told and not block.startswith(_BULLET)]
    return Family(
        module.__name__.replace(".", "/") + ".py",
        " ".join((inspect.getdoc(module) or "").partition("\n\n")[0].split()),
        tuple(Method(tuple(told[block]), _sentence(block)) for block in known),
        tuple(_sentence(block) for block in notes if not block.endswith(":")),
        tuple(_literature(module)),
    )


def _blocks(text: str) -> list[str]:
    """Return the paragraphs and the points of a list in `text`, each on one line."""
    parts = re.split(r"\n\s*\n|\n(?=- )", text)
    return [" ".join(one.split()) for one in parts if one.strip()]


def _block_of(measure: str, blocks: Sequence[str]) -> str:
    """Return the point that tells of `measure`, or else the paragraph; the first of all where none names it."""
    ranked = sorted(blocks, key=lambda one: not one.startswith(_BULLET))
    return next((one for one in ranked if measure in names(one)), blocks[0])


def _sentence(block: str) -> str:
    """Return a block of a docstring as a reader sees it: names in words, without those that stand before it."""
    words = re.sub(r"^Return,? ", "", _HEAD.sub("", block.removeprefix(_BULLET)))
    full = iter(map(plain_name, names(words)))
    words = _NAME.sub(lambda _: next(full), words).replace("`", "").rstrip(":")
    return words[:1].upper() + words[1:]


def _literature(module: ModuleType) -> list[str]:
    """Return what the statistics that `module` uses name as their source, each once; also those that they refer to."""
    waiting = [
        one for one in vars(module).values() if inspect.isfunction(one) and one.__module__.startswith(STATISTICS)
    ]
    seen, found = set(waiting), dict[str, None]()
    for function in waiting:  # grows while it is walked
        text = inspect.getdoc(function) or ""
        match = _SOURCE.search(text.partition("\n\n")[2])
        if match is not None and "as `" not in match.group(1):
            found[" ".join(match.group(1).partition("\n\n")[0].replace("`", "").split())] = None
        beside = vars(sys.modules[function.__module__])
        named = [beside[name] for name in names(text) if inspect.isfunction(beside.get(name))]
        waiting += [one for one in named if one not in seen]
        seen.update(named)
    return list(found)


def measures_in_words(method: Method) -> str:
    """Return the names of the measures of `method` as people read them."""
    return ", ".join(plain_name(one) for one in method.measures)
