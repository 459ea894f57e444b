"""A small site on this machine: links in a circle, a sitemap, rules for robots, pictures on every page."""

from __future__ import annotations

from hostile_server import GOOD, HostileServer, answer

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


class SmallSite(HostileServer):
    """The server with the pages of `PAGES`; all else as it is. `rules` are added to its robots.txt."""

    rules = ""

    async def _answered(self, path, writer):  # type: ignore[no-untyped-def]
        special = self._special(path)
        if special is None:
            return await super()._answered(path, writer)
        writer.write(special)
        await writer.drain()
        return True

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
        if path in PAGES:
            return answer(PAGES[path].encode(), Content_Type="text/html")
        return None
