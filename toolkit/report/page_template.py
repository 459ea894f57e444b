"""The templates of pages: one file each with its style inside; whatever comes from a row is escaped."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from toolkit.report import wording


def page_template(name: str) -> Template:
    """Return the template `name` of toolkit/report/templates, which knows the `style` of pages and the words for
    figures. A value that it is not given is an error."""
    environment = Environment(
        loader=PackageLoader("toolkit.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(
        percent=wording.percent, plain_name=wording.plain_name, subject_name=wording.subject_name
    )
    style = Markup(files("toolkit.report").joinpath("templates/report.css").read_text("utf-8"))
    return environment.get_template(name, globals={"style": style})
