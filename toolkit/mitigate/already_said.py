"""Prompts that already say a value, painted before and after a change: whether pictures still show what these say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.mitigate.effects import ABSTAINED
from toolkit.mitigate.phrases import AttributePhrases, say
from toolkit.mitigate.steer import Touched
from toolkit.mitigate.target import Target
from toolkit.probes import Probe
from toolkit.seeds import stable_hash
from toolkit.statistics.intervals import wilson
from toolkit.statistics.moved_share import moved_share

SHOWN, OTHER = 1, 0
PAIRED = "pictures of one prompt and seed, adjusted Wald over seeds; shares: Wilson, pictures of one seed as one"
UNCHANGED = "the same requests, and so the same pictures"
Row = dict[str, Any]
Groups = tuple[str, ...]


class SaidPrompt(NamedTuple):
    """A `prompt` of an audit about `concept` with a value said, `said`: its pictures should show one of `groups`, which
    are more than one where several values have the same phrase."""

    prompt: str
    concept: str
    groups: Groups
    said: str


class SaidPictures(NamedTuple):
    """Pictures of prompts that say the same, one row for each prompt and seed of either side (n,): the `seeds`; whether
    they show it `before` and `after` (SHOWN, OTHER, ABSTAINED where it could not be told, ABSENT where there is none);
    and where both are of one request, `same` (bool): then they are one picture. They are of so many `prompts`."""

    seeds: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    same: NDArray[np.bool_]
    prompts: int


def said_prompts(touched: Iterable[Touched], target: Target, phrases: AttributePhrases) -> list[SaidPrompt]:
    """Return the prompts of `touched` that are steered, or would be, with each value of the target said in its phrase;
    each once."""
    found: dict[str, SaidPrompt] = {}
    for one in touched:
        if one.left_alone is not None or one.concept not in target.shares:
            continue
        for group in target.shares[one.concept]:
            said = say(one.prompt, phrases.values[group], one.concept)
            known = found.get(said, SaidPrompt(one.prompt, one.concept, (), said))
            found[said] = known._replace(groups=(*known.groups, group))
    return list(found.values())


def said_probes(probes: Iterable[Probe], said: Iterable[SaidPrompt]) -> list[Probe]:
    """Return the probes that ask for the prompts `said`, each made of one of `probes` and on the noise of that one, so
    that all values are said to the same noise."""
    by_prompt: dict[tuple[str, str], list[SaidPrompt]] = {}
    for one in said:
        by_prompt.setdefault((one.prompt, one.concept), []).append(one)
    return [
        Probe(stable_hash("said", probe.probe_id, one.said), probe.concept, one.said, probe.attributes, probe.pair_id)
        for probe in probes
        for one in by_prompt.get((probe.prompt, probe.concept), ())
    ]


def said_rows(pictures: Mapping[Groups, SaidPictures], confidence: float = 0.95) -> list[Row]:
    """Return for the groups that prompts say, each and then all together (without a name), which share of the pictures
    shows what its prompt says, before and after, and the change.

    The change and its interval are those of `moved_share`, over seeds; where no request changed there is none. Shares
    have Wilson's interval, of as many draws as there are seeds. Nothing where there are no pictures.
    """
    rows = [_row(groups, some, confidence) for groups, some in pictures.items()]
    return [*rows, _row((), _together(list(pictures.values())), confidence)] if rows else []


def _together(parts: list[SaidPictures]) -> SaidPictures:
    return SaidPictures(
        np.concatenate([part.seeds for part in parts]),
        np.concatenate([part.before for part in parts]),
        np.concatenate([part.after for part in parts]),
        np.concatenate([part.same for part in parts]),
        sum(part.prompts for part in parts),
    )


def _row(groups: Groups, pictures: SaidPictures, confidence: float) -> Row:
    row: Row = {
        "groups": list(groups),
        "prompts": pictures.prompts,
        "pictures": len(pictures.seeds),
        "unchanged": int(pictures.same.sum()),
        **_side("before", pictures.before, pictures.seeds, confidence),
        **_side("after", pictures.after, pictures.seeds, confidence),
        "pairs": int(((pictures.before >= 0) & (pictures.after >= 0)).sum()),
        **dict.fromkeys(("change", "change_low", "change_high", "method", "not_measurable")),
    }
    for side, told in (("before", row["n_before"]), ("after", row["n_after"])):
        if not told:
            return row | {"not_measurable": f"no picture {side} the change could be told"}
    if pictures.same.all():
        return row | {"change": 0.0, "change_low": 0.0, "change_high": 0.0, "method": UNCHANGED}
    sides = [np.where(one < 0, np.nan, one.astype(np.float64)) for one in (pictures.before, pictures.after)]
    change = moved_share(sides[0], sides[1], pictures.seeds, 1.0, confidence).change
    ends = zip(("change", "change_low", "change_high"), change, strict=True)
    return row | {name: _rounded(value) for name, value in ends} | {"method": PAIRED}


def _side(name: str, codes: NDArray[np.int64], seeds: NDArray[np.int64], confidence: float) -> Row:
    told = codes >= 0
    n = int(told.sum())
    row: Row = dict.fromkeys((name, f"{name}_low", f"{name}_high"))
    if n:
        share, draws = float((codes[told] == SHOWN).mean()), len(np.unique(seeds[told]))
        interval = wilson(round(share * draws), draws, confidence)
        row = {
            name: _rounded(share),
            f"{name}_low": _rounded(min(share, interval.low)),
            f"{name}_high": _rounded(max(share, interval.high)),
        }
    return row | {f"n_{name}": n, f"abstained_{name}": int((codes == ABSTAINED).sum())}


def _rounded(value: float) -> float:
    return round(float(value), 6) + 0.0  # no minus before a zero
