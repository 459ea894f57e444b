"""A quarantined picture is blurred before it leaves the server; each one that is shown on request is written down."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from audited_runs import AuditedRuns
from kept_paths import keep_paths
from pages_on_show import html, open_page, open_page_of_runs, pictures, tiles
from PIL import Image
from run_folder import Runs, photograph, read_as
from streamlit.testing.v1 import AppTest

from dashboards.reveals import log_file
from toolkit import schema
from toolkit.report.pictures import sample_pictures, thumbnail
from toolkit.store import RunFolder

CURATED, PART = "runs/curated", "quarantined: unsafe"
SECRET = photograph(25)  # the picture that the run sets aside
BUTTON = re.compile(r"show [0-9a-f]{32}")


def root(runs: Runs) -> Path:
    return runs.curated.path.parent


def shown(app: AppTest) -> list[np.ndarray]:
    """Return the pixels of every picture that was sent to the page."""
    return [np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in pictures(app)]


def is_secret(pixels: np.ndarray) -> bool:
    """Return whether one can tell the secret picture: its details, above what 8 x 8 px hold, are there."""
    side = pixels.shape[0] // 8 * 8
    ours, theirs = (
        np.asarray(Image.fromarray(one).resize((64, 64)).convert("L"), float) for one in (pixels[:side, :side], SECRET)
    )
    details = [one - np.asarray(Image.fromarray(one).resize((8, 8)).resize((64, 64))) for one in (ours, theirs)]
    return bool(np.corrcoef(details[0].ravel(), details[1].ravel())[0, 1] > 0.5)


def buttons(app: AppTest) -> list[str]:
    return [one.key for one in app.button if BUTTON.fullmatch(one.key)]


def entries() -> list[dict[str, str]]:
    return [json.loads(line) for line in log_file().read_text().splitlines()] if log_file().is_file() else []


@pytest.mark.parametrize(
    "address", [("curation", {"part": PART}), ("gallery", {}), ("gallery", {"words": "set aside"})]
)
def test_quarantined_pictures_are_sent_blurred(built: Runs, address: tuple[str, dict[str, str]]) -> None:
    app = open_page(address[0], root(built), CURATED, **address[1])
    assert not app.exception
    (tile,) = (one for one in tiles(app) if one.caption == "set aside")
    assert tile.lines[-1] == "blurred: quarantined"
    assert len(buttons(app)) == 1
    assert [is_secret(one) for one in shown(app)] == [False] * len(shown(app))
    assert entries() == []


def test_a_click_shows_one_picture_and_is_written_down(built: Runs, own_cache: Path) -> None:
    app = open_page("curation", root(built), CURATED, part=PART)
    (name,) = buttons(app)
    app.button(key=name).click().run()
    assert not app.exception
    (sharp,) = shown(app)
    assert is_secret(sharp)
    assert tiles(app)[0].lines[-1] == "shown on request: quarantined"
    (entry,) = entries()
    assert entry["sample_id"] == name.removeprefix("show ")
    assert (entry["run"], entry["veil"]) == (str(built.curated.path.resolve()), "quarantined")
    cached = [np.asarray(Image.open(one).convert("RGB")) for one in own_cache.rglob("*.webp")]
    assert [is_secret(one) for one in cached] == [False] * len(cached)
    app.button(key=name.replace("show", "blur")).click().run()
    assert not is_secret(shown(app)[0])
    assert len(entries()) == 1


def test_another_visit_sees_it_blurred_again(built: Runs) -> None:
    app = open_page("curation", root(built), CURATED, part=PART)
    app.button(key=buttons(app)[0]).click().run()
    assert is_secret(shown(app)[0])
    assert not is_secret(shown(open_page("curation", root(built), CURATED, part=PART))[0])


def test_what_cannot_be_written_down_is_not_shown(built: Runs, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder would be")
    app = open_page("curation", root(built), CURATED, part=PART)
    app.button(key=buttons(app)[0]).click().run()
    assert not app.exception
    assert "The picture stays blurred" in html(app)
    assert not is_secret(shown(app)[0])


def test_the_judge_of_this_test_tells_the_picture_sharp() -> None:
    sink = io.BytesIO()
    Image.fromarray(SECRET).save(sink, "PNG")
    assert is_secret(np.asarray(Image.open(io.BytesIO(thumbnail(sink.getvalue(), 112)))))


def rewrite(run: RunFolder, reasons: dict[str, str], unscored: dict[str, str]) -> None:
    """Give rows of a run, by caption, another deciding rule, and what scorers said of them."""
    ids = {row["caption"]: row["sample_id"] for row in run.read("pairs").to_pylist()}
    decisions = run.read("decisions").to_pylist()
    for row in decisions:
        for caption, rule in reasons.items():
            if row["sample_id"] == ids[caption]:
                reason = {"rule": rule, "value": "", "limit": "", "text": ""}
                row |= {"status": "dropped", "keep": False, "reasons": [*row["reasons"], reason]}
    scores = run.read("scores").select(["sample_id", "unscored"]).to_pylist()
    for row in scores:
        row["unscored"] = [(scorer, why) for scorer, why in unscored.items() if row["sample_id"] in ids.values()]
    for table, rows in (("decisions", decisions), ("scores", scores)):
        run.shards(table)[0].unlink()
        run.write_shard(table, 0, schema.from_rows(table, rows))


def test_dropped_rows_are_blurred_where_safety_or_an_opt_out_had_a_hand_in_it(runs: Runs) -> None:
    rewrite(runs.curated, {"x": "safety_nsfw", "a cup of coffee": "opt_out_url"}, {})
    found = {one.caption: one.lines[-1] for one in tiles(open_page("gallery", root(runs), CURATED))}
    assert found["x"] == "blurred: flagged as unsafe"  # though the length of its caption decided
    assert found["a cup of coffee"] == "blurred: its owner opted out"
    assert "blurred" not in found["y"]


@pytest.mark.parametrize("scorer", ["safety_file_hashes", "nsfw", "zero_shot"])
@pytest.mark.parametrize(("why", "blurred"), [("skipped", True), ("failed: why", True), ("absent", False)])
def test_dropped_rows_that_safety_never_saw_are_blurred(runs: Runs, scorer: str, why: str, blurred: bool) -> None:
    rewrite(runs.curated, {}, {scorer: why, "fingerprints": "skipped"})
    found = {one.caption: one.lines[-1] for one in tiles(open_page("gallery", root(runs), CURATED))}
    assert (found["y"] == "blurred: never checked for safety") == blurred
    assert "blurred" not in found["a cup of coffee"]  # kept: somebody has looked, or nobody was asked to


AUDIT = "runs/audit"


def unsafe(runs: Runs) -> str:
    """Have the first judge that was painted read as unsafe; return its request_id."""
    rows = runs.audit.read("requests").to_pylist()
    (name,) = (row["request_id"] for row in rows if (row["prompt"], row["replicate"]) == ("judge", 0))
    read_as(runs.audit, "sample", name, 0.97)
    return str(name)


def is_sharp(app: AppTest, runs: Runs, name: str) -> bool:
    """Return whether the painted picture `name` is on the page as it is."""
    data = sample_pictures(runs.audit, [name])[name]
    ours = np.asarray(Image.open(io.BytesIO(thumbnail(data, 112))).convert("RGB"))
    return any(one.shape == ours.shape and np.array_equal(one, ours) for one in shown(app))


def test_a_painted_picture_that_is_read_as_unsafe_is_blurred_until_somebody_asks(runs: Runs) -> None:
    address = {"kind": "painted", "concept": "judge"}
    assert buttons(open_page("gallery", root(runs), AUDIT, **address)) == []
    name = unsafe(runs)
    st.cache_resource.clear()  # a run that changes without its run.json is none that a stage writes
    app = open_page("gallery", root(runs), AUDIT, **address)
    assert not app.exception
    assert [one for tile in tiles(app) for one in tile.lines if "blurred" in one] == ["blurred: read as unsafe by nsfw"]
    assert not is_sharp(app, runs, name)
    (button,) = buttons(app)
    app.button(key=button).click().run()
    assert is_sharp(app, runs, name)
    (entry,) = entries()
    assert (entry["request_id"], entry["veil"]) == (name, "read as unsafe by nsfw")
    assert not is_sharp(open_page("gallery", root(runs), AUDIT, **address), runs, name)


def test_the_bias_page_blurs_it_too(runs: Runs) -> None:
    name = unsafe(runs)
    address = {"subject": "zoo:latent", "attribute": "gender presentation", "annotator": "clip", "slice": "judge"}
    app = open_page("bias", root(runs), AUDIT, **address)
    assert not app.exception
    assert sum(one.lines[-1] == "blurred: read as unsafe by nsfw" for one in tiles(app)) == 1
    assert not is_sharp(app, runs, name)


def test_the_way_from_snow_to_it_is_blurred_until_somebody_asks(runs: Runs) -> None:
    keep_paths(runs.audit)
    before = shown(open_page("gallery", root(runs), AUDIT, kind="from snow to picture", path="judge · 0"))
    unsafe(runs)
    st.cache_resource.clear()
    app = open_page("gallery", root(runs), AUDIT, kind="from snow to picture", path="judge · 0")
    assert not app.exception
    assert "Blurred: read as unsafe by nsfw." in html(app)
    assert not any(np.array_equal(one, other) for one in shown(app) for other in before if one.shape == other.shape)
    app.button(key=buttons(app)[0]).click().run()
    assert all(np.array_equal(one, other) for one, other in zip(shown(app), before, strict=True))
    assert len(entries()) == 1


def twins(app: AppTest) -> list[list[str]]:
    """Return the last line under each picture of each pair."""
    pairs = re.findall(r'<div class="twin">(.*?)</div>', html(app))
    return [[re.findall(r"<span>(.*?)</span>", one)[-1] for one in pair.split("</figure>")[:2]] for pair in pairs]


def test_a_blurred_training_picture_is_shown_beside_its_twin_on_a_click(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.drawn.path.parent, tmp_path / "audits")
    run = RunFolder(tmp_path / "audits" / "drawn")
    pairs = run.find("pairs")
    assert pairs is not None
    for row in pairs.read("pairs").to_pylist():
        read_as(run, "pair", row["sample_id"], 0.97)
    view = {"view": "nearest training pictures", "subject": "mostly light", "slice": "judge"}
    app = open_page("diversity", tmp_path / "audits", "audits/drawn", **view)
    assert not app.exception
    why = "read as unsafe by nsfw"
    blurred = sum(two == f"blurred: {why}" for _, two in twins(app))
    assert blurred == len(twins(app)) == 24
    button = next(one for one in app.button if one.label == "Show the right one")
    name = button.key.split()[1]
    button.click().run()
    assert not app.exception
    (entry,) = entries()
    assert (entry["sample_id"], entry["veil"], entry["run"]) == (name, why, str(run.path.resolve()))
    sharp = sum(two == f"shown on request: {why}" for _, two in twins(app))
    assert sharp >= 1
    assert sharp + sum(two == f"blurred: {why}" for _, two in twins(app)) == 24
    assert len({one.key for one in app.button}) == len(app.button)
    (blur,) = (one for one in app.button if one.label == "Blur the right one")
    blur.click().run()
    assert sum(two == f"blurred: {why}" for _, two in twins(app)) == 24
    assert len(entries()) == 1


def test_a_blurred_picture_of_one_seed_is_shown_in_the_run_that_it_is_of(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.plain.path.parent, tmp_path / "audits")
    run = RunFolder(tmp_path / "audits" / "guided")
    name = next(row["request_id"] for row in run.read("requests").to_pylist() if row["prompt"] == "judge")
    read_as(run, "sample", name, 0.97)
    place = {"attribute": "gender presentation", "slice": "judge", "side": "there", "against": "audits/guided"}
    app = open_page_of_runs("compare", tmp_path / "audits", "audits/plain", **place)
    assert not app.exception
    shows = [one for one in app.button if one.label.startswith("Show the")]
    # among pictures of one seed it is at the right; among those without and with a word, at the left
    assert [(one.label, one.key) for one in shows] == [
        ("Show the right one", f"show {name} page"),
        ("Show the left one", f"show {name} word page"),
    ]
    shows[0].click().run()
    assert not app.exception
    (entry,) = entries()
    assert (entry["request_id"], entry["run"]) == (name, str(run.path.resolve()))
    assert is_sharp(app, Runs(run, run), name)
    assert [one.label for one in app.button if one.label.startswith("Show the")] == []
