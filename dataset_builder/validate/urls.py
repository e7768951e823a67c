"""KEY: addresses of pages: that they are some, and nothing in them is somebody's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.personal import PERSONAL
from dataset_builder.validate.rules import Hits, Rule, hits

if TYPE_CHECKING:
    from dataset_builder.validate.release import Release

_PART: Final = r"[^\s\x00-\x20/?#@:\[\]<>\"\\^`{|}]+"
_HOST: Final = rf"(?:{_PART}\.{_PART}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?"
PAGE: Final = rf"^https?://{_HOST}(?:[/?][^\s<>\"\\^`{{|}}]*)?$"
"""What `clean` leaves of an address; its host has a point, or is in numbers."""
USER: Final = r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@"
"""An address with a name or a password for its host."""
OWN: Final = rf"(?i)[?&;](?:{PERSONAL})(?:[&;#]|$)|;jsessionid="


def _no_page(release: Release) -> Hits:
    import polars as pl

    url = pl.col("url")
    frame = release.rows("articles", "url").filter(~url.str.contains(PAGE))
    told = frame.filter(url.str.contains(USER)).drop("url")  # which nobody else need read
    yield from hits("articles", told, "url holds a name or a password for its host",
                    expected="nothing between // and the host")  # fmt: skip
    other = frame.filter(~url.str.contains(USER))
    yield from hits("articles", other, "url is no address of a page",
                    expected="https://HOST/PATH", found="{url}")  # fmt: skip


def _own(release: Release) -> Hits:
    import polars as pl

    own = release.rows("articles", "url").filter(pl.col("url").str.contains(OWN)).drop("url")
    return hits("articles", own, "url holds a session, a key or an e-mail address")


RECLEAN: Final = (
    "Clean the page again: `clean` takes it out; or correct it in the record and build."
)

URL_RULES: tuple[Rule, ...] = (
    Rule("KEY032", "url that is no page's", _no_page,
         "url leads a reader to the page: http or https, a host, no name and no password. What else"
         " stands there leads nowhere, runs as a program in a viewer (`javascript:`), or lets"
         " everybody in.", RECLEAN, "`https://anna:secret@news.example/a`, `file:///home/anna/a.html`",
         after=("SPN011",)),
    Rule("KEY033", "url with what is somebody's own", _own,
         "A session, a key, a signature or an e-mail address in an address tells who read the page,"
         " and may let others in as that reader.", RECLEAN,
         "`?PHPSESSID=...`, `?email=jane.doe@example.org`", severity="warning",
         after=("KEY032",)),
)  # fmt: skip
