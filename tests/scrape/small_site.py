"""A small site on this machine: links in a circle, a sitemap, rules for robots, pictures on every page."""

from __future__ import annotations

import asyncio
import gzip

from hostile_server import GOOD, TIMEOUT, ZEROS, HostileServer, answer, chunk

SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}</loc></url></urlset>'
ROBOTS = "User-agent: *\n{}Disallow: /secret/\nDisallow: /private\nSitemap: {}\n"
PAGES = {
    "": "<h1>Home</h1><img src=/good/0.jpg alt=zero><a href=/one>1</a><a href=/two>2</a><a href=/private>p</a>"
    "<a href=https://elsewhere.example/>away</a><a href=/missing/page>gone</a>",
    "one": "<img src=/good/1.jpg alt=one><img src=/good/0.jpg alt=again><a href=/three>3</a><a href=/#home>home</a>"
    "<a href=/good/1.jpg>picture</a><a href=/picture>no page</a>",
    "two": "<meta name=robots content=noai><img src=/good/2.jpg alt=two><a href=/leads-to-private>p</a>",
    "three": "<img src=/good/3.jpg alt=three><a href=/four>4</a><a href=/>home</a>",
    "four": "<img src=/good/4.jpg alt=four><a href=/five>5</a>",
    "five": "<img src=/good/5.jpg alt=five>",
    "private": "<img src=/good/private.jpg>",
    "hidden": "<img src=/good/h.jpg alt=hidden>",
}


HTML = {"Content_Type": "text/html"}
TRAPS = {
    "bomb": answer(gzip.compress(ZEROS), Content_Encoding="gzip", **HTML),
    "to-file": answer(b"", "302 Found", Location="file:///etc/passwd"),
    "to-itself": answer(b"", "302 Found", Location="/to-itself"),
    "elsewhere": answer(b"", "302 Found", Location="http://elsewhere.invalid/"),
    "no-http": b"\x16\x03\x01 this is no HTTP at all\r\n\r\n",
    "deep": answer(b"<div>" * 50_000, **HTML),
    "index.xml": answer(b"<sitemapindex><sitemap><loc>/index.xml</loc></sitemap></sitemapindex>", **HTML),
}
STARTS = answer(b"", Content_Length="", Transfer_Encoding="chunked", **HTML)


class SmallSite(HostileServer):
    """The server with the pages of `PAGES`; all else as it is. `rules` are added to its robots.txt."""

    rules = ""

    async def _answered(self, path, writer):  # type: ignore[no-untyped-def]
        if path in ("endless-page", "drip-page"):
            writer.write(STARTS)
            while True:
                writer.write(chunk(b"<a href=/one>1</a>" * (4000 if path == "endless-page" else 1)))
                await writer.drain()
                await asyncio.sleep(0 if path == "endless-page" else TIMEOUT / 20)
        special = self._special(path)
        if special is None:
            return await super()._answered(path, writer)
        writer.write(special)
        await writer.drain()
        return path != "no-http"

    def _special(self, path: str) -> bytes | None:
        if path == "robots.txt":
            return answer(ROBOTS.format(self.rules, self.url("sitemap.xml")).encode(), Content_Type="text/plain")
        if path == "sitemap.xml":
            return answer(SITEMAP.format(self.url("hidden")).encode(), Content_Type="application/xml")
        if path == "leads-to-private":
            return answer(b"", "302 Found", Location="/private")
        if path == "picture":
            return answer(GOOD)
        if path.startswith("long/"):
            number = int(path.removeprefix("long/"))
            page = f"<img src=/good/{number}.jpg alt='picture {number}'><a href=/long/{number + 1}>next</a>"
            return answer(page.encode(), Content_Type="text/html")
        if path == "traps":
            links = "".join(f"<a href=/{one}>{one}</a>" for one in (*TRAPS, "endless-page", "drip-page", "closed/x"))
            return answer(links.encode(), Content_Type="text/html")
        if path in TRAPS:
            return TRAPS[path]
        if path in PAGES:
            return answer(PAGES[path].encode(), Content_Type="text/html")
        return None
