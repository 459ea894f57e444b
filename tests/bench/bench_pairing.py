"""The pairing network inside curation, against its own forward pass on tensors that are ready; prints a line of JSON.

Seconds are those of the processor, all threads together: a busy machine does not change them much.

floor: pictures per second of encode_image and encode_text on prepared tensors, in full batches of the same shapes.
ours:  pictures per second of the same pairs through the workers' function of `tain curate`: read, hash, header, decode,
       resize, embed, cache, similarity. The network is loaded before either clock starts.
again: the same pairs once more, all embeddings cached.

    python tests/bench/bench_pairing.py [--model zoo:clip | --model vit-b-32] [--rows 1024] [--repeat 3]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.shards import ScorerOfRows
from toolkit.images import decode
from toolkit.models import torchvision_ops
from toolkit.models.pairing import PairingNetwork, load_pairing
from toolkit.recipe import load_recipe
from toolkit.sources import open_source
from toolkit.sources.rows import PairRow

BATCH = 64
SHARD = 1024


def vit_b_32(folder: Path) -> Path:
    """Write a ViT-B-32 of random weights as open_clip writes its own, and return its folder."""
    torchvision_ops.ensure()
    import open_clip
    from safetensors.torch import save_file

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = open_clip.create_model("ViT-B-32")
    mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    config = {
        "model_cfg": open_clip.get_model_config("ViT-B-32"),
        "preprocess_cfg": {"mean": list(mean), "std": list(std), "interpolation": "bicubic", "resize_mode": "shortest"},
    }
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    state = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return folder


def pairs(rows: int) -> list[PairRow]:
    """Return `rows` pairs from all over the bundled sample."""
    sample = [row for row in open_source("zoo:sample").rows() if row.data]
    step = max(1, len(sample) // rows)
    return list(islice(cycle(sample[::step]), rows))


@torch.inference_mode()
def forward_seconds(network: PairingNetwork, chosen: list[PairRow]) -> float:
    """Return the seconds of the bare forward pass of pictures and captions, on tensors that are ready."""
    pictures = [decode(row.data or b"", longest_side=256) for row in chosen]
    ready = [network.preprocess(pictures[start : start + BATCH]) for start in range(0, len(pictures), BATCH)]
    tokens = network._tokenizer(list(dict.fromkeys(row.caption or "" for row in chosen)))
    texts = [batch for length, rows in network._by_length(tokens) for batch in tokens[rows, :length].split(BATCH)]
    started = process_time()
    for batch in ready:
        network.network.encode_image(batch, normalize=True)
    for batch in texts:
        network.network.encode_text(batch, normalize=True)
    return process_time() - started


def scoring_seconds(model: str, chosen: list[PairRow], cache: Path, network: PairingNetwork | None) -> float:
    """Return the seconds that a worker of `tain curate` takes for `chosen`; `network` is loaded already, if given."""
    score = scorer(model, cache, network)
    started = process_time()
    for start in range(0, len(chosen), SHARD):
        score(chosen[start : start + SHARD])
    return process_time() - started


def scorer(model: str, cache: Path, network: PairingNetwork | None) -> Callable[[list[PairRow]], Any]:
    """Return the workers' function for a recipe that asks for nothing but a similarity."""
    no_pixels = {"pictures": {"min_entropy": None, "max_blankness": None}, "duplicates": {"perceptual": None}}
    asked = no_pixels | {"pairing": {"model": model, "threshold": -1.0}, "scorers": "used", "score_all": True}
    made = ScorerOfRows(load_recipe(CurateRecipe, asked), cache)()
    if network is not None:
        made.cascade.plan.embedder.__dict__["network"] = network
    return made


def measure(model: str, rows: int, repeat: int, folder: Path) -> dict[str, Any]:
    """Return the best of `repeat` measurements of each kind, taken in turn: the machine may be busy."""
    chosen = pairs(rows)
    network = load_pairing(model)
    floors, ours, again = [], [], []
    forward_seconds(network, chosen[:BATCH])  # whatever is made on first use
    for turn in range(repeat):
        cache = folder / f"cache-{turn}"
        floors.append(forward_seconds(network, chosen))
        ours.append(scoring_seconds(model, chosen, cache, network))
        again.append(scoring_seconds(model, chosen, cache, None))
    floor, best = min(floors), min(ours)
    return {
        "model": Path(model).name,
        "rows": rows,
        "floor_per_second": round(rows / floor, 1),
        "ours_per_second": round(rows / best, 1),
        "share_of_floor": round(floor / best, 3),
        "again_per_second": round(rows / min(again), 1),
    }


def peak_mib(model: str, rows: int, folder: Path) -> float:
    """Return the peak memory in MiB of a process of its own that scores `rows` rows, shard by shard."""
    script = [sys.executable, __file__, "--peak", "--model", model, "--rows", str(rows), "--cache", str(folder)]
    return float(subprocess.run(script, check=True, capture_output=True, text=True).stdout)


def run_for_peak(model: str, rows: int, cache: Path) -> None:
    """Score `rows` rows, none of which is kept in memory, and print the peak of this process in MiB."""
    score = scorer(model, cache, None)
    stream: Iterator[PairRow] = islice(cycle_of_changed(), rows)
    while shard := list(islice(stream, SHARD)):
        score(shard)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def cycle_of_changed() -> Iterator[PairRow]:
    """Yield the sample over and over, each round with other bytes and captions, so that all of it is embedded."""
    turn = 0
    while True:
        for row in open_source("zoo:sample").rows():
            yield row._replace(data=(row.data or b"") + b"\0" * turn, caption=f"{row.caption} {turn}")
        turn += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="zoo:clip")
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: as many as it takes")
    parser.add_argument(
        "--memory", type=int, nargs="*", default=[], metavar="ROWS", help="also the peak for these rows"
    )
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    if asked.peak:
        run_for_peak(asked.model, asked.rows, asked.cache)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = str(vit_b_32(folder / "ViT-B-32")) if asked.model == "vit-b-32" else asked.model
        found = measure(model, asked.rows, asked.repeat, folder) | {"threads": torch.get_num_threads()}
        found["peak_mib"] = {str(rows): round(peak_mib(model, rows, folder / f"m{rows}")) for rows in asked.memory}
        found["versions"] = {"torch": torch.__version__, "numpy": np.__version__}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
