"""The migrations make exactly the tables that the models say, once, all or nothing."""

import subprocess
import sys
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from coverslip.core.errors import SchemaNewer
from coverslip.infra.db import Base, Database, database_url
from coverslip.infra.schema import configuration, is_current, migrate
from coverslip.settings import Settings


@pytest.fixture
def migrated(settings: Settings) -> Database:
    db = Database(database_url(settings))
    migrate(db)
    return db


def test_migrating_twice_does_nothing(migrated: Database) -> None:
    before, after = migrate(migrated)
    assert before == after
    assert is_current(migrated)
    migrated.close()


def test_the_migrations_and_the_models_agree(migrated: Database) -> None:
    with migrated.engine.begin() as connection:
        command.check(configuration(connection))
    migrated.close()


def test_every_table_of_the_models_is_there_with_its_columns(migrated: Database) -> None:
    found = inspect(migrated.engine)
    for table in Base.metadata.sorted_tables:
        columns = {column["name"] for column in found.get_columns(table.name)}
        assert columns == {column.name for column in table.columns}, table.name
    migrated.close()


def test_revisions_are_one_line() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert len(script.get_heads()) == 1
    assert all(not revision.is_merge_point for revision in script.walk_revisions())


def test_a_database_of_a_newer_version_is_left_alone(migrated: Database) -> None:
    with migrated.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer):
        migrate(migrated)
    with migrated.engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    migrated.close()


def test_an_empty_database_is_filled_once_by_processes_that_start_together(sqlite_settings: Settings) -> None:
    (sqlite_settings.data / "coverslip.db").unlink()
    address = database_url(sqlite_settings).render_as_string(hide_password=False)
    code = (
        "import sys; from coverslip.infra.db import Database; from coverslip.infra.schema import migrate\n"
        "print(migrate(Database(sys.argv[1]))[0])\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, address], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = sorted(process.communicate(timeout=120)[0].strip() for process in started)
    assert [process.returncode for process in started] == [0, 0, 0]
    assert said.count("None") == 1


def test_a_migration_that_fails_leaves_nothing(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (sqlite_settings.data / "coverslip.db").unlink()
    db = Database(database_url(sqlite_settings))

    def fail(*arguments: Any) -> None:
        command_upgrade(*arguments)
        raise RuntimeError("planted")

    command_upgrade = command.upgrade
    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(RuntimeError, match="planted"):
        migrate(db)
    assert inspect(db.engine).get_table_names() == []
    db.close()
