"""Hints between hosts that share one PostgreSQL: the hub of each host, joined by LISTEN and NOTIFY.

One process a host runs it. What its own processes tell goes out; what comes in is told to them, with
the mark of the host it came from, so that nothing goes round. Hints only: one that is lost costs
seconds, as on the hub.
"""

import json
import logging
import queue
import secrets
import threading
from typing import Any, Final

from coverslip.infra.bus import EVERY
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

CHANNEL: Final = "coverslip_hints"
HOST: Final = "host"
LONGEST: Final = 7900
"""PostgreSQL takes payloads of less than 8,000 bytes."""
_WAITING: Final = 2000
_AGAIN_S: Final = 2.0
_LOOK_S: Final = 1.0
_MISSED: Final = ("grants.drop", "journal", "slides.changed")


class HostBridge:
    """Joins this host's hub to those of other hosts; does nothing on SQLite, which means one host.

    Parameters
    ----------
    runtime : Runtime
    """

    def __init__(self, runtime: Runtime) -> None:
        self._bus = runtime.bus
        url = runtime.db.url
        self._address = None
        if runtime.db.dialect == "postgresql":
            self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._host = secrets.token_hex(8)
        self._going: queue.Queue[str] = queue.Queue(_WAITING)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to pass hints on, both ways."""
        if self._address is None:
            return
        self._bus.subscribe(EVERY, self._tell)
        for work in (self._listen, self._speak):
            thread = threading.Thread(target=self._lasting, args=(work,), name=f"bridge{work.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End both ways."""
        self._ended.set()
        for thread in self._threads:
            thread.join(timeout=2 * _LOOK_S)

    def _tell(self, fields: dict[str, Any]) -> None:
        """Take what a process of this host tells; called in the bus's thread."""
        if HOST in fields:
            return
        text = payload_of(fields, self._host)
        if text is not None:
            try:
                self._going.put_nowait(text)
            except queue.Full:
                return  # the database does not answer: whoever comes back looks at everything again

    def _lasting(self, work: Any) -> None:
        """Do work for as long as this lasts, on a new connection whenever one is lost."""
        import psycopg

        while not self._ended.is_set():
            try:
                with psycopg.connect(self._address or "", autocommit=True, connect_timeout=5) as connection:
                    work(connection)
            except psycopg.Error as error:
                logger.warning("hints between hosts wait for the database: %s", type(error).__name__)
            self._ended.wait(_AGAIN_S)

    def _speak(self, connection: Any) -> None:
        while not self._ended.is_set():
            try:
                text = self._going.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))

    def _listen(self, connection: Any) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        for kind in _MISSED:  # whatever was told while nobody listened
            self._bus.publish(kind, all=True, **{HOST: self._host})
        while not self._ended.is_set():
            for one in connection.notifies(timeout=_LOOK_S):
                self._hear(one.payload)

    def _hear(self, text: str) -> None:
        try:
            fields = json.loads(text)
            kind, host = str(fields.pop("kind")), fields[HOST]
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("a hint of another host could not be read")
            return
        if host != self._host:
            self._bus.publish(kind, **fields)


def payload_of(fields: dict[str, Any], host: str) -> str | None:
    """Return a hint as it goes to other hosts: shortened to "look at everything" where it is too long.

    A hand is shown without the shape under it; what else of presence is too long is not shown at all.
    """
    text = _text(fields, host)
    if len(text.encode()) <= LONGEST:
        return text
    if fields["kind"] == "live":
        shown = fields.get("shown")
        if not isinstance(shown, dict):
            return None
        text = _text({**fields, "shown": {**shown, "drawing": None}}, host)
        return text if len(text.encode()) <= LONGEST else None
    return _text({"kind": fields["kind"], "all": True}, host)


def _text(fields: dict[str, Any], host: str) -> str:
    return json.dumps({**fields, HOST: host}, separators=(",", ":"), ensure_ascii=True)
