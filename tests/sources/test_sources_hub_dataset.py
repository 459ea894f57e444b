"""Folders that `datasets` saved, and ids on the hub."""

from __future__ import annotations

from pathlib import Path

import datasets
import pytest
from hostile import encoded, photograph

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.pairs import to_pairs_table

JPEG = encoded(photograph(40), "JPEG")


def saved(path: Path, **splits: list[str]) -> Path:
    features = datasets.Features({"image": datasets.Image(), "text": datasets.Value("string")})
    made = {
        split: datasets.Dataset.from_dict(
            {"image": [{"bytes": JPEG, "path": None}] * len(captions), "text": captions}, features=features
        )
        for split, captions in splits.items()
    }
    one = made["only"] if "only" in made else datasets.DatasetDict(made)
    one.save_to_disk(str(path))
    return path


def test_a_saved_dataset_gives_its_bytes_undecoded(tmp_path: Path) -> None:
    source = open_source(saved(tmp_path / "saved", only=["an astronaut", "again"]))
    rows = list(source.rows())
    assert [row.caption for row in rows] == ["an astronaut", "again"]
    assert [row.data for row in rows] == [JPEG, JPEG]
    assert list(source.rows(1)) == rows[1:]
    assert to_pairs_table(rows)["error"].to_pylist() == [None, None]


def test_train_is_read_where_no_split_is_given(tmp_path: Path) -> None:
    path = saved(tmp_path / "saved", test=["a test"], train=["to learn"])
    assert [row.caption for row in open_source(path).rows()] == ["to learn"]
    assert [row.caption for row in open_source(path, split="test").rows()] == ["a test"]
    with pytest.raises(SourceError, match="no split 'dev'; its splits are test, train"):
        open_source(path, split="dev")


def test_an_id_that_cannot_be_fetched_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ConnectionError(f"Couldn't reach '{name}' on the Hub\nand a long story")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(SourceError) as caught:
        open_source("someone/pictures")
    assert "neither a path here nor a dataset" in str(caught.value)
    assert "a long story" not in str(caught.value)


def test_an_id_reads_what_datasets_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = datasets.load_from_disk(str(saved(tmp_path / "saved", train=["an astronaut"])))
    monkeypatch.setattr(datasets, "load_dataset", lambda name: loaded)
    source = open_source("someone/pictures")
    assert source.name == "someone/pictures"
    assert [row.caption for row in source.rows()] == ["an astronaut"]
