"""A small Hugging Face Hub on loopback, for tests of what the real client asks of it.

It is written after the requests that `huggingface_hub` and `datasets` make, not after the Hub: a test
against it is a test of the contract between our code and the client. It has repositories of datasets
with commits (all files of one, by name), branches and tags; LFS storage; tokens that may write; private
and gated repositories.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import urllib.parse
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"


@dataclass(frozen=True)
class Commit:
    """All files at one moment."""

    oid: str
    files: dict[str, bytes]


@dataclass
class Repository:
    """One dataset. Branches and tags hold the oid of a commit."""

    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    private: bool = False
    gated: str | bool = False
    log: list[str] = field(default_factory=list)
    """Titles of the commits, in their order."""
    exposed: bool = False
    """Whether a commit with data was made while everybody could see the repository."""

    def commit(self, files: dict[str, bytes], title: str = "initial commit") -> str:
        oid = hashlib.sha1(f"{len(self.commits)} {title} {sorted(files)}".encode()).hexdigest()
        self.commits[oid] = Commit(oid, files)
        self.branches["main"] = oid
        self.log.append(title)
        self.exposed |= not self.private and not self.gated and "README.md" in files
        return oid

    def at(self, revision: str) -> Commit | None:
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        return self.commits.get(oid)


@dataclass
class Hub:
    """What the server has."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    token: str = "hf_right"
    """Who may write, and see what is private."""
    reader: str = "hf_reader"
    """Who may see what is not private, and write nothing."""
    objects: dict[str, bytes] = field(default_factory=dict)
    """LFS files by their SHA-256."""
    url: str = ""
    seen: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, name: str, files: dict[str, bytes], *, tag: str, private: bool = False) -> str:
        """A commit with these files and a tag, as if it had been published; the oid."""
        repository = self.repositories.setdefault(name, Repository(private=private))
        oid = repository.commit({".gitattributes": ATTRIBUTES, **files}, tag)
        repository.tags[tag] = oid
        return oid


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def serving(hub: Hub):
    """The hub on a free port, its `url` set."""

    class Handler(_Handler):
        store = hub

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """A client that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def asked_at(url: str, monkeypatch, home: Path, token: str | None = None):
    """The client and `datasets` in this process ask at `url`: both read the environment once."""
    import datasets
    from huggingface_hub import HfFileSystem, constants

    settings = {
        "ENDPOINT": url,
        "HUGGINGFACE_CO_URL_TEMPLATE": url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_DISABLE_TELEMETRY": True,
        "HF_HUB_OFFLINE": False,
    }
    with monkeypatch.context() as here, warnings.catch_warnings():
        # The client's own use of its HTTP client.
        warnings.filterwarnings("ignore", "Use 'content=", DeprecationWarning)
        for name, value in settings.items():
            here.setattr(constants, name, value)
        here.setattr(datasets.config, "HF_ENDPOINT", url)
        here.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        here.delenv("HF_TOKEN", raising=False)
        if token:
            here.setenv("HF_TOKEN", token)
        HfFileSystem.clear_instance_cache()
        yield
    HfFileSystem.clear_instance_cache()


class _Answer(Exception):
    def __init__(self, status, content=b"", headers=None):
        super().__init__(status)
        self.status, self.content, self.headers = status, content, headers or {}


def _json(found, status=200):
    return _Answer(status, json.dumps(found).encode(), {"Content-Type": "application/json"})


def _error(status, code, message=""):
    headers = {"X-Error-Code": code, "X-Error-Message": message or code}
    return _Answer(status, json.dumps({"error": message or code}).encode(), headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Hub

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer()

    do_GET = do_POST = do_PUT = do_HEAD

    def _answer(self):
        parts = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(parts.path)
        body = self._body()
        self.store.seen.append(f"{self.command} {path}")
        try:
            with self.store.lock:
                self._route(path, dict(urllib.parse.parse_qsl(parts.query)), body)
            answer = _error(404, "EntryNotFound", f"not in this hub: {path}")
        except _Answer as found:
            answer = found
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().strip(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _route(self, path, query, body):
        hub, ask = self.store, self.command
        if path.startswith("/lfs/"):
            oid = path.removeprefix("/lfs/")
            if ask == "PUT":
                if hashlib.sha256(body).hexdigest() != oid:
                    raise _Answer(400)
                hub.objects[oid] = body
                raise _Answer(200)
            raise self._content(hub.objects[oid], {"ETag": f'"{oid}"'})
        if path == "/api/validate-yaml":
            raise _json({"errors": [], "warnings": []})
        if path == "/api/repos/create":
            self._create(json.loads(body))
        if match := re.fullmatch(r"/datasets/([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            self._repository(match[1], write=True)
            self._batch(json.loads(body))
        if match := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(self._repository(match[1], files=True), match[2], match[3])
        if match := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/(.*))?", path):
            what, _, rest = (match[2] or "revision/main").partition("/")
            repository = self._repository(match[1], write=ask != "GET" and what != "paths-info")
            getattr(self, f"_on_{what.replace('-', '_')}")(match[1], repository, rest, query, body)

    def _who(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def _repository(self, name, *, write=False, files=False) -> Repository:
        hub, who = self.store, self._who()
        if who not in ("", hub.token, hub.reader):
            raise _error(401, "InvalidToken", "Invalid username or password.")
        found = hub.repositories.get(name)
        if found is None or (found.private and who != hub.token):
            raise _error(404 if who else 401, "RepoNotFound", "Repository not found")
        if write and who != hub.token:
            raise _error(403 if who else 401, "Forbidden", "You may not write here.")
        if files and found.gated and who != hub.token:
            raise _error(403 if who else 401, "GatedRepo", "Access to this dataset is restricted.")
        return found

    def _create(self, asked):
        hub = self.store
        name = f"{asked['organization']}/{asked['name']}"
        if self._who() not in (hub.token, hub.reader):
            raise _error(401, "InvalidToken", "Invalid username or password.")
        if name in hub.repositories:
            told = {"error": "You already created this dataset repo"}
            raise _json({**told, "url": f"{hub.url}/datasets/{name}"}, 409)
        if self._who() != hub.token:
            raise _error(403, "Forbidden", "You don't have the rights to create a dataset here.")
        made = Repository(private=asked.get("visibility") == "private")
        made.commit({".gitattributes": ATTRIBUTES})
        hub.repositories[name] = made
        raise _json({"url": f"{hub.url}/datasets/{name}", "name": name})

    def _batch(self, asked):
        missing = [o for o in asked["objects"] if o["oid"] not in self.store.objects]
        objects = [
            {**o, "actions": {"upload": {"href": f"{self._here()}/lfs/{o['oid']}"}}}
            if o in missing
            else o
            for o in asked["objects"]
        ]
        answer = _json({"transfer": "basic", "objects": objects})
        answer.headers["Content-Type"] = "application/vnd.git-lfs+json"
        raise answer

    def _resolve(self, repository, revision, name):
        commit = repository.at(revision)
        if commit is None:
            raise _error(404, "RevisionNotFound")
        content = commit.files.get(name)
        if content is None:
            raise _error(404, "EntryNotFound")
        headers = {"X-Repo-Commit": commit.oid}
        if not name.endswith(".parquet"):
            raise self._content(content, {**headers, "ETag": f'"{_blob(content)}"'})
        oid = hashlib.sha256(content).hexdigest()
        self.store.objects[oid] = content
        linked = {"X-Linked-Etag": f'"{oid}"', "X-Linked-Size": str(len(content))}
        # Another host, as the Hub does it: what is known of the file comes from this answer.
        elsewhere = f"{self._here().replace('127.0.0.1', 'localhost')}/lfs/{oid}"
        raise _Answer(302, b"", {**headers, **linked, "Location": elsewhere})

    def _here(self):
        """Where the client sees this server: there may be a network between the two."""
        return f"http://{self.headers['Host']}"

    def _content(self, content, headers):
        headers = {**headers, "Accept-Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not wanted:
            return _Answer(200, content, headers)
        start = int(wanted[1])
        part = content[start : int(wanted[2]) + 1 if wanted[2] else None]
        span = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        return _Answer(206, part, {**headers, "Content-Range": span})

    def _on_refs(self, name, repository, rest, query, body):
        def listed(refs, kind):
            return [
                {"name": ref, "ref": f"refs/{kind}/{ref}", "targetCommit": oid}
                for ref, oid in refs.items()
            ]

        branches, tags = listed(repository.branches, "heads"), listed(repository.tags, "tags")
        raise _json({"branches": branches, "converts": [], "tags": tags, "pullRequests": []})

    def _commit_at(self, repository, revision) -> Commit:
        commit = repository.at(urllib.parse.unquote(revision))
        if commit is None:
            raise _error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def _on_revision(self, name, repository, rest, query, body):
        commit = self._commit_at(repository, rest)
        siblings = [{"rfilename": n, "size": len(c)} for n, c in commit.files.items()]
        raise _json(
            {"id": name, "sha": commit.oid, "siblings": siblings, "tags": [], "disabled": False,
             "private": repository.private, "gated": repository.gated, "downloads": 0, "likes": 0}
        )  # fmt: skip

    def _on_tree(self, name, repository, rest, query, body):
        revision, _, under = rest.partition("/")
        files = self._commit_at(repository, revision).files
        inside = {n: c for n, c in files.items() if not under or n.startswith(f"{under}/")}
        if under and not inside:
            raise _error(404, "EntryNotFound")
        recursive = query.get("recursive") in ("true", "True", "1")
        found, folders = [], set()
        for one, content in sorted(inside.items()):
            parents = one.removeprefix(f"{under}/" if under else "").split("/")[:-1]
            for depth in range(1, len(parents) + 1):
                folder = "/".join([*filter(None, [under]), *parents[:depth]])
                if folder not in folders and (recursive or depth == 1):
                    folders.add(folder)
                    found.append({"type": "directory", "path": folder, "oid": "0" * 40, "size": 0})
            if recursive or not parents:
                found.append(_entry(one, content))
        raise _json(found)

    def _on_paths_info(self, name, repository, rest, query, body):
        files = self._commit_at(repository, rest).files
        asked = urllib.parse.parse_qs(body.decode())
        try:
            paths = json.loads(body)["paths"]
        except ValueError:
            paths = asked.get("paths", [])
        found = []
        for path in paths:
            if path in files:
                found.append(_entry(path, files[path]))
            elif any(one.startswith(f"{path}/") for one in files):
                found.append({"type": "directory", "path": path, "oid": "0" * 40, "size": 0})
        raise _json(found)

    def _on_preupload(self, name, repository, rest, query, body):
        files = self._commit_at(repository, rest).files
        raise _json(
            {
                "files": [
                    {
                        "path": asked["path"],
                        "uploadMode": "lfs" if asked["path"].endswith(".parquet") else "regular",
                        "shouldIgnore": False,
                        "oid": _oid(asked["path"], files.get(asked["path"])),
                    }
                    for asked in json.loads(body)["files"]
                ]
            }
        )

    def _on_commit(self, name, repository, rest, query, body):
        head = repository.at(rest)
        lines = [json.loads(line) for line in body.splitlines() if line]
        title = lines[0]["value"]
        if title.get("parentCommit") not in (None, head.oid):
            message = "A commit has happened since. Please refresh and try again."
            raise _error(412, "PreconditionFailed", message)
        files = dict(head.files)
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.store.objects[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        oid = repository.commit(files, title["summary"])
        url = f"{self.store.url}/datasets/{name}/commit/{oid}"
        raise _json({"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""})

    def _on_tag(self, name, repository, rest, query, body):
        commit, tag = self._commit_at(repository, rest), json.loads(body)["tag"]
        if tag in repository.tags:
            raise _error(409, "TagExists", "Tag already exists")
        repository.tags[tag] = commit.oid
        raise _json({})

    def _on_settings(self, name, repository, rest, query, body):
        asked = json.loads(body)
        repository.gated = asked.get("gated", repository.gated)
        if "visibility" in asked:
            repository.private = asked["visibility"] == "private"
        raise _json({})


def _blob(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _oid(path, content):
    if content is None:
        return None
    return hashlib.sha256(content).hexdigest() if path.endswith(".parquet") else _blob(content)


def _entry(path, content):
    entry = {"type": "file", "path": path, "size": len(content), "oid": _blob(content)}
    if path.endswith(".parquet"):
        oid = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": oid, "size": len(content), "pointerSize": 130}
    return entry
