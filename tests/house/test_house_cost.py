"""The cost on paper: its formulas give what is worked out by hand, and the README shows what they give."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from bench_cost import BEGIN, END, between  # noqa: E402
from cost import model  # noqa: E402

RATES = {
    "core_seconds_a_row": dict.fromkeys(
        ["scrape", "header", "decode", "embed", "decide", "exact", "top_fraction", "export", "label"], 0.001
    ),
    "table_bytes_a_row": 1000,
    "join": {"rows": 300_000, "core_seconds": 3.0, "measured_to_predicted": 2.0},
    "semantic": {"rows": 10_000, "core_seconds": 10.0},
    "files_a_shard": 5,
    "run_json_bytes": 12_000,
    "driver_bytes_a_row": 400,
    "scratch_bytes_a_row": 1400,
}


def test_the_readme_shows_what_the_model_gives_from_the_committed_rates() -> None:
    rates = json.loads((ROOT / "reports" / "cost.json").read_text("utf-8"))
    text = (ROOT / "README.md").read_text("utf-8")
    assert text == between(text, model.tables(rates))


def test_work_on_rows_is_shared_by_nodes_and_that_of_the_driver_is_not() -> None:
    by_name = {one.name: one for one in model.stages(RATES, 1_000_000)}
    decode, exact = by_name["curate: decode, hashes, quality"], by_name["decide: exact copies"]
    assert decode.hours(1) == pytest.approx(1000 / 2 / 3600)
    assert decode.hours(16) == pytest.approx(decode.hours(1) / 16)
    assert exact.hours(1) == exact.hours(128) == pytest.approx(1000 / 3600)


def test_a_stage_that_moves_more_than_it_computes_takes_as_long_as_its_links() -> None:
    one = model.Stage("x", core_seconds=1.0, bytes_moved=2.5e9 * 3600, of_driver=0, shared=True)
    assert one.hours(1) == pytest.approx(2)
    assert one.hours(4) == pytest.approx(0.5)
    assert one._replace(of_driver=1.25e9 * 3600).hours(128) == pytest.approx(1)


def test_the_semantic_join_grows_by_the_power_of_three_halves() -> None:
    assert model.semantic_seconds(RATES, 10_000) == pytest.approx(10)
    assert model.semantic_seconds(RATES, 1_000_000) == pytest.approx(10_000)


def test_a_join_costs_more_the_more_rows_there_are_and_twice_what_it_foresees() -> None:
    costs = [model.join_seconds(RATES, rows) for rows in model.ROWS]
    assert costs[0] < costs[1] / 100 < costs[2] / 2000
    halved = {**RATES, "join": {"measured_to_predicted": 1.0}}
    assert model.join_seconds(halved, 10**6) == pytest.approx(costs[0] / 2)
    assert model.join_bytes(10**6) > 15 * 2 * 3 * 16 * 10**6  # 15 searches, dealt and read, three bands or more


def test_chance_pairs_are_those_that_a_search_of_uniform_hashes_finds() -> None:
    assert model.chance_pairs(1_000_000) == pytest.approx(5024, rel=0.02)  # found by bench_hamming
    assert model.chance_pairs(3_000_000) == pytest.approx(44_992, rel=0.02)
    assert model.chance_pairs(1) == 0


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (16e6, "16 MB"), (3.2e10, "32 GB"), (2e15, "2.0 PB")],
)
def test_bytes_are_written_as_people_do(count: float, said: str) -> None:
    assert model.amount(count) == said


@pytest.mark.parametrize(
    ("hours", "said"), [(0.001, "< 0.01"), (0.04, "0.04"), (4.22, "4.2"), (42.4, "42"), (12345.0, "12,345")]
)
def test_hours_are_written_as_people_do(hours: float, said: str) -> None:
    assert model.time(hours) == said


def test_only_what_is_between_the_markers_is_replaced() -> None:
    assert between(f"a\n{BEGIN}\nold\n{END}\nb\n", "new\n") == f"a\n{BEGIN}\nnew\n{END}\nb\n"
    with pytest.raises(AssertionError, match="has lost its line"):
        between("a", "b")
