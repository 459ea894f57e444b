"""What becomes of rows whose picture is on a list of known-bad ones, or whose owner has opted out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import imagehash
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageOps
from skimage import data

from toolkit.curate.export.stage import FORMS, export
from toolkit.curate.safety.hash_lists import DIGITS
from toolkit.curate.safety.listed_hashes import SHOWN
from toolkit.curate.safety.recipe import SafetyRecipe
from toolkit.curate.safety.rules import rules, scorers
from toolkit.curate.stage import curate, decide
from toolkit.errors import RecipeError, RunError
from toolkit.path_hashes import hash_path
from toolkit.report.veils import CHECKS, FLAG, OPT_OUT
from toolkit.store import RunFolder

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
Decisions = Mapping[str, tuple[str, str, str]]


def photograph(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four photographs as JPEG, each with a caption that is its name."""
    made = tmp_path / "pairs"
    made.mkdir()
    for name in PHOTOGRAPHS:
        photograph(name).resize((300, 240)).save(made / f"{name}.jpg", quality=90)
        (made / f"{name}.txt").write_text(f"a photograph called {name}")
    return made


def decisions(run: RunFolder) -> Decisions:
    """Return status, rule and text of the deciding reason of each row by the last word of its caption."""
    pairs, decider = run.find("pairs"), run.find("decisions")
    captions = {row["sample_id"]: row["caption"].split()[-1] for row in pairs.read("pairs").to_pylist()}
    return {
        captions[row["sample_id"]]: (
            row["status"],
            *((row["reasons"][0]["rule"], row["reasons"][0]["text"]) if row["reasons"] else ("", "")),
        )
        for row in decider.read("decisions").to_pylist()
    }


def listing(folder: Path, *lines: str, name: str = "bad.txt") -> str:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(folder / name)


@pytest.mark.parametrize("kind", ["md5", "sha256", "content_id"])
@pytest.mark.parametrize(("flagged", "status"), [("quarantine", "quarantined"), ("drop", "dropped")])
def test_a_known_file_is_flagged(folder: Path, tmp_path: Path, kind: str, flagged: str, status: str) -> None:
    file = (folder / "coffee.jpg").read_bytes()
    hashed = hashlib.blake2b(file, digest_size=16) if kind == "content_id" else hashlib.new(kind, file)
    listed = listing(tmp_path, f"{kind}:{hashed.hexdigest()} category 1")
    run = curate(folder, tmp_path / "run", recipe={"safety": {"known_bad": [listed], "flagged": flagged}})
    found = decisions(run)
    text = f"the {SHOWN[kind]} of its file is in the list bad.txt, where it is labelled 'category 1'"
    assert found["coffee"] == (status, f"safety_{kind}", text)
    assert [found[name][0] for name in PHOTOGRAPHS if name != "coffee"] == ["kept"] * 3


def test_a_known_look_is_flagged_also_smaller_recompressed_and_mirrored(tmp_path: Path) -> None:
    folder = tmp_path / "pairs"
    folder.mkdir()
    coffee = photograph("coffee")
    copies = {
        "itself": (coffee, 95),
        "smaller": (coffee.resize((200, 133), Image.Resampling.LANCZOS), 90),
        "recompressed": (coffee, 40),
        "mirrored": (ImageOps.mirror(coffee).resize((250, 166), Image.Resampling.LANCZOS), 80),
        "turned": (coffee.rotate(90, expand=True), 90),
        "other": (photograph("chelsea"), 90),
    }
    for name, (picture, quality) in copies.items():
        picture.save(folder / f"{name}.jpg", quality=quality)
        (folder / f"{name}.txt").write_text(f"a photograph, {name}")
    listed = listing(tmp_path, f"{imagehash.phash(coffee)},seen before")
    recipe = {"safety": {"known_bad": [listed]}, "duplicates": {"exact": False, "perceptual": None}}
    found = decisions(curate(folder, tmp_path / "run", recipe=recipe))
    assert {name for name, one in found.items() if one[0] == "quarantined"} == {
        "itself",
        "smaller",
        "recompressed",
        "mirrored",
    }
    assert found["itself"][1] == "safety_phash"
    assert found["itself"][2].startswith(
        "looks like a picture in the list bad.txt, where it is labelled 'seen before': "
    )
    assert found["itself"][2].endswith(" bits of the pHash differ; at most 4 are taken for the same")
    assert "the mirror image of a picture in the list" in found["mirrored"][2]


