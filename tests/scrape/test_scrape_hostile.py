"""A hostile server: every link ends as a row that says what became of it, in bounded time."""

from __future__ import annotations

import socketserver
from itertools import cycle, islice
from threading import Thread
from time import monotonic

import pytest
from hostile_server import CUT_OR_GARBAGE, EXPECTED, GOOD, HostileServer
from scraped import RECIPE, classes, rows_of, write_list

from toolkit.curate.stage import curate
from toolkit.errors import SourceError
from toolkit.scrape.stage import scrape
from toolkit.sources import open_source
from toolkit.sources.web.failures import FAILURES, may_heal
from toolkit.store import create_run


@pytest.fixture
def server():
    with HostileServer() as running:
        yield running


def scraped(tmp_path, server, links, shard_rows, **changes):
    kinds = list(islice(cycle(EXPECTED), links))
    urls = [server.url(f"{kind}/{place}.jpg") for place, kind in enumerate(kinds)]
    file = write_list(tmp_path / "list.jsonl", urls)
    began = monotonic()
    run = scrape(file, tmp_path / "run", recipe=RECIPE | changes, workers=2, shard_rows=shard_rows)
    return kinds, urls, run, monotonic() - began


def check(kinds, urls, run):
    rows = rows_of(run)
    assert [row["url"] for row in rows] == urls
    assert [row["caption"] for row in rows] == [f"link {place}" for place in range(len(urls))]
    wrong = [
        (kind, row["error"]) for kind, found, row in zip(kinds, classes(rows), rows, strict=True)
        if found != EXPECTED[kind] and not (EXPECTED[kind] == CUT_OR_GARBAGE and found in CUT_OR_GARBAGE.split(" or "))
    ]  # fmt: skip
    assert wrong == []
    for kind, row in zip(kinds, rows, strict=True):
        assert (row["image"]["bytes"] == GOOD) == (EXPECTED[kind] is None), kind
        facts = (row["width"], row["height"], row["format"])
        assert facts == ((64, 64, "JPEG") if EXPECTED[kind] is None else (None, None, None))
    counts = run.stages["scrape"]["counts"]
    assert counts["rows"] == len(urls)
    assert counts["downloaded"] + sum(counts["failed"].values()) == len(urls)


def test_every_hostile_answer_is_a_row_with_its_class(tmp_path, server):
    kinds, urls, run, seconds = scraped(tmp_path, server, 600, 64)
    check(kinds, urls, run)
    assert seconds < 60
    assert server.agents == {next(iter(server.agents))}
    assert next(iter(server.agents)).startswith("tain/")
    assert next(iter(server.agents)).endswith(" (+https://example.org/who)")
    assert not [path for path in server.asked if path.startswith("secret")], "robots.txt forbids it: never asked"
    assert server.asked["robots.txt"] == 2, "once a process"


@pytest.mark.slow
def test_ten_thousand_links_to_a_hostile_server_end(tmp_path, server):
    kinds, urls, run, seconds = scraped(tmp_path, server, 10_000, 512, timeout=15.0)
    check(kinds, urls, run)
    assert seconds < 240


def test_tries_are_counted_and_what_cannot_heal_is_asked_once(tmp_path, server):
    kinds, _, run, _ = scraped(tmp_path, server, len(EXPECTED), 64)
    attempts = {kind: row["meta"].get("attempts") for kind, row in zip(kinds, rows_of(run), strict=True)}
    assert {kind for kind, times in attempts.items() if times == 2} == {
        "busy", "unavailable", "broken", "longer", "cut-chunks", "half-gzip", "closed",
    }  # fmt: skip
    assert attempts["missing"] == attempts["html"] == attempts["secret"] == 1
    status = {kind: row["meta"].get("status") for kind, row in zip(kinds, rows_of(run), strict=True)}
    assert (status["good"], status["missing"], status["noai"], status["closed"]) == (200, 404, 200, None)
    moved = dict(zip(kinds, rows_of(run), strict=True))["to-good"]
    assert moved["meta"]["answered_url"] == server.url("good/moved.jpg")


