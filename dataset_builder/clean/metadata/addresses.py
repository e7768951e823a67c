"""Addresses of pages: one spelling for one page, and nothing in it that follows a reader around or
opens a door to somebody."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from dataset_builder.personal import PERSONAL

LONGEST: Final = 2048
"""Characters of an address; longer ones are no page's."""

_TRACKING: Final = re.compile(
    r"(?:utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|"
    r"_ga|_gl|_hsenc|_hsmi|mkt_tok|wt_mc|wt\.mc_id|at_medium|at_campaign|at_custom\d|ref_src|ref_url|"
    r"xtor|ns_mchannel|ns_source|ns_campaign|cmpid|sharetoken)",
    re.IGNORECASE,
)
_PERSONAL: Final = re.compile(PERSONAL, re.IGNORECASE)
_SESSION: Final = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_UNFIT: Final = re.compile(
    r"[\s\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff<>\"\\^`{|}]"
)
_MIRROR: Final = re.compile(r"(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")


def clean_url(url: str | None, base: str | None = None) -> str | None:
    """`url` as an absolute http(s) address without credentials, fragment, and parameters that are
    somebody's or follow one around.

    A relative one is taken from `base`. None when it is no such address.
    """
    if not url or len(url) > LONGEST:
        return None
    try:
        joined = urljoin(base, url.strip()) if base else url.strip()
        if _UNFIT.search(joined):
            return None
        parts = urlsplit(joined)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "." not in host.strip("."):
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        host = f"{host}:{port}"
    kept = [
        part
        for part in parts.query.split("&")
        if part and not _TRACKING.fullmatch(part.split("=")[0]) and not _PERSONAL.fullmatch(part)
    ]
    path = _SESSION.sub("", parts.path) or "/"
    return urlunsplit((parts.scheme, host, path, "&".join(kept), ""))


def site(url: str) -> str:
    """The host of a cleaned address, without the `www.` or `m.` that the same site also answers to."""
    host = urlsplit(url).hostname or ""
    return _MIRROR.sub("", host, count=1)


def is_front(url: str) -> bool:
    """Whether a cleaned address is that of a site's front page."""
    parts = urlsplit(url)
    return parts.path.strip("/") == "" and not parts.query
