"""Grants that were given before there were roles are kept, and slides are found without their names."""

from typing import Any

from alembic import command
from sqlalchemy import text

from coverslip.infra.db import Database, database_url
from coverslip.infra.schema import configuration
from coverslip.settings import Settings

NOW = "2026-01-01 00:00:00.000000+00:00"


def test_grants_become_roles(settings: Settings) -> None:
    db = _before_roles(settings)
    with db.engine.begin() as connection:
        for number, action in enumerate(("view", "edit", "manage")):
            scope = {"scope": f"scope-{number}"}
            connection.execute(text("INSERT INTO scope (scope_id, kind) VALUES (:scope, 'project')"), scope)
            grant = (
                "INSERT INTO access_grant (scope_id, person_id, action, created_at) "
                "VALUES (:scope, 'ada', :action, :now)"
            )
            connection.execute(text(grant), {**scope, "action": action, "now": NOW})
        _slide(connection)
        command.upgrade(configuration(connection), "head")
        query = "SELECT scope_id, subject_kind, subject_id, role, rights FROM access_entry ORDER BY no"
        rows: list[Any] = list(connection.execute(text(query)))
        assert [tuple(row)[:4] for row in rows] == [
            ("scope-0", "person", "ada", "viewer"),
            ("scope-1", "person", "ada", "editor"),
            ("scope-2", "person", "ada", "manager"),
        ]
        for row in rows:
            assert all(right in str(row.rights) for right in ("download", "export", "identity"))
        for word, found in (("her2", 1), ("aperio", 1), ("teaching", 1), ("secret", 0)):
            assert _hits(connection, f"\ue001{word}") == found, word
        assert _hits(connection, "secret") == 1
    db.close()


def _before_roles(settings: Settings) -> Database:
    """Return a new database as the version before wrote it."""
    db = Database(database_url(settings))
    with db.engine.begin() as connection:
        if db.dialect == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    if db.dialect == "sqlite":
        db.close()
        for path in settings.data.glob("coverslip.db*"):
            path.unlink()
        db = Database(database_url(settings))
    with db.engine.begin() as connection:
        command.upgrade(configuration(connection), "0007")
    return db


def _slide(connection: Any) -> None:
    project = (
        "INSERT INTO project (project_id, scope_id, path, name, name_sort, created_at) "
        "VALUES ('p', 'scope-0', '/1/', 'P', 'p', :now)"
    )
    connection.execute(text(project), {"now": NOW})
    connection.execute(text("INSERT INTO scope (scope_id, kind) VALUES ('scope-s', 'slide')"))
    slide = (
        "INSERT INTO slide (slide_id, project_no, scope_id, name, name_sort, file_name, state, format, vendor, "
        "scanned_sort, size_bytes, file_count, folder, files, metadata_words, created_at, updated_at, stain, tags) "
        "SELECT 's', no, 'scope-s', 'Secret', 'secret', 'secret.svs', 'ready', 'svs', 'Aperio', 0, 1, 1, :folder, "
        "'[]', '', :now, :now, 'HER2', :tags FROM project"
    )
    connection.execute(text(slide), {"folder": b"/x", "now": NOW, "tags": "\x1fteaching\x1f"})
    words = {"words": "secret"} if connection.dialect.name == "sqlite" else {"words": ["secret"]}
    array = ":words" if connection.dialect.name == "sqlite" else "array_to_tsvector(CAST(:words AS text[]))"
    connection.execute(text(f"INSERT INTO slide_search (rowid, words) SELECT no, {array} FROM slide"), words)


def _hits(connection: Any, word: str) -> int:
    if connection.dialect.name == "sqlite":
        query, asked = "SELECT count(*) FROM slide_search WHERE slide_search MATCH :word", f'"{word}"'
    else:
        query, asked = "SELECT count(*) FROM slide_search WHERE words @@ CAST(:word AS tsquery)", f"'{word}'"
    return int(connection.execute(text(query), {"word": asked}).scalar_one())
