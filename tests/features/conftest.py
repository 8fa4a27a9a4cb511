"""The rooms over HTTP, for the tests of features; databases and decoders come from ``tests/support``."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from coverslip.features import (
    access,
    annotations,
    boards,
    exports,
    identity,
    imports,
    notices,
    operations,
    slides,
    viewing,
)
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import add_problem_handlers


@pytest.fixture
def admin(runtime: Runtime) -> identity.Viewer:
    """The local administrator."""
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        return identity.local_administrator(session)


class Browser:
    """Talks to the rooms over HTTP as a browser does: keeps cookies, sends the CSRF token when told."""

    def __init__(self, app: Any, address: str = "203.0.113.7") -> None:
        self._app = app
        self._address = address
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(self._address, 5000))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://coverslip.test", cookies=self.cookies
            ) as client:
                headers = {**self.headers, **options.pop("headers", {})}
                response = await client.request(method, f"/api/v1{path}", headers=headers, **options)
                # One by name, the newest: those that were given have no domain, those that came back do.
                self.cookies = {cookie.name: cookie.value or "" for cookie in client.cookies.jar}
                return response

        return asyncio.run(run())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def sign_in(self, token: str) -> httpx.Response:
        """Sign in and keep the CSRF token."""
        response = self.post("/session", json={"one_time_token": token})
        if response.status_code == 200:
            self.headers["X-CSRF-Token"] = response.json()["csrf_token"]
        return response


@pytest.fixture
def rooms(runtime: Runtime) -> FastAPI:
    """The rooms of this catalogue as one application."""
    return application(runtime)


def application(runtime: Runtime) -> FastAPI:
    """Return the rooms on a runtime."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    for room in (identity, access, slides, viewing, notices, imports, exports, annotations, boards):
        app.include_router(room.router, prefix="/api/v1")
    app.include_router(operations.router)
    add_problem_handlers(app)
    access.check_policies(app)
    return app


@pytest.fixture
def browser(rooms: FastAPI) -> Callable[[], Browser]:
    """Give a browser that is not signed in."""
    return lambda: Browser(rooms)


@pytest.fixture
def signed_in(rooms: FastAPI, runtime: Runtime) -> Browser:
    """Give a browser in which the administrator is signed in."""
    return administrator(rooms, runtime)


@pytest.fixture
def rooms_sqlite(sqlite_runtime: Runtime) -> Browser:
    """Give a browser in which the administrator is signed in, on SQLite."""
    return administrator(application(sqlite_runtime), sqlite_runtime)


def administrator(rooms: FastAPI, runtime: Runtime) -> Browser:
    """Return a browser in which the administrator is signed in."""
    with runtime.db.transaction() as session:
        token = identity.issue_one_time(session)
    found = Browser(rooms)
    assert found.sign_in(token).status_code == 200
    return found
