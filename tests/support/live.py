"""People at sockets of a real server: a clinic of one project, one slide, and whoever is asked to sit down."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
from pydantic import SecretStr
from tests.support.canaries import entry
from tests.support.people import add_person, give, token_of
from tests.support.server import Serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from coverslip.core.ids import new_id
from coverslip.features import identity, slides
from coverslip.features.access import Role
from coverslip.infra.runtime import Runtime, open_runtime
from coverslip.settings import Settings

PATIENCE_S: Final = 10.0


class Seat:
    """Somebody at a socket. What was not asked for yet is kept."""

    def __init__(self, connection: Connection, client_id: str) -> None:
        self.connection, self.client_id = connection, client_id
        self.heard: list[dict[str, Any]] = []

    def say(self, kind: str, **fields: Any) -> None:
        self.connection.send(json.dumps({"type": kind, **fields}))

    def hear(
        self, kind: str, where: Callable[[dict[str, Any]], bool] = lambda one: True, within_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Return the first message of a kind that fits; it is taken off what was heard."""
        until = time.monotonic() + within_s
        while True:
            for one in self.heard:
                if one["type"] == kind and where(one):
                    self.heard.remove(one)
                    return one
            try:
                self.heard.append(json.loads(self.connection.recv(max(0.001, until - time.monotonic()))))
            except TimeoutError:
                raise AssertionError(f"no {kind} came; heard {str(self.heard)[-2000:]}") from None

    def silent(self, kind: str, for_s: float = 0.5) -> bool:
        """Whether no message of a kind comes for a while."""
        try:
            self.hear(kind, within_s=for_s)
        except AssertionError:
            return True
        return False

    def closed(self, within_s: float = PATIENCE_S) -> int:
        """Return the code with which the server closes."""
        until = time.monotonic() + within_s
        while True:
            try:
                self.heard.append(json.loads(self.connection.recv(max(0.001, until - time.monotonic()))))
            except TimeoutError:
                raise AssertionError(f"it stays open; heard {str(self.heard)[-2000:]}") from None
            except ConnectionClosed as closed:
                return 1006 if closed.rcvd is None else closed.rcvd.code

    def refusal(self, kind: str, **fields: Any) -> str | None:
        """Say something and return the code with which it is refused, None when it is taken."""
        self.say(kind, **fields)
        if kind != "ping":
            self.say("ping")
        while True:
            until = time.monotonic() + PATIENCE_S
            one = json.loads(self.connection.recv(max(0.001, until - time.monotonic())))
            if one["type"] == "pong":
                return None
            if one["type"] == "refused" and one["of"] == kind:
                self.hear("pong")
                return str(one["code"])
            self.heard.append(one)


def by(seat: Seat) -> Callable[[dict[str, Any]], bool]:
    """Return what fits a message about somebody."""
    return lambda one: bool(one["client_id"] == seat.client_id)


