"""People for tests of who may do what: viewers, and accounts with a token."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import access, identity
from coverslip.features.access import Right, Role
from coverslip.features.identity import Viewer


def viewer(*group_ids: str, organisation_role: str | None = None, scopes: frozenset[str] | None = None) -> Viewer:
    """Return somebody who is no administrator, with a session (or a token of these scopes)."""
    return Viewer(
        viewer_id=new_id(),
        kind="session" if scopes is None else "token",
        person_id=new_id(),
        name="Reader",
        organisation_role=organisation_role,
        expires_at=utc_now(),
        csrf_hash=None,
        group_ids=group_ids,
        scopes=scopes,
    )


def add_person(session: Session, name: str) -> str:
    """Make an account, whose user name is a number that nobody else has, and return the person's id."""
    new = identity.NewPerson(str(UUID(new_id()).int), name)
    return identity.add_person(session, new, by=identity.SYSTEM).person_id


def token_of(session: Session, person_id: str) -> str:
    """Return a fresh token of a person."""
    return identity.create_token(session, person_id, "script")


def scope_of(session: Session, kind: str, object_id: str) -> str:
    """Return the scope of a project, case or slide."""
    table, column = {
        "project": ("project", "project_id"),
        "case": ("slide_case", "case_id"),
        "slide": ("slide", "slide_id"),
    }[kind]
    query = text(f"SELECT scope_id FROM {table} WHERE {column} = :id")
    return str(session.execute(query, {"id": object_id}).scalar_one())


def give(
    runtime: Any, person_id: str, role: Role | None, kind: str, object_id: str, *rights: Right, group: bool = False
) -> None:
    """Make somebody something on a project, case or slide, with exactly these rights."""
    with runtime.db.transaction() as session:
        access.grant(session, person_id, role, scope_of(session, kind, object_id), rights=rights, group=group)
