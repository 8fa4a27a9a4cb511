"""From the tables of 0005 to these: the administrator gets a user name, and sessions and tokens go on."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.identity.sessions import require_proof
from coverslip.infra.db import Database, database_url
from coverslip.infra.schema import configuration, migrate
from coverslip.settings import Settings


@pytest.fixture
def before(settings: Settings) -> Iterator[Database]:
    """A database with the tables of 0005 and data in them."""
    db = Database(database_url(settings))
    if db.dialect == "sqlite":
        (settings.data / "coverslip.db").unlink()
    else:
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    with db.engine.begin() as connection:
        command.upgrade(configuration(connection), "0005")
    yield db
    db.close()


def _fill(db: Database) -> None:
    now = utc_now()
    at = {
        name: moment.strftime("%Y-%m-%d %H:%M:%S.%f") if db.dialect == "sqlite" else moment
        for name, moment in (("now", now), ("ends", now + timedelta(hours=12)))
    }
    yes, no = ("1", "0") if db.dialect == "sqlite" else ("true", "false")
    sha = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("cookie", "csrf", "token")}
    statements = (
        f"INSERT INTO person (person_id, name, is_admin, created_at) VALUES ('p1', 'Local administrator', {yes}, :now)",
        f"INSERT INTO person (person_id, name, is_admin, created_at) VALUES ('p2', 'Reader', {no}, :now)",
        f"INSERT INTO person (person_id, name, is_admin, created_at) VALUES ('p3', 'Second', {yes}, :now)",
        "INSERT INTO session"
        " (session_id, secret_hash, csrf_hash, person_id, created_at, last_active_at, idle_s, ends_at)"
        f" VALUES ('s1', '{sha['cookie']}', '{sha['csrf']}', 'p1', :now, :now, 900, :ends)",
        "INSERT INTO api_token (token_id, token_hash, person_id, name, created_at, expires_at)"
        f" VALUES ('t1', '{sha['token']}', 'p1', 'script', :now, :ends)",
        "INSERT INTO sign_in_attempt (address, at) VALUES ('198.51.100.1', :now)",
    )
    with db.engine.begin() as connection:
        for statement in statements:
            used = {name: value for name, value in at.items() if f":{name}" in statement}
            connection.execute(text(statement), used)


def test_people_sessions_and_tokens_are_kept(before: Database) -> None:
    _fill(before)
    migrate(before)
    with before.read() as session:
        names = session.execute(
            text("SELECT person_id, user_name, sign_in_name, organisation_role, source, state FROM person ORDER BY no")
        ).all()
        assert [tuple(row) for row in names] == [
            ("p1", "administrator", "administrator", "administrator", "local", "active"),
            ("p2", "person-2", "person-2", None, "local", "active"),
            ("p3", "person-3", "person-3", "administrator", "local", "active"),
        ]
        viewer = identity.authenticate(session, cookie="cookie")
        assert (viewer.viewer_id, viewer.is_admin, viewer.session_kind, viewer.user_name) == (
            "s1",
            True,
            "full",
            "administrator",
        )
        require_proof(session, viewer)  # without a password there is nothing to ask for
        script = identity.authenticate(session, bearer="token")
        assert (script.viewer_id, script.scopes, script.is_admin) == ("t1", None, True)
        found = identity.search_people(session, "local", 10)
        assert [one.person_id for one in found] == ["p1"]
    with before.transaction() as session:
        assert identity.ensure_administrator(session) == "p1"
        assert identity.person_by_user_name(session, "Administrator").name == "Local administrator"


def test_an_empty_database_of_before_gets_its_first_administrator(before: Database) -> None:
    migrate(before)
    with before.transaction() as session:
        person_id = identity.ensure_administrator(session)
        assert identity.get_person(session, person_id).user_name == "administrator"
