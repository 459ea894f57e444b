"""The floors under a corpus: how many files a second bare decoders read, with as many processes as everyone else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from curate.contests import SCRIPTS, Settings
from curate.corpus import Corpus

OURS = ("pillow_header", "pillow_draft", "pillow_full")  # by the Pillow that we use ourselves
OTHERS = ("opencv", "imagecodecs", "pyvips")
SCALED = "simplejpeg"  # of JPEG alone, and scaled while it decodes, as draft does


def measure_floors(corpus: Corpus, decoders: Path | None, settings: Settings) -> list[dict[str, object]]:
    """Return a line of results for each decoder; `decoders` is the interpreter that has the others, if there is one."""
    listed = settings.scratch / "files.txt"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text("\n".join(str(path) for path in corpus.files), "utf-8")
    wanted = [(name, Path(sys.executable)) for name in OURS]
    if decoders is not None:
        others = (*OTHERS, SCALED) if corpus.facts.get("format") == "JPEG" else OTHERS
        wanted += [(name, decoders) for name in others]
    return [_floor(name, python, corpus, listed, settings) for name, python in wanted]


def _floor(name: str, python: Path, corpus: Corpus, listed: Path, settings: Settings) -> dict[str, object]:
    script = SCRIPTS / "bare_decoder.py"
    arguments = [str(settings.processes), str(settings.runs)]
    ran = subprocess.run(
        [str(python), str(script), name, str(listed), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=settings.timeout,
        env={"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1"},
    )
    line: dict[str, object] = {"corpus": corpus.name, "floor": name, "files": len(corpus.files)}
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or ["it said nothing"]
        return {**line, "failure": said[-1][:300]}
    rates = json.loads(ran.stdout.splitlines()[-1])["files_a_second"]
    return {**line, "images_per_second": round(median(rates), 1)}
