"""What any other system painted, in the forms people have it: every row becomes a request and a sample."""

import json

import pytest
from audited import face
from hypothesis import given
from hypothesis import strategies as st

from toolkit.audit.external_samples import _whole, import_samples
from toolkit.audit.subjects import sample_subjects
from toolkit.images import encode_png
from toolkit.requested import UNNAMED_MODEL
from toolkit.sources import open_source
from toolkit.store import create_run

PICTURE = encode_png(face((160, 126, 86)))


def imported(path, out):
    run = create_run(out)
    import_samples(open_source(path), run)
    return run


def test_a_folder_of_pictures_with_their_prompts_beside_them(tmp_path):
    for name in ("a", "b"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.png").write_bytes(PICTURE)
        (tmp_path / "in" / f"{name}.txt").write_text(f"a judge, take {name}")
    run = imported(tmp_path / "in", tmp_path / "out")
    subjects = sample_subjects(run)
    assert sorted(one.slices for one in subjects) == [("a judge, take a",), ("a judge, take b",)]
    assert {one.origin for one in subjects} == {UNNAMED_MODEL}
    for row in run.read("samples").to_pylist():
        assert (run.path / row["image_path"]).read_bytes() == PICTURE


def test_model_seed_and_other_columns_are_kept(tmp_path):
    (tmp_path / "a.png").write_bytes(PICTURE)
    rows = [
        {"image": "a.png", "prompt": "judge", "model": "closed/v5", "seed": 7, "cfg": 3.5},
        {"image": "a.png", "prompt": "judge", "model": "", "seed": "later", "cfg": None},
    ]
    (tmp_path / "theirs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    run = imported(tmp_path / "theirs.jsonl", tmp_path / "out")
    requests = sorted(run.read("requests").to_pylist(), key=lambda row: row["seed"] is None)
    settings = [json.loads(row["settings"]) for row in requests]
    assert [row["seed"] for row in requests] == [7, None]
    assert [one["model"] for one in settings] == ["closed/v5", UNNAMED_MODEL]
    assert json.loads(settings[0]["columns"])["cfg"] == 3.5


def test_the_prompt_column_is_the_prompt_even_beside_another_caption(tmp_path):
    (tmp_path / "a.png").write_bytes(PICTURE)
    (tmp_path / "theirs.csv").write_text("image,text,prompt\na.png,what a captioner saw,a judge\n")
    (request,) = imported(tmp_path / "theirs.csv", tmp_path / "out").read("requests").to_pylist()
    assert request["prompt"] == "a judge"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [("gone.png", None, "missing"), ("text.png", b"hello", "unknown_format"), ("empty.png", b"", "empty")],
)
def test_a_broken_picture_is_a_sample_with_a_reason(tmp_path, name, data, reason):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    (tmp_path / "theirs.csv").write_text(f"image,prompt\n{name},a judge\n")
    run = imported(tmp_path / "theirs.csv", tmp_path / "out")
    (sample,) = run.read("samples").to_pylist()
    assert sample["error"].startswith(reason)
    assert sample["image_path"] is None
    assert run.stages["samples"]["counts"] == {"requests": 1, "failed": 1}


@given(st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.booleans(), st.lists(st.integers())))
def test_any_seed_is_a_64_bit_number_or_none(value):
    found = _whole(value)
    assert found is None or -(2**63) <= found < 2**63
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        assert found == value
