"""How to reach a Label Studio server."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Connection:
    """Address and key of a server. The key is kept out of `repr`, so that no log shows it."""

    url: str
    """Without a trailing slash, e.g. `http://127.0.0.1:8080`."""
    api_key: str = field(repr=False)
    """Personal access token or legacy token."""
