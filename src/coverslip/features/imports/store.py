"""SQL of imports."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.imports.models import Claim, Root, Source, SourceFolder
from coverslip.infra.db import insert_or_ignore


def path_text(row: Root | Source) -> str:
    """Return the path of a row as a path of this machine."""
    return os.fsdecode(row.path)


def roots(session: Session) -> list[Root]:
    """Return every served folder, oldest first."""
    return list(session.scalars(select(Root).order_by(Root.no)))


def root_by_id(session: Session, root_id: str) -> Root | None:
    """Return a served folder; a text that cannot be an id finds none."""
    if not (root_id.isascii() and root_id.isprintable()):
        return None
    return session.scalars(select(Root).where(Root.root_id == root_id)).first()


def root_by_hash(session: Session, path_hash: str) -> Root | None:
    """Return the served folder with this path."""
    return session.scalars(select(Root).where(Root.path_hash == path_hash)).first()


def roots_of_project(session: Session, project_id: str) -> list[Root]:
    """Return the roots whose slides lie in this project."""
    return list(session.scalars(select(Root).where(Root.project_id == project_id)))


def lease(session: Session, root_id: str, worker: str, now: datetime, length: timedelta) -> bool:
    """Take the right to scan a root, or extend it; False while somebody else has it."""
    result = session.execute(
        update(Root)
        .where(
            Root.root_id == root_id,
            or_(Root.leased_by.is_(None), Root.leased_by == worker, Root.lease_until < now),
        )
        .values(leased_by=worker, lease_until=now + length)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def change_root(session: Session, root_id: str, **values: object) -> None:
    """Set columns of a root."""
    session.execute(
        update(Root).where(Root.root_id == root_id).values(**values).execution_options(synchronize_session=False)
    )


def outcomes(session: Session, root_id: str) -> dict[str, int]:
    """Count a root's slides by how the scan left them."""
    query = select(Source.outcome, func.count()).where(Source.root_id == root_id).group_by(Source.outcome)
    return {row[0]: row[1] for row in session.execute(query)}


def sources_at(session: Session, root_id: str, hashes: Sequence[str]) -> dict[str, Source]:
    """Return the known sources at some paths, by path hash."""
    rows = session.scalars(select(Source).where(Source.root_id == root_id, Source.path_hash.in_(hashes)))
    return {row.path_hash: row for row in rows}


def claims_at(session: Session, root_id: str, hashes: Sequence[str]) -> dict[str, str]:
    """Return which slide claims some paths."""
    rows = session.execute(
        select(Claim.path_hash, Claim.slide_id).where(Claim.root_id == root_id, Claim.path_hash.in_(hashes))
    )
    return {row[0]: row[1] for row in rows}


def sources_of(session: Session, slide_ids: Sequence[str]) -> dict[str, Source]:
    """Return the sources of some slides, by slide."""
    return {row.slide_id: row for row in session.scalars(select(Source).where(Source.slide_id.in_(slide_ids)))}


def present_after(session: Session, root_id: str, no: int, limit: int) -> list[Source]:
    """Return the next sources of a root that are not missing, by number."""
    return list(
        session.scalars(
            select(Source)
            .where(Source.root_id == root_id, Source.no > no, Source.outcome != "missing")
            .order_by(Source.no)
            .limit(limit)
        )
    )


def put_source(session: Session, slide_id: str, **values: object) -> None:
    """Insert or change the source of a slide."""
    row = session.scalars(select(Source).where(Source.slide_id == slide_id)).first()
    if row is None:
        session.add(Source(slide_id=slide_id, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()


def set_outcomes(session: Session, slide_ids: Sequence[str], outcome: str) -> None:
    """Record how the scan left some slides."""
    session.execute(
        update(Source)
        .where(Source.slide_id.in_(slide_ids))
        .values(outcome=outcome)
        .execution_options(synchronize_session=False)
    )


def replace_claims(session: Session, root_id: str, slide_id: str, hashes: Sequence[str]) -> None:
    """Set which files belong to a slide."""
    session.execute(delete(Claim).where(Claim.slide_id == slide_id).execution_options(synchronize_session=False))
    for path_hash in hashes:
        insert_or_ignore(session, Claim, {"root_id": root_id, "path_hash": path_hash, "slide_id": slide_id})


def folder_project(session: Session, root_id: str, path_hash: str) -> str | None:
    """Return the project that a folder became."""
    return session.scalars(
        select(SourceFolder.project_id).where(SourceFolder.root_id == root_id, SourceFolder.path_hash == path_hash)
    ).first()


def add_folder(session: Session, root_id: str, path_hash: str, project_id: str) -> None:
    """Record the project that a folder became."""
    session.add(SourceFolder(root_id=root_id, path_hash=path_hash, project_id=project_id))
    session.flush()


def forget_slides(session: Session, slide_ids: Sequence[str]) -> None:
    """Forget what on disk some slides come from."""
    for table in (Claim, Source):
        session.execute(delete(table).where(table.slide_id.in_(slide_ids)).execution_options(synchronize_session=False))
