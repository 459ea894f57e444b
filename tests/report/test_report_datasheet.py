"""The datasheet: what the tables tell stands in it, the rest is left to a person, and no row can write its markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile import encoded, photograph

from toolkit.curate.stage import curate
from toolkit.errors import RunError
from toolkit.report.datasheet import dataset_card, datasheet, write_datasheet
from toolkit.store import RunFolder, create_run

ROWS = [
    ("a woman in front of a flag", "CC0-1.0", "https://a.example/one.jpg"),
    ("an astronaut | <b>bold</b> [link](https://evil.example)", "a | b", "https://b.example/two.jpg"),
    ("", "CC0-1.0", "https://a.example/three.jpg"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("datasheet")
    for number in range(len(ROWS)):
        (folder / f"{number}.jpg").write_bytes(encoded(photograph(64 + 40 * number), "JPEG"))
    lines = [
        {"file_name": f"{number}.jpg", "text": caption, "license": licence, "url": url}
        for number, (caption, licence, url) in enumerate(ROWS)
    ]
    (folder / "metadata.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return curate(folder, folder / "run", recipe={"duplicates": {"perceptual": None}})


def test_it_says_what_the_tables_tell(run: RunFolder) -> None:
    text = datasheet(run)
    assert "2 kept + 1 dropped + 0 failed + 0 quarantined" in text
    assert "| caption characters | dropped | 1 | 2 |" in text
    assert "| CC0-1.0 | 1 | 50" in text
    assert "| a.example | 1 | 50" in text
    assert "| JPEG | 2 | 100" in text
    assert "from 64 to 104 px" in text
    assert '"min_characters": 2' in text


def test_what_only_a_person_knows_is_left_to_one(run: RunFolder) -> None:
    text = datasheet(run)
    for heading in ("Motivation", "Collection process", "Uses", "Distribution", "Maintenance"):
        section = text.split(f"## {heading}")[1].split("## ")[0]
        assert "to be answered by a" in section.lower()


def test_no_row_writes_markup_into_a_table(run: RunFolder) -> None:
    assert "| a \\| b | 1 |" in datasheet(run)


def test_the_same_run_gives_the_same_bytes_and_a_card_with_the_size(run: RunFolder) -> None:
    first = write_datasheet(run).read_bytes()
    assert write_datasheet(run).read_bytes() == first
    assert dataset_card(run).startswith("---\nlicense: other\n")
    assert "- n<1K" in dataset_card(run)


def test_a_run_without_decisions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no pairs with decisions"):
        datasheet(create_run(tmp_path / "empty"))
