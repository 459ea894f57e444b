"""How figures are computed is told from one place, for every measure there is, with the literature behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from run_folder import Runs

from toolkit.report.measured import BY_REVIEWS, RAW
from toolkit.report.methods import Family, families, function_of, methods_of, names
from toolkit.report.retention import MEASURES

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
KNOWN = "confusion matrix of known pictures"


def row(measure: str, correction: str = RAW, subject: str = "a model") -> dict[str, object]:
    return {"measure": measure, "correction": correction, "subject": subject}


def told(found: list[Family], measure: str) -> str:
    (words,) = (one.words for family in found for one in family.methods if measure in one.measures)
    return words


def measures_of_readme() -> list[str]:
    """Return every measure that the README's table names."""
    table = README.partition("| measure | the question it answers | module |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in names(cell)]


@pytest.mark.parametrize("measure", [*dict.fromkeys(measures_of_readme()), *sorted(MEASURES)])
def test_every_measure_that_the_readme_names_is_explained(measure: str) -> None:
    (family,) = families([row(measure)])
    assert len(told([family], measure)) > 20
    assert Path(__file__).parents[2].joinpath(family.module).is_file()
    assert "`" not in told([family], measure)


def test_the_reader_of_the_readme_finds_its_measures() -> None:
    found = measures_of_readme()
    assert {"share", "vendi", "share_above_held_out_99", "amplification_zhao", "weat", "kid"} <= set(found)
    assert len(found) > 40


def test_corrected_figures_are_explained_by_what_corrects_them() -> None:
    by = {
        (one, correction): function_of(one, correction).__name__  # type: ignore[union-attr]
        for one in ("share", "ledger_kept", "counterfactual_effect", "amplification_zhao", "difference_from_reference")
        for correction in (RAW, KNOWN)
    }
    assert by["share", RAW] == "measure_shares"
    assert by["share", KNOWN] == "measure_corrected"
    assert by["ledger_kept", KNOWN] == "measure_corrected_ledger"
    assert by["counterfactual_effect", KNOWN] == "measure_corrected_counterfactuals"
    assert by["amplification_zhao", KNOWN] == "measure_corrected_amplification"
    assert by["difference_from_reference", KNOWN] == "measure_references"
    assert function_of("share", BY_REVIEWS).__name__ == "measure_reviewed"  # type: ignore[union-attr]
    by_curation = function_of("amplification_zhao", KNOWN, of_data=True)
    assert by_curation is not None
    assert by_curation.__name__ == "measure_corrected_curation_amplification"
    assert function_of("a measure of somebody else") is None


def test_words_are_those_of_the_function_without_its_marks() -> None:
    found = families([row("vendi"), row("share"), row("share", BY_REVIEWS), row("share_above_null_99")])
    assert [one.module.rpartition("/")[2] for one in found] == [
        "shares.py", "reviewed.py", "diversity.py", "memorisation.py",
    ]  # fmt: skip
    assert told(found, "vendi").startswith("The mean Vendi score of subsets of one size, which reference names")
    assert told(found, "share_above_null_99").startswith("The share of pictures that lie nearer to a training picture")
    assert any("copies of others go unseen" in note for one in found for note in one.notes)


def test_literature_is_that_of_the_statistics_behind_a_measure() -> None:
    (shares,) = families([row("share")])
    assert shares.literature == ("Wilson (1927), JASA 22, 209-212; without continuity correction.",)
    (diversity,) = families([row("vendi")])
    assert any("Friedman and Dieng (2023)" in one for one in diversity.literature)
    assert not any(re.search(r"\bas `", one) for one in diversity.literature)


def test_measures_of_one_point_are_told_once_and_short_names_are_whole() -> None:
    (family,) = families([row("share_above_neighbours_95"), row("share_above_neighbours_99")])
    assert [one.measures for one in family.methods] == [("share_above_neighbours_95", "share_above_neighbours_99")]
    assert names("`amplification_all_captions`, `_neutral_captions`") == [
        "amplification_all_captions", "amplification_neutral_captions",
    ]  # fmt: skip


def test_a_run_is_explained_by_what_it_holds(runs: Runs) -> None:
    (family,) = methods_of(runs.audit)
    assert [one.measures for one in family.methods] == [("share",)]
    assert methods_of(runs.curated) == []