def test_a_known_pdq_hash_is_flagged(folder: Path, tmp_path: Path) -> None:
    pdqhash = pytest.importorskip("pdqhash")
    bits, _ = pdqhash.compute(data.astronaut())
    mirrored, _ = pdqhash.compute(np.ascontiguousarray(data.rocket()[:, ::-1]))
    lines = [f"pdq:{np.packbits(one).tobytes().hex()}" for one in (bits, mirrored)]
    Image.new("RGB", (64, 64), "white").save(folder / "white.png")
    (folder / "white.txt").write_text("nothing but white")
    recipe = {
        "safety": {"known_bad": [listing(tmp_path, *lines, f"pdq:{'0' * 64}")]},
        "pictures": {"min_entropy": None, "max_blankness": None},
    }
    run = curate(folder, tmp_path / "run", recipe=recipe)
    found = decisions(run)
    assert {name for name, one in found.items() if one[1] == "safety_pdq"} == {"astronaut", "rocket"}
    # A blank picture has no PDQ hash worth comparing: it is not taken for the listed one of all zeros.
    white = [row for row in run.read("scores").to_pylist() if row["pdq"] is None]
    assert [dict(row["unscored"])["safety_pdq"] for row in white] == ["absent"]


def test_a_pdq_list_without_the_package_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pdqhash", None)
    with pytest.raises(Exception, match=r"pip install 'tain\[pdq\]'"):
        curate(folder, tmp_path / "run", recipe={"safety": {"known_bad": [listing(tmp_path, f"pdq:{'0' * 64}")]}})


def test_hashes_are_made_only_where_a_list_asks_for_them(folder: Path, tmp_path: Path) -> None:
    run = curate(folder, tmp_path / "plain")
    assert not {"md5", "sha256", "mirrored_hash", "pdq"} & set(run.read("scores").schema.names)
    listed = listing(tmp_path, "0" * 32)
    run = curate(folder, tmp_path / "listed", recipe={"safety": {"known_bad": [listed]}})
    assert "md5" in run.read("scores").schema.names
    assert "sha256" not in run.read("scores").schema.names


def test_a_wrong_list_stops_a_run_before_it_begins(folder: Path, tmp_path: Path) -> None:
    hashes = listing(tmp_path, "0" * 32, "no hash", name="hashes.txt")
    domains = listing(tmp_path, "example.org", "no domain", name="domains.txt")
    for recipe, said in (({"known_bad": [hashes]}, "hashes.txt"), ({"opt_out": {"domains": [domains]}}, "domains.txt")):
        with pytest.raises(RecipeError, match=f"{said}, line 2"):
            curate(folder, tmp_path / "run", recipe={"safety": recipe})
    with pytest.raises(RecipeError, match=r"there is no list .*gone\.txt"):
        curate(folder, tmp_path / "run", recipe={"safety": {"known_bad": [str(tmp_path / "gone.txt")]}})
    assert not (tmp_path / "run").exists()


def test_a_run_remembers_its_lists_and_is_not_resumed_with_others(folder: Path, tmp_path: Path) -> None:
    recipe = {"safety": {"known_bad": [listing(tmp_path, "0" * 32)]}}
    run = curate(folder, tmp_path / "run", recipe=recipe)
    (recorded,) = run.stages["curate"]["arguments"]["lists"].items()
    assert recorded == (str(tmp_path / "bad.txt"), hash_path(tmp_path / "bad.txt"))
    curate(folder, tmp_path / "run", recipe=recipe, resume=True)
    listing(tmp_path, "1" * 32)
    with pytest.raises(RunError, match=r"another arguments \(lists differ\)"):
        curate(folder, tmp_path / "run", recipe=recipe, resume=True)


def test_what_flags_or_opts_out_is_called_so_that_pages_know_it(tmp_path: Path) -> None:
    every = [listing(tmp_path, *(f"{kind}:{'0' * digits}" for kind, digits in DIGITS.items()))]
    addresses = [listing(tmp_path, "example.org", name="addresses.txt")]
    opt_out = {"urls": addresses, "domains": addresses, "hashes": every}
    asked = SafetyRecipe(known_bad=every, opt_out=opt_out, nsfw={}, zero_shot=None)
    assert {rule.name for rule in rules(asked)} == {
        "opt_out_url",
        "opt_out_domain",
        *(f"opt_out_{kind}" for kind in DIGITS),
        *(f"safety_{kind}" for kind in DIGITS),
        "safety_nsfw",
    }
    assert {rule.status for rule in rules(asked) if rule.name.startswith(OPT_OUT)} == {"dropped"}
    assert {rule.status for rule in rules(asked) if rule.name.startswith(FLAG)} == {"quarantined"}
    names = {one.name for one in scorers(asked, None)} - {"addresses"}
    assert all(name.startswith(CHECKS) for name in names)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_no_export_holds_a_quarantined_picture(folder: Path, tmp_path: Path, form: str) -> None:
    file = (folder / "coffee.jpg").read_bytes()
    listed = listing(tmp_path, hashlib.md5(file).hexdigest())
    run = curate(folder, tmp_path / "run", recipe={"safety": {"known_bad": [listed]}})
    (sample_id,) = (row["sample_id"] for row in run.read("pairs").to_pylist() if row["caption"].endswith("coffee"))
    out = export(run, form, tmp_path / "out")
    written = b"".join(
        one.read_bytes() for one in ([out] if out.is_file() else sorted(out.rglob("*"))) if one.is_file()
    )
    for parquet in out.rglob("*.parquet"):  # compressed, so that a search of its bytes would find nothing
        written += repr(pq.read_table(parquet).to_pylist()).encode()
    assert b"coffee" not in written
    assert file not in written
    assert sample_id.encode() not in written


