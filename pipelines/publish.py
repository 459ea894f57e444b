"""Copies a run's report to where people read it: `python -m pipelines.publish runs/demo/audit reports`."""

from __future__ import annotations

import argparse
from pathlib import Path

from toolkit.report.mitigation import JSON_FILE as MITIGATION
from toolkit.report.published import publish, publish_mitigation


def main() -> None:
    """Read the command line and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="audit run, or a mitigation")
    parser.add_argument("folder", type=Path, help="folder to copy the report to")
    arguments = parser.parse_args()
    told = publish_mitigation if (arguments.run / MITIGATION).is_file() else publish
    print(told(arguments.run, arguments.folder))


if __name__ == "__main__":
    main()
