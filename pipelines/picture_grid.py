"""Paints the README's grid: `python -m pipelines.picture_grid --model zoo:latent --out reports/zoo-latent.webp`."""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from toolkit.generate.load import load_generator
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.probes import load_probes

PROMPTS = (
    "firefighter", "judge", "health worker", "woman teacher: dark skin tone", "man farmer: light skin tone",
    "red heart", "grinning face", "crying face", "cat face", "dog face", "pig face", "dog", "horse", "tree", "house",
    "flag: japan", "sun", "red apple",
)  # fmt: skip
COPIES = 6
TILE = 64
GAP = 4
LABEL = 230


def paint_grid(model: str, out: Path, *, seed: int = 0) -> Path:
    """Write a picture (WebP or PNG, as `out` says): a row for each prompt, its words, then `COPIES` pictures, none
    of them chosen."""
    generator = load_generator(model)
    probes = load_probes({"templates": ["{prompt}"], "slots": {"prompt": list(PROMPTS)}})
    asked = make_requests(probes, COPIES, seed, GenerationRecipe(), generator.defaults, generator.fingerprint)
    painted = generator.generate([request for _, request in asked], batch_size=generator.defaults.batch_size)
    grid = Image.new("RGB", (LABEL + COPIES * (TILE + GAP), len(PROMPTS) * (TILE + GAP) + GAP), "white")
    draw = ImageDraw.Draw(grid)
    for index, ((probe, request), picture) in enumerate(zip(asked, painted, strict=True)):
        top = GAP + (index // COPIES) * (TILE + GAP)
        tile = Image.fromarray(picture.pixels).resize((TILE, TILE), Image.Resampling.LANCZOS)
        grid.paste(tile, (LABEL + request.replicate * (TILE + GAP), top))
        if request.replicate == 0:
            draw.text((GAP, top + TILE // 2 - 7), probe.prompt, fill="black", font=ImageFont.load_default(14))
    out.parent.mkdir(parents=True, exist_ok=True)
    grid.save(out, optimize=True, quality=92, method=6)
    return out


def main() -> None:
    """Read the command line and paint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="zoo:latent")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(paint_grid(arguments.model, arguments.out, seed=arguments.seed))


if __name__ == "__main__":
    main()
