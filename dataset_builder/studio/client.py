"""Talks to one Label Studio server; every failure comes out as an exception with advice.

Typed calls that write (projects, users, import) go through label-studio-sdk, imported when first
needed because that takes seconds. Reading goes through the same httpx client without the SDK's
models, which would cost more than the request and drop what they do not know. One place, `send`,
turns bad answers and broken connections into our exceptions for both.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

import httpx

from dataset_builder.errors import ServerAuthError, ServerDownError, ServerError, UsageError
from dataset_builder.files import naming
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from label_studio_sdk import LabelStudio

    from dataset_builder.studio.connection import Connection

    Report = Callable[[str, int, int | None], None]
    """Progress: what is being done, how much is done, of how much (None: unknown)."""

TIMEOUT_VARIABLE = "LABEL_STUDIO_TIMEOUT"
_SECONDS = 180.0
_BULK_SECONDS = 3600.0
_CONNECT_SECONDS = 15.0
_RERUN = "check the server (`dataset-builder studio`), then run the command again: it resumes"
_SLOW = (
    "the server is busy or stuck: run the command again, it resumes; "
    f"{TIMEOUT_VARIABLE}=600 waits longer than {_SECONDS:.0f} seconds"
)
_KEY = "set LABEL_STUDIO_API_KEY to a token from Account & Settings in Label Studio"
SHOWN = 400
"""Characters shown of what a server or its address says."""
_URL = "set LABEL_STUDIO_URL to the server's address, with http or https as it really is"


def quiet(what: str, done: int, total: int | None) -> None:
    """A `Report` that says nothing."""


class AnswerError(ServerError):
    """The server answered with an error; `status` is its number."""

    def __init__(self, message: str, status: int, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Client:
    """An open connection to a server. Use as a context manager.

    Every call may raise ServerDownError (no answer, died half-way), ServerAuthError (key refused)
    or AnswerError (any other refusal).
    """

    def __init__(self, connection: Connection) -> None:
        self.url = connection.url.rstrip("/")
        host = _host(self.url)
        if not connection.api_key.isascii() or not connection.api_key.isprintable():
            raise ServerAuthError("the key has characters that no key has", hint=_KEY)
        self._key = connection.api_key
        self.http = _Http(
            base_url=self.url,
            auth=_Key(connection.api_key),
            timeout=_timeout(),
            # A proxy of the environment would be asked for its own loopback address.
            trust_env=not is_loopback(host),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def check(self) -> None:
        """Raise ServerError unless this is Label Studio, ServerAuthError unless it takes the key."""
        response = self.http.get("/api/version", auth=None)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or "label-studio-os-package" not in answer:
            message = (
                f"something answers at {printable(self.url, SHOWN)}, but it is not Label Studio"
            )
            raise ServerError(message, hint=_URL)
        self.get("/api/current-user/whoami")

    @cached_property
    def sdk(self) -> LabelStudio:
        """The SDK's client, on the same connection."""
        from label_studio_sdk.client import LabelStudio

        # The key is put in by `_Key`; retrying is ours to decide, an import must not run twice.
        return LabelStudio(  # type: ignore[no-untyped-call]
            base_url=self.url,
            api_key="-",
            httpx_client=self.http,
            max_retries=0,
            timeout=_timeout().read,
        )

    def get(self, path: str, **params: str | int) -> Any:
        """The JSON at `path`."""
        return self._json("GET", path, params=params)

    def post(self, path: str, body: Any, *, bulk: bool = False) -> Any:
        """Send `body` as JSON, or as it is when it is bytes; the JSON of the answer.

        A `bulk` request is about a whole project: the server says nothing until it is through.
        """
        sent: dict[str, Any] = {"json": body}
        if isinstance(body, bytes):
            sent = {"content": body, "headers": {"Content-Type": "application/json"}}
        if bulk and not os.environ.get(TIMEOUT_VARIABLE, "").strip():
            sent["timeout"] = httpx.Timeout(_BULK_SECONDS, connect=_CONNECT_SECONDS)
        return self._json("POST", path, **sent)

    def patch(self, path: str, body: Any) -> Any:
        """Change what is at `path`; the JSON of the answer."""
        return self._json("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        """Delete what is at `path`; nothing happens when it is gone already."""
        try:
            self.http.delete(path)
        except AnswerError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def pages(self, path: str, **params: str | int) -> Iterator[dict[str, Any]]:
        """The entries of a listing, over all its pages."""
        page = 1
        while True:
            answer = self.get(path, page=page, page_size=500, **params)
            if isinstance(answer, list):
                yield from answer
                return
            yield from answer["results"]
            if not answer["next"]:
                return
            page += 1

    def tasks(
        self, project: int, columns: str, query: Mapping[str, Any], size: int
    ) -> Iterator[dict[str, Any]]:
        """The tasks of a project that `query` filters, in its order, `size` a page.

        They have the columns that are named, separated by commas.
        """
        page = 1
        while True:
            answer = self.get(
                "/api/tasks",
                project=project,
                fields="task_only",
                include=columns,
                query=json.dumps(query),
                page=page,
                page_size=size,
                resolve_uri="false",
            )
            yield from as_list(answer.get("tasks") if isinstance(answer, dict) else None)
            if page * size >= int(answer["total"]):
                return
            page += 1

    def download(self, path: str, target: Path, **params: str | int) -> str:
        """Store what is at `path` in `target`; the MD5 of its bytes, as the server counts it."""
        digest = hashlib.md5(usedforsecurity=False)
        with (
            self.http.stream("GET", path, params=params) as response,
            naming(target),
            target.open("wb") as stream,
        ):
            try:
                for chunk in response.iter_bytes(1 << 20):
                    digest.update(chunk)
                    stream.write(chunk)
            except httpx.TransportError as error:
                raise _down(self.url, error) from None
        return digest.hexdigest()

    def visitor(self) -> httpx.Client:
        """A client with cookies and without our key, for the sign-up form."""
        return _Http(
            base_url=self.url, timeout=self.http.timeout, trust_env=self.http.trust_env, forms=True
        )

    def _json(self, method: str, path: str, **request: Any) -> Any:
        response = self.http.request(method, path, **request)
        try:
            return response.json()
        except ValueError:
            message = (
                f"{printable(self.url, SHOWN)} answered {path} with something that is not JSON"
            )
            raise ServerError(message, hint=_URL) from None


def _timeout() -> httpx.Timeout:
    """How long to wait for the server to say something: `LABEL_STUDIO_TIMEOUT` seconds, or 180."""
    wanted = os.environ.get(TIMEOUT_VARIABLE, "").strip()
    try:
        seconds = float(wanted) if wanted else _SECONDS
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        message = f"{TIMEOUT_VARIABLE} is no number of seconds: {printable(wanted, SHOWN)}"
        raise UsageError(message, hint=f"it is {_SECONDS:.0f} when it is not set")
    return httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise ServerError(f"{printable(url, SHOWN)} is no web address", hint=_URL)
    return host


class _Key(httpx.Auth):
    """Puts the key into each request: a legacy token as it is, a personal access token as the
    short-lived token it is exchanged for."""

    requires_response_body = True

    def __init__(self, key: str) -> None:
        self._key = key
        self._personal = bool(re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", key))
        self._access: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._personal:
            request.headers["Authorization"] = f"Token {self._key}"
            yield request
            return
        if self._access is not None:
            request.headers["Authorization"] = f"Bearer {self._access}"
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
        # No token yet, or its five minutes are over: the refused request did nothing.
        target = httpx.URL(request.url, path="/api/token/refresh/", query=None)
        answer = yield httpx.Request("POST", target, json={"refresh": self._key})
        if answer.is_success:
            self._access = str(answer.json().get("access"))
            request.headers["Authorization"] = f"Bearer {self._access}"
        yield request


class _Http(httpx.Client):
    """An httpx client whose failures are ours. With `forms`, redirects are normal answers."""

    def __init__(self, *, forms: bool = False, **settings: Any) -> None:
        super().__init__(follow_redirects=False, **settings)
        self._forms = forms

    def send(self, request: httpx.Request, **settings: Any) -> httpx.Response:
        where = f"{request.url.scheme}://{request.url.netloc.decode('ascii', 'replace')}"
        try:
            response = super().send(request, **settings)
            if not response.is_success:
                response.read()
        except httpx.TransportError as error:
            raise _down(where, error) from None
        except httpx.DecodingError:
            raise ServerError(f"{where} sent an answer that cannot be read", hint=_URL) from None
        if response.is_success or (self._forms and response.is_redirect):
            return response
        raise _refusal(where, request, response)


def _down(where: str, error: httpx.TransportError) -> ServerDownError:
    if isinstance(error, httpx.ConnectError):
        message = f"nothing answers at {printable(where, SHOWN)}"
    elif isinstance(error, httpx.TimeoutException):
        message = f"{printable(where, SHOWN)} did not answer in time"
        return ServerDownError(message, hint=_SLOW)
    else:
        message = f"the connection to {printable(where, SHOWN)} broke half-way"
    return ServerDownError(message, hint=_RERUN)


def _refusal(where: str, request: httpx.Request, response: httpx.Response) -> ServerError:
    status = response.status_code
    detail = _detail(response)
    place = f"{where} refused {request.method} {printable(request.url.path, SHOWN)}"
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return ServerAuthError(f"{where} refused the key (status {status}): {detail}", hint=_KEY)
    if response.is_redirect:
        target = printable(response.headers.get("location", ""), SHOWN)
        return AnswerError(f"{where} sends us on to {target}", status, hint=_URL)
    if status in (502, 503, 504):
        return ServerDownError(f"{where} is not ready (status {status}): {detail}", hint=_RERUN)
    if status >= 500:
        hint = "look into the server's log; running the command again resumes it"
        return AnswerError(
            f"{place} with an error of its own ({status}): {detail}", status, hint=hint
        )
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        hint = (
            "raise the limit of the proxy in front of Label Studio (client_max_body_size) to 10 MB"
        )
        return AnswerError(f"{place}: too large", status, hint=hint)
    hint = (
        "check the address and that it is Label Studio 1.23; running the command again resumes it"
    )
    return AnswerError(f"{place} (status {status}): {detail}", status, hint=hint)


def _detail(response: httpx.Response) -> str:
    """What the server says about its refusal, short and fit for a terminal."""
    try:
        answer = response.json()
    except ValueError:
        return "no reason given"
    if not isinstance(answer, dict):
        return printable(json.dumps(answer, ensure_ascii=False), SHOWN)
    wrong = answer.get("validation_errors")
    said = answer.get("detail") if not wrong else json.dumps(wrong, ensure_ascii=False)
    return printable(" ".join(str(said).split()), SHOWN)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def as_list(value: Any) -> list[dict[str, Any]]:
    """A JSON list of objects, as the server's listings are. Raises ServerError otherwise."""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return cast("list[dict[str, Any]]", value)
    raise ServerError("the server's answer has another shape than Label Studio's", hint=_URL)
