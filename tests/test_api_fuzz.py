"""Whatever one sends to the API, it never answers with a server error, and errors are problem documents.

Cases are generated from the OpenAPI document that the server itself publishes.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis.checks import not_a_server_error
from tests.support.server import Serve

PASSWORD = "violet otter climbs nine stairs"
# Said on purpose when a queue is full or storage hangs; everything else from 500 up is a defect.
ALLOWED = {503, 504}
# Signing out would end the session that the other cases need.
LEFT_OUT = {("DELETE", "/api/v1/session"), ("POST", "/api/v1/imports/roots")}


# How many cases of each operation: few of who may do least, whose requests mostly end at the door.
COUNTS = [
    ("administrator", 8),
    ("editor", 2),
    ("viewer", 1),
    *(pytest.param(role, 100, marks=pytest.mark.full) for role in ("administrator", "editor", "viewer")),
]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("role", "cases"), COUNTS)
def test_generated_requests_never_break_the_server(
    role: str, cases: int, tmp_path: Path, sample: Callable[[str], Path], serve: Callable[..., Serve]
) -> None:
    folder = tmp_path / "slides"
    folder.mkdir()
    (folder / "a.svs").write_bytes(sample("slides/CMU-1-Small-Region.svs").read_bytes())
    server = serve(folder, environment={"COVERSLIP_SETTLE_S": "0"})
    with closing(server.sign_in()) as administrator:
        if role == "administrator":
            ask_everything(server, administrator, cases)
        else:
            with closing(member(server, administrator, role)) as client:
                ask_everything(server, client, cases)


def ask_everything(server: Serve, client: httpx.Client, cases: int) -> None:
    """Send generated requests to every operation as whoever is signed in."""
    signed_in = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items()),
        "X-CSRF-Token": client.headers["X-CSRF-Token"],
        "Origin": server.url,
    }
    schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if (operation.method.upper(), operation.path) in LEFT_OUT:
            continue

        @settings(
            max_examples=cases,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def never_breaks(case: schemathesis.Case) -> None:
            response = case.call(headers=signed_in, timeout=30)
            if response.status_code not in ALLOWED:
                case.validate_response(response, checks=(not_a_server_error,))
            if response.status_code >= 400:
                assert response.headers["content-type"][0].startswith("application/problem+json")
                assert response.headers["cache-control"] == ["no-store"]
                if case.method.upper() == "HEAD":
                    return  # an answer to it has no body
                problem = response.json()
                assert problem["code"]
                assert problem["request_id"]

        never_breaks()
        tried += 1
    assert tried >= 15
    assert client.get("/healthz").status_code == 200


def member(server: Serve, administrator: httpx.Client, role: str) -> httpx.Client:
    """Make somebody with a role on the project that is served, and sign them in by their link."""

    def done(method: str, path: str, **body: Any) -> Any:
        answer = administrator.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code < 300, answer.text
        return answer.json()

    made = done("POST", "/people", user_name=role, name=f"The {role}")
    for project in done("GET", "/projects")["items"]:
        done("PUT", f"/projects/{project['project_id']}/members/person/{made['person']['person_id']}", role=role)
    found = httpx.Client(base_url=server.url, timeout=30, headers={"Origin": server.url})
    answer = found.post("/api/v1/links/use", json={"token": made["link"]["token"], "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    found.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return found
