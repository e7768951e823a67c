"""Ports of this machine: which are free, what answers there, and whether it is ours."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import Final

from dataset_builder.errors import UsageError

HOST: Final = "127.0.0.1"


def answers(port: int) -> bool:
    """Whether a Label Studio that is up answers on `port`."""
    try:
        reply = json.loads(_get(port, "/health", {}))
    except (OSError, ValueError):
        return False
    return isinstance(reply, dict) and reply.get("status") == "UP"


def admits(port: int, api_key: str) -> bool | None:
    """Whether the server takes our key, so that it is ours; None when it cannot tell yet."""
    try:
        _get(port, "/api/current-user/whoami", {"Authorization": f"Token {api_key}"})
    except urllib.error.HTTPError as error:
        return False if error.code in (401, 403) else None
    except OSError:
        return None
    return True


def choose_port(wanted: int | None, last: int | None) -> int:
    """`wanted`, else the `last` one if it is free, else any free one.

    Raises UsageError when the wanted one is taken.
    """
    if wanted is not None:
        if not _free(wanted):
            msg = f"port {wanted} is taken by another program"
            raise UsageError(msg, hint="ask for another one, or for none to get a free one")
        return wanted
    if last is not None and _free(last):
        return last
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: a port that a stopped server left a moment ago can be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
        return True


def _get(port: int, path: str, headers: dict[str, str]) -> bytes:
    # No proxy: the request never leaves the machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://{HOST}:{port}{path}", headers=headers)
    try:
        with opener.open(request, timeout=30) as reply:
            content: bytes = reply.read()
    except urllib.error.HTTPError as error:
        error.close()  # it is an open reply, too
        raise
    return content
