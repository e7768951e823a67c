"""A network between client and server that fails when it is told to. The server is the real one."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_builder.studio.connection import Connection

PASS, REFUSE, FORGET, ABANDON, HALVE = "pass", "refuse", "forget", "abandon", "halve"
"""pass the request on; refuse: break off before it reaches the server; forget: let the server
finish, then break off without its answer; abandon: break off while the server is at work; halve:
break off in the middle of the answer."""
TRICKLE, HANG = "trickle", "hang"
"""trickle: the answer comes in small pieces, with pauses; hang: there is never an answer."""
_PIECES, _PAUSE = 40, 0.02


class FaultyNetwork:
    """Listens on a port of its own and passes each request on, as `rule(method, path)` says."""

    def __init__(
        self,
        connection: Connection,
        rule: Callable[[str, str], str],
        *,
        forgetting: Callable[[], None] = lambda: None,
    ) -> None:
        """`forgetting` is called when an answer is there that is to be forgotten."""
        self._forgetting = forgetting
        target = urlsplit(connection.url)
        self._target = (target.hostname, target.port)
        self._rule = rule
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.connection = dataclasses.replace(connection, url=f"http://127.0.0.1:{port}")
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while request := _message(client):
                method, path, _ = request.split(b"\r\n", 1)[0].decode("ascii").split(" ", 2)
                action = self._rule(method, path)
                if action == REFUSE:
                    return
                if action == HANG:
                    client.recv(1)  # until the other side has had enough
                    return
                with socket.create_connection(self._target) as server:
                    server.sendall(_closing(request))  # the end of the answer is seen by it
                    if action == ABANDON:
                        client.shutdown(socket.SHUT_RDWR)  # and the server is left to its work
                    answer = b""
                    while chunk := server.recv(1 << 16):
                        answer += chunk
                if action in (FORGET, ABANDON):
                    self._forgetting()
                    return
                answer = _closing(answer)  # and that the client does not send more to us
                for piece in _pieces(answer, _PIECES if action == TRICKLE else 1):
                    client.sendall(piece[: len(piece) // 2] if action == HALVE else piece)
                return


def _pieces(answer: bytes, number: int) -> Iterator[bytes]:
    """`answer` in `number` parts, with a pause after each but the last."""
    size = -(-len(answer) // number)
    for start in range(0, len(answer), size):
        if start:
            time.sleep(_PAUSE)
        yield answer[start : start + size]


def _message(connection: socket.socket) -> bytes:
    """One HTTP request, whole; empty when the other side has gone."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(1 << 16)
        if not chunk:
            return b""
        received += chunk
    head, body = received.split(b"\r\n\r\n", 1)
    if b"expect: 100-continue" in head.lower():  # clients of S3 wait for it
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        chunk = connection.recv(1 << 16)
        if not chunk:
            return b""
        body += chunk
    return head + b"\r\n\r\n" + body


def _closing(message: bytes) -> bytes:
    """A request or answer that says that its connection is closed afterwards."""
    head, body = message.split(b"\r\n\r\n", 1)
    gone = (b"connection:", b"expect:")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(gone)]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body
