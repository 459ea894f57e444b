"""`python -m pipelines.bundle [--clip DIR] --latent DIR --data RUN [--data RUN] --imagenet FILE`."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

from pipelines.bundle.stage import Networks, bundle
from pipelines.progress import console_progress


def main() -> None:
    """Read the command line and bundle."""
    parser = argparse.ArgumentParser(description="Put trained networks into the zoo.")
    parser.add_argument("--clip", type=Path, help="a folder of tain train clip; without it the bundled one stays")
    parser.add_argument("--latent", type=Path, required=True, help="a folder of tain train latent")
    for name in ("--before-clip", "--before-latent"):
        parser.add_argument(name, type=Path, action="append", default=[], help="what it went on from, the first first")
    parser.add_argument("--data", type=Path, required=True, action="append", help="the curated runs it was trained on")
    parser.add_argument(
        "--imagenet", type=Path, required=True, help="weights that toolkit.zoo.imagenet_weights --lite 2 wrote"
    )
    given = parser.parse_args()
    with console_progress() as progress:
        networks = Networks(given.clip, given.latent, tuple(given.before_clip), tuple(given.before_latent))
        bundle(networks, given.data, given.imagenet, Path(str(files("toolkit") / "zoo")), progress)


if __name__ == "__main__":
    main()