def test_robots_that_come_to_forbid_all_are_obeyed_by_the_next_run(tmp_path, server):
    file = write_list(tmp_path / "list.jsonl", [server.url("good/1.jpg")])
    assert classes(rows_of(scrape(file, tmp_path / "before", recipe=RECIPE))) == [None]
    server.robots = b"User-agent: tain\nDisallow: /\n"
    assert classes(rows_of(scrape(file, tmp_path / "after", recipe=RECIPE))) == ["refused"]
    assert server.asked["good/1.jpg"] == 1


class SpeaksPlainly(socketserver.BaseRequestHandler):
    """Answers whatever comes without encryption."""

    def handle(self):
        self.request.recv(1 << 16)
        self.request.sendall(b"HTTP/1.1 400 Plain\r\n\r\n")


def test_a_host_that_cannot_prove_who_it_is_is_not_believed(tmp_path):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SpeaksPlainly) as plain:
        Thread(target=plain.serve_forever, daemon=True).start()
        file = write_list(tmp_path / "list.jsonl", [f"https://127.0.0.1:{plain.server_address[1]}/1.jpg"])
        rows = rows_of(scrape(file, tmp_path / "run", recipe=RECIPE))
        plain.shutdown()
    assert classes(rows) == ["tls"]


def test_a_site_whose_robots_cannot_be_had_is_not_asked_but_may_heal(tmp_path, server):
    file = write_list(
        tmp_path / "list.jsonl", [server.url("good/1.jpg"), "http://127.0.0.1:9/x", "http://no.invalid/x"]
    )
    server.robots = None
    rows = rows_of(scrape(file, tmp_path / "run", recipe=RECIPE))
    assert classes(rows) == ["http_503", "connect", "dns"]
    assert all(may_heal(row["error"]) for row in rows)
    assert server.asked["good/1.jpg"] == 0


def test_rows_without_an_address_are_rows(tmp_path):
    file = tmp_path / "list.jsonl"
    file.write_text('{"url": ""}\nrubbish\n{"url": "ftp://a/b"}\n{"url": "http://a b/"}\n{"url": "http://10.0.0.1/"}\n')
    rows = rows_of(scrape(file, tmp_path / "run", recipe={"timeout": 2.0, "retries": 0}))
    assert classes(rows) == ["bad_url", "bad_row", "bad_url", "bad_url", "address"]
    assert len({row["sample_id"] for row in rows}) == 5


def test_the_classes_are_a_closed_list(tmp_path, server):
    _, _, run, _ = scraped(tmp_path, server, len(EXPECTED), 64)
    found = {one if not one.startswith("http_") else "http" for one in run.stages["scrape"]["counts"]["failed"]}
    assert found <= set(FAILURES)


def test_what_was_scraped_is_curated_and_a_curated_run_is_still_no_source(tmp_path, server):
    urls = [server.url("good/1.jpg"), server.url("missing/2.jpg")]
    run = scrape(write_list(tmp_path / "list.jsonl", urls), tmp_path / "run", recipe=RECIPE)
    curated = curate(run.path, tmp_path / "curated")
    ids = run.read("pairs")["sample_id"].to_pylist()
    decided = {row["sample_id"]: row for row in curated.read("decisions").to_pylist()}
    assert [decided[one]["status"] for one in ids][1] == "failed"
    assert "http_404" in str(decided[ids[1]]["reasons"])
    with pytest.raises(SourceError, match="export it first"):
        open_source(curated.path)


def test_an_unfinished_run_is_no_source(tmp_path, server):
    run = create_run(tmp_path / "run")
    done = scrape(write_list(tmp_path / "l.jsonl", [server.url("good/1.jpg")]), tmp_path / "whole", recipe=RECIPE)
    run.stage("scrape").__enter__()
    run.write_shard("pairs", 0, done.read("pairs"))
    with pytest.raises(SourceError, match="--resume"):
        open_source(run.path)
