"""The bench of curation: its recipes ask what they say, and its counting, measuring and rendering can be trusted."""

import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from toolkit.curate.plan import plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.recipe import load_recipe

BENCH = Path(__file__).resolve().parents[1] / "bench"
sys.path.insert(0, str(BENCH))

from curate.contests import CONTESTS, OURS, Settings  # noqa: E402
from curate.corpus import build_corpus, link_corpus  # noqa: E402
from curate.matches import ORIGINAL, Planted, pairs_of, score_matches  # noqa: E402
from curate.measuring import Asked, Bench  # noqa: E402
from curate.originals import find_originals  # noqa: E402
from curate.planted import TRANSFORMS, plant  # noqa: E402
from curate.process import measure  # noqa: E402
from curate.ratios import ratios  # noqa: E402
from curate.table import render  # noqa: E402

RULES = {
    "header": ["picture_side", "picture_aspect"],
    "cheap": ["caption_characters", "caption_words", "picture_side", "picture_aspect"],
    "duplicates": ["exact_duplicate", "perceptual_duplicate"],
    "quality": [
        "picture_side", "picture_aspect", "picture_entropy", "picture_dark", "picture_light", "picture_sharpness",
        "exact_duplicate", "perceptual_duplicate",
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of 24 pictures that differ: noise blown up to 96 px."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(7)
    for index in range(24):
        noise = random.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((192, 160), Image.Resampling.BICUBIC).save(folder / f"picture_{index}.png")
    return folder


@pytest.mark.parametrize("recipe", RULES)
def test_a_recipe_of_the_bench_has_the_rules_that_it_is_measured_for(recipe):
    asked = load_recipe(CurateRecipe, BENCH / "curate" / "recipes" / f"{recipe}.yaml")
    assert [rule.name for rule in plan_of(asked).rules] == RULES[recipe]


def test_every_contest_has_its_recipe_and_its_script():
    for contest in CONTESTS:
        load_recipe(CurateRecipe, BENCH / "curate" / "recipes" / f"{contest.recipe}.yaml")
        assert all(peer.script.is_file() for peer in contest.peers)


@given(st.lists(st.sets(st.integers(0, 11), min_size=2), max_size=4), st.integers(1, 4))
def test_matches_are_counted_as_by_hand(groups, size):
    names = {f"{index}.jpg": Planted(str(index // size), ORIGINAL if index % size == 0 else "flipped", "drawn")
             for index in range(12)}  # fmt: skip
    pairs = pairs_of({"groups": [[f"{index}.jpg" for index in group] for group in groups]})
    found = score_matches(names, pairs)
    by_hand = {pair for group in groups for pair in combinations(sorted(group), 2)}
    false = sum(one // size != other // size for one, other in by_hand)
    assert (found.pairs, found.false) == (len(by_hand), false)
    assert found.joined == len({(one // size, other // size) for one, other in by_hand if one // size != other // size})
    copies = [index for index in range(12) if index % size]
    matched = sum((index - index % size, index) in by_hand for index in copies)
    assert found.recall == ({("drawn", "flipped"): (matched, len(copies))} if copies else {})
    assert found.precision == (None if not by_hand else 1 - false / len(by_hand))


def test_planted_copies_are_what_they_are_called(pictures, tmp_path):
    planted = plant(find_originals([pictures], tmp_path), 3, tmp_path / "planted")
    drawn = [name for name, one in planted.items() if one.kind == "drawn"]
    assert len({planted[name].family for name in drawn}) == 3
    assert {planted[name].transform for name in drawn} == {ORIGINAL, "exact", *TRANSFORMS}
    sizes = {}
    for name in drawn[: 2 + len(TRANSFORMS)]:
        with Image.open(tmp_path / "planted" / "images" / name) as image:
            sizes[planted[name].transform] = image.size
    assert sizes == {
        ORIGINAL: (192, 160), "exact": (192, 160), "resized 50 %": (96, 80), "recompressed q50": (192, 160),
        "cropped 10 %": (172, 144), "flipped": (192, 160), "white border": (212, 180), "black border": (212, 180),
    }  # fmt: skip
    lines = (tmp_path / "planted" / "metadata.jsonl").read_text().splitlines()
    assert len(lines) == len(planted) == len(list((tmp_path / "planted" / "images").iterdir()))


def test_a_corpus_is_rendered_once_and_linked_under_other_names(pictures, tmp_path):
    originals = find_originals([pictures], tmp_path)
    corpus = build_corpus("JPEG", originals, "JPEG", 5, 0, tmp_path / "jpeg")
    assert corpus.facts["files"] == len(corpus.files) == 5
    assert corpus.facts["median_longest_side"] == 192
    before = corpus.files[0].stat().st_mtime_ns
    again = build_corpus("JPEG", originals, "JPEG", 5, 0, tmp_path / "jpeg")
    assert again.files[0].stat().st_mtime_ns == before
    linked = link_corpus("many", corpus, 12, tmp_path / "many")
    assert len(linked.files) == 12
    assert linked.files[7].read_bytes() == corpus.files[2].read_bytes()
    entries = [json.loads(line) for line in (tmp_path / "many" / "metadata.jsonl").read_text().splitlines()]
    assert all((tmp_path / "many" / entry["file_name"]).is_file() and entry["text"] for entry in entries)


def test_a_command_is_measured_with_its_children(tmp_path):
    child = "b = bytearray(150 << 20); import time; time.sleep(1)"
    program = (
        f"import subprocess, sys, pathlib; pathlib.Path({str(tmp_path / 'first.txt')!r}).write_text('x'); "
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    done = measure(
        [sys.executable, "-c", program], log=tmp_path / "log", cores=1, timeout=60, outputs=(tmp_path, "*.txt")
    )
    assert done.failure is None
    assert 1 < done.seconds < 60
    assert 150 < done.peak_rss_mib < 400
    assert done.first_output_seconds is not None
    assert 0 <= done.first_output_seconds < done.seconds - 0.9


def test_a_failing_and_an_endless_command_are_recorded(tmp_path):
    failed = measure([sys.executable, "-c", "raise SystemExit('no luck')"], log=tmp_path / "a", cores=1, timeout=60)
    assert failed.failure == "ended with code 1: no luck"
    endless = measure([sys.executable, "-c", "while True: pass"], log=tmp_path / "b", cores=1, timeout=0.5)
    assert endless.failure == "stopped after 0 s"


def test_ratios_are_to_the_fastest_peer_and_to_the_fastest_decoder():
    def line(checks, tool, rate, bare):
        return {"corpus": "JPEG", "checks": checks, "tool": tool, "images_per_second": rate,
                "images_per_second_without_start": bare}  # fmt: skip

    throughput = [
        line("duplicates", OURS, 100, 400), line("duplicates", "fastdup", 20, 25),
        line("duplicates", "imagededup", 10, 50),
        {"corpus": "JPEG", "checks": "duplicates", "tool": "cleanvision", "failure": "no"},
        line("whole chain", OURS, 90, 300), line("header", OURS, 500, 4000),
    ]  # fmt: skip
    floors = [
        {"corpus": "JPEG", "floor": name, "images_per_second": rate}
        for name, rate in (("pillow_header", 5000), ("pillow_draft", 600), ("pillow_full", 200), ("opencv", 250))
    ]
    found = {one["what"]: one["ratio"] for one in ratios(throughput, floors)}
    assert found == {
        "JPEG, duplicates, whole commands: to fastdup": 5.0,
        "JPEG, duplicates, without start: to imagededup": 8.0,
        "JPEG, header, without start: to bare pillow_header": 0.8,
        "JPEG, whole chain, without start: to bare pillow_draft": 0.5,
        "JPEG, whole chain, without start: to bare opencv": 1.2,
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_bench_runs_from_pictures_to_tables(pictures, tmp_path):
    settings = Settings(tmp_path / "work", processes=2, runs=1, patience=20, timeout=120)
    settings.work.mkdir()
    asked = Asked((pictures,), tmp_path / "none", False, {"JPEG": 20}, drawn=2, rows=8)
    result = json.loads(json.dumps(Bench(asked, settings).measure()))
    ours = [line for line in result["throughput"] if line["tool"] == OURS]
    assert [line.get("failure") for line in ours] == [None] * len(CONTESTS)
    assert all(line["images_per_second"] > 0 and line["peak_rss_mib"] > 50 for line in ours)
    assert all("lacks" in line["failure"] for line in result["throughput"] if line["tool"] != OURS)
    assert all(line["images_per_second"] > 0 for line in result["floors"])
    told = {one["tool"]: one for one in result["planted"]["tools"]}
    assert told[OURS]["recall"]["drawn: exact"] == [2, 2]
    assert [one["many_rows"] for one in result["memory"]] == [8, 2]
    tables = render(result)
    told_ratios = bool(result["ratios"])  # none where so few files take less than the start of a command
    assert tables.count("\n| --- |") == 3 + told_ratios
    assert f"{ours[0]['images_per_second']:,.0f}" in tables
