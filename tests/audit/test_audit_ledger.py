"""The ledger: a share followed from raw pairs to painted pictures, and the step that moved it named."""

import json

import numpy as np
import pytest
from audited import face, write_table
from shown import evidence_of, measured, painted, paired, rows_of

from toolkit import schema
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.ledger import STEPS, ledger
from toolkit.audit.measuring.measure import measure
from toolkit.audit.stage import audit
from toolkit.images import encode_png
from toolkit.seeds import content_hash, stable_hash
from toolkit.statistics.intervals import wilson
from toolkit.statistics.two_rates import equal_rates_p
from toolkit.store import create_run


def entry(rows, group="woman", concept="judge"):
    (one,) = [one for one in ledger(rows) if (one["group"], one["slice"]) == (group, concept)]
    assert tuple(step["step"] for step in one["steps"]) == STEPS
    return one, {step["step"]: step for step in one["steps"]}


def test_shares_and_changes_are_those_of_the_counts():
    rows = measured(
        painted("judge", 20, 80, abstained=10)
        + paired("judge", 30, 30)
        + paired("judge", 5, 5, caption="woman judge")
        + paired("judge", 40, 10, kind="dropped")
    )
    one, steps = entry(rows)
    assert [(steps[name]["value"], steps[name]["n"]) for name in STEPS] == [
        (pytest.approx(75 / 120), 120),
        (0.5, 70),
        (1.0, 10),
        (0.2, 100),
    ]
    assert (steps["captions"]["abstained"], steps["generated"]["abstained"]) == (60, 10)
    assert (steps["generated"]["low"], steps["generated"]["high"]) == pytest.approx(wilson(20, 100), abs=1e-6)
    kept, captions, generated = (steps[name]["change"] for name in STEPS[1:])
    assert kept["value"] == pytest.approx(0.5 - 75 / 120, abs=1e-6)
    assert kept["low"] < kept["value"] < kept["high"] < 0
    assert kept["p"] == pytest.approx(float(equal_rates_p(35, 70, 40, 50)), rel=1e-3)
    assert (captions["value"], captions["reference"]) == (0.5, "kept")
    assert (generated["value"], generated["reference"]) == (pytest.approx(-0.8), "captions")
    assert one["responsible"] == "generated"


@pytest.mark.parametrize(
    ("pictures", "step"),
    [
        (painted("judge", 50, 50) + paired("judge", 60, 60) + paired("judge", 80, 0, kind="dropped"), "kept"),
        (painted("judge", 50, 50) + paired("judge", 60, 60, caption="man judge"), "captions"),
        (painted("judge", 95, 5) + paired("judge", 60, 60), "generated"),
    ],
)
def test_a_planted_skew_is_laid_at_the_step_that_made_it(pictures, step):
    one, steps = entry(measured(pictures))
    changes = {name: abs(steps[name]["change"]["value"] or 0.0) for name in STEPS[1:]}
    assert max(changes, key=changes.get) == step
    assert one["responsible"] == step


def test_without_a_skew_no_step_is_blamed():
    random = np.random.default_rng(3)
    blamed = 0
    for _ in range(60):
        kept, dropped, drawn = (int(random.binomial(n, 0.4)) for n in (80, 60, 100))
        pictures = painted("judge", drawn, 100 - drawn) + paired("judge", kept, 80 - kept)
        blamed += (
            entry(measured(pictures + paired("judge", dropped, 60 - dropped, kind="dropped")))[0]["responsible"]
            is not None
        )
    assert blamed <= 7


def test_what_is_missing_is_said_and_the_step_after_it_goes_back_further():
    one, steps = entry(measured(painted("judge", 5, 5) + paired("judge", 4, 4)))
    assert steps["captions"]["not_measurable"].endswith("none of the 8 captions names one")
    assert steps["generated"]["change"]["reference"] == "kept"
    assert steps["kept"]["change"]["value"] == 0  # nothing was dropped
    assert one["not_responsible"].startswith("no step moves it beyond chance")


def test_labels_made_before_dropped_pairs_were_read_give_no_raw_share():
    pictures = painted("judge", 5, 5) + paired("judge", 4, 4) + paired("judge", 4, 4, kind="dropped")
    evidence = evidence_of(pictures)
    old = [
        one._replace(subject=one.subject[one.subject < 18], value=one.value[one.subject < 18],
                     outside=one.outside[one.subject < 18])
        for one in evidence.readings
    ]  # fmt: skip
    rows = measure(Evidence.of(evidence.subjects, old))
    _, steps = entry(rows)
    assert steps["raw"]["not_measurable"].startswith("the pairs that curation dropped were not labelled")
    assert steps["kept"]["value"] == 0.5
    assert steps["kept"]["change"]["not_measurable"].startswith("no step before it could be measured")


def test_without_a_data_run_there_is_one_row_that_says_so():
    rows = rows_of(measured(painted("judge", 5, 5) + painted("cook", 5, 5)), measure="ledger_raw")
    assert [row["not_measurable"] for row in rows] == [
        "no pair of a data run is about a concept of this audit; give the run that `tain curate` wrote as --data"
    ]
    assert ledger(measured(painted("judge", 5, 5))) == []


def write_data(path, tones, kept):
    """Write a curated run of drawn judges, of which those that `kept` says are kept."""
    pairs, decisions = [], []
    for place, (tone, keep) in enumerate(zip(tones, kept, strict=True)):
        pixels = face(SKIN[tone], coat=(2 * place, 90, 250 - 2 * place))
        data = encode_png(pixels)
        name = stable_hash("judge", place)
        pairs.append({"sample_id": name, "content_id": content_hash(data), "caption": f"judge number {place}",
                      "image": {"bytes": data, "path": None}, "source": ("art", "clips")[place % 2]})  # fmt: skip
        decisions.append({"sample_id": name, "status": "kept" if keep else "dropped", "keep": keep, "reasons": []})
    run = create_run(path)
    with run.stage("curate"):
        run.write_shard("pairs", 0, schema.from_rows("pairs", pairs))
        run.write_shard("decisions", 0, schema.from_rows("decisions", decisions))
    return run


SKIN = {"light": (234, 218, 186), "dark": (96, 65, 52)}
EVEN = ["light", "dark"] * 40


@pytest.mark.parametrize(
    ("kept", "painted_dark", "step"),
    [
        ([tone == "light" or place % 8 == 1 for place, tone in enumerate(EVEN)], 0.2, "kept"),
        ([True] * 80, 0.1, "generated"),
        ([place % 4 < 2 for place in range(80)], 0.5, None),
    ],
)
def test_a_skew_planted_in_pictures_is_named_by_a_whole_audit(tmp_path, kept, painted_dark, step):
    data = write_data(tmp_path / "data", EVEN, kept)
    tones = ["dark" if place < 40 * painted_dark else "light" for place in range(40)]
    rows = [{"prompt": "judge", "pixels": face(SKIN[tone], coat=(5 * place, 90, 200 - 5 * place))}
            for place, tone in enumerate(tones)]  # fmt: skip
    recipe = {"annotators": ["skin-tone", "caption-words"]}
    run = audit(write_table(tmp_path / "theirs", rows), tmp_path / "run", data=data, recipe=recipe)
    assert run.stages["audit"]["counts"]["subjects"]["dropped"] == kept.count(False)
    found = json.loads((run.path / "ledger.json").read_text("utf-8"))
    (dark,) = [one for one in found if one["group"] == "monk-8"]
    shares = {one["step"]: one["value"] for one in dark["steps"]}
    assert (shares["raw"], shares["generated"]) == (0.5, painted_dark)
    assert dark["responsible"] == step
