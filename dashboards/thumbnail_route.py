"""The address under which the dashboard's own server gives out thumbnails, for a browser to load when they are in view
and to keep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashboards.thumbnails import ADDRESS, kept_thumbnail

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

NAME = re.compile(r"[0-9a-f]{32}\.webp")
# A name says run, state of the run and picture: what is under it never changes. Other sites may not embed it.
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def thumbnail_route(base: str = "") -> Route:
    """Return the route of thumbnails below the path `base` of the server.

    It answers a name that is a hash and that the cache holds with the file, anything else with 404.
    """
    from starlette.routing import Route

    prefix = f"/{base.strip('/')}" if base.strip("/") else ""
    return Route(f"{prefix}/{ADDRESS}/{{name}}", _give)


def _give(request: Request) -> Response:
    from starlette.responses import Response

    name = request.path_params["name"]
    webp = kept_thumbnail(name.removesuffix(".webp")) if NAME.fullmatch(name) else None
    if webp is None:
        return Response("no such thumbnail", 404, {"Cache-Control": "no-store"}, "text/plain")
    return Response(webp, headers=HEADERS, media_type="image/webp")
