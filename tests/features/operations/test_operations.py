"""What watchdogs, balancers and Prometheus are told."""

from pathlib import Path

import pytest
from tests.features.tiles.conftest import Door, outside  # noqa: F401 - the fixture

from coverslip.features import identity
from coverslip.infra.db import Database

pytestmark = pytest.mark.usefixtures("outside")


def test_health_is_answered_without_asking_the_database(outside: Door, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def gone(_: Database) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(Database, "read", gone)
    response = outside.get("/healthz")
    assert (response.status_code, response.text, response.headers["cache-control"]) == (200, "ok\n", "no-store")


def test_readiness_needs_the_database(outside: Door, tmp_path: Path) -> None:  # noqa: F811
    assert outside.get("/readyz").status_code == 200
    outside.runtime.db.close()
    outside.runtime.db = Database(f"sqlite:///{tmp_path}/no/such/folder.db")
    response = outside.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert response.headers["retry-after"] == "2"


def test_metrics_are_for_listed_addresses_and_tokens(outside: Door) -> None:  # noqa: F811
    assert outside.get("/metrics").json()["code"] == "unauthenticated", "this client comes from elsewhere"
    with outside.runtime.db.transaction() as session:
        token = identity.create_token(session, identity.ensure_administrator(session), "prometheus")
    response = outside.get("/metrics", authorization=f"Bearer {token}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert "coverslip_disk_bytes" in response.text


def test_a_sign_in_cookie_is_no_key_to_metrics(outside: Door) -> None:  # noqa: F811
    outside.sign_in()
    assert outside.get("/metrics").status_code == 401
