"""What curating 1M, 100M and 2B pairs costs on 1, 16 and 128 nodes, on paper, from rates measured here in one run.

`python tests/bench/bench_cost.py` measures, writes the rates to reports/cost.json and the tables between the markers of
README.md; --rates FILE takes rates that are there. What is measured, computed and assumed: see cost/model.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

from cost.model import tables  # noqa: E402

BEGIN, END = "<!-- cost: written by make cost -->", "<!-- end of cost -->"


def main() -> None:
    """Measure, or read what was measured, and print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=Path, help="use this JSON and measure nothing")
    parser.add_argument("--rows", type=int, default=4000, help="rows of the stages that see pictures")
    given = parser.parse_args()
    if given.rates is None:
        from cost.rates import measure

        rates = measure(given.rows)
        (ROOT / "reports" / "cost.json").write_text(json.dumps(rates, indent=1) + "\n", "utf-8")
    else:
        rates = json.loads(given.rates.read_text("utf-8"))
    readme = ROOT / "README.md"
    readme.write_text(between(readme.read_text("utf-8"), tables(rates)), "utf-8")
    print(json.dumps(rates))


def between(text: str, made: str) -> str:
    """Return `text` with `made` between its markers."""
    before, found, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    assert found, f"README.md has lost its line {BEGIN}"
    return f"{before}{BEGIN}\n{made}{END}{after}"


if __name__ == "__main__":
    main()
