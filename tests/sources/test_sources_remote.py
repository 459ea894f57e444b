"""Sources in an object store, against a real server of S3 on this machine, and `file://`: the rows of local files."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import refusal, tain
from crops import write_crops
from pyarrow import fs

from toolkit.curate.stage import curate
from toolkit.engine.local import LocalEngine
from toolkit.errors import RunError, SourceError
from toolkit.sources import open_source
from toolkit.sources.remote import RemotePath, any_path


def _program(name: str) -> str | None:
    """Return the program called `name`, which `make` puts into an environment beside that of the tests."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.prefix) / "stores" / "bin"))


MOTO = os.environ.get("MOTO_SERVER") or _program("moto_server")
GCS = _program("gcp-storage-emulator")
needs_server = pytest.mark.skipif(
    MOTO is None, reason="no moto_server: make .venv/.stores installs it, or name one by MOTO_SERVER"
)
needs_gcs = pytest.mark.skipif(GCS is None, reason="no gcp-storage-emulator: make .venv/.stores installs it")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _running(words: list[str], port: int, settings: dict[str, str]) -> Iterator[None]:
    """Let the server that `words` start answer at `port`, with `settings` in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def store() -> Iterator[fs.S3FileSystem]:
    """A server of S3 with an empty bucket `pairs`, which AWS_ENDPOINT_URL names while the tests of this file run."""
    port = _free_port()
    settings = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    with _running([str(MOTO), "-H", "127.0.0.1", "-p", str(port)], port, settings):
        made = fs.S3FileSystem(allow_bucket_creation=True, endpoint_override=settings["AWS_ENDPOINT_URL"])
        made.create_dir("pairs")
        yield made


@pytest.fixture(scope="module")
def gcs_store() -> Iterator[fs.GcsFileSystem]:
    """A server of Google Cloud Storage with an empty bucket `pairs`, which STORAGE_EMULATOR_HOST names meanwhile."""
    port = _free_port()
    words = [str(GCS), "start", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--default-bucket", "pairs"]
    with _running(words, port, {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}"}):
        yield fs.GcsFileSystem(anonymous=True, scheme="http", endpoint_override=f"127.0.0.1:{port}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same pairs as a folder, as Parquet that holds the pictures, and as tars, one of them compressed."""
    folder = write_crops(tmp_path_factory.mktemp("local") / "crops", rows=30)
    lines = [one.split('"') for one in (folder / "metadata.jsonl").read_text("utf-8").splitlines()]
    rows = [{"text": one[7], "image": (folder / one[3]).read_bytes()} for one in lines]
    pq.write_table(pa.Table.from_pylist(rows), folder / "pairs.parquet", row_group_size=7)
    for name, mode in (("shards/00.tar", "w"), ("packed.tar.gz", "w:gz")):
        (folder / name).parent.mkdir(exist_ok=True)
        with tarfile.open(folder / name, mode) as tar:
            for number, row in enumerate(rows):
                for suffix, data in (("png", row["image"]), ("txt", str(row["text"]).encode())):
                    beside = folder / "member"
                    beside.write_bytes(data)
                    tar.add(beside, f"{number:03}.{suffix}")
                    beside.unlink()
    shutil.copy(folder / "shards/00.tar", folder / "shards/01.tar")
    return folder


@pytest.fixture(scope="module")
def sent(store: fs.S3FileSystem, folder: Path) -> str:
    """The address of a copy of `folder` in the store."""
    fs.copy_files(str(folder), "pairs/crops", destination_filesystem=store)
    return "s3://pairs/crops"


FORMS = ["pairs.parquet", "shards", "shards/00.tar", "packed.tar.gz", "metadata.jsonl"]


@needs_server
@pytest.mark.parametrize("form", FORMS)
def test_rows_of_a_store_are_those_of_local_files(form: str, folder: Path, sent: str) -> None:
    theirs, ours = (open_source(f"{sent}/{form}"), open_source(folder / form))
    assert theirs.name == ours.name
    expected = [row._replace(image_path=None) for row in ours.rows()]
    assert [row._replace(image_path=None) for row in theirs.rows()] == expected
    assert [row._replace(image_path=None) for row in theirs.rows(skip=11)] == expected[11:]
    assert len(expected) >= 30


