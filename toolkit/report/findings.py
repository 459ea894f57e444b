"""The strongest findings that an audit left in its run folder as `findings.json`."""

from __future__ import annotations

import json
from typing import Any

from toolkit.errors import RunError
from toolkit.store import RunFolder

FILE = "findings.json"


def read_findings(run: RunFolder) -> list[dict[str, Any]]:
    """Return the findings of `run`, strongest first; none where the audit wrote none.

    Each is a dict of title, subject, slice, attribute, group, measure, annotator, correction, value, low, high, n,
    floor, q and strength. Raises RunError where the file is damaged.
    """
    path = run.path / FILE
    if not path.is_file():
        return []
    try:
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, list) or not all(isinstance(one, dict) and "title" in one for one in found):
            raise ValueError("it is not a list of findings with a title")
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); run `tain audit` again") from error
    return found
