"""The page of a mitigation, from its mitigation.json: what was found, what was done, what it changed and cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from toolkit.errors import RunError
from toolkit.report import mitigation_words as said
from toolkit.report.already_said import SAID_HEADER, said_cells, said_sentence
from toolkit.report.cost_words import COST_HEADER, cost_cells, costs_of
from toolkit.report.measured import ALL
from toolkit.report.mitigation_charts import moved_plot, trade_off_plot, trade_offs
from toolkit.report.page_template import page_template
from toolkit.report.wording import percent, several, subject_name, tone_name

JSON_FILE, HTML_FILE = "mitigation.json", "mitigation.html"
FORMAT = 1
MOST = 60  # rows of a table; mitigation.json holds all
Found = Mapping[str, Any]


def read_mitigation(folder: Path) -> dict[str, Any]:
    """Return what the mitigation.json in `folder` says. Raises RunError where there is none, it is damaged, or of
    another format."""
    path = folder / JSON_FILE
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); run `tain mitigate` again") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise RunError(f"{path} is not of format {FORMAT}; run `tain mitigate` of this version again")
    missing = [
        one for one in ("finding", "attribute", "by", "target", "touched", "steps", "pareto") if one not in found
    ]
    if missing or not isinstance(found["steps"], list) or not found["steps"]:
        raise RunError(f"{path} lacks {', '.join(missing) or 'any step'}; run `tain mitigate` again")
    return found


def write_mitigation_page(folder: Path) -> Path:
    """Write mitigation.html, one file that needs no other, beside the mitigation.json in `folder`; return its path.
    Raises RunError where there is no such file or it is damaged."""
    found = read_mitigation(folder)
    try:
        page = render_mitigation(found)
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{folder / JSON_FILE} is damaged ({error!r}); run `tain mitigate` again") from error
    (folder / HTML_FILE).write_bytes(page.encode("utf-8", "replace"))
    return folder / HTML_FILE


def render_mitigation(found: Found) -> str:
    """Return the page of what mitigation.json holds; whatever comes from a row is escaped."""
    group, curve = said.shown_group(found), trade_offs(found)
    touched, untouched = said.abbreviated([said.touched_cells(one) for one in found["touched"]], MOST)
    title = "Distance from the target against adherence, by strength; the table below says the same"
    return page_template("mitigation.html").render(
        found=found,
        title=found["finding"].get("title") or f"{found['attribute']} of {subject_name(found['subject'])}",
        subject=subject_name(found["subject"]),
        way=said.way(found["by"]),
        targets=_targets(found),
        steered=sum(one["left_alone"] is None for one in found["touched"]),
        group=several(group),
        steps=[_step(found, one, group) for one in found["steps"]],
        curve=Markup(trade_off_plot(curve, title)) if len(curve) > 2 else None,
        points=[said.trade_off_cells(one) for one in curve],
        over=[said.over_cells(one) for one in found["over_application"]],
        over_header=said.OVER_HEADER,
        touched=touched,
        untouched=untouched,
        touched_header=said.TOUCHED_HEADER,
        skew_header=said.SKEW_HEADER,
        cost_header=COST_HEADER,
        said_header=SAID_HEADER,
        cautions=found.get("cautions", []),
    )


def _targets(found: Found) -> str:
    """Return the shares that were aimed at: once where they are the same in all slices."""
    shares = list(found["target"]["shares"].values())
    if shares and all(one == shares[0] for one in shares):
        return ", ".join(f"{tone_name(group)} {percent(share)}" for group, share in shares[0].items())
    return "shares of each concept by itself"


def _step(found: Found, step: Mapping[str, Any], group: str) -> dict[str, Any]:
    """Return what the page says of one strength."""
    rows, left = said.abbreviated([said.skew_cells(one) for one in step["skew"]], MOST)
    aimed = [one for one in costs_of(step["costs"], list(found["target"]["shares"])) if one["slice"] != ALL]
    first, first_left = said.abbreviated([cost_cells(one) for one in aimed], MOST)
    others = [cost_cells(one) for one in step["costs"] if one["slice"] != ALL and one not in aimed]
    costs, costs_left = said.abbreviated(others, MOST)
    name = f"strength {step['strength']:g}"
    title = f"Share of {several(group)} by concept, before and after, {name}; the table below says the same"
    return {
        "name": name,
        "run": step["run"],
        "subject": subject_name(step["subject"]),
        "headline": said.headline(step),
        "verdict": said.verdict(step, group),
        "chart": Markup(moved_plot(step["skew"], group, title)),
        "rows": rows,
        "left": left,
        "also": [_also(one) for one in step.get("also", ())],
        "whole": [cost_cells(one)[1:] for one in step["costs"] if one["slice"] == ALL],
        "aimed": first,
        "aimed_left": first_left,
        "costs": costs,
        "costs_left": costs_left,
        "said": said_sentence(step),
        "said_rows": [said_cells(one) for one in step.get("already_said", [])],
        "others": [one["sentence"] for one in step["others"]],
        "cautions": [one for one in step.get("cautions", []) if one not in found.get("cautions", [])],
        "compute": said.compute_words(step),
    }


def _also(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page says of an attribute besides that of the finding."""
    rows, left = said.abbreviated([said.skew_cells(row) for row in one["skew"]], MOST)
    return {"words": said.also_words(one), "headline": said.headline(one), "rows": rows, "left": left}
