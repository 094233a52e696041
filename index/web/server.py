"""The process that answers: one socket, limits on slow and many clients, ended by SIGTERM.

What people send is bounded before it is understood: the head of a request has a size, a request a deadline, and
connections are counted. May import: app, guard, secret.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from index.web.app import make_app
from index.web.guard import Credentials, Guard, crowded, unreadable
from index.web.secret import PASSWORD, USER
from pipeline.config import Config
from pipeline.console import stop_on_signals
from pipeline.errors import StorageError, UsageError

REQUEST_WITHIN_S = 10.0
"""A browser sends its request at once; who is slower, or adds a body without end, holds a connection for nothing."""
HEAD_MAX_BYTES = 65_536
CONNECTIONS_MAX = 500
IDLE_S = 15
ENDS_WITHIN_S = 5
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page listens, under which names it is asked, and who is let in (None: everybody)."""

    host: str
    port: int
    names: tuple[str, ...]
    credentials: Credentials | None


def place(
    host: str, port: int, names: Iterable[str], credentials: Credentials | None, *, no_auth: bool = False
) -> Place:
    """Where to listen, when that is safe; UsageError, with what to do, when it is not."""
    if no_auth:
        credentials = None
    elif credentials is None and not is_loopback(host):
        raise UsageError(
            f"On {host} others can read the page: set {PASSWORD} (and {USER}), or page.password_file in config.yaml, "
            "to ask for a password, listen on 127.0.0.1, or say --no-auth if something before the page asks who it is."
        )
    own = f"[{host}]" if ":" in host else host
    return Place(
        host, port, (*_LOOPBACK, own.lower(), *_names_of(host), *(name.lower() for name in names)), credentials
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names_of(host: str) -> tuple[str, ...]:
    """Where every address of the machine is listened on: its own name."""
    return (socket.gethostname(),) if host in ("0.0.0.0", "::") else ()  # noqa: S104 - compared, not bound


def bound(where: Place) -> socket.socket:
    """A socket that listens there. Raises UsageError when it cannot be had."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: head and body are two pieces, the second waited 40 ms.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((where.host, where.port))
        opened.listen(CONNECTIONS_MAX)
    except OSError as wrong:
        opened.close()
        raise UsageError(
            f"The page cannot listen on {where.host}, port {where.port} ({wrong.strerror}); "
            "name another one with --port or --host."
        ) from wrong
    return opened


def run(listening: socket.socket, where: Place, folder: Path, index_folder: str, config: Config | None) -> int:
    """Answer until SIGTERM or SIGINT, which is given back; requests under way are finished, for some seconds."""
    app = Guard(make_app(folder, index_folder, config), hosts=where.names, credentials=where.credentials)
    settings = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=ENDS_WITHIN_S,
        h11_max_incomplete_event_size=HEAD_MAX_BYTES,
        forwarded_allow_ips="127.0.0.1",
    )
    server = _Server(settings)
    server.run(sockets=[listening])
    if not server.started:
        raise StorageError("The page could not be started; what went wrong stands above.")
    return server.signal


class _Server(uvicorn.Server):
    """Ends by a signal with our exit code, rather than by dying of it."""

    signal = 0

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The first signal ends the serving, a second one of its kind the process."""
        with stop_on_signals(self._end):
            yield

    def _end(self, number: int) -> None:
        self.signal = number
        self.should_exit = True


class _Protocol(H11Protocol):
    """HTTP, with a deadline for each request to be sent; between two requests the idle limit counts."""

    def connection_made(self, transport: Any) -> None:
        """A client is there."""
        self._deadline: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            # Not uvicorn's own limit: its answer has no words for readers and none of our headers.
            self.app = crowded()
        self._begin_waiting()

    def data_received(self, data: bytes) -> None:
        """It has sent something: a whole request, or part of one."""
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._end_waiting()
        elif self._deadline is None:
            self._begin_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._end_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - what uvicorn would say, in English
        """What was sent is no HTTP: uvicorn's answer, in our words and with our headers."""
        answer = unreadable()
        for event in (
            h11.Response(status_code=answer.status_code, headers=answer.raw_headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def _begin_waiting(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(REQUEST_WITHIN_S, self.transport.close)

    def _end_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
