"""What curating many pairs costs, on paper: measured rates of one core, carried on by plain formulas.

Measured: core seconds and bytes a row, on this machine. Assumed: a node has `CORES` such cores and a link of 10 Gbit/s;
work on rows is shared by all nodes and cores with nothing lost; a picture of the web has `PICTURE_BYTES`. Computed: all
that the tables show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import Any, NamedTuple

from toolkit.curate.duplicates.bands import NARROW, WIDE, choose_bands, seconds
from toolkit.curate.duplicates.cosine_search import EXACT_UP_TO

ROWS = (1_000_000, 100_000_000, 2_000_000_000)
NODES = (1, 16, 128)
CORES = 2  # of a node, as measured
LINK = 1.25e9  # bytes a second of a node: 10 Gbit/s
PICTURE_BYTES = 50_000  # of a picture of the web
SHARD_ROWS = 1024  # of `tain curate`
TABLES = 3  # pairs, scores, decisions
HASH_LINE_BYTES = 99  # of a shard in hashes.jsonl
SEARCHES = ((10, 5), (8, 10))  # bits, and how many searches of that radius: four of looks, one of hashes alone; crops
RECORD_BYTES = 16  # of a hash and its number, once a band
DIMENSION = 512  # of an embedding of ViT-B-32, float32
Rates = Mapping[str, Any]


class Stage(NamedTuple):
    """A stage: core seconds and bytes moved of so many rows in all, and how many of these bytes pass the driver's link.
    The cores are those of all nodes where it is `shared`, else one of the driver."""

    name: str
    core_seconds: float
    bytes_moved: float
    of_driver: float
    shared: bool

    def hours(self, nodes: int) -> float:
        """Return the hours on `nodes` nodes: of cores, of all links, or of the driver's, whichever takes longest."""
        cores = nodes * CORES if self.shared else 1
        return max(self.core_seconds / cores, self.bytes_moved / (nodes * LINK), self.of_driver / LINK) / 3600


def stages(rates: Rates, rows: int) -> list[Stage]:
    """Return the stages for `rows` rows, in their order."""
    a_row = rates["core_seconds_a_row"]
    pictures = float(PICTURE_BYTES * rows)
    tables = float(rates["table_bytes_a_row"] * rows)
    vectors = 4.0 * DIMENSION * rows
    shuffled = join_bytes(rows)
    return [
        Stage("scrape", a_row["scrape"] * rows, 2 * pictures, 0, True),
        Stage("curate: header and captions", a_row["header"] * rows, pictures + tables, tables, True),
        Stage("curate: decode, hashes, quality", a_row["decode"] * rows, pictures + tables, tables, True),
        Stage("curate: CLIP (ViT-B-32) on CPUs", a_row["embed"] * rows, pictures + vectors, 0, True),
        Stage("decide: gather, reasons, tables", a_row["decide"] * rows, 2 * tables, 2 * tables, False),
        Stage("decide: exact copies", a_row["exact"] * rows, 64.0 * rows, 0, False),
        Stage("decide: perceptual join", join_seconds(rates, rows), shuffled, shuffled, True),
        Stage("decide: semantic join", semantic_seconds(rates, rows), 2 * vectors, 2 * vectors, False),
        Stage("decide: top fraction", a_row["top_fraction"] * rows, 8.0 * rows, 0, False),
        Stage("export (WebDataset)", a_row["export"] * rows, 2 * pictures, 2 * pictures, False),
        Stage("label", a_row["label"] * rows, pictures, 0, True),
    ]


def join_seconds(rates: Rates, rows: int) -> float:
    """Return the core seconds of all Hamming searches among `rows` uniform hashes: what the search's own rule says that
    they take, times what it was off by where it was measured."""
    return float(rates["join"]["measured_to_predicted"] * sum(n * _search_seconds(rows, bits) for bits, n in SEARCHES))


def _search_seconds(rows: int, bits: int) -> float:
    """Return what the search foresees: narrow bands in one process, or wide ones in parts, whichever is less."""
    return min(seconds(choose_bands(rows, rows, bits, widest), rows, rows) for widest in (NARROW, WIDE))


def join_bytes(rows: int) -> float:
    """Return the bytes that all searches move: each part goes to the workers of all parts near it, once a band."""
    part_bits = max(0, (rows - 1) >> 17).bit_length()
    total = 0.0
    for bits, searches in SEARCHES:
        for band in choose_bands(rows, rows, bits, WIDE):
            length = min(part_bits, band.width)
            near = sum(comb(length, flips) for flips in range(min(band.radius, length) + 1))
            total += searches * RECORD_BYTES * rows * (2 + (near + 1) / 2)  # dealt, read, and sent to half of them
    return total


def semantic_seconds(rates: Rates, rows: int) -> float:
    """Return the core seconds of k-means cells and cosines in them: of sqrt(4 n) cells, both grow as n**1.5."""
    known = rates["semantic"]
    assert known["rows"] > EXACT_UP_TO, "the rate is that of cells"
    return float(known["core_seconds"] * (rows / known["rows"]) ** 1.5)


