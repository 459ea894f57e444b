"""What scraping keeps to: limits, manners, speed."""

from __future__ import annotations

from pydantic import Field

from toolkit.recipe import Recipe
from toolkit.sources.web.fetcher import FetchSettings
from toolkit.sources.web.manners.settings import MannersRecipe
from toolkit.versions import installed_versions


class ScrapeRecipe(Recipe):
    """Limits of every download. Seconds, bytes and pixels; `timeout` is the whole time of a link, its redirects, other
    tries and the waiting between them included, the wait for its turn at the host not."""

    contact: str = ""
    timeout: float = Field(default=30.0, gt=0)
    connect_timeout: float = Field(default=10.0, gt=0)
    read_timeout: float = Field(default=10.0, gt=0)
    max_bytes: int = Field(default=16 << 20, ge=1, le=1 << 30)
    max_pixels: int = Field(default=64_000_000, ge=1)
    redirects: int = Field(default=5, ge=0)
    retries: int = Field(default=2, ge=0)
    per_host: int = Field(default=8, ge=1)
    delay: float = Field(default=0.0, ge=0)
    give_up_after: int | None = Field(default=50, ge=1)
    concurrency: int = Field(default=128, ge=1)
    depth: int = Field(default=0, ge=0)
    most_pages: int = Field(default=1000, ge=1)
    allow_private: bool = False
    manners: MannersRecipe = MannersRecipe()

    def user_agent(self) -> str:
        """Return what servers are told of who asks: `tain/VERSION (+CONTACT)`."""
        contact = "".join(one for one in self.contact if one.isprintable() and one.isascii() and one not in "()")
        named = f"tain/{installed_versions().get('tain', '0')}"
        return f"{named} (+{contact})" if contact else named

    def fetching(self) -> FetchSettings:
        """Return what the fetcher of each process is told."""
        return FetchSettings(
            user_agent=self.user_agent(),
            timeout=self.timeout,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            max_bytes=self.max_bytes,
            redirects=self.redirects,
            retries=self.retries,
            concurrency=self.concurrency,
            give_up_after=self.give_up_after,
            allow_private=self.allow_private,
        )
