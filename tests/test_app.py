"""The composed application: every route has a policy, a name, and errors that the document knows."""

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from coverslip import app as composition
from coverslip.app import create_app
from coverslip.core.errors import StartRefused
from coverslip.infra.runtime import Runtime

API = "/api/v1"


def ask(runtime: Runtime, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(runtime), client=("203.0.113.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())


@pytest.fixture
def document(sqlite_runtime: Runtime) -> dict[str, Any]:
    found: dict[str, Any] = ask(sqlite_runtime, f"{API}/openapi.json").json()
    return found


def test_a_route_without_a_policy_does_not_start(sqlite_runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten() -> None:
        """Nobody said who may call this."""

    careless = SimpleNamespace(router=router)
    monkeypatch.setattr(composition, "API_ROOMS", (*composition.API_ROOMS, careless))
    with pytest.raises(StartRefused, match="/api/v1/forgotten"):
        create_app(sqlite_runtime)


def test_the_public_surface_is_there(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    slides = f"{API}/slides"
    wanted = {
        slides: {"get"},
        f"{slides}/{{slide_id}}": {"get", "patch"},
        f"{slides}/{{slide_id}}/tiles/{{z}}/{{x}}/{{y}}": {"get"},
        f"{slides}/{{slide_id}}/region": {"get"},
        f"{slides}/{{slide_id}}/thumbnail": {"get"},
        f"{slides}/{{slide_id}}/associated/{{name}}": {"get"},
        f"{slides}/{{slide_id}}/download": {"get"},
        f"{API}/session": {"get", "post", "delete"},
        f"{API}/imports/roots": {"get", "post"},
        "/dzi/{slide_id}.dzi": {"get"},
        "/healthz": {"get"},
        "/readyz": {"get"},
        "/metrics": {"get"},
    }
    for path, methods in wanted.items():
        assert methods <= set(document["paths"][path]), path


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


def test_every_operation_answers_problems(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status == "default" or status >= "400":
                    assert "application/problem+json" in response["content"]


def test_a_stranger_sees_nothing_but_what_is_public(sqlite_runtime: Runtime, document: dict[str, Any]) -> None:
    public = {f"{API}/app", f"{API}/session/options", "/healthz", "/readyz", "/metrics"}
    for path, operations in document["paths"].items():
        if "get" not in operations or path in public:
            continue
        filled = path.replace("{slide_id}", "01a2043f-ba39-7791-8fc7-83112d5c22b4")
        for name in ("z", "x", "y", "level", "col", "row", "name", "project_id", "root_id"):
            filled = filled.replace(f"{{{name}}}", "0")
        answer = ask(sqlite_runtime, filled)
        assert answer.headers["cache-control"] == "no-store", path
        if path == f"{API}/session/external/{{name}}/callback":  # a browser that nobody sent away
            assert (answer.status_code, answer.headers["location"]) == (303, "/signin?problem=challenge_ended")
            continue
        assert answer.status_code in (401, 404, 422), path
        assert answer.headers["content-type"] == "application/problem+json", path


def test_pages_of_the_web_app_are_served_for_its_own_paths(sqlite_runtime: Runtime) -> None:
    for path in ("/", "/signin", "/slides/1"):
        answer = ask(sqlite_runtime, path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
    assert ask(sqlite_runtime, f"{API}/nothing").json()["code"] == "not_found"
    assert ask(sqlite_runtime, f"{API}/slides", "PUT").status_code == 405


def test_the_composition_stays_a_table_of_contents() -> None:
    assert len(Path(composition.__file__).read_text(encoding="utf-8").splitlines()) < 200


def test_a_web_process_carries_no_library_that_few_requests_need() -> None:
    """Every process pays for what it imports; these weigh megabytes each and are imported where they are first used."""
    heavy = "webauthn cryptography httpx joserfc ldap3 jsonschema pyarrow shapely fpdf roifile pandas tifffile zarr"
    code = f"import sys, coverslip.app; print(*[one for one in {heavy.split()!r} if one in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