class Clinic:
    """A running server with a project and a slide in it."""

    def __init__(self, server: Serve, runtime: Runtime) -> None:
        self.server, self.runtime, self.url = server, runtime, server.url
        with runtime.db.transaction() as session:
            self.project_id = slides.create_project(session, "Clinic")
            self.foreign_project = slides.create_project(session, "Elsewhere")
            self.slide_id = slides.put_slide(session, entry(self.project_id, 1))
            self.foreign_id = slides.put_slide(session, entry(self.foreign_project, 2))
        self._seats: list[Seat] = []
        self._clients: list[httpx.Client] = []

    def person(self, name: str, role: Role = Role.ANNOTATOR) -> tuple[str, dict[str, str]]:
        """Make somebody; return their id and the headers of their token."""
        with self.runtime.db.transaction() as session:
            person_id = add_person(session, name)
            token = token_of(session, person_id)
        give(self.runtime, person_id, role, "project", self.project_id)
        return person_id, {"Authorization": f"Bearer {token}"}

    def client(self, headers: Mapping[str, str]) -> httpx.Client:
        """Return somebody's way to the HTTP API; it is closed with the clinic at the latest."""
        found = httpx.Client(base_url=self.url + "/api/v1", headers={"Origin": self.url, **headers}, timeout=30)
        self._clients.append(found)
        return found

    def browser(self, name: str, role: Role = Role.ANNOTATOR) -> tuple[str, httpx.Client]:
        """Make somebody who is signed in in a browser; return their id and the browser."""
        with self.runtime.db.transaction() as session:
            person_id = add_person(session, name)
            link = identity.reset(session, person_id, by=identity.SYSTEM)
        give(self.runtime, person_id, role, "project", self.project_id)
        client = self.client({})
        answer = client.post("/links/use", json={"token": link.token, "password": "blue lantern at the pier"})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return person_id, client

    def address(self, slide_id: str | None = None, query: str = "") -> str:
        base = self.url.replace("http", "ws", 1)
        return f"{base}/api/v1/slides/{slide_id or self.slide_id}/live{query}"

    def knock(self, headers: Mapping[str, str], slide_id: str | None = None, query: str = "") -> int:
        """Return the status of a handshake: 101 where it is let in."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        address = self.address(slide_id, query)
        with socket.create_connection((host, int(port))) as way:
            try:
                with connect(address, sock=way, additional_headers=dict(headers), compression=None):
                    return 101
            except InvalidStatus as refused:
                return refused.response.status_code

    def sit(
        self,
        headers: Mapping[str, str],
        *,
        slide_id: str | None = None,
        after: int | None = None,
        name: str | None = None,
        client_id: str | None = None,
        **options: Any,
    ) -> Seat:
        """Sit down before the slide and say hello; the welcome is still to be heard."""
        query = "" if after is None else f"?after={after}"
        address = self.address(slide_id, query)
        connection = connect(address, additional_headers=dict(headers), compression=None, **options)
        seat = Seat(connection, client_id or new_id())
        seat.say("hello", client_id=seat.client_id, **({} if name is None else {"name": name}))
        self._seats.append(seat)
        return seat

    def layer(self, client: httpx.Client, **more: Any) -> str:
        answer = client.post(f"/slides/{self.slide_id}/layers", json={"layer_id": new_id(), **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["layer_id"])

    def close(self) -> None:
        for seat in self._seats:
            seat.connection.close()
            seat.connection.socket.close()
        for client in self._clients:
            client.close()


def cookies_of(client: httpx.Client) -> dict[str, str]:
    """Return the headers of a browser's handshake."""
    text = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
    return {"Cookie": text, "Origin": client.headers["Origin"]}


def drawing(layer_id: str, **patch: Any) -> dict[str, Any]:
    """Return an operation that draws a point."""
    whole = {"layer_id": layer_id, "object_type": "annotation", "geometry": {"kind": "point", "at": [10, 10]}, **patch}
    return {
        "op_id": new_id(),
        "entity": "annotation",
        "target": new_id(),
        "kind": "create",
        "base_rev": 0,
        "patch": whole,
    }


def remark(text: str, **patch: Any) -> dict[str, Any]:
    """Return an operation that begins or goes on with a thread."""
    ident = new_id()
    said = {"on": {"kind": "slide"}, "text": text, "mentions": [], **patch}
    return {"op_id": new_id(), "entity": "comment", "target": ident, "kind": "create", "base_rev": 0, "patch": said}


def send_ops(client: httpx.Client, slide_id: str, *ops: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = client.post(f"/slides/{slide_id}/annotations/ops", json={"ops": list(ops), **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert [one["code"] for one in found["results"]] == [None] * len(ops), found
    return found


@contextmanager
def open_clinic(server: Serve, database_url: str | None = None) -> Iterator[Clinic]:
    """Furnish a running server; changes made here are told to it as a command beside it tells them."""
    address = None if database_url is None else SecretStr(database_url)
    runtime = open_runtime(Settings(data=server.data, database_url=address), decoders=1)
    clinic = Clinic(server, runtime)
    try:
        yield clinic
    finally:
        clinic.close()
        runtime.pool.close_blocking()
        runtime.close()
