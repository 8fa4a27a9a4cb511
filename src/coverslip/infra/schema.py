"""Bringing the database to the tables that this version of Coverslip needs: linear, one transaction."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from coverslip.core.errors import SchemaNewer
from coverslip.infra.db import Database, translated

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
_LOCK_NUMBER: Final = 0x436F766572  # "Cover": PostgreSQL's advisory locks are numbers


def migrate(db: Database) -> tuple[str | None, str]:
    """Bring the tables up to date; harmless when they are.

    Two processes may call it at once: the second waits and finds nothing to do.

    Returns
    -------
    tuple of (str or None, str)
        Revision before (None for an empty database) and after.

    Raises
    ------
    SchemaNewer
        A newer Coverslip wrote the database; nothing was changed.
    DatabaseUnavailable, DiskFull
        The database as it was: all or nothing.
    """
    from alembic import command  # only who migrates pays for it: a web process lives without
    from alembic.script import ScriptDirectory

    with translated(), db.engine.begin() as connection:
        if db.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
        config = configuration(connection)
        script = ScriptDirectory.from_config(config)
        before = _revision(connection)
        head = script.get_current_head()
        if head is None:
            raise RuntimeError("there are no migrations in this installation")
        if before is not None and before not in {revision.revision for revision in script.walk_revisions()}:
            raise SchemaNewer
        if before != head:
            command.upgrade(config, "head")
        return before, head


def is_current(db: Database) -> bool:
    """Say whether the database has exactly the tables of this version."""
    from alembic.script import ScriptDirectory

    with translated(), db.engine.connect() as connection:
        head = ScriptDirectory.from_config(configuration(connection)).get_current_head()
        return _revision(connection) == head


def configuration(connection: Connection | None = None) -> "Config":
    """Return Alembic's configuration; the migrations run on the given connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()
