"""Exports are read back by the libraries that they are for."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
import webdataset
from crops import write_crops
from huggingface_hub import DatasetCard
from PIL import Image

from toolkit.curate.export.stage import export
from toolkit.curate.stage import curate, decide
from toolkit.errors import RunError
from toolkit.sources import open_source
from toolkit.sources.rows import with_picture
from toolkit.store import RunFolder, create_run

FORMS = ("parquet", "webdataset", "imagefolder")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("export")
    return curate(write_crops(folder / "crops", rows=20), folder / "run", shard_rows=8)


@pytest.fixture(scope="module")
def kept(run: RunFolder) -> dict[str, tuple[str, bytes]]:
    """Caption and bytes of the kept rows by sample_id, read from the source itself."""
    keep = dict(zip(*(run.read("decisions")[c].to_pylist() for c in ("sample_id", "keep")), strict=True))
    pairs = [one for one in run.read("pairs").to_pylist() if keep[one["sample_id"]]]
    assert 10 < len(pairs) < 20
    return {one["sample_id"]: (one["caption"], Path(one["image"]["path"]).read_bytes()) for one in pairs}


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_parquet_is_loaded_by_datasets_with_an_image_column(
    run: RunFolder, kept: dict[str, tuple[str, bytes]], tmp_path: Path
) -> None:
    folder = export(run, "parquet", tmp_path / "parquet")
    loaded = datasets.load_dataset("parquet", data_dir=str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(loaded.features["image"], datasets.Image)
    assert {one["sample_id"]: one["text"] for one in loaded} == {key: caption for key, (caption, _) in kept.items()}
    for one in loaded:
        assert np.array_equal(np.asarray(one["image"].convert("RGB")), _pixels(kept[one["sample_id"]][1]))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # webdataset leaves its tar open
def test_webdataset_reads_the_tars(run: RunFolder, kept: dict[str, tuple[str, bytes]], tmp_path: Path) -> None:
    folder = export(run, "webdataset", tmp_path / "tars")
    tars = sorted(str(path) for path in folder.glob("*.tar"))
    found = {one["__key__"]: one for one in webdataset.WebDataset(tars, shardshuffle=False)}
    assert {key: (one["txt"].decode(), one["png"]) for key, one in found.items()} == kept
    assert all(b'"license"' in one["json"] for one in found.values())


def test_imagefolder_is_loaded_by_datasets(run: RunFolder, kept: dict[str, tuple[str, bytes]], tmp_path: Path) -> None:
    folder = export(run, "imagefolder", tmp_path / "folder")
    loaded = datasets.load_dataset(
        "imagefolder", data_dir=str(folder), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert {one["sample_id"]: one["text"] for one in loaded} == {key: caption for key, (caption, _) in kept.items()}
    assert all(np.array_equal(np.asarray(one["image"]), _pixels(kept[one["sample_id"]][1])) for one in loaded)


@pytest.mark.parametrize("form", FORMS)
def test_an_export_is_itself_a_source_with_the_same_pairs(
    form: str, run: RunFolder, kept: dict[str, tuple[str, bytes]], tmp_path: Path
) -> None:
    source = open_source(export(run, form, tmp_path / form))
    rows = [with_picture(row) for batch in source.batches(7) for row in batch]
    assert sorted((row.caption, row.data) for row in rows) == sorted(kept.values())  # type: ignore[type-var]


@pytest.mark.parametrize("form", FORMS)
def test_exporting_twice_gives_the_same_bytes(form: str, run: RunFolder, tmp_path: Path) -> None:
    first, second = (export(run, form, tmp_path / name) for name in ("first", "second"))
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    assert all((first / one).read_bytes() == (second / one).read_bytes() for one in files)


def test_the_selection_alone_names_the_rows_without_touching_a_picture(run: RunFolder, tmp_path: Path) -> None:
    folder = export(run, "ids", tmp_path / "ids")
    selected = pq.read_table(folder / "selection.parquet")
    decisions = run.read("decisions")
    assert selected["sample_id"].to_pylist() == decisions.filter(decisions["keep"])["sample_id"].to_pylist()
    assert not (folder / "uids.npy").exists()


def test_uids_of_datacomp_come_as_its_resharder_reads_them(tmp_path: Path) -> None:
    uids = ["ffffffffffffffff0000000000000001", "00000000000000020000000000000003", "not a uid"]
    lines = [{"url": f"https://example.org/{n}", "text": "a boat", "uid": uid} for n, uid in enumerate(uids)]
    (tmp_path / "urls.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    made = curate(tmp_path / "urls.jsonl", tmp_path / "run", recipe={"pictures": {"required": False}})
    folder = export(made, "ids", tmp_path / "ids")
    found = np.load(folder / "uids.npy")
    assert found.dtype == np.dtype("u8,u8")
    assert found.tolist() == [(2, 3), (2**64 - 1, 1)]
    assert pq.read_table(folder / "selection.parquet")["url"].to_pylist() == [line["url"] for line in lines]
    with pytest.raises(RunError, match="only an address"):
        export(made, "parquet", tmp_path / "pictures")


def test_a_hub_folder_loads_by_its_name_alone_and_carries_its_card(
    run: RunFolder, kept: dict[str, tuple[str, bytes]], tmp_path: Path
) -> None:
    folder = export(run, "hub", tmp_path / "hub")
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {one["sample_id"] for one in loaded["train"]} == set(kept)
    card = DatasetCard.load(folder / "README.md")
    assert card.data.configs[0]["data_files"][0]["path"] == "data/train-*"
    assert f"{len(kept)} pairs" in card.text


def test_a_run_of_decisions_alone_exports_from_its_input(run: RunFolder, tmp_path: Path) -> None:
    stricter = decide(run, tmp_path / "strict", recipe={"captions": {"min_words": 7}})
    folder = export(stricter, "webdataset", tmp_path / "tars")
    with tarfile.open(next(folder.glob("*.tar"))) as tar:
        captions = {tar.extractfile(one).read() for one in tar if one.name.endswith(".txt")}  # type: ignore[union-attr]
    assert captions
    assert all(len(caption.split()) >= 7 for caption in captions)


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_keeps_nothing_exports_nothing_but_a_readable_form(
    form: str, run: RunFolder, tmp_path: Path
) -> None:
    nothing = decide(run, tmp_path / "nothing", recipe={"captions": {"min_words": 100}})
    folder = export(nothing, form, tmp_path / form)
    assert folder.is_dir()
    assert not list(folder.rglob("*.png"))


def test_a_picture_that_changed_or_vanished_stops_the_export_and_leaves_nothing(tmp_path: Path) -> None:
    source = write_crops(tmp_path / "crops", rows=4)
    made = curate(source, tmp_path / "run")
    (source / "images" / "0002.png").write_bytes((source / "images" / "0001.png").read_bytes())
    with pytest.raises(RunError, match="has changed since it was curated"):
        export(made, "parquet", tmp_path / "out")
    (source / "images" / "0001.png").unlink()
    with pytest.raises(RunError, match="cannot be read any more"):
        export(made, "imagefolder", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crops", "run"]


def test_bad_arguments_are_named(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the forms are parquet, webdataset, imagefolder, ids, hub"):
        export(run, "zip", tmp_path / "out")
    with pytest.raises(RunError, match="no pairs with decisions"):
        export(create_run(tmp_path / "empty"), "parquet", tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="in the way"):
        export(run, "parquet", tmp_path / "full")
