"""What stands beside a picture: each annotator's word, its probability, and what is likeliest where it abstains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit import schema
from toolkit.report.labels import Label, labels_by_picture
from toolkit.store import create_run

VALUES = ("woman", "man", "neither")
Row = dict[str, Any]


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Return labels of two pictures: told, abstained, with and without probabilities, of several people."""
    keys = st.tuples(st.sampled_from("ab"), st.sampled_from(("clip", "probe")), st.sampled_from(("gender", "age")))
    found = []
    for (name, annotator, attribute), instance in draw(
        st.lists(st.tuples(keys, st.integers(0, 2)), max_size=12, unique=True)
    ):
        chances = draw(st.dictionaries(st.sampled_from(VALUES), st.sampled_from((0.1, 0.25, 0.5, 0.9)), max_size=3))
        value = draw(st.none() | st.sampled_from(VALUES))
        found.append(
            {"subject_kind": "sample", "subject_id": name, "instance": instance, "annotator": annotator,
             "annotator_version": "1", "reviewer": "", "attribute": attribute, "value": value,
             "probabilities": list(chances.items()), "abstained": value is None}
        )  # fmt: skip
    return found


@given(given_rows=rows())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_word_has_its_own_probability_and_the_likeliest_value(
    given_rows: list[Row], tmp_path_factory: Any
) -> None:
    run = create_run(Path(tmp_path_factory.mktemp("labels")) / "run")
    run.write_shard("labels", 0, schema.from_rows("labels", given_rows))
    expected: dict[tuple[str, str], list[Label]] = {}
    for row in given_rows:
        if row["instance"] > 1:  # the first of several people stands for the picture
            continue
        chances = dict(row["probabilities"])
        likeliest = max(chances, key=chances.__getitem__) if chances else None
        chance = chances.get(row["value"] or likeliest)
        label = Label(row["annotator"], row["attribute"], row["value"], chance, row["abstained"], likeliest)
        expected.setdefault(("sample", row["subject_id"]), []).append(label)
    for labels in expected.values():
        labels.sort(key=lambda one: (one.attribute, one.annotator))
    assert labels_by_picture(run) == expected


def test_an_abstention_hints_at_what_is_likeliest() -> None:
    assert Label("clip", "gender", None, 0.5, True, "woman").words() == "not told (woman?)"
    assert Label("clip", "gender", "woman", 0.93, False, "woman").words() == "woman, 93\N{NO-BREAK SPACE}%"
