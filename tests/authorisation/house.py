"""A furnished house: the whole application on SQLite, real slides in four projects, and somebody for each column.

It is furnished once. What a request changes is put back by copying the database, so that each cell of the table
is asked of the same house.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from coverslip.features import identity
from coverslip.features.access import Right, Role
from coverslip.features.imports.parts import uploads_folder
from coverslip.features.tiles import StoredTiles
from coverslip.infra.runtime import Runtime

ORIGIN: Final = "http://coverslip.test"
PASSWORD: Final = "wooden teapot under glass"
VIEW: Final = {"x": 10, "y": 10, "resolution": 1}
PROJECTS: Final = ("own", "consult", "elsewhere", "foreign")
MEMBERS: Final = {
    "v": (Role.VIEWER, None),
    "r": (Role.REVIEWER, None),
    "n": (Role.ANNOTATOR, None),
    "d": (Role.EDITOR, None),
    "b": (Role.EDITOR, (Right.EXPORT, Right.DOWNLOAD)),
    "m": (Role.MANAGER, None),
}
OFFICES: Final[dict[str, identity.OrganisationRole]] = {"U": "auditor", "P": "operator", "A": "administrator"}
PERSON_OF: Final = {"R": "m", "W": "m", "T": "A"}
"""Whose tokens they are."""
GUESSED: Final = "0192a0c4-7d5e-7000-8000-00000000cafe"


@dataclass
class House:
    """The application with everything in it.

    Attributes
    ----------
    headers : dict of dict
        What each column sends with every request.
    things : dict of dict
        Ids by object class, then by kind; of what is a person's own by person: ``things["own"]["export"]["v"]``.
    """

    runtime: Runtime
    app: StoredTiles
    headers: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    _kept: sqlite3.Connection | None = None
    _files: dict[Path, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._transport = httpx.ASGITransport(self.app, client=("203.0.113.7", 5000))

    def ask(self, column: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request as somebody, and nothing but what they would send."""
        return self.ask_all([(column, method, path, options)])[0]

    def ask_all(self, asked: Sequence[tuple[str, str, str, dict[str, Any]]]) -> list[httpx.Response]:
        """Send several requests at once; those of who meets another server (``p``) not together with others'."""
        public = {column == "p" for column, *_ in asked}
        assert len(public) == 1
        self.runtime.settings = self.runtime.settings.model_copy(update={"allow_public": public.pop()})
        requests = [self._request(*one) for one in asked]

        async def all_of_them() -> list[httpx.Response]:
            return list(await asyncio.gather(*(self._ask(one) for one in requests)))

        found: list[httpx.Response] = self.run(all_of_them())
        return found

    def _request(self, column: str, method: str, path: str, options: dict[str, Any]) -> httpx.Request:
        headers = {"Origin": ORIGIN, **self.headers[column], **options.get("headers", {})}
        return httpx.Request(method, ORIGIN + path, **{**options, "headers": headers})

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        response.request = request
        await response.aread()
        return response

    def run(self, work: Any) -> Any:
        """Run something on the application's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def keep(self) -> None:
        """Remember everything as it is now."""
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with _live(self.runtime) as live:
            live.backup(self._kept)
        data = self.runtime.settings.data
        folders = [data / "attachments", data / "exports", uploads_folder(self.runtime)]
        self._files = {path: path.read_bytes() for one in folders for path in one.rglob("*") if path.is_file()}

    def restore(self) -> None:
        """Put everything back; permissions that are held in memory are forgotten, as after a change."""
        assert self._kept is not None
        with _live(self.runtime) as live:
            self._kept.backup(live)
        for path, content in self._files.items():
            if not path.is_file() or path.stat().st_size != len(content):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        self.forget()

    def forget(self) -> None:
        """Forget the permissions that are held in memory."""

        async def drop() -> None:
            self.app.service().grants.drop()

        self.run(drop())

    def thing(self, kind: str, place: str, column: str) -> str:
        """Return the id of an object, for what is a person's own that of this column's person."""
        if place == "guessed":
            return GUESSED
        found = self.things[place].get(kind, GUESSED)
        if isinstance(found, dict):
            return str(found.get(column, found.get(PERSON_OF.get(column, ""), found.get("", GUESSED))))
        return str(found)

    def close(self) -> None:
        async def end() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=5)

        self.run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._kept is not None:
            self._kept.close()


@contextmanager
def _live(runtime: Runtime) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(runtime.settings.data / "coverslip.db", timeout=10)
    connection.execute("PRAGMA synchronous=OFF")
    try:
        yield connection
    finally:
        connection.close()
