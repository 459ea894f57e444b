"""`toolkit.generate` against the loop that a user would write over a diffusers pipeline; prints a line of JSON.

The same weights, steps, guidance, prompts and seeds, in the same process, in turn; each side saves its pictures as PNG.

one:      pipe(prompt) for one picture after another
batched:  pipe([prompts]) at the batch size, of those tried, at which it is fastest
ours:     `generate` at its default batch size: requests, tables, hashes and all
forward:  the network alone, on tensors that are ready, in batches as ours has them
overhead: what ours takes beyond that, as a share of it

zoo:latent is called as a diffusers class of its own (bench/generate/latent_pipeline.py); the other pipeline is a tiny
Stable Diffusion. Rates are pictures a second by the clock; ratios are those of processor seconds, all threads together,
which a busy machine does not change much (on a GPU, of the clock). On a GPU the share of the measured matrix-multiply
ceiling is told too.

    python tests/bench/bench_generate.py [--images 256] [--repeat 3] [--batches 8 16 32 64] [--device cpu] [--steps 20]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from tiny_pipelines import save_stable_diffusion

from toolkit.generate.flow import FlowGenerator
from toolkit.generate.generator import Generator, Request
from toolkit.generate.load import load_generator
from toolkit.generate.pipeline import PipelineGenerator
from toolkit.generate.pipeline_texts import PipelineTexts
from toolkit.generate.prompts import EncodedPrompts
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.generate.stage import generate
from toolkit.models import torchvision_ops
from toolkit.models.text_encoder import load_text_encoder
from toolkit.probes import load_probes
from toolkit.seeds import random_stream

ROLES = (
    "firefighter", "judge", "health worker", "teacher", "farmer", "cook", "student", "singer", "pilot", "astronaut",
    "scientist", "artist", "office worker", "mechanic", "factory worker", "technologist",
)  # fmt: skip
Work = Callable[[], object]


class Taken(NamedTuple):
    """The seconds that a piece of work took: by the clock, and of the processor."""

    clock: float
    processor: float


class Asked(NamedTuple):
    """What is measured: a generator, its plain pipeline, the requests and the probes that they come from."""

    painter: Generator
    pipeline: Any
    requests: list[Request]
    probes: dict[str, Any]
    recipe: dict[str, Any]


def timed(work: Work, device: str) -> Taken:
    """Return how long `work` takes, with all that it has left to a GPU."""
    started = perf_counter(), process_time()
    work()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return Taken(perf_counter() - started[0], process_time() - started[1])


def ask(painter: Generator, pipeline: Any, images: int, steps: int) -> Asked:
    """Return requests for `images` pictures of sixteen prompts."""
    replicates = max(1, images // len(ROLES))
    probes, recipe = {"templates": ["{role}"], "slots": {"role": list(ROLES)}}, {"num_inference_steps": steps}
    made = make_requests(
        load_probes(probes), replicates, 0, GenerationRecipe(num_inference_steps=steps), painter.defaults, "bench"
    )
    return Asked(painter, pipeline, [request for _, request in made], probes, recipe)


def plain_loop(asked: Asked, requests: Sequence[Request], size: int, folder: Path) -> None:
    """Paint and save as a user would: `size` prompts a call, a text itself where it is one."""
    folder.mkdir(parents=True, exist_ok=True)
    first = requests[0]
    for start in range(0, len(requests), size):
        chunk = requests[start : start + size]
        prompts = [request.prompt_sent for request in chunk]
        found = asked.pipeline(
            prompts[0] if size == 1 else prompts,
            num_inference_steps=first.num_inference_steps,
            guidance_scale=first.guidance_scale,
            generator=[random_stream(request.seed) for request in chunk],
        )
        for place, image in enumerate(found.images):
            image.save(folder / f"{start + place:06d}.png")


def ours(asked: Asked, folder: Path) -> None:
    """Paint with the harness, the generator loaded already, but with no text encoded."""
    forget_texts(asked.painter)
    replicates = len(asked.requests) // len(ROLES)
    generate(asked.painter, asked.probes, folder, replicates=replicates, recipe=asked.recipe)


@torch.inference_mode()
def forward(asked: Asked) -> None:
    """Run the networks alone as often as ours does, on tensors that are ready."""
    size, steps = asked.painter.defaults.batch_size, asked.requests[0].num_inference_steps
    batches = -(-len(asked.requests) // size)
    if isinstance(asked.painter, FlowGenerator):
        model, device = asked.painter.model, asked.painter.device
        texts = asked.painter.texts.conditions(asked.requests[:1] * size)
        points = torch.randn(2 * size, *model.noise_shape, device=device)
        time = torch.full((2 * size,), 0.5, device=device)
        for _ in range(batches):
            for _ in range(steps):
                model.velocity(points, time, *texts)
            model.decode(points[:size])
        return
    assert isinstance(asked.painter, PipelineGenerator)
    unet, vae = asked.pipeline.unet, asked.pipeline.vae
    side = unet.config.sample_size
    points = torch.randn(2 * size, unet.config.in_channels, side, side, device=unet.device, dtype=unet.dtype)
    texts = torch.randn(2 * size, 16, unet.config.cross_attention_dim, device=unet.device, dtype=unet.dtype)
    for _ in range(batches):
        for _ in range(steps):
            unet(points, 10, encoder_hidden_states=texts, return_dict=False)
        vae.decode(points[:size], return_dict=False)


def measure(asked: Asked, batches: Sequence[int], repeat: int, folder: Path) -> dict[str, Any]:
    """Return rates, ratios and overhead of one generator, each the median of `repeat` in turn."""
    count, device = len(asked.requests), asked.painter.device
    few = asked.requests[: max(batches)]
    plain_loop(asked, few[:2], 1, folder / "warm")
    ours_first = ask(asked.painter, asked.pipeline, len(ROLES), 1)
    ours(ours_first, folder / "warm-run")
    tried = {
        size: timed(lambda size=size: plain_loop(asked, few, size, folder / f"try-{size}"), device) for size in batches
    }
    best = min(tried, key=lambda size: _cost(tried[size], device))
    singles = asked.requests[:: max(1, count // 64)]  # the slow side takes some of the pictures only
    taken: dict[str, list[Taken]] = {"one": [], "batched": [], "ours": [], "forward": []}
    for turn in range(repeat):
        place = folder / str(turn)
        work: dict[str, Work] = {
            "one": lambda place=place: plain_loop(asked, singles, 1, place / "one"),
            "batched": lambda place=place: plain_loop(asked, asked.requests, best, place / "batched"),
            "ours": lambda place=place: ours(asked, place / "ours"),
            "forward": lambda: forward(asked),
        }
        for name, one in work.items():
            taken[name].append(timed(one, device))
    counts = {"one": len(singles), "batched": count, "ours": count, "forward": count}
    cost = {name: median(_cost(one, device) for one in some) / counts[name] for name, some in taken.items()}
    return {
        "images": count,
        "batch_size": asked.painter.defaults.batch_size,
        "best_plain_batch": best,
        "images_per_second": {
            name: round(counts[name] / median(one.clock for one in some), 2) for name, some in taken.items()
        },
        "ours_to_one": round(cost["one"] / cost["ours"], 2),
        "ours_to_batched": round(cost["batched"] / cost["ours"], 2),
        "overhead": round(cost["ours"] / cost["forward"] - 1, 4),
        "distinct_texts": len(ROLES),
        "texts_encoded_by_ours": texts_encoded(asked.painter),
    } | _ceiling(asked, counts["ours"] / median(one.clock for one in taken["ours"]))


def _cost(taken: Taken, device: str) -> float:
    return taken.clock if device.startswith("cuda") else taken.processor


def texts_encoded(painter: Generator) -> int:
    """Return how many texts a generator has put through its text encoder since it has forgotten them."""
    assert isinstance(painter, FlowGenerator | PipelineGenerator)
    return painter.texts.encoded


def forget_texts(painter: Generator) -> None:
    """Make a generator encode every text anew."""
    if isinstance(painter, FlowGenerator):
        length = painter.model.transformer.config.text_tokens
        painter.texts = EncodedPrompts(painter.texts._encoder, length, painter.device)
    elif isinstance(painter, PipelineGenerator):
        painter.texts = PipelineTexts(painter._pipeline)


def _ceiling(asked: Asked, rate: float) -> dict[str, Any]:
    """Return the share of the matrix-multiply ceiling that `rate` pictures a second make of a GPU; nothing on a CPU."""
    device = asked.painter.device
    if not device.startswith("cuda"):
        return {}
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        forward(asked._replace(requests=asked.requests[:1]))
    an_image = counter.get_total_flops() / asked.painter.defaults.batch_size
    side = 8192
    left, right = (torch.randn(side, side, device=device, dtype=torch.float32) for _ in range(2))
    left @ right
    seconds = min(timed(lambda: left @ right, device).clock for _ in range(5))
    ceiling = 2 * side**3 / seconds
    return {"gflop_an_image": round(an_image / 1e9, 3), "share_of_matmul_ceiling": round(rate * an_image / ceiling, 4)}


def zoo(device: str) -> tuple[Generator, Any]:
    """Return zoo:latent, and the same networks as a diffusers pipeline."""
    from generate.latent_pipeline import LatentPipeline

    painter = load_generator("zoo:latent", device=device)
    assert isinstance(painter, FlowGenerator)
    encoder = load_text_encoder()
    pipeline = LatentPipeline(painter.model, encoder._network.to(device), encoder._tokenizer)
    pipeline.set_progress_bar_config(disable=True)
    return painter, pipeline


def tiny(device: str, folder: Path) -> tuple[Generator, Any]:
    """Return a tiny Stable Diffusion, and its plain pipeline."""
    from diffusers import AutoPipelineForText2Image

    save_stable_diffusion(folder)
    pipeline = AutoPipelineForText2Image.from_pretrained(folder).to(device)
    pipeline.set_progress_bar_config(disable=True)
    return load_generator(folder, device=device), pipeline


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batches", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: as many as it takes")
    asked = parser.parse_args()
    torchvision_ops.ensure()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    found: dict[str, Any] = {"device": asked.device, "threads": torch.get_num_threads(), "torch": torch.__version__}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, (painter, pipeline) in (
            ("zoo:latent", zoo(asked.device)),
            ("tiny StableDiffusionPipeline", tiny(asked.device, folder / "model")),
        ):
            one = ask(painter, pipeline, asked.images, asked.steps)
            found[kind] = measure(one, asked.batches, asked.repeat, folder / kind.replace(":", "-"))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
