"""The bundled sample: size, licences, dirt, and every variant of the professions."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from toolkit.sources import open_source
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.rows import PairRow
from toolkit.zoo.build_sample import MOST_BYTES, build_sample
from toolkit.zoo.sample_choice import PROFESSIONS
from toolkit.zoo.sample_files import sample_files

LICENSES = {
    "openclipart": "public domain",
    "emoji/google": "Apache-2.0",
    "emoji/twitter": "CC-BY-4.0",
    "emoji/fluent": "MIT",
}


@pytest.fixture(scope="module")
def rows() -> list[PairRow]:
    return list(open_source("zoo:sample").rows())


@pytest.fixture(scope="module")
def openclipart(rows: list[PairRow]) -> list[PairRow]:
    return [row for row in rows if row.source == "openclipart"]


def test_it_fits_in_twelve_mebibytes() -> None:
    assert sum(path.stat().st_size for path in sample_files()) <= MOST_BYTES == 12 * 2**20


def test_every_row_names_its_licence(rows: list[PairRow]) -> None:
    assert {(row.source, row.license) for row in rows} == set(LICENSES.items())


def test_notice_names_every_art_and_its_licence() -> None:
    notice = (Path(__file__).parents[2] / "NOTICE").read_text()
    for source in LICENSES:
        assert f"\n{source}\n" in notice
    for words in ("Public domain", "Apache License 2.0", "Attribution 4.0", "Twitter, Inc", "Microsoft", "MiniLM"):
        assert words in notice


def test_it_is_a_pairs_table_of_its_own_rows(rows: list[PairRow]) -> None:
    table = to_pairs_table(rows)
    assert table.num_rows == len(rows) > 5000
    errors = Counter(str(error).split(":")[0] for error in table["error"].to_pylist() if error)
    assert set(errors) == {"too_many_pixels"}  # enormous clip art, real and untouched


def test_clip_art_is_as_people_left_it(openclipart: list[PairRow]) -> None:
    assert len(openclipart) >= 2000
    captions = Counter(row.caption for row in openclipart)
    assert captions.most_common(1)[0][1] >= 100  # boilerplate
    assert sum("architetto" in str(row.caption).lower() for row in openclipart) >= 5  # Italian
    pictures = Counter(row.data for row in openclipart)
    assert sum(count > 1 for count in pictures.values()) >= 100  # exact duplicates
    for word in ("woman", "man", "fireman", "nurse", "doctor", "police", "cook"):
        assert any(re.search(rf"\b{word}\b", str(row.caption), re.IGNORECASE) for row in openclipart), word


def test_oddities_are_there_and_the_rest_is_small(openclipart: list[PairRow]) -> None:
    pairs = to_pairs_table(openclipart).to_pylist()
    untouched = [pair for pair in pairs if pair["format"] != "WEBP"]
    assert 45 <= len(untouched) <= 70
    sides = [(pair["width"], pair["height"]) for pair in pairs if pair["format"] == "WEBP"]
    assert max(max(side) for side in sides) <= 256
    assert min(pair["width"] for pair in untouched if pair["width"]) == 3


def test_every_variant_of_every_profession_is_there_three_times(rows: list[PairRow]) -> None:
    found: Counter[tuple[str, str, str | None, str | None]] = Counter()
    for row in rows:
        if row.source.startswith("emoji/"):
            meta = json.loads(row.meta)
            found[row.source, meta["base"], meta["gender"], meta["skin_tone"]] += 1
    tones = (None, "light", "medium-light", "medium", "medium-dark", "dark")
    vendors = [source for source in LICENSES if source.startswith("emoji/")]
    wanted = set(product(vendors, PROFESSIONS, (None, "woman", "man"), tones))
    assert {key for key in wanted if found[key] != 1} == set()


def test_captions_of_emoji_say_what_meta_says(rows: list[PairRow]) -> None:
    by_caption = {(row.source, row.caption): json.loads(row.meta) for row in rows if row.source != "openclipart"}
    meta = by_caption["emoji/fluent", "woman firefighter: medium skin tone"]
    assert (meta["gender"], meta["skin_tone"], meta["base"]) == ("woman", "medium", "firefighter")
    meta = by_caption["emoji/google", "firefighter"]
    assert (meta["gender"], meta["skin_tone"], meta["codepoints"]) == (None, None, "1f9d1-200d-1f692")


def test_building_it_from_small_sets_is_repeatable(tmp_path: Path) -> None:
    """Two small sets, made of rows of the sample itself, give the same bytes twice and read back as they are."""
    for set_name, sources in (("openclipart", ["openclipart"]), ("emoji", ["emoji/google", "emoji/fluent"])):
        folder = tmp_path / set_name
        (folder / "images").mkdir(parents=True)
        chosen = [row for row in open_source("zoo:sample").rows() if row.source in sources][:40]
        lines = []
        for number, row in enumerate(chosen):
            (folder / "images" / f"{number}.img").write_bytes(row.data or b"")
            columns = {"file_name": f"images/{number}.img", "text": row.caption, "source": row.source}
            lines.append(json.dumps({**json.loads(row.meta), **columns, "license": row.license}))
        (folder / "metadata.jsonl").write_text("\n".join(lines))
    built = [build_sample(tmp_path / "openclipart", tmp_path / "emoji", tmp_path / out) for out in ("one", "two")]
    assert [path.read_bytes() for path in built[0]] == [path.read_bytes() for path in built[1]]
    again = [row for path in built[0] for row in open_source(path).rows()]
    assert len({row.sample_id for row in again}) == len(again) >= 60
    assert {row.license for row in again} == {"public domain", "Apache-2.0"}
