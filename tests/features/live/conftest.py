"""Real servers with two web processes, on SQLite and on PostgreSQL."""

import os
from collections.abc import Callable, Iterator

import pytest
from tests.support.databases import create_database, drop_database
from tests.support.live import Clinic, open_clinic
from tests.support.server import Serve, start_serve

TWO = ("--workers", "2")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A server on SQLite that one module's tests share; each makes its own people."""
    server = start_serve(tmp_path_factory.mktemp("clinic") / "data", more=TWO)
    try:
        with open_clinic(server) as found:
            yield found
    finally:
        server.client.close()
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_clinic(request: pytest.FixtureRequest, serve: Callable[..., Serve]) -> Iterator[Clinic]:
    """A server of one's own, once for each database."""
    if request.param == "sqlite":
        with open_clinic(serve(more=TWO)) as found:
            yield found
        return
    postgres = request.getfixturevalue("postgres_server")
    name = f"t{os.urandom(6).hex()}"
    address = create_database(postgres, name, "migrated")
    try:
        server = serve(more=TWO, environment={"COVERSLIP_DATABASE_URL": address})
        with open_clinic(server, address) as found:
            yield found
        server.stop()
    finally:
        drop_database(postgres, name)
