"""The database: one code for SQLite and PostgreSQL, synchronous on purpose.

``Database.transaction()`` is the only way to write: the commit happens when its block ends, so a
route that leaves the block before it answers has its promise on disk. ``Database.read()`` gives a
consistent view and refuses writes.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    FromClause,
    Identity,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Dialect, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from coverslip.core.errors import CoverslipError, DatabaseUnavailable, DiskFull, SettingRefused
from coverslip.core.time import monotonic_s
from coverslip.settings import Settings

logger = logging.getLogger(__name__)

LONG_WRITE_S = 0.25
_BUSY_MS = 10_000
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in, aware UTC datetimes out, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: they would be read back as another instant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC, whatever the connection's time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# 64 bits everywhere; SQLite's AUTOINCREMENT exists only for its own INTEGER, which is 64 bits too.
BigInt = BigInteger().with_variant(Integer(), "sqlite")
RowNo = Annotated[int, mapped_column(BigInt, Identity(), primary_key=True)]
"""A row's number, never reused: AUTOINCREMENT in SQLite, identity in PostgreSQL."""


class Base(DeclarativeBase):
    """Root of every table; ``no: Mapped[RowNo]`` is the primary key unless a table says otherwise."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInt,
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        table = cls.__dict__.get("__table__")
        if isinstance(table, Table) and any(column.identity is not None for column in table.primary_key.columns):
            table.dialect_options["sqlite"]["autoincrement"] = True


def database_url(settings: Settings) -> URL:
    """Return where the database is: PostgreSQL when set, else SQLite in the data folder.

    Raises
    ------
    SettingRefused
        The address is none that Coverslip can use.
    """
    if settings.database_url is None:
        return URL.create("sqlite", database=str(settings.data / "coverslip.db"))
    try:
        url = make_url(settings.database_url.get_secret_value())
    except ArgumentError as error:
        raise SettingRefused("COVERSLIP_DATABASE_URL cannot be used: it is not a database address.") from error
    family = url.drivername.partition("+")[0]
    if family in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if family == "sqlite":
        return url.set(drivername="sqlite")
    raise SettingRefused("COVERSLIP_DATABASE_URL cannot be used: it must start with postgresql:// or sqlite:///.")


def open_database(settings: Settings) -> "Database":
    """Open the database that the settings name; nothing is created or migrated."""
    return Database(database_url(settings))


class Database:
    """One engine and its two kinds of sessions; safe to share between threads.

    Parameters
    ----------
    url : str or sqlalchemy.engine.URL
        ``sqlite:///...`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.publish: Callable[..., None] = _publish_nothing
        """What carries hints to other processes; the runtime sets it to ``Bus.publish``."""
        self.engine = _make_engine(self.url)
        self.dialect: str = self.engine.dialect.name
        options = {"coverslip_read": True} if self.dialect == "sqlite" else {"postgresql_readonly": True}
        reading = self.engine.execution_options(**options)
        self._write = sessionmaker(self.engine, expire_on_commit=False, info={"write": True})
        self._read = sessionmaker(reading, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write: commits when the block ends, rolls back when it raises.

        Raises
        ------
        DatabaseUnavailable, DiskFull
            In place of the driver's own errors.
        """
        started_s = monotonic_s()
        with translated(), self._write.begin() as session:
            yield session
        held_s = monotonic_s() - started_s
        if held_s > LONG_WRITE_S:
            logger.info("a write transaction took %d ms", held_s * 1000)
        for kind, fields in session.info.pop("hints", ()):
            self.publish(kind, **fields)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Read a consistent state; a write inside fails."""
        with translated(), self._read() as session:
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def hint(session: Session, kind: str, **fields: Any) -> None:
    """Tell the other processes once this transaction has committed; lost with a rollback."""
    session.info.setdefault("hints", []).append((kind, fields))


def require_write(session: Session) -> None:
    """Refuse a session of ``Database.read()`` early and on every database."""
    if not session.info.get("write"):
        raise RuntimeError("this needs Database.transaction(), not Database.read()")


def insert_or_ignore(session: Session, table: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique constraint already holds one; say whether it is new."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # A returned row says that one was inserted; PostgreSQL's driver gives no row count for an INSERT.
    statement: Any = make(table).values(dict(values)).on_conflict_do_nothing().returning(literal_column("1"))
    return session.connection().execute(statement).first() is not None


def _publish_nothing(kind: str, **fields: Any) -> None:
    """Stand in until a bus is there: commands that run alone have nobody to tell."""


class _SqliteCompiler(sqlite.base.SQLiteCompiler):
    """Writes hints such as ``INDEXED BY`` behind a table's name; SQLAlchemy's own drops them for SQLite."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        """Return the hint as it is to stand there."""
        return text


def _make_engine(url: URL) -> Any:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, pool_size=4, max_overflow=36, pool_timeout=10)
        engine.dialect.statement_compiler = _SqliteCompiler
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        # A server has 100 connections unless told otherwise, and three processes of ours share them.
        return create_engine(
            url, pool_size=4, max_overflow=16, pool_timeout=10, pool_pre_ping=True, connect_args={"connect_timeout": 5}
        )
    except ModuleNotFoundError as error:
        raise SettingRefused("PostgreSQL needs the extra: pip install 'coverslip[postgres]'.") from error


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, never behind our back
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # NORMAL lost acknowledged rows in simulated power cuts
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("coverslip_read"))
    connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
    # IMMEDIATE: a writer waits for its turn here instead of failing half way through.
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver says about the machine into Coverslip's own errors."""
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        plain = _plain(error)
        if plain is None:
            raise
        raise plain from error


def _plain(error: Exception) -> CoverslipError | None:
    cause = getattr(error, "orig", None)
    if getattr(cause, "sqlstate", None) == "53100" or "disk is full" in str(cause):
        return DiskFull()
    if "no such" in str(cause) or "readonly" in str(cause):
        return None  # a mistake in our own code, not the state of a machine
    logger.error("database error: %s", type(cause or error).__name__)
    return DatabaseUnavailable()
