"""The datasheet of a curated set: the questions of Gebru et al. (arXiv 1803.09010) that its run can answer.

The other questions are listed as to be answered by a person; no answer is made up.
"""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from toolkit.errors import RunError
from toolkit.report.datasheet_facts import datasheet_facts
from toolkit.report.retention import people, retention
from toolkit.report.wording import count, percent, percent_of, plain_name
from toolkit.store import RunFolder, open_run

MARKDOWN_FILE = "report/datasheet.md"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def write_datasheet(run: RunFolder | str | Path) -> Path:
    """Write the datasheet of `run` into its folder and return its path. Raises RunError as `datasheet` does."""
    opened = run if isinstance(run, RunFolder) else open_run(run)
    return opened.write_file(MARKDOWN_FILE, datasheet(opened).encode("utf-8", "replace"))


def datasheet(run: RunFolder) -> str:
    """Return the datasheet as Markdown, the same for the same tables.

    Raises RunError where neither `run` nor its inputs hold pairs with decisions.
    """
    facts = datasheet_facts(run)
    if facts is None:
        raise RunError(f"{run.path} has no pairs with decisions; give a run that tain curate or tain decide wrote")
    entry = next((one for one in reversed(run.stages.values()) if one.get("recipe")), {})
    environment = Environment(
        loader=PackageLoader("toolkit.report"),
        autoescape=False,  # Markdown: `cell` keeps what comes from rows inside its cell
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, plain_name=plain_name, cell=_cell)
    return environment.get_template("datasheet.md").render(
        facts=facts,
        name=run.path.resolve().name,
        retained=people(retention(run)),
        recipe=json.dumps(entry.get("recipe"), indent=2, sort_keys=True),
        versions=entry.get("versions", {}),
        content_hash=run.content_hash(),
        count=count,
        percent_of=percent_of,
    )


def dataset_card(run: RunFolder) -> str:
    """Return the README.md of a dataset hub: its metadata block, then the datasheet. Raises as `datasheet` does."""
    facts = datasheet_facts(run)
    sheet = datasheet(run)
    assert facts is not None
    languages = [name for name, _ in facts.languages.rows if len(name) in (2, 3) and name.isalpha() and name != "und"]
    size = next((name for limit, name in _SIZES if facts.funnel.kept < limit), "n>1M")
    lines = ["---", "license: other", "task_categories:", "- text-to-image", f"size_categories:\n- {size}"]
    lines += ["language:", *(f"- {one}" for one in languages)] if languages else []
    lines += ["configs:", "- config_name: default", "  data_files:", "  - split: train", "    path: data/train-*"]
    return "\n".join([*lines, "---", "", sheet])


def _cell(text: object) -> str:
    """Return `text` as it may stand in a Markdown table: one line, no markup of its own."""
    plain = " ".join(str(text).split())[:200]
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>()#+-!|" and one not in "-()+." else one for one in plain)
