"""How near a model's pictures are to the data's, as a set: distances and manifolds, at equal n, beside the data's own
two halves."""

from __future__ import annotations

from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.embeddings import Embeddings
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pictures import PAIRING, PICTURES, UNCOUNTED, draws_of, places_by_origin
from toolkit.audit.measuring.pooled import NO_DATA
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place
from toolkit.audit.subjects import ALL, PAIR, SAMPLE
from toolkit.statistics.fidelity import frechet_distance, grouped_jackknife, manifolds
from toolkit.statistics.kernel_distance import kernel_distance

KID, FID = "kid", "fid"
MEASURES = (KID, FID, "manifold_precision", "manifold_recall", "density", "coverage")
WITHIN = {"manifold_precision": (0.0, 1.0), "manifold_recall": (0.0, 1.0), "coverage": (0.0, 1.0)}
FEATURES = "features"  # who sees the pictures, where the recipe names a network for it
FEWEST = 30  # pictures of each side
MOST = 500  # of each side in a comparison: more take long and say no more
DRAWS = 5  # subsets of the data, and divisions of it into halves
SEED = 20_231
Places = NDArray[np.int64]
Reals = NDArray[np.float64]


class _Sides(NamedTuple):
    """The pictures of one place: `model` and `data` features (n, d) and (m, d), and of each of the model's its draw."""

    model: Reals
    data: Reals
    draws: NDArray[np.intp]

    @property
    def n(self) -> int:
        """How many pictures of each side are compared: so many that the data has two halves of them."""
        return min(len(self.model), len(self.data) // 2, MOST)


def measure_fidelity(evidence: Evidence) -> list[Row]:
    """Return, for every model, each concept and all together, how its pictures lie to the kept pairs of the data, in
    the features of the pairing network and of the network that the recipe names as `features`:

    - `kid`: the unbiased kernel distance (Binkowski et al. 2018). `fid`: the Frechet distance (Heusel et al. 2017),
      which few pictures bias upwards; there is none where there are no more pictures than features.
    - `manifold_precision`, `manifold_recall` (Kynkaanniemi et al. 2019): the share of the model's pictures that lie
      among the data's, and of the data's that lie among the model's. `density`, `coverage` (Naeem et al. 2020).

    All at one n a side, which `reference` names, so that a figure compares with its `floor`: the same figure of two
    random halves of the data, which no model needs to surpass. Means over 5 random subsets; intervals leave out draws
    of the model's pictures (jackknife, Student's t), the data is fixed. Of 300 models' sets of 100 pictures redrawn 91
    to 99 % of intervals held the mean where the sets differ, and 97 to 100 % where they are of one kind: recall's are
    then twice too wide (tests/audit/test_audit_fidelity.py). n is at least 30: a concept of fewer pictures is not
    measured. Only pairs about the audit's concepts have features.
    """
    networks = [(PAIRING, evidence.embeddings), (FEATURES, evidence.features)]
    rows: list[Row] = []
    for annotator, seen in networks:
        if seen is not None:
            rows += _of_network(evidence, annotator, seen)
    return rows


def _of_network(evidence: Evidence, annotator: str, seen: Embeddings) -> list[Row]:
    data: dict[str, list[Places]] = {}
    for (_, name), places in places_by_origin(evidence, PAIR).items():
        data.setdefault(name, []).append(places)
    rows = []
    for (origin, name), places in places_by_origin(evidence, SAMPLE).items():
        place = Place(origin, name, PICTURES, annotator)
        told = places[seen.has(places)]
        _, draws = np.unique([str(one) for one in draws_of(evidence, told)], return_inverse=True)
        theirs = np.concatenate(data.get(name, [np.zeros(0, np.int64)]))
        sides = _Sides(seen.of(told), seen.of(theirs), draws)
        figures = {"n": len(told), "n_effective": float(len(set(draws.tolist()))), "abstained": len(places) - len(told)}
        why = NO_DATA if not data else _too_few(sides)
        if why is None:
            rows += _figures(place, sides, figures, evidence.confidence)
        else:
            measures = MEASURES if name == ALL else (KID,)
            rows += [make_row(place, ALL, one, UNCOUNTED, **figures, not_measurable=why) for one in measures]
    return rows


def _too_few(sides: _Sides) -> str | None:
    if sides.n >= FEWEST and len(set(sides.draws.tolist())) > 1:
        return None
    counts = f"{len(sides.model)} pictures of the model and {len(sides.data)} of the data"
    return f"{counts}; {FEWEST} and {2 * FEWEST} at least are needed, so that the data has two halves to compare"


def _figures(place: Place, sides: _Sides, figures: dict[str, Any], confidence: float) -> list[Row]:
    n, stream = sides.n, np.random.default_rng(SEED)
    size = sides.model.shape[1]
    scaled = sides._replace(model=sides.model * sqrt(size), data=sides.data * sqrt(size))
    values, floors = [], []
    first: tuple[Places, Places] | None = None
    for _ in range(DRAWS):
        mine, order = stream.permutation(len(sides.model))[:n], stream.permutation(len(sides.data))
        first = first or (mine, order[:n])
        values.append(_compare(scaled.model[mine], scaled.data[order[:n]]))
        floors.append(_compare(scaled.data[order[:n]], scaled.data[order[n : 2 * n]]))
    assert first is not None
    painted, real = scaled.model[first[0]], scaled.data[first[1]]
    jackknifed = grouped_jackknife(lambda kept: _compare(painted[kept], real), sides.draws[first[0]])
    half = jackknifed.half_widths(confidence)
    counts = f"{n} pictures a side, of {len(sides.data)} of the data; floor: the data's own halves"
    rows = []
    for name, value, floor, reach in zip(
        MEASURES, np.mean(values, axis=0).tolist(), np.mean(floors, axis=0).tolist(), half.tolist(), strict=True
    ):
        if np.isnan(value) or np.isnan(reach):
            why = f"a covariance of {size} features takes more pictures than {n} a side: it would be biased beyond use"
            rows.append(make_row(place, ALL, name, UNCOUNTED, **figures, reference=counts, not_measurable=why))
            continue
        low, high = WITHIN.get(name, (-np.inf, np.inf) if name == KID else (0.0, np.inf))
        ends = {"low": min(value, max(low, value - reach)), "high": max(value, min(high, value + reach))}
        said = f"{counts}; biased upwards by so few" if name == FID else counts
        fixed = {"confidence": confidence, "method": "jackknife of draws, data fixed", "reference": said}
        rows.append(make_row(place, ALL, name, UNCOUNTED, **figures, value=value, **ends, floor=floor, **fixed))
    return rows


def _compare(model: Reals, data: Reals) -> Reals:
    """Return the `MEASURES` of two sets of features whose lengths are the root of their number: NaN for no fid.

    Features of about 1 are what the kernel was made for; the Frechet distance is of unit vectors again.
    """
    size = model.shape[1]
    enough = min(len(model), len(data)) > size
    frechet = frechet_distance(model, data) / size if enough else float("nan")
    return np.array([kernel_distance(model, data).value, frechet, *manifolds(model, data)])
