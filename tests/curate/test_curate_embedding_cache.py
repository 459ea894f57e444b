"""The cache of embeddings: what is written is found again, by other processes too, after a kill and after damage."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.pairing.cache_folder import cache_folder
from toolkit.curate.pairing.embedding_cache import CachedModel, EmbeddingCache
from toolkit.errors import RunError
from toolkit.seeds import stable_hash

MODEL = CachedModel(dimension=8, logit_scale=20.0)


def vectors_of(ids: list[str]) -> np.ndarray:
    """A vector an id, the same in every process."""
    return np.array([np.frombuffer(bytes.fromhex(one), np.uint8)[:8] / 255 for one in ids], np.float32)


def ids_of(start: int, count: int) -> list[str]:
    return [stable_hash("picture", index) for index in range(start, start + count)]


def test_what_was_added_is_found_by_another_run(tmp_path: Path) -> None:
    ids = ids_of(0, 1300)
    EmbeddingCache(tmp_path, "f" * 32).add("pictures", ids, vectors_of(ids), MODEL)
    again = EmbeddingCache(tmp_path, "f" * 32)
    assert again.model == MODEL
    asked = [*reversed(ids), ids[0], stable_hash("never")]
    found = again.read("pictures", asked, 8)
    np.testing.assert_array_equal(found[:-1], vectors_of(asked[:-1]))
    assert np.isnan(found[-1]).all()
    assert again.missing("pictures", asked) == 1


def test_models_and_kinds_are_kept_apart(tmp_path: Path) -> None:
    ids = ids_of(0, 3)
    cache = EmbeddingCache(tmp_path, "a" * 32)
    cache.add("pictures", ids, vectors_of(ids), MODEL)
    assert cache.missing("captions", ids) == 3
    assert EmbeddingCache(tmp_path, "b" * 32).missing("pictures", ids) == 3
    assert EmbeddingCache(tmp_path, "b" * 32).model is None


def test_the_first_vector_of_an_id_stays(tmp_path: Path) -> None:
    ids = ids_of(0, 2)
    cache = EmbeddingCache(tmp_path, "a" * 32)
    cache.add("captions", ids, vectors_of(ids), MODEL)
    cache.add("captions", ids, vectors_of(ids) + 1, MODEL)
    np.testing.assert_array_equal(cache.read("captions", ids, 8), vectors_of(ids))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=8))
def test_it_answers_like_a_dictionary(tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int]]) -> None:
    cache = EmbeddingCache(tmp_path_factory.mktemp("cache"), "a" * 32)
    known: set[str] = set()
    for start, count in spans:
        ids = ids_of(start, count)
        cache.add("pictures", ids, vectors_of(ids), MODEL)
        known |= set(ids)
        everyone = ids_of(0, 45)
        found = cache.read("pictures", everyone, 8)
        assert [not np.isnan(row).any() for row in found] == [one in known for one in everyone]
    cache.close()


def _write(folder: Path, start: int) -> None:
    cache = EmbeddingCache(folder, "a" * 32)
    for step in range(0, 400, 20):
        ids = ids_of(start + step, 20)
        cache.add("pictures", ids, vectors_of(ids), MODEL)


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(tmp_path, start)) for start in (0, 200, 600)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    ids = ids_of(0, 1000)
    np.testing.assert_array_equal(EmbeddingCache(tmp_path, "a" * 32).read("pictures", ids, 8), vectors_of(ids))


def test_a_kill_in_the_middle_costs_nothing_that_was_written(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nsys.path[:0] = sys.argv[2:]\n"
        "from test_curate_embedding_cache import *\n"
        "cache = EmbeddingCache(Path(sys.argv[1]), 'a' * 32)\n"
        "for start in range(0, 10**9, 50):\n"
        "    ids = ids_of(start, 50)\n"
        "    cache.add('pictures', ids, vectors_of(ids), MODEL)\n"
        "    print(start + 50, flush=True)\n"
    )
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), *paths], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    written = max(int(next(child.stdout)) for _ in range(5))
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    ids = ids_of(0, written)
    cache = EmbeddingCache(tmp_path, "a" * 32)
    np.testing.assert_array_equal(cache.read("pictures", ids, 8), vectors_of(ids))
    cache.add("pictures", ids_of(10**6, 1), vectors_of(ids_of(10**6, 1)), MODEL)
    assert cache.missing("pictures", ids_of(10**6, 1)) == 0


@pytest.mark.parametrize("harm", ["not a database", "half is gone", "zeros inside"])
def test_a_damaged_file_is_set_aside_with_a_warning(tmp_path: Path, harm: str) -> None:
    ids = ids_of(0, 2000)
    cache = EmbeddingCache(tmp_path, "a" * 32)
    cache.add("pictures", ids, vectors_of(ids), MODEL)
    cache.close()
    data = cache.path.read_bytes()
    half = len(data) // 2 // 4096 * 4096
    cache.path.write_bytes(
        {"not a database": b"\x00\x01" * 5000, "half is gone": data[:half]}.get(
            harm, data[:8192] + bytes(half) + data[8192 + half :]
        )
    )
    again = EmbeddingCache(tmp_path, "a" * 32)
    with pytest.warns(UserWarning, match="is damaged .* it was set aside"):
        found = again.read("pictures", ids, 8)
    assert np.isnan(found).all()
    assert len(list(tmp_path.glob("embeddings/*.damaged-*"))) == 1
    again.add("pictures", ids, vectors_of(ids), MODEL)
    np.testing.assert_array_equal(EmbeddingCache(tmp_path, "a" * 32).read("pictures", ids, 8), vectors_of(ids))


def test_vectors_of_another_length_are_damage(tmp_path: Path) -> None:
    ids = ids_of(0, 2)
    cache = EmbeddingCache(tmp_path, "a" * 32)
    cache.add("pictures", ids, vectors_of(ids), MODEL)
    with pytest.warns(UserWarning, match="32 bytes instead of 64"):
        assert np.isnan(cache.read("pictures", ids, 16)).all()


def test_a_folder_that_cannot_be_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "embeddings").write_bytes(b"a file")
    with pytest.raises(RunError, match=r"cannot be used .*--cache"):
        EmbeddingCache(tmp_path, "a" * 32).missing("pictures", ids_of(0, 1))


def test_the_folder_is_the_argument_then_the_variable_then_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIN_CACHE", str(tmp_path / "variable"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder(tmp_path / "given", tmp_path / "run") == tmp_path / "given"
    assert cache_folder(None, tmp_path / "run") == tmp_path / "variable"
    monkeypatch.delenv("TAIN_CACHE")
    assert cache_folder(None, tmp_path / "run") == tmp_path / "home" / ".cache" / "tain"
    assert (tmp_path / "home" / ".cache" / "tain").is_dir()


def test_without_a_home_to_write_in_the_run_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.delenv("TAIN_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    assert cache_folder(None, tmp_path / "run") == tmp_path / "run"
    with pytest.raises(RunError, match=r"cannot be written .*--cache"):
        cache_folder(tmp_path / "file" / "cache", tmp_path / "run")
