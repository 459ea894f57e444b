"""The demo: small here, whole where it is slow; interrupted, repeated, and the same twice."""

import json

import pytest
from click.testing import CliRunner
from hostile import photograph

from pipelines import demo
from pipelines.cli import cli
from toolkit.audit.recipe import AuditRecipe
from toolkit.store import open_run


@pytest.fixture
def small(tmp_path, monkeypatch, tiny_clip, tiny_latent):
    """The demo over two pictures, two probes and networks of random weights."""
    source = tmp_path / "pairs"
    source.mkdir()
    for name in ("firefighter", "woman firefighter"):
        photograph(80 if name == "firefighter" else 96).save(source / f"{name}.png")
        (source / f"{name}.txt").write_text(name)
    probes = tmp_path / "probes.yaml"
    probes.write_text('templates: ["{role}"]\nslots:\n  role: [firefighter, judge]\n')
    monkeypatch.setattr(demo, "SOURCE", str(source))
    monkeypatch.setattr(demo, "MODEL", str(tiny_latent))
    monkeypatch.setattr(demo, "PROBES", probes)
    curating = tmp_path / "curate.yaml"
    curating.write_text(f'pairing: {{model: "{tiny_clip}"}}\n')
    monkeypatch.setattr(demo, "CURATE_RECIPE", curating)
    audit = demo.audit
    recipe = AuditRecipe(pairing=str(tiny_clip))
    monkeypatch.setattr(demo, "audit", lambda *given, **named: audit(*given, recipe=recipe, **named))
    return tmp_path / "demo"


def run(out):
    result = CliRunner().invoke(cli, ["demo", "--out", str(out)])
    assert result.exit_code == 0, result.output
    return result.stdout


def tables(out):
    """Return the bytes of every table of both runs that must be the same twice."""
    wanted = {
        "curated": ("pairs", "scores", "decisions"),
        "audit": ("probe_requests", "requests", "labels", "measures"),
    }
    return {
        f"{name}/{table}/{path.name}": path.read_bytes()
        for name, those in wanted.items()
        for table in those
        for path in open_run(out / name, needs=those).shards(table)
    }


def test_it_writes_both_runs_and_the_report_and_says_how_to_look(small):
    said = run(small)
    assert f"tain dashboard {small}" in said
    assert "strongest findings" in said
    assert open_run(small / "audit").read("samples").num_rows == 200
    assert (small / "audit" / "report" / "report.html").stat().st_size > 10_000
    assert json.loads((small / "audit" / "report" / "report.json").read_text())
    counts = open_run(small / "curated").stages["curate"]["counts"]
    assert counts["kept"] + counts["dropped"] + counts["failed"] + counts["quarantined"] == 2


def test_running_it_again_paints_and_labels_nothing_again(small, monkeypatch):
    run(small)
    before = tables(small)
    monkeypatch.setattr(demo, "audit", lambda *_, **__: pytest.fail("audited again"))
    run(small)
    assert tables(small) == before


def test_an_interrupted_demo_goes_on_where_it_was(small, monkeypatch):
    whole = small.with_name("whole")
    run(whole)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "audit", interrupt)
        result = CliRunner().invoke(cli, ["demo", "--out", str(small)])
    assert result.exit_code == 130
    assert "to go on, run it again: finished stages are kept" in result.stderr
    assert open_run(small / "audit").tables() == ["probe_requests", "requests", "samples"]
    run(small)
    assert tables(small) == tables(whole)


def test_something_else_in_the_way_is_refused_in_one_line(small):
    small.mkdir()
    (small / "curated").mkdir()
    (small / "curated" / "holiday.txt").write_text("mine")
    result = CliRunner().invoke(cli, ["demo", "--out", str(small)])
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "in the way" in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_demo_twice_gives_the_same_tables(tmp_path):
    for name in ("one", "two"):
        assert "strongest findings" in run(tmp_path / name)
    assert tables(tmp_path / "one") == tables(tmp_path / "two")
    counts = open_run(tmp_path / "one" / "curated").stages["curate"]["counts"]
    assert sum(counts[one] for one in ("kept", "dropped", "failed", "quarantined")) == counts["rows_in"] > 5000
    assert open_run(tmp_path / "one" / "audit").read("samples").num_rows >= 1200
