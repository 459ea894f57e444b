"""data-juicer over a folder of pictures, by its own executor: `with_datajuicer.py IMAGES ANSWER WORK CHECKS N`.

`cheap` are its filters of size, shape, aspect, length and words; `duplicates` its image deduplicator, of which it
keeps no groups: with `groups` the same operator computes the hashes, and equal ones are a group.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

PROCESS = {
    "cheap": [
        {"image_shape_filter": {"min_width": 16, "min_height": 16}},
        {"image_aspect_ratio_filter": {"min_ratio": 0.125, "max_ratio": 8.0}},
        {"image_size_filter": {"min_size": "0.1KB"}},
        {"text_length_filter": {"min_len": 2, "max_len": 2000}},
        {"words_num_filter": {"tokenization": False, "min_num": 1, "max_num": 200}},
    ],
    "duplicates": [{"image_deduplicator": {"method": "phash"}}],
}


def main(images: Path, answer: Path, work: Path, checks: str, processes: int) -> None:
    """Write the rows as data-juicer wants them, run it, and say where its output is."""
    rows = work / "rows.jsonl"
    work.mkdir(parents=True, exist_ok=True)
    with (images.parent / "metadata.jsonl").open(encoding="utf-8") as lines, rows.open("w", encoding="utf-8") as out:
        for entry in map(json.loads, lines):
            picture = str((images.parent / entry["file_name"]).resolve())
            out.write(json.dumps({"text": entry["text"], "images": [picture]}) + "\n")
    groups = _groups(rows, processes) if checks == "groups" else _run(rows, work, checks, processes)
    answer.write_text(json.dumps({"groups": groups}), "utf-8")


def _run(rows: Path, work: Path, checks: str, processes: int) -> list[list[str]]:
    from data_juicer.config import init_configs
    from data_juicer.core import DefaultExecutor

    config = work / "config.json"
    settings = {
        "project_name": "bench",
        "dataset_path": str(rows),
        "export_path": str(work / "out" / "kept.jsonl"),
        "np": processes,
        "use_cache": False,
        "process": PROCESS[checks],
    }
    config.write_text(json.dumps(settings), "utf-8")
    DefaultExecutor(init_configs(["--config", str(config)])).run()
    return []


def _groups(rows: Path, processes: int) -> list[list[str]]:
    from data_juicer.core.data import NestedDataset
    from data_juicer.ops.deduplicator.image_deduplicator import ImageDeduplicator
    from datasets import load_dataset

    dataset = NestedDataset(load_dataset("json", data_files=str(rows), split="train"))
    hashed = dataset.map(ImageDeduplicator(method="phash").compute_hash, num_proc=processes)
    groups = defaultdict(list)
    for row in hashed:
        groups[row["__dj__imagehash"]].append(Path(row["images"][0]).name)
    return [members for members in groups.values() if len(members) > 1]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
