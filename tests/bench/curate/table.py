"""The README's tables, rendered from the JSON of a run: nothing in them is typed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOTHING = "–"
FAILED = "failed"
Result = Mapping[str, Any]


def render(result: Result) -> str:
    """Return the Markdown of a result: where it was measured, throughput, planted copies, floors, memory, failures."""
    parts = [
        _heading(result), _throughput(result), _planted(result), _ratios(result), _memory(result), _failures(result),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(result: Result) -> str:
    machine, settings = result["machine"], result["settings"]
    versions = ", ".join(
        f"{name} {found[package]}"
        for name, package in (
            ("cleanvision", "cleanvision"),
            ("imagededup", "imagededup"),
            ("fastdup", "fastdup"),
            ("datajuicer", "py-data-juicer"),
        )
        if package in (found := result["versions"].get(name, {}))
    )
    files = "; ".join(
        f"{name}: {facts['files']:,} files, {facts['mebibytes']:,} MiB, median longest side "
        f"{facts['median_longest_side']} px"
        for name, facts in result["corpora"].items()
    )
    return (
        f"Measured on {result['date']} with {settings['processes']} processes each on {machine['cores']} cores of "
        f"{machine['processor']}, {machine['memory_gib']} GiB, Python {machine['python']}, warm cache, median of up to "
        f"{settings['runs']} runs; {versions or 'no peer'}. {files}."
    )


def _throughput(result: Result) -> str:
    corpora = list(result["corpora"])
    lines = [line for line in result["throughput"] if line["corpus"] in corpora]
    rows = []
    for checks, tool in dict.fromkeys((line["checks"], line["tool"]) for line in lines):
        by_corpus = {line["corpus"]: line for line in lines if (line["checks"], line["tool"]) == (checks, tool)}
        first = next(iter(by_corpus.values()))
        rates = [_rate(by_corpus.get(name)) for name in corpora]
        rows.append([checks, tool, *rates, _number(first, "first_output_seconds"), _number(first, "peak_rss_mib")])
    headings = ["checks", "tool", *(f"{name}, images/s" for name in corpora), "first output, s", "peak RSS, MiB"]
    note = (
        "images/s of the whole command, start included (in brackets: without its start). Where tain has no peer, each "
        "file is read several times under other names."
    )
    return f"{_markdown(headings, rows)}\n\n{note}"


def _rate(line: Result | None) -> str:
    if line is None:
        return NOTHING
    if "failure" in line:
        return FAILED
    bare = line.get("images_per_second_without_start")
    return f"{line['images_per_second']:,.0f}" + (f" ({bare:,.0f})" if bare else "")


def _number(line: Result, key: str) -> str:
    value = line.get(key)
    return NOTHING if value is None else f"{value:,}"


def _planted(result: Result) -> str:
    planted = result["planted"]
    if not planted.get("tools"):
        return ""
    kinds, transforms = planted["kinds"], planted["transforms"]
    rows = []
    for one in planted["tools"]:
        if "failure" in one:
            rows.append([one["tool"], FAILED, *[NOTHING] * len(transforms)])
            continue
        cells = [" / ".join(_share(one["recall"].get(f"{kind}: {name}")) for kind in kinds) for name in transforms]
        precision = (
            NOTHING
            if one["precision"] is None
            else f"{one['precision']:.1%} ({one['false_pairs']:,}; {one['originals_joined']:,})"
        )
        rows.append([one["tool"], *cells, precision])
    count = ", ".join(f"{number} {kind}" for kind, number in planted["originals"].items())
    note = f"Recall in per cent, {' / '.join(kinds)}; {count} originals: {planted['stated']}."
    return f"{_markdown(['tool', *transforms, 'precision (false pairs; originals joined)'], rows)}\n\n{note}"


def _share(pair: Sequence[int] | None) -> str:
    return NOTHING if not pair or not pair[1] else f"{100 * pair[0] / pair[1]:.0f}"


def _ratios(result: Result) -> str:
    rows = [[one["what"], f"{one['ours']:,.0f}", f"{one['other']:,.0f}", f"{one['ratio']:.2f}"]
            for one in result["ratios"]]  # fmt: skip
    return _markdown(["ratio", "tain, images/s", "other, images/s", "ratio"], rows) if rows else ""


def _memory(result: Result) -> str:
    rows = [
        [one["recipe"], f"{one['few_rows']:,}", f"{one['few_peak_rss_mib']:,}", f"{one['many_rows']:,}",
         f"{one['many_peak_rss_mib']:,}", f"{one['many_peak_rss_mib'] / one['few_peak_rss_mib']:.2f}"]
        for one in result["memory"] if "failure" not in one
    ]  # fmt: skip
    headings = ["recipe", "rows", "peak RSS, MiB", "rows", "peak RSS, MiB", "ratio"]
    return _markdown(headings, rows) if rows else ""


def _failures(result: Result) -> str:
    lines = [*result["throughput"], *result["floors"], *result["planted"].get("tools", ()), *result["memory"]]
    told = dict.fromkeys(
        f"{one.get('tool') or one.get('floor') or one['recipe']}: {one['failure']}" for one in lines if "failure" in one
    )
    return "Failed: " + "; ".join(told) + "." if told else ""


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
