"""What is somebody's in the address of a page: cleaning takes it out, and validation looks for it, both
by what stands here."""

from __future__ import annotations

from typing import Final

PERSONAL: Final = (
    r"(?:phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|session_?id|sess_?id)=[\w.!%-]{12,}"
    r"|(?:sid|s)=[0-9a-f]{32}"
    r"|(?:(?:access|auth|id|refresh|csrf)_?token|api_?key|client_?secret|passw(?:or)?d|pwd|cftoken"
    r"|x-(?:amz|goog)-(?:signature|credential|security-token))=[^&;]+"
    r"|[^&;=]*=[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"
)
"""A parameter that is somebody's: a session, a password, a key or an e-mail address. It means the
same to `re` and to the regular expressions of polars, without regard to case."""
