"""A length filter of datatrove over captions: `with_datatrove.py CAPTIONS.jsonl FOLDER` prints captions
a second of processor time.

Each line of CAPTIONS.jsonl is {"text": ...}. What is dropped is written with its reason, as `tain curate` does; one
task, one process. It runs in an environment that has datatrove.
"""

import json
import sys
import time
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter


def long_enough(document):
    """Keep captions of 2 to 2,000 characters."""
    return 2 <= len(document.text.strip()) <= 2000


def main():
    """Run the pipeline once and print what it took."""
    captions, folder = Path(sys.argv[1]), Path(sys.argv[2])
    steps = [
        JsonlReader(str(captions.parent), glob_pattern=captions.name),
        LambdaFilter(long_enough, exclusion_writer=JsonlWriter(str(folder / "dropped"))),
        JsonlWriter(str(folder / "kept")),
    ]
    started = time.process_time()
    LocalPipelineExecutor(steps, tasks=1, logging_dir=str(folder / "logs")).run()
    seconds = time.process_time() - started
    with captions.open(encoding="utf-8") as lines:
        count = sum(1 for _ in lines)
    rate = round(count / seconds)
    print(json.dumps({"captions": count, "cpu_seconds": round(seconds, 3), "captions_per_cpu_second": rate}))


if __name__ == "__main__":
    main()
