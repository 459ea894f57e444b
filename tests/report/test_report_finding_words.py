"""Findings in people's words: the share with its interval and n, and what it is best held against."""

from __future__ import annotations

from run_folder import Runs

from toolkit.report.finding_words import best_reference, finding_in_words
from toolkit.report.json_rows import read_findings
from toolkit.report.measured import measure_rows

PLACE = {"subject": "a model", "slice": "cook", "attribute": "gender presentation", "annotator": "clip"}
WOMEN = PLACE | {"group": "woman", "measure": "share", "value": 0.12, "low": 0.09, "high": 0.16, "n": 400}
FIXED = {"correction": "uncorrected", "floor": None, "q": None, "reference": None, "not_measurable": None}


def rows(**others: object) -> list[dict[str, object]]:
    men = WOMEN | {"group": "man", "value": 0.88, "low": 0.84, "high": 0.91}
    return [WOMEN | FIXED, men | FIXED, *([WOMEN | FIXED | others] if others else [])]


def words(finding: dict[str, object], measures: list[dict[str, object]]) -> str:
    return finding_in_words(finding, measures).replace("\N{NO-BREAK SPACE}", " ")


def test_a_share_stands_beside_labour_statistics() -> None:
    assert words(WOMEN, rows()) == "a model: women 12 % [9, 16] of 400; labour statistics: 38 %"
    found = words(WOMEN | {"floor": 0.02, "q": 0.0001}, rows())
    assert found.endswith("38 %; beside an even share: noise floor 2 %, q < 0.001")


def test_without_published_shares_it_stands_beside_the_training_data_and_then_beside_an_even_share() -> None:
    nobody = {"slice": "wizard"}
    plain = [row | nobody for row in rows()]
    assert words(WOMEN | nobody, plain) == "a model: women 12 % [9, 16] of 400; an even share: 50 %"
    kept = WOMEN | FIXED | nobody | {"measure": "ledger_kept", "value": 0.3, "low": None, "high": None}
    assert "; the training data, all sources: 30 %" in words(WOMEN | nobody, [*plain, kept])


def test_a_source_of_the_data_is_not_held_against_another() -> None:
    census = {"low": None, "high": None, "slice": "wizard", "n": 12}
    ours, theirs = (row | census | {"subject": name} for row, name in zip(rows(), ("data:a", "data:b"), strict=True))
    assert best_reference(ours, [ours, theirs | {"group": "woman"}]) is None
    assert words(ours, [ours, theirs]) == "a (data): women 12 % of 12"


def test_a_difference_is_told_in_points_and_a_number_bare() -> None:
    effect = WOMEN | {"measure": "counterfactual_effect", "group": "woman: style 'a' against 'b'", "value": 0.6}
    assert words(effect, rows()) == "a model: +60 points [9, 16] of 400"
    assert words({"measure": "weat", "value": 0.4, "q": 0.01}, []) == "+0.40; q = 0.01"
    assert words({"title": "a finding of another version"}, []) == "?"


def test_every_finding_of_a_run_has_words(built: Runs) -> None:
    measures = measure_rows(built.audit)
    found = [words(one, measures) for one in read_findings(built.audit)]
    assert found[0].startswith("zoo:latent: men 82 % [52, 95] of 11; labour statistics: ")
    assert all("q = 0.01" in one for one in found)
