"""Going on after a kill, asking again what failed, order, and memory."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from time import monotonic, sleep

import psutil
import pytest
from command_line import refusal, tain
from hostile_server import HostileServer
from scraped import RECIPE, classes, rows_of, write_list

from toolkit.errors import RunError
from toolkit.scrape.stage import retry_failed, scrape
from toolkit.store import open_run

SCRIPT = """
import json, sys
from toolkit.scrape.stage import scrape
scrape(sys.argv[1], sys.argv[2], recipe=json.loads(sys.argv[3]), workers=2, shard_rows=int(sys.argv[4]))
"""


def test_an_empty_list_is_an_empty_run(tmp_path):
    (tmp_path / "list.csv").write_text("url,caption\n")
    run = scrape(tmp_path / "list.csv", tmp_path / "run")
    assert run.stages["scrape"]["counts"] == {"rows": 0, "downloaded": 0, "failed": {}}


def started(file, out, shard_rows, **changes):
    """Return a process of its own that scrapes `file` into `out`."""
    import json

    command = [sys.executable, "-c", SCRIPT, str(file), str(out), json.dumps(RECIPE | changes), str(shard_rows)]
    return subprocess.Popen(command, start_new_session=True)


def test_a_killed_run_goes_on_and_asks_no_finished_shard_again(tmp_path):
    with HostileServer(pause=0.02) as server:
        kinds = ("good", "missing", "html", "to-good")
        file = write_list(tmp_path / "list.jsonl", [server.url(f"{kinds[n % 4]}/{n}.jpg") for n in range(400)])
        out = tmp_path / "run"
        child = started(file, out, 16, per_host=8)
        until = monotonic() + 60
        while len(list((out / "marks" / "scrape").glob("part-*"))) < 4 and monotonic() < until:
            sleep(0.01)
        workers = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(signal.SIGKILL)  # the others notice by themselves
        child.wait()
        assert not psutil.wait_procs(workers, timeout=10)[1]
        marked = open_run(out).marked("scrape")
        assert 4 <= len(marked) < 25
        before = Counter(server.asked)
        run = scrape(file, out, recipe=RECIPE, workers=1, resume=True, shard_rows=16)
        again = Counter(server.asked) - before
        finished = {f"{kinds[n % 4]}/{n}.jpg" for n in range(400) if f"part-{n // 16:05d}" in marked}
        assert not finished & set(again)
        undisturbed = scrape(file, tmp_path / "whole", recipe=RECIPE, workers=2, shard_rows=16)
    assert run.content_hash() == undisturbed.content_hash()
    assert not list(out.rglob("*.tmp"))


def test_a_terminated_command_ends_soon_and_says_how_to_go_on(tmp_path):
    with HostileServer(pause=0.05) as server:
        file = write_list(tmp_path / "list.jsonl", [server.url(f"slow-loris/{n}.jpg") for n in range(400)])
        command = [sys.executable, "-m", "pipelines.cli", "scrape", file, "--out", tmp_path / "run", "--allow-private"]
        child = subprocess.Popen([*command, "--shard-rows", "16"], stderr=subprocess.PIPE, text=True)
        until = monotonic() + 60
        while server.asked.total() < 9 and monotonic() < until:
            sleep(0.02)
        workers = psutil.Process(child.pid).children(recursive=True)
        child.terminate()
        began = monotonic()
        _, said = child.communicate(timeout=30)
        assert monotonic() - began < 10
        assert not psutil.wait_procs(workers, timeout=5)[1]
    assert child.returncode == 143
    assert "--resume" in said


def test_order_is_that_of_the_list_whatever_the_workers(tmp_path):
    with HostileServer() as server:
        kinds = ("good", "missing", "slow-loris", "html", "loop")
        file = write_list(tmp_path / "list.jsonl", [server.url(f"{kinds[n % 5]}/{n}.jpg") for n in range(100)])
        runs = [
            scrape(file, tmp_path / f"run{workers}", recipe=RECIPE, workers=workers, shard_rows=8) for workers in (1, 3)
        ]
    assert runs[0].content_hash() == runs[1].content_hash()
    assert [row["meta"]["width"] for row in rows_of(runs[0])] == list(range(100))


def test_only_what_may_heal_is_asked_again(tmp_path):
    kinds = ("good", "broken", "missing", "closed", "html")
    with HostileServer() as server:
        file = write_list(tmp_path / "list.jsonl", [server.url(f"{kinds[n % 5]}/{n}.jpg") for n in range(50)])
        old = scrape(file, tmp_path / "old", recipe=RECIPE, shard_rows=16)
        server.asked.clear()
        server.healed = True
        new = retry_failed(old.path, tmp_path / "new", workers=2)
        asked = {path.partition("/")[0] for path in server.asked}
    assert asked == {"robots.txt", ".well-known", "broken", "closed"}
    assert classes(rows_of(new)) == [None, None, "http_404", "connect", "not_an_image"] * 10
    same = [0, 2, 4]
    before, after = old.read("pairs").to_pylist(), new.read("pairs").to_pylist()
    assert [row for n, row in enumerate(before) if n % 5 in same] == [
        row for n, row in enumerate(after) if n % 5 in same
    ]
    assert [row["sample_id"] for row in before] == [row["sample_id"] for row in after]
    assert new.stages["scrape"]["counts"] == {
        "rows": 50, "downloaded": 20, "failed": {"connect": 10, "http_404": 10, "not_an_image": 10},
    }  # fmt: skip


def test_a_host_that_answers_nothing_is_given_up(tmp_path):
    with HostileServer() as server:
        file = write_list(tmp_path / "list.jsonl", [server.url(f"closed/{n}.jpg") for n in range(200)])
        recipe = RECIPE | {"give_up_after": 10, "retries": 0, "per_host": 2}
        run = scrape(file, tmp_path / "run", recipe=recipe)
        assert sum(server.asked.values()) < 40, "aiohttp itself asks twice where a connection was closed"
    assert run.stages["scrape"]["counts"]["failed"] == {"connect": 200}
    assert "not asked: 127.0.0.1 failed" in rows_of(run)[-1]["error"]


def test_a_host_that_asks_for_an_hour_is_not_asked_again(tmp_path):
    with HostileServer() as server:
        file = write_list(tmp_path / "list.jsonl", [server.url(f"pausing/{n}.jpg") for n in range(100)])
        run = scrape(file, tmp_path / "run", recipe=RECIPE | {"per_host": 2})
        assert sum(times for path, times in server.asked.items() if path.startswith("pausing")) <= 2
    assert run.stages["scrape"]["counts"]["failed"] == {"http_429": 100}
    assert "asked for a pause" in rows_of(run)[-1]["error"]


def test_turns_at_a_host_are_those_of_all_processes(tmp_path):
    with HostileServer(pause=0.03) as server:
        file = write_list(tmp_path / "list.jsonl", [server.url(f"good/{n}.jpg") for n in range(120)])
        scrape(file, tmp_path / "run", recipe=RECIPE | {"per_host": 3}, workers=3, shard_rows=8)
        assert server.most_at_once <= 3
        began = monotonic()
        few = write_list(tmp_path / "few.jsonl", [server.url(f"good/{n}.jpg") for n in range(12)])
        scrape(few, tmp_path / "few", recipe=RECIPE | {"delay": 0.2}, workers=3, shard_rows=4)
        assert monotonic() - began >= 12 * 0.2


def test_a_run_of_something_else_is_not_gone_on_with(tmp_path):
    with HostileServer() as server:
        file = write_list(tmp_path / "list.jsonl", [server.url("good/1.jpg")])
        run = scrape(file, tmp_path / "run", recipe=RECIPE)
        assert scrape(file, run.path, recipe=RECIPE, resume=True).path == run.path
        other = write_list(tmp_path / "other.jsonl", [server.url("good/2.jpg")])
        with pytest.raises(RunError, match="another list"):
            scrape(other, run.path, recipe=RECIPE, resume=True)
        with pytest.raises(RunError, match="choose another --out"):
            scrape(file, run.path, recipe=RECIPE)


def test_the_command_scrapes_tells_and_retries(tmp_path):
    with HostileServer() as server:
        file = write_list(tmp_path / "list.jsonl", [server.url("good/1.jpg"), server.url("broken/2.jpg")])
        options = ("--allow-private", "--timeout", 5, "--workers", 1)
        said = tain("scrape", file, "--out", tmp_path / "run", "--retries", 0, *options)
        assert said.exit_code == 0, said.output
        assert "--contact" in said.stdout
        assert "http_500" in said.stdout
        server.healed = True
        said = tain("scrape", tmp_path / "run", "--retry-failed", "--out", tmp_path / "new", "--contact", "me@b.org")
        assert said.exit_code == 0, said.output
        assert "--contact" not in said.stdout
    assert classes(rows_of(open_run(tmp_path / "new"))) == [None, None]
    assert "nothing.csv" in refusal("scrape", tmp_path / "nothing.csv", "--out", tmp_path / "x")
    assert not (tmp_path / "x").exists()
    assert "run.json" in refusal("scrape", tmp_path, "--retry-failed", "--out", tmp_path / "x")


def peak(child):
    """Return the most memory, in MiB, that the processes of `child` had together."""
    most, process = 0, psutil.Process(child.pid)
    while child.poll() is None:
        with suppress(psutil.Error):  # one that has just ended
            family = [process, *process.children(recursive=True)]
            most = max(most, sum(one.memory_info().rss for one in family))
        sleep(0.02)
    assert child.returncode == 0
    return most / 2**20


@pytest.mark.slow
def test_memory_does_not_grow_with_the_list(tmp_path):
    with HostileServer() as server:
        peaks = []
        for links in (3_000, 12_000):
            file = write_list(tmp_path / f"{links}.jsonl", [server.url(f"good/{n}.jpg") for n in range(links)])
            peaks.append(peak(started(file, tmp_path / f"run{links}", 64, per_host=200)))
    assert peaks[1] - peaks[0] < 48, peaks
