"""What a row costs one core of this machine, stage by stage: seconds of processors, which a busy machine disturbs less
than the clock."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]

from bench_pairing import BATCH, pairs, scoring_seconds, vit_b_32  # noqa: E402
from bench_scrape import ours, picture_server, write_list  # noqa: E402
from many_rows import RECIPE, many_rows, peak_of_deciding  # noqa: E402

from toolkit.audit.external_samples import import_samples  # noqa: E402
from toolkit.audit.stage import label  # noqa: E402
from toolkit.curate.duplicates.bands import choose_bands, seconds  # noqa: E402
from toolkit.curate.duplicates.cosine_search import cell_count, make_cells, near_by_cosine  # noqa: E402
from toolkit.curate.duplicates.equal_rows import first_of_equal  # noqa: E402
from toolkit.curate.duplicates.fingerprint_file import record_bytes  # noqa: E402
from toolkit.curate.duplicates.hamming import near_pairs  # noqa: E402
from toolkit.curate.export.stage import export  # noqa: E402
from toolkit.curate.stage import curate, decide  # noqa: E402
from toolkit.models.pairing import load_pairing  # noqa: E402
from toolkit.sources import open_source  # noqa: E402
from toolkit.statistics.selection import kth_smallest  # noqa: E402
from toolkit.store import RunFolder, create_run  # noqa: E402

HEADER = RECIPE.parent / "header.yaml"


def spent(work: Callable[[], object]) -> float:
    """Return the seconds of processors that `work` takes in this process."""
    started = process_time()
    work()
    return process_time() - started


def write_source(path: Path, rows: int) -> Path:
    """Write `rows` pairs of the bundled sample, over and over, each with a caption of its own."""
    sample = islice(cycle([row for row in open_source("zoo:sample").rows() if row.data]), rows)
    known = [(row.data, f"{row.caption or 'a picture'}, number {number} of many") for number, row in enumerate(sample)]
    pq.write_table(pa.table({"image": [one for one, _ in known], "text": [one for _, one in known]}), path)
    return path


def measure(rows: int = 4000) -> dict[str, Any]:
    """Return the rates, from about `rows` rows a stage; each is told on stderr once it is known."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        curate(write_source(folder / "warm.parquet", 64), folder / "warm")  # imports are no cost of a row
        curated = folder / "curated"
        works: dict[str, Callable[[], Any]] = {
            "curate": lambda: curate_seconds(folder, curated, rows),
            "scrape": lambda: scrape_seconds(folder, rows),
            "in_memory": lambda: in_memory(100 * rows),
            "export": lambda: (
                spent(lambda: export(RunFolder(curated), "webdataset", folder / "shards")) / kept(curated)
            ),
            "join": lambda: join(75 * rows),
            "sizes": lambda: sizes(folder, curated, rows),
            "semantic": lambda: semantic(max(9000, 3 * rows)),
            "label": lambda: label_seconds(folder, 2 * BATCH),
            "embed": lambda: embed_seconds(folder, BATCH),
        }
        found: dict[str, Any] = {}
        for one, work in works.items():
            found[one] = work()
            print(one, found[one], file=sys.stderr, flush=True)
        a_row = (
            found["curate"] | found["in_memory"] | {key: found[key] for key in ("scrape", "export", "label", "embed")}
        )
        return {
            "bench": "cost",
            "measured": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "cores": len(os.sched_getaffinity(0)),
            "rows": rows,
            "core_seconds_a_row": {key: float(f"{one:.3g}") for key, one in sorted(a_row.items())},
            "join": found["join"],
            "semantic": found["semantic"],
            **found["sizes"],
        }


def curate_seconds(folder: Path, curated: Path, rows: int) -> dict[str, float]:
    """Write the run `curated` of `rows` rows; return the seconds of a row by its header and caption, in decoding and
    all that is seen of pixels, and in deciding."""
    source, many = (write_source(folder / f"{count}.parquet", count) for count in (rows, 5 * rows))
    whole = spent(lambda: curate(source, curated))
    recipe = RunFolder(curated).stages["curate"]["recipe"]
    deciding = spent(lambda: decide(curated, folder / "decided", recipe=recipe))
    header = spent(lambda: curate(many, folder / "header", recipe=HEADER))
    return {"header": header / (5 * rows), "decode": max(0.0, whole - deciding) / rows, "decide": deciding / rows}


