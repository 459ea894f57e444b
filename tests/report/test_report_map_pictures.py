"""Which pictures stand on a map and what tells them apart, against the tables of real audits."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from audited_runs import AuditedRuns
from copied_source import LARGER, RECIPE, SAME, write_copied_source

from toolkit import schema
from toolkit.curate.stage import curate
from toolkit.errors import RunError
from toolkit.report.labels import labels_by_picture
from toolkit.report.map_pictures import (
    CONCEPT,
    CURATION,
    NO_CONCEPT,
    NOT_READ,
    PAINTED,
    STATUS,
    SUBJECT,
    attributes_of,
    mapped,
    networks_of,
)
from toolkit.report.measured import NOT_TOLD
from toolkit.store import RunFolder


def test_every_picture_with_an_embedding_is_there_once(audited: AuditedRuns) -> None:
    rows = audited.drawn.read("embeddings").to_pylist()
    (network,) = networks_of(audited.drawn)
    found = mapped(audited.drawn, network)
    assert sorted(found.ids()) == sorted((row["subject_kind"], row["subject_id"]) for row in rows)
    assert found.ids() == sorted(found.ids())
    assert found.total == found.pictures.num_rows == len(rows)
    vectors = {(row["subject_kind"], row["subject_id"]): row["vector"] for row in rows}
    np.testing.assert_array_equal(found.vectors(audited.drawn), [vectors[one] for one in found.ids()])


def test_what_the_tables_say_of_each(audited: AuditedRuns) -> None:
    found = mapped(audited.drawn, networks_of(audited.drawn)[0])
    pairs = {row["sample_id"]: row for row in audited.data.read("pairs").to_pylist()}
    kept = {row["sample_id"]: row["keep"] for row in audited.data.read("decisions").to_pylist()}
    requests = {row["request_id"]: row for row in audited.drawn.read("requests").to_pylist()}
    kinds = set()
    for row in found.pictures.to_pylist():
        kinds.add(row["kind"])
        if row["kind"] == "sample":
            request = requests[row["subject_id"]]
            assert row[STATUS] == PAINTED
            assert row["caption"] == row[CONCEPT] == request["prompt"]
            assert row[SUBJECT] in ("mostly light", "mostly dark")
        else:
            pair = pairs[row["subject_id"]]
            assert row["caption"] == pair["caption"]
            assert row[SUBJECT] == f"{pair['source']} (data)"
            assert row[STATUS] == ("kept" if kept[row["subject_id"]] else "dropped: picture brightness")
            assert row[CONCEPT] in pair["caption"]
    assert kinds == {"sample", "pair", "dropped"}


def test_read_values_are_those_of_the_labels(audited: AuditedRuns) -> None:
    labels = labels_by_picture(audited.drawn)
    found = mapped(audited.drawn, networks_of(audited.drawn)[0])
    assert "skin tone (skin tone)" in attributes_of(labels)
    values = dict(zip(found.ids(), found.told("skin tone (skin tone)", labels), strict=True))
    rows = {
        (row["subject_kind"], row["subject_id"]): row
        for row in audited.drawn.read("labels").to_pylist()
        if row["annotator"] == "skin-tone"
    }
    for key, value in values.items():
        row = rows.get(key)
        assert value == (NOT_READ if row is None else NOT_TOLD if row["abstained"] else row["value"])
    assert set(found.told("nobody reads this", labels)) == {NOT_READ}


def test_of_many_a_few_of_every_kind_are_drawn(audited: AuditedRuns) -> None:
    (network,) = networks_of(audited.drawn)
    whole, some = mapped(audited.drawn, network), mapped(audited.drawn, network, most=60)
    assert some.pictures.num_rows == 60
    assert some.total == whole.total
    assert set(some.ids()) < set(whole.ids())
    for by in (SUBJECT, STATUS, CONCEPT):
        assert set(some.told(by, {})) == set(whole.told(by, {}))
    assert len(some.vectors(audited.drawn)) == 60


def test_networks_are_not_mixed(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.drawn.path.parent, tmp_path / "audits")
    run = RunFolder(tmp_path / "audits" / "drawn")
    rows = run.read("embeddings").to_pylist()[:5]
    other = [row | {"network": "0" * 32, "vector": [1.0, 0.0, 0.0]} for row in rows]
    run.write_shard("embeddings", len(run.shards("embeddings")), schema.from_rows("embeddings", other))
    first, second = networks_of(run)
    assert first == "0" * 32
    assert mapped(run, first).vectors(run).shape == (5, 3)
    assert mapped(run, second).ids() == mapped(audited.drawn, second).ids()
    assert mapped(run, second).vectors(run).shape[1] > 3


def test_curation_has_embeddings_of_all_pairs_that_it_compared(tiny_clip: Path, tmp_path: Path) -> None:
    source = write_copied_source(tmp_path / "source")
    run = curate(source, tmp_path / "curated", recipe=RECIPE | {"pairing": {"model": str(tiny_clip)}})
    assert networks_of(run) == [CURATION]
    found = mapped(run, CURATION)
    pairs = {row["sample_id"]: row["caption"] for row in run.read("pairs").to_pylist()}
    assert {name for _, name in found.ids()} == set(pairs)
    assert {row["subject_id"]: row["caption"] for row in found.pictures.to_pylist()} == pairs
    assert found.pictures[STATUS].to_pylist().count("dropped: exact duplicate") == len(SAME) - 1
    assert set(found.told(CONCEPT, {})) == {NO_CONCEPT}
    vectors = dict(zip(found.pictures["caption"].to_pylist(), found.vectors(run), strict=True))
    np.testing.assert_array_equal(vectors[SAME[0]], vectors[SAME[1]])
    assert not np.array_equal(vectors[SAME[0]], vectors[LARGER])


def test_a_run_without_embeddings_has_no_map(audited: AuditedRuns) -> None:
    assert networks_of(audited.data) == []
    assert mapped(audited.data, "0" * 32).pictures.num_rows == 0


def test_pairs_that_are_gone_are_left_out_and_lost_embeddings_are_said(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.drawn.path, tmp_path / "drawn")
    run = RunFolder(tmp_path / "drawn")
    (network,) = networks_of(run)
    found = mapped(run, network)
    assert {kind for kind, _ in found.ids()} == {"sample"}
    for shard in run.shards("embeddings"):
        shard.unlink()
    with pytest.raises(RunError, match="has lost embeddings"):
        found.vectors(run)


def test_pictures_are_text_where_there_are_none(audited: AuditedRuns) -> None:
    empty = mapped(audited.data, "0" * 32).pictures
    assert set(empty.schema.types) == {pa.string()}
