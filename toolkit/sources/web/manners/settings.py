"""Which signs of an owner's will are obeyed: all, unless a setting says otherwise."""

from __future__ import annotations

from toolkit.recipe import Recipe

DIRECTIVES = ("noai", "noimageai", "noml", "noindex", "noimageindex")


class MannersRecipe(Recipe):
    """Which signs of an owner's will are obeyed, as recipes say it.

    `robots`: robots.txt, `crawl_delay`: also its Crawl-delay, up to 30 seconds. `x_robots_tag`, `meta`, `marks`: the
    `directives` in X-Robots-Tag headers, in <meta> elements, and as attributes of elements. `tdmrep`: the W3C community
    group's TDM Reservation Protocol, in its file, in headers and in <meta> elements. `opt_out_urls`, `opt_out_domains`,
    `opt_out_hashes`: files, as the recipe of curation has them under `safety: opt_out`.
    """

    robots: bool = True
    crawl_delay: bool = True
    x_robots_tag: bool = True
    meta: bool = True
    marks: bool = True
    tdmrep: bool = True
    directives: tuple[str, ...] = DIRECTIVES
    opt_out_urls: tuple[str, ...] = ()
    opt_out_domains: tuple[str, ...] = ()
    opt_out_hashes: tuple[str, ...] = ()


class MannersSettings(MannersRecipe):
    """What is obeyed, and by whom: `agent` is the name by which robots.txt and directives may address this program,
    `most_seconds` how long a robots.txt or tdmrep.json stays known."""

    agent: str = "tain"
    most_seconds: float = 86_400.0


ALL_OBEYED = MannersSettings()