def chance_pairs(rows: int, bits: int = 10) -> float:
    """Return how many pairs of `rows` uniform 64-bit hashes are within `bits` bits by chance."""
    return rows * (rows - 1) / 2 * sum(comb(64, flips) for flips in range(bits + 1)) / 2**64


class Limit(NamedTuple):
    """Something that grows with the rows: its size for each of `ROWS` in words, and what the design does about it."""

    name: str
    sizes: Sequence[str]
    remedy: str


def limits(rates: Rates) -> list[Limit]:
    """Return what grows with the rows, what breaks first on one machine before the others."""

    def each(size: Any) -> list[str]:
        return [str(size(rows)) for rows in ROWS]

    memory = rates["driver_bytes_a_row"]
    return [
        Limit(
            "memory of the driver while it decides with looks",
            each(lambda rows: amount(memory * rows)),
            f"{memory:,.0f} bytes a row: columns lie in a mapped file and fingerprints in another, hashes and colours "
            f"in memory, so that 24 GiB hold {24 * 2**30 / memory / 1e6:,.0f}M rows. Beyond, curate slices, each with "
            "those before it as `earlier`",
        ),
        Limit(
            "scratch files of the driver",
            each(lambda rows: amount(rates["scratch_bytes_a_row"] * rows)),
            "fingerprints and gathered columns, nameless files in the run's cache, gone at the end",
        ),
        Limit(
            "pairs of different pictures within 10 bits, by chance, a search",
            each(lambda rows: f"{chance_pairs(rows):,.0f}"),
            "the driver looks at their mean colours, then at grids, 65,536 at a time, which the hours leave out; at a "
            f"billion rows and more lower `distance` (4 bits: {chance_pairs(ROWS[-1], 4):,.0f} pairs at 2,000M)",
        ),
        Limit(
            "shuffle of the perceptual join",
            each(lambda rows: amount(join_bytes(rows))),
            "hashes only, 16 bytes a band; a part meets those parts alone that may hold neighbours. All of "
            "it passes the driver's link",
        ),
        Limit(
            "union-find, on the driver alone",
            each(lambda rows: amount(16 * rows)),
            "two of 8 bytes a row, part of that memory; pairs are joined as they come and never stored, 16 bytes each "
            "on their way, 65,536 at a time",
        ),
        Limit(
            "files of a run",
            each(lambda rows: f"{rates['files_a_shard'] * rows / SHARD_ROWS:,.0f}"),
            "1,024 rows a shard from the command line; `shard_rows` of `toolkit.curate` makes them larger",
        ),
        Limit(
            "run.json, and hashes.jsonl beside it",
            each(lambda rows: amount(rates["run_json_bytes"] + TABLES * HASH_LINE_BYTES * rows / SHARD_ROWS)),
            "run.json holds counts and does not grow; hashes.jsonl has a line a shard of each table, and is read by "
            "`tain verify` alone",
        ),
        Limit(
            "top fraction",
            each(lambda rows: amount(min(8 * rows, 9 << 20))),
            "a histogram of 65,536 bins and at most 2**20 scores between its bounds, from a million rows on",
        ),
    ]


def amount(count: float) -> str:
    """Return bytes as people write them: 12 MB, 3.4 TB."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} PB"


def time(hours: float) -> str:
    """Return hours as people write them: 0.03, 4.2, 1,300."""
    if hours < 0.005:
        return "< 0.01"
    return f"{hours:.2f}" if hours < 1 else f"{hours:.1f}" if hours < 10 else f"{hours:,.0f}"


def tables(rates: Rates) -> str:
    """Return the Markdown between the README's markers."""
    heads = [f"{rows / 1e6:,.0f}M" for rows in ROWS]
    hours = [f"{head}: hours on {_list(NODES)} nodes" for head in heads]
    lines = [
        f"| stage | core ms a row at 1M | {' | '.join(hours)} | bytes moved: {_list(heads)} |",
        "| --- " * (3 + len(ROWS)) + "|",
    ]
    by_rows = [stages(rates, rows) for rows in ROWS]
    for same in zip(*by_rows, strict=True):
        hours = [" / ".join(dict.fromkeys(time(one.hours(nodes)) for nodes in NODES)) for one in same]
        cost = f"{1000 * same[0].core_seconds / ROWS[0]:.3g}"
        where = "" if same[0].shared else ", on the driver"
        moved = _list(amount(one.bytes_moved) for one in same)
        lines.append(f"| {same[0].name}{where} | {cost} | {' | '.join(hours)} | {moved} |")
    lines += ["", f"| what grows | {' | '.join(heads)} | what is done about it |", "| --- " * (2 + len(ROWS)) + "|"]
    lines += [f"| {one.name} | {' | '.join(one.sizes)} | {one.remedy} |" for one in limits(rates)]
    return "\n".join(lines) + "\n"


def _list(items: Any) -> str:
    return " / ".join(map(str, items))
