"""What watchdogs, balancers and Prometheus are told."""

from pathlib import Path

import pytest
from tests.features.tiles.conftest import Door
from tests.support.people import scope_of

from coverslip.features import access, identity, slides
from coverslip.features.access import Visibility
from coverslip.infra.db import Database
from coverslip.infra.metrics import Metrics

pytestmark = pytest.mark.usefixtures("outside")


def test_health_is_answered_without_asking_the_database(outside: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Database) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(Database, "read", gone)
    response = outside.get("/healthz")
    assert (response.status_code, response.text, response.headers["cache-control"]) == (200, "ok\n", "no-store")


def test_readiness_needs_the_database(outside: Door, tmp_path: Path) -> None:
    assert outside.get("/readyz").status_code == 200
    outside.runtime.db.close()
    outside.runtime.db = Database(f"sqlite:///{tmp_path}/no/such/folder.db")
    response = outside.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert response.headers["retry-after"] == "2"


def test_metrics_are_for_listed_addresses_and_tokens(outside: Door) -> None:
    assert outside.get("/metrics").json()["code"] == "unauthenticated", "this client comes from elsewhere"
    with outside.runtime.db.transaction() as session:
        token = identity.create_token(session, identity.ensure_administrator(session), "prometheus")
    response = outside.get("/metrics", authorization=f"Bearer {token}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert "coverslip_disk_bytes" in response.text


def test_a_sign_in_cookie_is_no_key_to_metrics(outside: Door) -> None:
    outside.sign_in()
    assert outside.get("/metrics").status_code == 401


@pytest.mark.parametrize(
    ("report", "directive"),
    [
        (b'{"csp-report": {"effective-directive": "style-src-elem", "blocked-uri": "inline"}}', "style-src-elem"),
        (b'{"csp-report": {"violated-directive": "img-src https://evil.example"}}', "img-src"),
        (b'{"csp-report": {"effective-directive": "name of a patient"}}', "other"),
        (b'{"csp-report": []}', "other"),
        (b"[[[", "other"),
        (b"\xff", "other"),
    ],
)
def test_what_browsers_refuse_is_counted_by_its_rule_only(
    outside: Door, report: bytes, directive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Counters are files that belong to the process, not to a test; a real server's are looked at elsewhere.
    counted: list[str] = []
    monkeypatch.setattr(Metrics, "count_violation", lambda _, name: counted.append(name))
    headers = {"Content-Type": "application/csp-report", "Origin": "null"}
    assert outside.request("POST", "/api/v1/csp-report", content=report, headers=headers).status_code == 204
    assert counted == [directive]


def test_a_report_that_is_too_long_is_left_alone(outside: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(Metrics, "count_violation", lambda _, name: counted.append(name))
    assert outside.request("POST", "/api/v1/csp-report", content=b"[" * 20_000).status_code == 204
    assert counted == []


def test_whether_something_is_public_is_said_only_where_that_is_allowed(outside: Door) -> None:
    def said() -> bool:
        answer = outside.get("/api/v1/app").json()
        # Whether, and nothing else: no name, no number.
        assert set(answer) == {"version", "notice", "sample_available", "public_projects"}
        return bool(answer["public_projects"])

    def show(project_id: str, visibility: Visibility) -> None:
        with outside.runtime.db.transaction() as session:
            access.set_visibility(session, scope_of(session, "project", project_id), visibility)

    with outside.runtime.db.transaction() as session:
        top = slides.create_project(session, "Teaching")
        inner = slides.create_project(session, "Course", top)
    show(inner, Visibility.PUBLIC)
    assert (said(), outside.get("/api/v1/projects").status_code) == (False, 401)
    outside.runtime.settings = outside.runtime.settings.model_copy(update={"allow_public": True})
    assert said()
    assert [one["name"] for one in outside.get("/api/v1/projects").json()["items"]] == ["Course"]
    show(inner, Visibility.SIGNED_IN)
    assert not said()
    show(top, Visibility.PUBLIC)
    assert said()


def test_a_public_project_in_the_trash_is_nothing_to_look_at(outside: Door) -> None:
    outside.runtime.settings = outside.runtime.settings.model_copy(update={"allow_public": True})
    with outside.runtime.db.transaction() as session:
        project = slides.create_project(session, "Teaching")
        access.set_visibility(session, scope_of(session, "project", project), Visibility.PUBLIC)
    assert outside.get("/api/v1/app").json()["public_projects"] is True
    outside.sign_in()
    csrf = outside.get("/api/v1/session").json()["csrf_token"]
    answer = outside.request("POST", f"/api/v1/projects/{project}/trash", headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 200, answer.text
    del outside.headers["Cookie"]
    assert outside.get("/api/v1/app").json()["public_projects"] is False
