"""The whole application on one event loop, with slides registered by the real steps of an import."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from coverslip.app import create_app
from coverslip.features import identity, imports
from coverslip.features.identity.signing_in import by_one_time_token
from coverslip.features.tiles import StoredTiles
from coverslip.infra.runtime import Runtime


@dataclass(frozen=True)
class Shown:
    """A registered slide."""

    slide_id: str
    version: str
    path: Path
    levels: list[dict[str, Any]]

    def tile(self, z: int, x: int, y: int, query: str = "") -> str:
        return f"/api/v1/slides/{self.slide_id}/tiles/{z}/{x}/{y}{query}"

    @property
    def current(self) -> str:
        """The query of the current version."""
        return f"?v={self.version}"

    @property
    def finest(self) -> int:
        return len(self.levels) - 1


class Door:
    """Talks to the application as browsers and scripts do; everything runs on one loop, as in a server."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.app: StoredTiles = create_app(runtime)  # type: ignore[assignment]  # the front of it
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.headers: dict[str, str] = {"Origin": "http://coverslip.test"}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def get(self, path: str, **headers: str) -> httpx.Response:
        found: httpx.Response = self.run(self._get(path, headers))
        return found

    def get_all(self, paths: Sequence[str]) -> list[httpx.Response]:
        """Ask for all at once."""

        async def ask() -> list[httpx.Response]:
            return list(await asyncio.gather(*(self._get(path, {}) for path in paths)))

        found: list[httpx.Response] = self.run(ask())
        return found

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask as a script does that knows what it wants."""
        found: httpx.Response = self.run(self._request(method, path, options))
        return found

    def sign_in(self) -> str:
        """Sign in, and return the cookie that every later request sends."""
        with self.runtime.db.transaction() as session:
            token = identity.issue_one_time(session)
        signed = by_one_time_token(self.runtime, token, identity.Caller("203.0.113.7", None, None))
        self.headers["Cookie"] = f"{identity.COOKIE}={signed.cookie}"
        return signed.cookie

    def close(self) -> None:
        self.run(_end_of_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._request("GET", path, {"headers": named})

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=("203.0.113.7", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://coverslip.test") as client:
            headers = {**self.headers, **options.get("headers", {})}
            return await client.request(method, path, **{**options, "headers": headers})


async def _end_of_tasks() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)


@pytest.fixture
def outside(sqlite_runtime: Runtime) -> Iterator[Door]:
    """The application, nobody signed in."""
    door = Door(sqlite_runtime)
    yield door
    door.close()


@pytest.fixture
def door(outside: Door) -> Door:
    """The application, the administrator signed in."""
    outside.sign_in()
    return outside


@pytest.fixture
def register(door: Door, tmp_path: Path) -> Callable[[Path], Shown]:
    """Register a slide in place and describe it."""

    def register_one(path: Path) -> Shown:
        imports.import_paths(door.runtime, [path])
        listed = door.get("/api/v1/slides?limit=500").json()["items"]
        named = [one for one in listed if one["name"] in (path.stem, path.name)]
        found = (named or listed)[0]  # a series is named after one of its files
        assert found["state"] == "ready", found["reason"]
        detail = door.get(f"/api/v1/slides/{found['slide_id']}").json()
        return Shown(found["slide_id"], found["version"], path, detail["levels"])

    return register_one
