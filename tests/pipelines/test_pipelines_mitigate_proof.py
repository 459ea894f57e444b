"""A generator trained on a set with a planted skew: each of the four ways of a mitigation brings the skew, the mean
distance of the roles to equal shares, at least half of the way to none, surely; and pictures go on showing what they
are asked for. Takes most of an hour.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from planted_skew import BARE, MOSTLY_MEN, MOSTLY_WOMEN, NAMED, ROLES, write_planted_skew

import toolkit
from pipelines.mitigate.order import Way
from pipelines.mitigate.stage import mitigate
from toolkit.store import RunFolder

PICTURES = 100  # of each role
MINUTES: dict[Way, int] = {"prompt": 20, "guidance": 20, "data": 60, "finetune": 60}  # on two cores


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The audit of zoo:latent trained on with the planted set."""
    folder = tmp_path_factory.mktemp("planted")
    data = write_planted_skew(folder / "data", captions=(BARE, NAMED))
    transformer = {"batch_size": 48, "steps": 700, "learning_rate": 0.001}
    recipe = {"seed": 5, "held_out_share": 0, "start": "zoo:latent", "transformer": transformer}
    model = toolkit.train("latent", data, folder / "model", recipe=recipe)
    probes = {"templates": ["{role}"], "slots": {"role": list(ROLES)}}
    painted = toolkit.generate(str(model), probes, folder / "audit", replicates=PICTURES, seed=9)
    return toolkit.audit(painted, painted.path, data=data, recipe={"annotators": ["clip", "caption-words"]})


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("by", list(MINUTES))
def test_the_planted_skew_is_brought_at_least_halfway(by: Way, audited: RunFolder, tmp_path: Path) -> None:
    started = perf_counter()
    made = mitigate(audited.path, tmp_path / "out", finding="strongest", target="uniform", by=by)
    minutes = (perf_counter() - started) / 60
    found: dict[str, Any] = json.loads((made.path / "mitigation.json").read_text("utf-8"))
    [step] = found["steps"]
    women = {row["slice"]: row for row in step["skew"] if row["group"] == "woman"}
    [adherence] = [row for row in step["costs"] if (row["measure"], row["slice"]) == ("clip_score", "all")]
    shown = {name: [row[one] for one in ("before", "after", "closed", "closed_low")] for name, row in women.items()}
    told = {by: shown, "bias": step["bias"], "adherence": adherence, "already said": step["already_said"]}
    print(json.dumps(told | {"minutes": round(minutes, 1)}, indent=1))
    bias = step["bias"]
    assert bias["after"] <= bias["before"] / 2
    assert bias["change_high"] < 0
    assert adherence["relative"] > -0.05
    if by in ("prompt", "guidance"):  # trained on some twenty pictures a role, one may overshoot
        assert all(women[role]["halfway"] for role in (*MOSTLY_MEN, *MOSTLY_WOMEN))
    assert minutes < MINUTES[by]