def scrape_seconds(folder: Path, links: int) -> float:
    """Return the seconds of a link more, of a server on this machine: of three times `links` beside `links`."""
    took = []
    with picture_server(folder) as port:
        for count in (links, 3 * links):
            found, pictures = ours(folder, write_list(folder / "list.csv", port, count), 2, 64)
            assert pictures, "no picture was had"
            took.append(found.processor)
    return (took[1] - took[0]) / (2 * links)


def embed_seconds(folder: Path, rows: int) -> float:
    """Return the seconds of a pair through a ViT-B-32 as `tain curate` asks it; its weights are random."""
    model = str(vit_b_32(folder / "clip"))
    return scoring_seconds(model, pairs(rows), folder / "embeddings", load_pairing(model)) / rows


def in_memory(rows: int) -> dict[str, float]:
    """Return the seconds of a row in the rules on equal rows and on the best fraction."""
    random = np.random.default_rng(0)
    ids = [f"{one:032x}" for one in random.integers(0, rows, rows).tolist()]
    table = pa.table({"content_id": pa.chunked_array([ids]), "people_named": [""] * rows})
    scores = np.array_split(np.round(random.normal(0.2, 0.07, rows), 4), 100)
    return {
        "exact": spent(lambda: first_of_equal(table, "content_id", ("people_named",), parts=8)) / rows,
        "top_fraction": spent(lambda: kth_smallest(lambda: scores, rows // 3, rows, held=1 << 10)) / rows,
    }


def join(rows: int) -> dict[str, float]:
    """Return what the Hamming search took among `rows` uniform hashes, and how that is to what it foresees."""
    hashes = np.random.default_rng(0).integers(0, 2**64, rows, np.uint64)
    took = spent(lambda: sum(len(first) for first, _ in near_pairs(hashes, 10)))
    ratio = took / seconds(choose_bands(rows, rows, 10), rows, rows)
    return {"rows": rows, "core_seconds": round(took, 3), "measured_to_predicted": round(ratio, 3)}


def semantic(rows: int) -> dict[str, float]:
    """Return what the search by cosines took among `rows` random unit vectors of 512 numbers."""
    vectors = np.random.default_rng(0).normal(size=(rows, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    def work() -> None:
        cells = make_cells(vectors, cell_count(rows))
        for _ in near_by_cosine(vectors, vectors, 0.95, cells):
            pass

    return {"rows": rows, "core_seconds": round(spent(work), 3)}


def label_seconds(folder: Path, rows: int) -> float:
    """Return the seconds of a picture that the annotators of the default recipe label by zoo:clip."""
    run = create_run(folder / "samples")
    import_samples(open_source(write_source(folder / "samples.parquet", rows)), run)
    label(run, folder / "warm-labels")  # loads networks
    return spent(lambda: label(run, folder / "labels")) / rows


def kept(run: Path) -> int:
    """Return how many rows a run kept."""
    return int(RunFolder(run).stages["curate"]["counts"]["kept"])


def sizes(folder: Path, curated: Path, rows: int) -> dict[str, float]:
    """Return bytes and files: of tables a row, of files a shard, of what the driver holds while it decides."""
    tables = ("pairs", "scores", "decisions")
    files = [path for table in tables for path in (curated / table).iterdir()]
    marks = [path for path in (curated / "marks").rglob("*") if path.is_file()]
    shards = len(list((curated / "pairs").iterdir()))
    few, many = 4_000, 20_000
    base = curate(write_source(folder / "few.parquet", 40), folder / "few", recipe=RECIPE)
    peaks = [peak_of_deciding(many_rows(base, folder / f"{n}", n), folder / f"decided-{n}") for n in (few, many)]
    return {
        "table_bytes_a_row": round(sum(path.stat().st_size for path in files) / rows),
        "files_a_shard": round((len(files) + len(marks)) / shards, 2),
        "run_json_bytes": (curated / "run.json").stat().st_size,
        "driver_bytes_a_row": round((peaks[1] - peaks[0]) / (many - few)),
        "scratch_bytes_a_row": record_bytes() + 200,
    }
