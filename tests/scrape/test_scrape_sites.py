"""Sites to pairs: every picture to the depth and none beyond, robots obeyed, and the same after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from time import monotonic, sleep

import psutil
import pytest
from command_line import refusal, tain
from hostile_server import HostileServer
from scraped import RECIPE, classes, rows_of
from small_site import SmallSite

from toolkit.errors import RunError, SourceError
from toolkit.scrape.stage import retry_failed, scrape, scrape_sites
from toolkit.store import open_run
from toolkit.verify.run import verify
from toolkit.verify.set_aside import set_aside

AT_DEPTH = [
    {"zero"},
    {"zero", "hidden", "one"},
    {"zero", "hidden", "one", "three"},
    {"zero", "hidden", "one", "three", "four"},
]


@pytest.fixture
def site():
    with SmallSite() as running:
        yield running


def whole(rows):
    return {row["caption"] for row in rows if row["error"] is None}


@pytest.mark.parametrize("depth", range(4))
def test_every_picture_to_the_depth_and_none_beyond(tmp_path, site, depth):
    run = scrape_sites([site.url("")], tmp_path / "run", recipe=RECIPE | {"depth": depth})
    rows = rows_of(run)
    assert whole(rows) == AT_DEPTH[depth]
    assert len({row["url"] for row in rows if row["url"]}) == len([row for row in rows if row["url"]]), "each once"
    assert {row["meta"]["page_url"] for row in rows if row["caption"] == "zero"} == {site.url("")}
    assert not {"private", "five"} & set(site.asked), "robots.txt forbids one, the other is too deep"
    assert site.asked["good/private.jpg"] == site.asked["good/2.jpg"] == 0
    assert site.asked[""] == 1
    counts = run.stages["crawl"]["counts"]
    assert counts["depth"] == depth
    assert counts["pages"] == [1, 4, 5, 6][depth]
    assert counts["ended"] == {"all_read": 1}
    assert counts["links"] == len(rows) == run.stages["scrape"]["counts"]["rows"]


def test_what_was_refused_or_failed_is_a_row_with_its_reason(tmp_path, site):
    run = scrape_sites([site.url("")], tmp_path / "run", recipe=RECIPE | {"depth": 2})
    failed = {
        (row["meta"]["page_url"], row["url"], row["error"].split(" (")[0]) for row in rows_of(run) if row["error"]
    }
    assert failed == {
        (site.url("private"), None, "refused: robots.txt disallows it for tain"),
        (site.url("leads-to-private"), None, "refused: robots.txt disallows it for tain"),
        (site.url("missing/page"), None, "page: http_404: the page answered with status 404"),
        (site.url("two"), site.url("good/2.jpg"), "refused: the page says noai in <meta name=robots>"),
    }
    assert run.stages["crawl"]["counts"]["not_read"] == {"http_404": 1, "refused": 2}
    again = retry_failed(run.path, tmp_path / "again")
    assert again.read("pairs").equals(run.read("pairs")), "nothing of it may heal"
    assert verify(run.path).whole


def test_no_more_pages_than_allowed_and_the_run_says_so(tmp_path, site):
    recipe = RECIPE | {"depth": 100, "most_pages": 7}
    run = scrape_sites([site.url("long/0")], tmp_path / "run", recipe=recipe)
    assert whole(rows_of(run)) == {f"picture {n}" for n in range(6)} | {"hidden"}
    assert run.stages["crawl"]["counts"]["ended"] == {"most_pages": 1}


@pytest.mark.parametrize("depth", [0, 1])
def test_a_site_whose_robots_cannot_be_had_is_told_from_one_that_forbids(tmp_path, depth):
    with HostileServer() as failing:
        failing.robots = None
        run = scrape_sites([failing.url("page")], tmp_path / "run", recipe=RECIPE | {"depth": depth})
    (row,) = rows_of(run)
    assert row["error"].startswith("page: http_503: expected 200 (its robots.txt)")
    assert failing.asked["page"] == 0


def test_several_sites_keep_their_order_and_a_seed_that_is_none_is_a_row(tmp_path, site):
    with SmallSite() as slow:
        slow.pause = 0.05
        seeds = [slow.url("long/0").replace("127.0.0.1", "localhost"), "mailto:a@b.example", site.url("four")]
        run = scrape_sites(seeds, tmp_path / "run", recipe=RECIPE | {"depth": 1}, workers=2, shard_rows=2)
    rows = rows_of(run)
    captions = [row["caption"] for row in rows if row["url"]]
    assert captions == ["picture 0", "picture 1", "four", "hidden", "five"], "another host's sitemap is not read"
    assert rows[-1]["error"].startswith("bad_url")


def test_a_sitemap_is_a_place_to_begin(tmp_path, site):
    run = scrape_sites([site.url("sitemap.xml")], tmp_path / "run", recipe=RECIPE | {"depth": 1})
    assert whole(rows_of(run)) == {"hidden"}


def test_a_hostile_site_ends_and_every_page_of_it_says_what_was_wrong(tmp_path, site):
    began = monotonic()
    run = scrape_sites([site.url("traps"), site.url("index.xml")], tmp_path / "run", recipe=RECIPE | {"depth": 1})
    assert monotonic() - began < 60
    wrong = {row["meta"]["page_url"]: row["error"].split(":")[1].strip() for row in rows_of(run) if row["error"]}
    assert wrong == {
        site.url("bomb"): "too_large", site.url("endless-page"): "too_large", site.url("drip-page"): "timeout",
        site.url("to-file"): "address", site.url("to-itself"): "redirects", site.url("elsewhere"): "dns",
        site.url("no-http"): "bad_answer", site.url("closed/x"): "connect",
    }  # fmt: skip
    assert site.asked["index.xml"] == 1


def test_a_site_that_is_not_there_is_a_row(tmp_path):
    seeds = ["http://127.0.0.1:9/", "http://10.0.0.1/"]
    run = scrape_sites(seeds, tmp_path / "run", recipe=RECIPE | {"depth": 1, "allow_private": False})
    assert classes(rows_of(run)) == ["page", "page"]
    with pytest.raises(SourceError, match="no address"):
        scrape_sites([], tmp_path / "none")


def started(site, out, *options):
    command = [sys.executable, "-m", "pipelines.cli", "scrape", site.url("long/0"), "--out", out, "--allow-private"]
    return subprocess.Popen([str(one) for one in (*command, *options)], stdout=subprocess.PIPE, text=True)


def test_the_command_scrapes_a_site_goes_on_after_a_kill_and_asks_no_page_twice(tmp_path):
    options = ("--depth", 40, "--most-pages", 30, "--workers", 1)
    with SmallSite(pause=0.05) as site:
        out = tmp_path / "run"
        child = started(site, out, *options)
        until = monotonic() + 60
        while site.asked["long/9"] < 1 and monotonic() < until:
            sleep(0.01)
        others = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        psutil.wait_procs(others, timeout=10)
        assert open_run(out).stages["crawl"]["finished"] is False
        journal = out / "crawl" / "site-00000.jsonl"
        journal.write_bytes(journal.read_bytes() + b'["http://half a li')
        child = started(site, out, *options, "--resume")
        said, _ = child.communicate(timeout=120)
        assert child.returncode == 0
        times = Counter({path: times for path, times in site.asked.items() if path.startswith("long/")})
        assert len(times) == 29, "the sitemap's page is one of the thirty"
        assert sum(times.values()) <= 30, "only the page in hand is asked again"
        undisturbed = started(site, tmp_path / "whole", *options)
        undisturbed.communicate(timeout=120)
    assert "30 pages read on 1 sites" in said
    assert open_run(out).content_hash() == open_run(tmp_path / "whole").content_hash()
    assert not (out / "crawl").exists()
    assert not list(out.rglob("*.tmp"))


def test_a_crawl_of_something_else_is_not_gone_on_with(tmp_path, site):
    run = scrape_sites([site.url("")], tmp_path / "run", recipe=RECIPE)
    asked = site.asked.total()
    assert scrape_sites([site.url("")], run.path, recipe=RECIPE, resume=True).path == run.path
    assert site.asked.total() == asked
    for seeds, depth in (([site.url("one")], 0), ([site.url("")], 1)):
        with pytest.raises(RunError, match="--depth"):
            scrape_sites(seeds, run.path, recipe=RECIPE | {"depth": depth}, resume=True)
    (tmp_path / "list.txt").write_text(site.url("good/1.jpg"))
    with pytest.raises(RunError, match="another list"):
        scrape(tmp_path / "list.txt", run.path, recipe=RECIPE, resume=True)


def test_seeds_come_from_a_file_and_the_command_says_what_it_takes(tmp_path, site):
    (tmp_path / "seeds.txt").write_text(f"# places to begin\n{site.url('one')}\n\n  {site.url('two')}\n")
    options = ("--allow-private", "--workers", 1, "--out")
    said = tain("scrape", site.url("four"), "--seeds", tmp_path / "seeds.txt", *options, tmp_path / "run")
    assert said.exit_code == 0, said.output
    assert "3 pages read" in said.stdout
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["stages"]["crawl"]["arguments"]["seeds"] == 3
    for words in (("a.csv", site.url("")), (), (site.url(""), "--retry-failed")):
        assert tain("scrape", *words, "--out", tmp_path / "x").exit_code == 2
    assert "cannot be read" in refusal("scrape", "--seeds", tmp_path / "no.txt", "--out", tmp_path / "x")


def test_a_damaged_shard_is_told_and_only_its_pictures_are_asked_again(tmp_path, site):
    recipe = RECIPE | {"depth": 20, "most_pages": 12}
    seeds = [site.url("long/0")]
    run = scrape_sites(seeds, tmp_path / "run", recipe=recipe, shard_rows=4)
    before = run.content_hash()
    shard = run.shards("pairs")[1]
    spoiled = [row["url"] for row in run.read_one(shard).to_pylist()]
    shard.write_bytes(shard.read_bytes()[:-50])
    problems = verify(run.path).problems
    assert [one.file for one in problems] == ["pairs/part-00001.parquet"]
    assert "tain scrape with --resume" in problems[0].mend
    assert set_aside(run.path, problems) == ["pairs/part-00001.parquet"]
    site.asked.clear()
    scrape_sites(seeds, run.path, recipe=recipe, shard_rows=4, resume=True)
    assert {path for path in site.asked if path.startswith("good")} == {url.split("/", 3)[3] for url in spoiled}
    assert run.content_hash() == before
    assert [one for one in verify(run.path).problems if one.kind != "leftover"] == []


def test_the_crawl_delay_of_a_site_is_kept_by_pages_and_pictures(tmp_path):
    with SmallSite() as site:
        site.rules = "Crawl-delay: 0.3\n"
        began = monotonic()
        scrape_sites([site.url("long/0")], tmp_path / "run", recipe=RECIPE | {"depth": 2}, workers=2, shard_rows=2)
        assert site.asked["good/2.jpg"] == 1
        assert monotonic() - began >= 6 * 0.3, "four pages and four pictures, the first of each at once"
        site.rules = "Crawl-delay: 20\n"
        began = monotonic()
        recipe = RECIPE | {"depth": 2, "manners": {"crawl_delay": False}}
        scrape_sites([site.url("long/0")], tmp_path / "fast", recipe=recipe)
        assert monotonic() - began < 20, "not even once was it waited for"
