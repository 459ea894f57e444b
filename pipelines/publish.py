"""Copies a run's report to where people read it: `python -m pipelines.publish runs/demo/audit reports`."""

from __future__ import annotations

import argparse
from pathlib import Path

from toolkit.report.published import publish


def main() -> None:
    """Read the command line and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="audit run")
    parser.add_argument("folder", type=Path, help="folder to copy the report to")
    arguments = parser.parse_args()
    print(publish(arguments.run, arguments.folder))


if __name__ == "__main__":
    main()
