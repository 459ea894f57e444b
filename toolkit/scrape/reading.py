"""Lists of addresses: CSV, TSV and JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from toolkit.errors import SourceError
from toolkit.sources.columns import CAPTION_NAMES, LICENSE_NAMES, URL_NAMES
from toolkit.sources.web.links import ImageLink, failed_link


def read_url_list(path: Path) -> Iterator[ImageLink]:
    """Yield one link a row of the list at `path`, its key the number of the row. Raises SourceError."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as stream:
            if path.suffix.lower() in (".jsonl", ".ndjson"):
                for number, line in enumerate(stream, 1):
                    yield _link_of_line(number, line)
                return
            rows = csv.DictReader(stream, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
            for number, row in enumerate(rows, 1):
                yield _link(number, {str(name): value for name, value in row.items()})
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); give a CSV, TSV or JSONL of addresses") from error


def _link_of_line(number: int, line: str) -> ImageLink:
    try:
        record = json.loads(line)
    except ValueError as error:
        return failed_link(f"#{number}", f"bad_row: record {number}: {error}")
    if not isinstance(record, Mapping):
        return failed_link(f"#{number}", f"bad_row: record {number} is no object")
    return _link(number, record)


def _link(number: int, record: Mapping[str, object]) -> ImageLink:
    names = {name.lower(): name for name in record}
    taken = [next((names[one] for one in known if one in names), None) for known in (URL_NAMES, CAPTION_NAMES)]
    url, caption = (str(record[name] or "") if name else "" for name in taken)
    license_name = next((names[one] for one in LICENSE_NAMES if one in names), None)
    given = str(record[license_name]) if license_name and record[license_name] else None
    rest = {name: value for name, value in record.items() if name not in (*taken, license_name)}
    return ImageLink(url, caption, "list" if caption else "", license=given, key=f"#{number}", meta=rest)
