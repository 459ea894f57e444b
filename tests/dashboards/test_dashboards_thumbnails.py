"""Thumbnails: made once, given out by the server under a hash, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from pages_on_show import addresses, open_page, pictures
from run_folder import Runs

from dashboards.launch import serving
from dashboards.thumbnails import cache_folder, pair_uris, sample_uris


@pytest.fixture(scope="module")
def served(built: Runs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a dashboard, and the folder that its cache lies in."""
    cache = tmp_path_factory.mktemp("served")
    with serving([built.audit.path.parent], environ={"XDG_CACHE_HOME": str(cache)}) as address:
        yield address, cache


def get(address: str) -> HTTPResponse | HTTPError:
    try:
        return urlopen(address)
    except HTTPError as error:
        return error


def test_thumbnails_are_made_once(runs: Runs, own_cache: Path) -> None:
    names = runs.audit.read("samples")["request_id"].to_pylist()
    first = sample_uris(runs.audit, 1, names, veiled=())
    assert len(first) == len(names) - 1  # one was never painted
    assert len(list(own_cache.rglob("*.webp"))) == len(first)
    for picture in (runs.audit.path / "images").iterdir():
        picture.unlink()
    assert sample_uris(runs.audit, 1, names, veiled=()) == first
    assert sample_uris(runs.audit, 2, names, veiled=()) == {}  # the run changed, so nothing kept is trusted


def test_pictures_are_shown_where_nothing_can_be_kept(runs: Runs, own_cache: Path) -> None:
    own_cache.write_text("a file where the folder would be")
    names = runs.curated.read("pairs")["sample_id"].to_pylist()
    found = pair_uris(runs.curated, 1, names, veiled=())
    assert len(found) == len(names) - 1  # one is truncated
    assert all(one.startswith("data:image/webp;base64,") for one in found.values())


def test_a_page_holds_addresses_and_no_pictures(built: Runs) -> None:
    app = open_page("gallery", built.audit.path.parent, "runs/audit")
    assert len(pictures(app)) == len(addresses(app)) > 10
    assert all(one.startswith("thumbnails/") for one in addresses(app))


def test_the_server_gives_out_what_a_page_names_to_be_kept(
    served: tuple[str, Path], built: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, cache = served
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    names = built.audit.read("samples")["request_id"].to_pylist()
    for uri in sample_uris(built.audit, 1, names, veiled=()).values():
        answer = get(f"{address}/{uri}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.read() == next(cache.rglob(Path(uri).name)).read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "0" * 32 + ".webp",  # a hash of nothing
        "secret.webp",
        "..%2Fsecret.webp",
        "%2e%2e/secret.webp",
        "00%2F..%2F..%2Fsecret.webp",
        "%2Fetc%2Fpasswd",
        "0" * 32,
        "0" * 32 + ".webp%00",
        "0" * 32 + ".webp%0A",
        "",
    ],
)
def test_no_other_name_reaches_the_disk(served: tuple[str, Path], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address, cache = served
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    for folder in (cache, cache_folder(), cache_folder() / "00", cache_folder() / "se"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "secret.webp").write_bytes(b"secret")
    answer = get(f"{address}/thumbnails/{name}")
    assert answer.headers["Content-Type"] != "image/webp"
    assert b"secret" not in answer.read()
