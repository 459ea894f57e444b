"""Any figure in its own unit, or why there is none."""

from __future__ import annotations

import pytest
from run_folder import Runs

from toolkit.report.figure_table import HEADER, figure_cells, figure_in_words
from toolkit.report.measured import measure_rows

ROW = {
    "group": "woman", "value": 0.12, "low": 0.09, "high": 0.16, "n": 400, "correction": "uncorrected", "floor": 0.02,
    "q": 0.01, "reference": "uniform", "abstained": 3, "method": "wilson", "not_measurable": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("share", "12 % [9, 16] of 400"),
        ("share_above_neighbours_99", "12 % [9, 16] of 400"),
        ("ledger_kept", "12 % [9, 16] of 400"),
        ("ledger_responsible", "+12 points [9, 16] of 400"),
        ("weat", "+0.12 [0.09, 0.16] of 400"),
        ("vendi", "0.12 [0.09, 0.16] of 400"),
    ],
)
def test_a_figure_is_told_in_its_unit(measure: str, words: str) -> None:
    assert figure_in_words(ROW | {"measure": measure}).replace("\N{NO-BREAK SPACE}", " ") == words


def test_what_is_missing_says_why() -> None:
    row = ROW | {"measure": "vendi", "value": None, "not_measurable": "5 pictures"}
    assert figure_cells(row)[1] == "not measurable: 5 pictures"


def test_every_row_of_a_run_has_its_cells(built: Runs) -> None:
    rows = measure_rows(built.audit)
    assert {len(figure_cells(row)) for row in rows} == {len(HEADER)}
    assert "a census" in {figure_cells(row)[4] for row in rows}