# -- opt-outs ---------------------------------------------------------------------------------------------------------
ROWS = {
    "itself": ("https://photos.example.org/a.jpg", ""),
    "spelled": ("http://WWW.photos.example.org/a.jpg#top", ""),
    "sibling": ("https://photos.example.org/b.jpg", ""),
    "below": ("https://a.b.artist.example/x.png", ""),
    "lookalike": ("https://notartist.example/x.png", ""),
    "paged": ("https://cdn.example.com/1.png", "https://artist.example/gallery"),
    "free": ("https://cdn.example.com/2.png", "https://free.example/gallery"),
    "none": ("", ""),
}


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    """A table of addresses; no picture of it was ever downloaded."""
    lines = [f'"{url}",a picture called {name},"{page}"\n' for name, (url, page) in ROWS.items()]
    (tmp_path / "pairs.csv").write_text("url,caption,page_url\n" + "".join(lines))
    return tmp_path / "pairs.csv"


def test_addresses_and_domains_are_dropped_though_no_picture_was_read(addresses: Path, tmp_path: Path) -> None:
    urls = listing(tmp_path, "https://photos.example.org/a.jpg", name="urls.txt")
    domains = listing(tmp_path, "artist.example", name="domains.txt")
    recipe = {"safety": {"opt_out": {"urls": [urls], "domains": [domains]}}, "pictures": {"required": False}}
    run = curate(addresses, tmp_path / "run", recipe=recipe)
    found = decisions(run)
    assert {name: (status, rule) for name, (status, rule, _) in found.items() if status != "kept"} == {
        "itself": ("dropped", "opt_out_url"),
        "spelled": ("dropped", "opt_out_url"),
        "below": ("dropped", "opt_out_domain"),
        "paged": ("dropped", "opt_out_domain"),
        "none": found["none"][:2],
    }
    assert found["itself"][2] == "its address is on the opt-out list urls.txt"
    assert found["below"][2] == (
        "its host a.b.artist.example is, or is below, a domain on the opt-out list domains.txt"
    )
    assert found["paged"][2].startswith("the host of its page artist.example is")


def test_an_opt_out_stands_before_every_other_reason(addresses: Path, tmp_path: Path) -> None:
    urls = listing(tmp_path, *(url for url, _ in ROWS.values() if url), name="urls.txt")
    recipe = {"safety": {"opt_out": {"urls": [urls]}, "flagged": "quarantine"}, "captions": {"min_words": 50}}
    found = decisions(curate(addresses, tmp_path / "run", recipe=recipe))
    assert {name: one[:2] for name, one in found.items() if name != "none"} == {
        name: ("dropped", "opt_out_url") for name in ROWS if name != "none"
    }


def test_a_list_that_came_later_needs_no_scoring(addresses: Path, folder: Path, tmp_path: Path) -> None:
    run = curate(addresses, tmp_path / "run", recipe={"pictures": {"required": False}})
    domains = listing(tmp_path, "cdn.example.com", name="later.txt")
    recipe = {"safety": {"opt_out": {"domains": [domains]}}, "pictures": {"required": False}}
    found = decisions(decide(run, tmp_path / "again", recipe=recipe))
    assert {name for name, one in found.items() if one[1] == "opt_out_domain"} == {"paged", "free"}


def test_hashes_that_came_later_are_scored_when_that_is_asked(folder: Path, tmp_path: Path) -> None:
    run = curate(folder, tmp_path / "run")
    file = (folder / "coffee.jpg").read_bytes()
    recipe = {"safety": {"opt_out": {"hashes": [listing(tmp_path, hashlib.sha256(file).hexdigest())]}}}
    with pytest.raises(RunError, match="--score"):
        decide(run, tmp_path / "again", recipe=recipe)
    found = decisions(decide(run, tmp_path / "scored", recipe=recipe, score=True))
    assert found["coffee"][:2] == ("dropped", "opt_out_sha256")
    assert [one[0] for one in found.values()].count("kept") == 3


def test_the_tables_are_the_same_whatever_the_workers(folder: Path, tmp_path: Path) -> None:
    sink = io.BytesIO()
    photograph("coffee").save(sink, "PNG")
    (folder / "known.png").write_bytes(sink.getvalue())
    (folder / "known.txt").write_text("a photograph called known")
    lines = [hashlib.md5(sink.getvalue()).hexdigest(), str(imagehash.phash(photograph("rocket")))]
    recipe = {"safety": {"known_bad": [listing(tmp_path, *lines)]}}
    runs = [
        curate(folder, tmp_path / f"run{workers}", recipe=recipe, workers=workers, shard_rows=2) for workers in (1, 2)
    ]
    assert runs[0].content_hash() == runs[1].content_hash()
    assert {name for name, one in decisions(runs[0]).items() if one[0] == "quarantined"} == {"known", "rocket"}
