"""A comparison as a Markdown table."""

from __future__ import annotations

from typing import Any

HEAD = (
    "family", "parameters", "trains, images/s", "paints, images/s", "memory training / painting",
    "top 10, held-out captions", "top 10, training captions", "median rank", "distance x 1000",
)  # fmt: skip


def markdown(result: dict[str, Any]) -> str:
    """Return the table of `result`, as compare.json holds it, with what a reader must know below it."""
    rows = [_family(name, found, result["device"]) for name, found in result["families"].items()]
    rows.append(["real pictures", "", "", "", "", *_quality(result["real"])])
    lines = [_line(list(HEAD)), _line(["---"] * len(HEAD)), *map(_line, rows)]
    return "\n".join([*lines, "", *_notes(result), ""])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _family(name: str, found: dict[str, Any], device: str) -> list[str]:
    memory = "gpu_memory" if device == "cuda" else "memory"
    return [
        name,
        f"{found['parameters'] / 1e6:.1f} M",
        ", ".join(f"{part}: {one['images_per_second']:.1f}" for part, one in found["parts"].items()),
        f"{found['painted_per_second']:.1f}",
        f"{found['training'][memory]:,} / {found['painting'][memory]:,} MiB",
        *_quality(found),
    ]


def _quality(found: dict[str, Any]) -> list[str]:
    held_out, training, distance = found["ranks"]["held_out"], found["ranks"]["training"], found["distance"]
    low, high = distance["interval"]
    return [
        _share(held_out),
        _share(training),
        f"{held_out['median']:,.0f} / {training['median']:,.0f}",
        f"{1000 * distance['value']:.0f} [{1000 * low:.0f}, {1000 * high:.0f}]",
    ]


def _share(ranks: dict[str, Any]) -> str:
    low, high = ranks["interval"]
    return f"{100 * ranks['in_top']:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _notes(result: dict[str, Any]) -> list[str]:
    found = next(iter(result["families"].values()))
    held_out, training, distance = found["ranks"]["held_out"], found["ranks"]["training"], found["distance"]
    of_what = "of one core" if result["device"] == "cpu" else "of the GPU"
    spent, painted = _minutes(result, "training"), _minutes(result, "painting")
    return [
        f"Each family was trained for {result['minutes']:g} minutes {of_what}, its autoencoder or tokenizer included, "
        f"on {result['training_pairs']:,} pairs; {result['held_out_pairs']:,} of held-out concepts were kept out. "
        f"Images/s are per second {of_what}. Whole commands took, in core-minutes, with reading pictures and texts: "
        f"training {spent}; painting {painted}.",
        "",
        f"Top 10: how often {result['judge']} ranks the prompted caption of a painted picture among the first ten of "
        f"{held_out['pool']:,} (n = {held_out['n']} and {training['n']}, 95 % Wilson intervals; chance "
        f"{100 * held_out['chance_in_top']:.1f} %). Median rank: held-out / training captions (chance "
        f"{held_out['chance_median']:,.0f}). Distance: kernel distance in the judge's features between pictures "
        f"painted for held-out captions (n = {distance['n']}) and the {distance['m']} real ones of held-out concepts, "
        "95 % jackknife interval; for real pictures, that of training pictures.",
    ]


def _minutes(result: dict[str, Any], what: str) -> str:
    return ", ".join(f"{name} {one[what]['core_seconds'] / 60:.1f}" for name, one in result["families"].items())
