"""Names of emoji: gender words, skin tones, bases; and the three vendors' sets built from small packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile import encoded, photograph
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from toolkit.errors import SourceError
from toolkit.images import read_header
from toolkit.sources import open_source
from toolkit.sources.emoji import build_emoji
from toolkit.sources.emoji_names import (
    SKIN_TONES,
    base_names,
    caption_with_tones,
    gender_of,
    name_emoji,
    neutral_codepoints,
    skin_tones_of,
)
from toolkit.sources.fluent_tones import put_tones_right

PEOPLE = "People & Body"


@pytest.mark.parametrize(
    ("name", "category", "gender"),
    [
        ("WOMAN FIREFIGHTER", PEOPLE, "woman"),
        ("MAN FIREFIGHTER", PEOPLE, "man"),
        ("FIREFIGHTER", PEOPLE, None),
        ("WOMAN RUNNING", PEOPLE, "woman"),
        ("DEAF MAN", PEOPLE, "man"),
        ("MAN: RED HAIR", PEOPLE, "man"),
        ("WOMEN WRESTLING", PEOPLE, "woman"),
        ("KISS: WOMAN, WOMAN", PEOPLE, "woman"),
        ("KISS: WOMAN, MAN", PEOPLE, None),
        ("MAN AND WOMAN HOLDING HANDS", PEOPLE, None),
        ("FAMILY: MAN, BOY", PEOPLE, None),
        ("PERSON IN SUIT LEVITATING", PEOPLE, None),
        ("businessman in suit levitating", PEOPLE, None),
        ("GUARDSMAN", PEOPLE, None),
        ("MERMAN", PEOPLE, None),
        ("PERSON WITH HEADSCARF", PEOPLE, None),
        ("Isle of Man Flag", "Flags", None),
        ("MENS SYMBOL", "Symbols", None),
        ("FEMALE SIGN", "Symbols", None),
        ("SNOWMAN", "Travel & Places", None),
    ],
)
def test_gender_comes_from_whole_words_of_people_only(name: str, category: str, gender: str | None) -> None:
    assert gender_of(name, category) == gender


def test_skin_tones_are_named_as_unicode_does() -> None:
    assert skin_tones_of("1F469-1F3FD-200D-1F692") == ("medium",)
    assert caption_with_tones("WOMAN FIREFIGHTER", ("medium",)) == "woman firefighter: medium skin tone"
    assert caption_with_tones("MAN: BALD", ("dark",)) == "man: bald, dark skin tone"
    assert caption_with_tones("HANDSHAKE", ("light", "dark")) == "handshake: light skin tone, dark skin tone"
    assert caption_with_tones("JUDGE", ()) == "judge"


def emoji(name: str, unified: str) -> dict[str, str]:
    return {"name": name, "unified": unified, "category": PEOPLE}


TABLE = [
    emoji("FIREFIGHTER", "1F9D1-200D-1F692"),
    emoji("WOMAN FIREFIGHTER", "1F469-200D-1F692"),
    emoji("MAN FIREFIGHTER", "1F468-200D-1F692"),
    emoji("RUNNER", "1F3C3"),
    emoji("WOMAN RUNNING", "1F3C3-200D-2640-FE0F"),
    emoji("GUARDSMAN", "1F482"),
    emoji("MAN GUARD", "1F482-200D-2642-FE0F"),
    emoji("DETECTIVE", "1F575-FE0F"),
    emoji("WOMAN DETECTIVE", "1F575-FE0F-200D-2640-FE0F"),
    emoji("ADULT", "1F9D1"),
    emoji("MAN", "1F468"),
    emoji("WOMAN", "1F469"),
    emoji("BOY", "1F466"),
    emoji("CHILD", "1F9D2"),
]


def test_all_variants_of_an_emoji_share_one_base() -> None:
    bases = base_names(TABLE)
    of = {one["name"]: name_emoji(one["name"], one["unified"].lower(), PEOPLE, bases).base for one in TABLE}
    assert of == {
        "FIREFIGHTER": "firefighter",
        "WOMAN FIREFIGHTER": "firefighter",
        "MAN FIREFIGHTER": "firefighter",
        "RUNNER": "running",
        "WOMAN RUNNING": "running",
        "GUARDSMAN": "guard",
        "MAN GUARD": "guard",
        "DETECTIVE": "detective",
        "WOMAN DETECTIVE": "detective",
        "ADULT": "adult",
        "MAN": "adult",
        "WOMAN": "adult",
        "BOY": "child",
        "CHILD": "child",
    }


def test_two_tones_in_one_picture_are_both_named_and_are_no_one_tone() -> None:
    naming = name_emoji("PEOPLE HOLDING HANDS", "1f9d1-1f3fb-200d-1f91d-200d-1f9d1-1f3ff", PEOPLE, {})
    assert naming.caption == "people holding hands: light skin tone, dark skin tone"
    assert (naming.skin_tones, naming.skin_tone) == (("light", "dark"), None)


@given(st.sampled_from(TABLE), st.sampled_from(sorted(SKIN_TONES)))
def test_a_tone_changes_neither_gender_nor_base(one: dict[str, str], tone: str) -> None:
    bases = base_names(TABLE)
    first, *rest = one["unified"].lower().split("-")
    toned = "-".join([first, tone, *rest])
    plain = name_emoji(one["name"], one["unified"].lower(), PEOPLE, bases)
    variant = name_emoji(one["name"], toned, PEOPLE, bases)
    assert neutral_codepoints(toned) == neutral_codepoints(one["unified"])
    assert (variant.gender, variant.base) == (plain.gender, plain.base)
    assert variant.caption == f"{plain.caption}: {SKIN_TONES[tone]} skin tone"


def grey(folder: Path, name: str, level: int) -> Path:
    path = folder / f"{name}.png"
    path.write_bytes(encoded(Image.new("RGB", (8, 8), (level, level, level)), "PNG"))
    return path


@pytest.mark.parametrize(
    ("levels", "order"),
    [
        ((230, 200, 160, 110, 60), [0, 1, 2, 3, 4]),
        ((230, 160, 200, 110, 60), [0, 2, 1, 3, 4]),
        ((60, 110, 160, 200, 230), None),
    ],
)
def test_swapped_tones_are_put_right_and_reversed_ones_left_out(
    tmp_path: Path, levels: tuple[int, ...], order: list[int] | None
) -> None:
    tones = list(SKIN_TONES)
    given_files = {
        f"270b-{tone}": grey(tmp_path, f"270b-{tone}", level) for tone, level in zip(tones, levels, strict=True)
    }
    other = {"1f600": grey(tmp_path, "1f600", 128)}
    right = put_tones_right({**given_files, **other})
    expected = (
        {} if order is None else {f"270b-{tones[n]}": given_files[f"270b-{tones[m]}"] for n, m in enumerate(order)}
    )
    assert right == {**expected, **other}


@pytest.fixture
def packages(tmp_path: Path) -> dict[str, Path]:
    """Three packages of two emoji, laid out like the real ones, one of them absent from the third."""
    content = [
        {
            "name": "WOMAN JUDGE",
            "unified": "1F469-200D-2696-FE0F",
            "category": PEOPLE,
            "subcategory": "person-role",
            "short_names": ["female-judge"],
            "skin_variations": {"1F3FD": {"unified": "1F469-1F3FD-200D-2696-FE0F"}},
        },
        {
            "name": "RED HEART",
            "unified": "2764-FE0F",
            "category": "Smileys & Emotion",
            "subcategory": "heart",
            "short_names": ["heart"],
        },
    ]
    found = {}
    for vendor, folder, suffix in [
        ("google", "img/google/64", "png"),
        ("twitter", "img/twitter/64", "png"),
        ("fluent", "assets", "webp"),
    ]:
        found[vendor] = tmp_path / vendor
        (found[vendor] / folder).mkdir(parents=True)
        (found[vendor] / "emoji.json").write_text(json.dumps(content))
        picture = encoded(photograph(256 if vendor == "fluent" else 64), suffix.upper())
        for name in ("1f469-200d-2696-fe0f", "1f469-1f3fd-200d-2696-fe0f", "2764-fe0f"):
            if (vendor, name) != ("fluent", "2764-fe0f"):
                (found[vendor] / folder / f"{name.removesuffix('-fe0f')}.{suffix}").write_bytes(picture)
    return found


def test_the_set_is_a_folder_of_pairs_with_a_licence_each(packages: dict[str, Path], tmp_path: Path) -> None:
    out = build_emoji(packages, tmp_path / "emoji")
    rows = list(open_source(out).rows())
    assert [(row.source, row.license, row.caption) for row in rows] == [
        (source, license_name, caption)
        for source, license_name, captions in [
            ("emoji/google", "Apache-2.0", 3),
            ("emoji/twitter", "CC-BY-4.0", 3),
            ("emoji/fluent", "MIT", 2),
        ]
        for caption in ["woman judge: medium skin tone", "woman judge", "red heart"][:captions]
    ]
    meta = json.loads(rows[0].meta)
    assert (meta["gender"], meta["skin_tone"], meta["base"]) == ("woman", "medium", "judge")
    assert {read_header(row.data or b"")[:2] for row in rows} == {(64, 64)}


def test_a_package_of_another_form_is_said(packages: dict[str, Path], tmp_path: Path) -> None:
    (packages["google"] / "emoji.json").write_text('[{"name": "JUDGE"}]')
    with pytest.raises(SourceError, match="not the emoji table that was expected"):
        build_emoji(packages, tmp_path / "emoji")
    assert not (tmp_path / "emoji").exists()