@needs_server
@pytest.mark.parametrize("form", FORMS)
def test_curated_from_a_store_the_decisions_are_those_of_local_files(
    form: str, folder: Path, sent: str, tmp_path: Path
) -> None:
    ours = curate(folder / form, tmp_path / "ours")
    theirs = curate(f"{sent}/{form}", tmp_path / "theirs", engine=LocalEngine(2), shard_rows=1024)
    for table in ("decisions", "scores"):
        assert theirs.read(table) == ours.read(table)
    paths = [one["path"] for one in theirs.read("pairs")["image"].to_pylist() if one["path"]]
    assert all(one.startswith(f"{sent}/") for one in paths)
    assert bool(paths) == (form not in ("pairs.parquet", "packed.tar.gz"))


@needs_server
def test_pictures_of_a_store_are_read_again_by_later_stages(sent: str, tmp_path: Path) -> None:
    tain("curate", f"{sent}/shards/00.tar", "--out", tmp_path / "run", "--workers", 1)
    result = tain("export", tmp_path / "run", "--to", "imagefolder", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "out").rglob("*.png"))) > 10


@needs_server
def test_a_source_that_changed_in_the_store_is_noticed(store: fs.S3FileSystem, folder: Path, tmp_path: Path) -> None:
    fs.copy_files(str(folder / "pairs.parquet"), "pairs/changing.parquet", destination_filesystem=store)
    curate("s3://pairs/changing.parquet", tmp_path / "run")
    curate("s3://pairs/changing.parquet", tmp_path / "run", resume=True)
    fs.copy_files(str(folder / "shards/00.tar"), "pairs/changing.parquet", destination_filesystem=store)
    with pytest.raises((RunError, SourceError)):
        curate("s3://pairs/changing.parquet", tmp_path / "run", resume=True)


@needs_server
def test_a_table_in_a_store_names_no_files_of_this_machine(
    store: fs.S3FileSystem, folder: Path, tmp_path: Path
) -> None:
    secret = folder / "images" / "0001.png"
    written = tmp_path / "sly.csv"
    written.write_text(f"text,image\na picture,{secret}\nanother,../crops/images/0001.png\n", "utf-8")
    fs.copy_files(str(written), "pairs/sly/sly.csv", destination_filesystem=store)
    rows = list(open_source("s3://pairs/sly/sly.csv").rows())
    assert [(row.data, (row.error or "").partition(":")[0]) for row in rows] == [(None, "outside")] * 2


@needs_server
def test_what_is_not_there_says_so(sent: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"s3://pairs/crops/none.parquet does not exist; expected a table"):
        open_source(f"{sent}/none.parquet")
    with pytest.raises(SourceError, match=r"holds 30 files, the first of them 0000.png; expected a table"):
        open_source(f"{sent}/images")
    assert "does not exist" in refusal("curate", "s3://none/at.tar", "--out", tmp_path / "run")


@needs_gcs
@pytest.mark.parametrize("form", FORMS)
def test_rows_and_decisions_of_google_cloud_storage_are_those_of_local_files(
    form: str, folder: Path, gcs_store: fs.GcsFileSystem, tmp_path: Path
) -> None:
    fs.copy_files(str(folder), "pairs/crops", destination_filesystem=gcs_store)
    theirs, ours = open_source(f"gs://pairs/crops/{form}"), open_source(folder / form)
    expected = [row._replace(image_path=None) for row in ours.rows()]
    assert [row._replace(image_path=None) for row in theirs.rows()] == expected
    made = [curate(one, tmp_path / name) for name, one in (("ours", folder / form), ("theirs", theirs))]
    for table in ("decisions", "scores"):
        assert made[0].read(table) == made[1].read(table)


def test_a_file_address_is_the_local_file(folder: Path) -> None:
    address = f"file://{folder}/pairs.parquet"
    assert list(open_source(address).rows()) == list(open_source(folder / "pairs.parquet").rows())
    assert any_path("file:///a%20b/c.csv") == Path("/a b/c.csv")
    with pytest.raises(SourceError, match="names the machine 'there'"):
        open_source("file://there/pairs.csv")


def test_parts_of_a_remote_path() -> None:
    path = any_path("s3://bucket/folder/shards/")
    assert isinstance(path, RemotePath)
    assert (path.name, path.suffix, str(path.parent)) == ("shards", "", "s3://bucket/folder")
