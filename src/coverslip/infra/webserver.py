"""One web process: uvicorn on the supervisor's listening socket, tuned for tiles; sockets on the same port."""

import asyncio
import gc
import logging
import socket
import sys
from collections.abc import Callable
from typing import ClassVar, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from coverslip.core.errors import CoverslipError
from coverslip.infra.accepting import Acceptor, Shares
from coverslip.infra.launch import Serving, say_ready
from coverslip.infra.tls import Certificate

logger = logging.getLogger(__name__)

DRAIN_S: Final = 8
RENEW_TICKS: Final = 100
LARGEST_MESSAGE: Final = 64 * 1024
"""What one message of a socket may weigh, in bytes; a larger one ends the connection (1009)."""
SOCKET_PING_S: Final = 20.0


class _Protocol(HttpToolsProtocol):
    """uvicorn's own, which also says when a connection has gone."""

    gone: ClassVar[Callable[[], None]]

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the other processes know that there is room here again."""
        super().connection_lost(exc)
        type(self).gone()


class _Socket(WebSocketsSansIOProtocol):
    """uvicorn's own, which also says when it has gone and does not wait for who no longer reads."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the other processes know that there is room here again."""
        super().connection_lost(exc)
        _Protocol.gone()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        """Break off when the application has finished and its last words cannot be sent."""
        super().on_task_complete(task)
        if not self.writable.is_set():
            self.transport.abort()


class _Server(uvicorn.Server):
    """Takes its share of the connections, says when it answers, and then leaves lasting objects alone."""

    def __init__(self, config: uvicorn.Config, serving: Serving, certificate: Certificate | None) -> None:
        super().__init__(config)
        self._serving = serving
        self._certificate = certificate
        self._acceptor: Acceptor | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets=[])  # we accept ourselves
        serving = self._serving
        self._acceptor = Acceptor(
            socket.socket(fileno=serving.listener),
            self._protocol,
            lambda: len(self.server_state.connections),
            Shares(serving.shares, serving.slot, serving.processes),
            None if self._certificate is None else self._certificate.context_now,
        )
        _Protocol.gone = self._acceptor.publish
        gc.collect()
        gc.freeze()  # a full collection of a framework's objects would be a pause in somebody's panning
        say_ready(serving.ready)

    async def on_tick(self, counter: int) -> bool:
        """Take up a renewed certificate; called ten times a second."""
        if self._certificate is not None and counter % RENEW_TICKS == 0:
            await asyncio.to_thread(self._renew, self._certificate)
        return await super().on_tick(counter)

    def _renew(self, certificate: Certificate) -> None:
        try:
            if certificate.renew():
                logger.info("the renewed certificate is in use")
        except CoverslipError as error:
            logger.error("the certificate in use stays: %s", error.message)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more, and finish what was begun."""
        if self._acceptor is not None:
            self._acceptor.close()
            _Protocol.gone = _nobody_asks
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        return _Protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def _nobody_asks() -> None:
    """Stand in while no connections are taken."""


def serve_web(app: ASGIApp, serving: Serving, certificate: Certificate | None = None) -> int:
    """Answer requests until a signal, encrypted when there is a certificate; return the exit code."""
    config = uvicorn.Config(
        app,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=_Protocol,
        ws=_Socket,
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=SOCKET_PING_S,
        ws_ping_timeout=SOCKET_PING_S,
        ws_per_message_deflate=False,  # messages are small, and a compressor a socket costs 300 kB and time
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = _Server(config, serving, certificate)
    server.run()
    return 0 if server.started else 1


def log_to_stderr() -> None:
    """Log what an administrator needs, one line each; no names of patients or slides are ever logged."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s", stream=sys.stderr
    )
    logging.getLogger("coverslip").setLevel(logging.INFO)
