"""A Hugging Face Hub on loopback that has one dataset, as the client of the Hub asks for it.

It follows the requests of `huggingface_hub`: `api/datasets/ID/revision/REV`, `.../tree/REV`, and
`HEAD` and `GET` of `datasets/ID/resolve/REV/FILE`.
"""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has."""

    repository: str
    folder: Path
    revisions: tuple[str, ...] = ("main", "v1.0.0", COMMIT)
    token: str | None = None
    """When set, only requests with it see the dataset."""
    extra: dict[str, bytes] = field(default_factory=dict)
    """Files that are not in the folder, by path."""
    url: str = ""
    seen: list[str] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        there = {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
        return {**there, **self.extra}


@contextmanager
def serving(hub: Hub):
    """The hub on a free port, its `url` set."""

    class Handler(_Handler):
        store = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Hub

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        hub = self.store
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        hub.seen.append(f"{self.command} {path}")
        allowed = hub.token is None or self.headers.get("Authorization") == f"Bearer {hub.token}"
        api, files = f"/api/datasets/{hub.repository}/", f"/datasets/{hub.repository}/resolve/"
        if not allowed or not path.startswith((api, files)):
            self._send(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif path.startswith(files):
            revision, _, name = path.removeprefix(files).partition("/")
            content = hub.files().get(name)
            if revision not in hub.revisions or content is None:
                self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
                return
            etag = hashlib.sha256(content).hexdigest()
            self._send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})
        else:
            what, _, revision = path.removeprefix(api).partition("/")
            if revision not in hub.revisions:
                self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
                return
            sizes = {name: len(content) for name, content in hub.files().items()}
            if what == "revision":
                siblings = [{"rfilename": name, "size": size} for name, size in sizes.items()]
                found = {"id": hub.repository, "sha": COMMIT, "siblings": siblings, "tags": [],
                         "private": hub.token is not None, "disabled": False, "downloads": 0,
                         "likes": 0, "gated": False}  # fmt: skip
            else:
                found = [
                    {"type": "file", "path": name, "size": size, "oid": "0" * 40}
                    for name, size in sizes.items()
                ]
            self._send(200, json.dumps(found).encode(), {"Content-Type": "application/json"})

    def _send(self, status, content, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
