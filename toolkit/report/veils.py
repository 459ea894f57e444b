"""Which pictures nobody is shown sharp without asking for it, and why.

Curation names what it finds: rules on unsafe and known-bad pictures begin with `safety_` (those on columns that the
input brings are called as it calls them: `punsafe`, `nsfw`), opt-outs with `opt_out_`.
A row that was not kept and that the scorers of safety never looked at may hold anything, so it is veiled too. So is a
picture, of the dataset or painted, that an audit's annotator of unsafe content reads as unsafe.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.store import RunFolder

FLAG, OPT_OUT = "safety_", "opt_out_"
_FLAGS, _OPT_OUTS = rf"(?i)^{FLAG}|nsfw|unsafe", f"^{OPT_OUT}"
QUARANTINED = "quarantined"
FLAGGED = "flagged as unsafe"
OPTED_OUT = "its owner opted out"
UNCHECKED = "never checked for safety"
READ_AS_UNSAFE = "read as unsafe by"
ATTRIBUTE, UNSAFE = "unsafe content", "unsafe"  # what annotators of it read, and its value that veils
CHECKS = (FLAG, "nsfw", "zero_shot")  # how the scorers begin that look for unsafe pictures
_LOOKED = "absent"  # scorers say so of a row that they looked at and that has no such score


def flags(rule: str) -> bool:
    """Return whether what `rule` takes is taken as unsafe, by its name."""
    return re.search(_FLAGS, rule) is not None


def veils(run: RunFolder) -> pa.Table:
    """Return sample_id and `veil`, why it is not shown sharp, of each such row that `run` or its inputs decided on or
    read as unsafe; each once."""
    decided = _decided(run)
    read = _read_as_unsafe(run, "pair")
    names = pa.array(sorted(set(read) - set(decided["sample_id"].to_pylist())), pa.string())
    why = pa.array([read[name] for name in names.to_pylist()], pa.string())
    return pa.concat_tables([decided, pa.table({"sample_id": names, "veil": why})])


def veiled_samples(run: RunFolder) -> dict[str, str]:
    """Return why each veiled painted picture of `run`, by request_id, is not shown sharp."""
    return _read_as_unsafe(run, "sample")


def _decided(run: RunFolder) -> pa.Table:
    decider = run.find("decisions")
    if decider is None:
        return pa.table({"sample_id": pa.array([], pa.string()), "veil": pa.array([], pa.string())})
    unchecked = _unchecked(run, decider)
    found = []
    for rows in decider.scan("decisions", ["sample_id", "status", "keep", "reasons"]):
        reasons = rows["reasons"].combine_chunks()
        kept = pc.fill_null(rows["keep"], fill_value=False)
        never = pc.and_not(pc.is_in(rows["sample_id"], value_set=unchecked), kept)
        veil = pc.case_when(
            pc.make_struct(
                pc.equal(rows["status"], "quarantined"), _named(reasons, _FLAGS), _named(reasons, _OPT_OUTS), never
            ),
            *(pa.scalar(why) for why in (QUARANTINED, FLAGGED, OPTED_OUT, UNCHECKED)),
        )
        found.append(pa.table({"sample_id": rows["sample_id"], "veil": veil}).drop_null())
    return pa.concat_tables(found)


def veiled(run: RunFolder, sample_ids: list[str]) -> dict[str, str]:
    """Return why each veiled one of `sample_ids` is not shown sharp."""
    found = veils(run)
    wanted = found.filter(pc.is_in(found["sample_id"], value_set=pa.array(sample_ids, pa.string())))
    return dict(zip(wanted["sample_id"].to_pylist(), wanted["veil"].to_pylist(), strict=True))


def _read_as_unsafe(run: RunFolder, kind: str) -> dict[str, str]:
    """Return by whom each picture of a `kind` that was read as unsafe was read so."""
    holder = run.find("labels")
    if holder is None:
        return {}
    columns = ["subject_kind", "subject_id", "annotator", "attribute", "value"]
    found: dict[str, str] = {}
    for rows in holder.scan("labels", columns):
        wanted = pc.and_(
            pc.equal(rows["subject_kind"], kind),
            pc.and_(pc.equal(rows["attribute"], ATTRIBUTE), pc.equal(rows["value"], UNSAFE)),
        )
        for row in rows.filter(wanted).to_pylist():
            found.setdefault(row["subject_id"], f"{READ_AS_UNSAFE} {row['annotator']}")
    return found


def _named(reasons: pa.ListArray, pattern: str) -> pa.Array:
    """Return for each list of reasons whether the name of a rule in it matches `pattern`."""
    flat = pc.list_flatten(reasons)
    rows = pc.list_parent_indices(reasons).filter(pc.match_substring_regex(pc.struct_field(flat, "rule"), pattern))
    return pc.is_in(pa.array(np.arange(len(reasons)), rows.type), value_set=rows)


def _unchecked(run: RunFolder, decider: RunFolder) -> pa.Array:
    """Return the sample_ids of the rows that a scorer of safety was to look at and did not."""
    recorded = [entry.get("counts", {}).get("scorers") for entry in decider.stages.values() if entry.get("finished")]
    scorers = [name for one in recorded if isinstance(one, dict) for name in one]
    holder = run.find("scores")
    if holder is None or (scorers and not any(name.startswith(CHECKS) for name in scorers)):
        return pa.array([], pa.string())
    found = [_not_looked_at(rows) for rows in holder.scan("scores", ["sample_id", "unscored"])]
    return pa.chunked_array([*found, pa.array([], pa.string())]).combine_chunks()


def _not_looked_at(rows: pa.Table) -> pa.Array:
    unscored = pc.cast(rows["unscored"].combine_chunks(), _ENTRIES)
    flat, owners = pc.list_flatten(unscored), pc.list_parent_indices(unscored)
    names, why = pc.struct_field(flat, "key"), pc.struct_field(flat, "value")
    wanted = pc.and_(pc.match_substring_regex(names, f"^(?:{'|'.join(CHECKS)})"), pc.not_equal(why, _LOOKED))
    return rows["sample_id"].combine_chunks().take(pc.unique(owners.filter(wanted)))


_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))
