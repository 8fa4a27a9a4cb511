"""SQL of what arrives: arrivals, uploads, rules by folder."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, inspect, select, true, update
from sqlalchemy.orm import Session

from coverslip.features.identity import Viewer
from coverslip.features.imports.models import Arrival, FolderRule, Root, Source, SourceFolder, Upload
from coverslip.infra.db import insert_or_ignore


def sane(text: str) -> bool:
    """Whether a text can be an id at all."""
    return text.isascii() and text.isprintable()


def _mine(viewer: Viewer) -> ColumnElement[bool]:
    return true() if viewer.is_admin else Arrival.person_id == viewer.person_id


def arrival_by_id(session: Session, arrival_id: str, *, lock: bool = False) -> Arrival | None:
    """Return an arrival."""
    query = select(Arrival).where(Arrival.arrival_id == arrival_id)
    return session.scalars(query.with_for_update() if lock else query).first() if sane(arrival_id) else None


def visible_arrival(session: Session, viewer: Viewer, arrival_id: str) -> Arrival | None:
    """Return an arrival that the viewer may see: an administrator all, others what they sent."""
    if not sane(arrival_id):
        return None
    return session.scalars(select(Arrival).where(Arrival.arrival_id == arrival_id, _mine(viewer))).first()


def begin_arrival(session: Session, row: Arrival) -> tuple[Arrival, bool]:
    """Insert an arrival unless its client has one of the same key; return it locked, and whether it is new."""
    mapped = inspect(Arrival).column_attrs
    values = {one.key: getattr(row, one.key) for one in mapped if one.key != "no"}
    is_new = insert_or_ignore(session, Arrival, values)
    query = select(Arrival).with_for_update().execution_options(populate_existing=True)
    if is_new:
        return session.scalars(query.where(Arrival.arrival_id == row.arrival_id)).one(), True
    return session.scalars(
        query.where(Arrival.person_id == row.person_id, Arrival.group_key == row.group_key)
    ).one(), False


def arrivals(
    session: Session, viewer: Viewer, states: Sequence[str], before_no: int | None, limit: int
) -> list[Arrival]:
    """Return arrivals, newest first."""
    query = select(Arrival).where(_mine(viewer)).order_by(Arrival.no.desc()).limit(limit)
    if states:
        query = query.where(Arrival.state.in_(states))
    if before_no is not None:
        query = query.where(Arrival.no < before_no)
    return list(session.scalars(query))


def arrival_counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """Count arrivals by state."""
    query = select(Arrival.state, func.count()).where(_mine(viewer)).group_by(Arrival.state)
    return {row[0]: row[1] for row in session.execute(query)}


def arrivals_of_sources(session: Session, keys: Sequence[str]) -> dict[str, Arrival]:
    """Return the arrivals of files in served folders, by root and path."""
    rows = session.scalars(select(Arrival).where(Arrival.source_key.in_(keys)))
    return {row.source_key: row for row in rows if row.source_key is not None}


def change_arrival(session: Session, arrival_id: str, **values: Any) -> None:
    """Set columns of an arrival."""
    session.execute(
        update(Arrival)
        .where(Arrival.arrival_id == arrival_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def delete_arrival(session: Session, arrival_id: str) -> None:
    """Forget an arrival and its uploads."""
    session.execute(delete(Upload).where(Upload.arrival_id == arrival_id))
    session.execute(delete(Arrival).where(Arrival.arrival_id == arrival_id))


def upload_by_id(session: Session, upload_id: str, person_id: str) -> Upload | None:
    """Return an upload of a person."""
    if not sane(upload_id):
        return None
    return session.scalars(select(Upload).where(Upload.upload_id == upload_id, Upload.person_id == person_id)).first()


def uploads_of(session: Session, arrival_id: str) -> list[Upload]:
    """Return the uploads of an arrival, in the order in which they were announced."""
    return list(session.scalars(select(Upload).where(Upload.arrival_id == arrival_id).order_by(Upload.no)))


def open_uploads(session: Session, person_id: str | None = None) -> list[tuple[Upload, Arrival]]:
    """Return unfinished uploads, of one person or of all, with their arrivals."""
    query = (
        select(Upload, Arrival)
        .join(Arrival, Arrival.arrival_id == Upload.arrival_id)
        .where(Upload.complete.is_(False))
        .order_by(Upload.no)
    )
    if person_id is not None:
        query = query.where(Upload.person_id == person_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def expired_arrivals(session: Session, now: datetime) -> list[str]:
    """Return arrivals whose bytes may be deleted: nobody went on with them for a day."""
    return list(
        session.scalars(
            select(Upload.arrival_id).group_by(Upload.arrival_id).having(func.max(Upload.expires_at) < now).limit(500)
        )
    )


def unfinished_work(session: Session, before: datetime) -> list[str]:
    """Return uploads that wait or are worked on and that nobody has touched for a while."""
    return list(
        session.scalars(
            select(Arrival.arrival_id).where(
                Arrival.kind == "upload", Arrival.state.in_(("waiting", "working")), Arrival.updated_at < before
            )
        )
    )


def delete_upload(session: Session, upload_id: str) -> None:
    """Forget an upload."""
    session.execute(delete(Upload).where(Upload.upload_id == upload_id))


def delete_uploads(session: Session, arrival_id: str) -> None:
    """Forget the uploads of an arrival, which is done or given up."""
    session.execute(delete(Upload).where(Upload.arrival_id == arrival_id))


def change_uploads(session: Session, arrival_id: str, **values: Any) -> None:
    """Set columns of all uploads of an arrival."""
    session.execute(
        update(Upload)
        .where(Upload.arrival_id == arrival_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def known_arrivals(session: Session, arrival_ids: Sequence[str]) -> set[str]:
    """Return which of some arrivals still have uploads."""
    return set(session.scalars(select(Upload.arrival_id).where(Upload.arrival_id.in_(arrival_ids))))


def forget_stamps(session: Session, slide_ids: Sequence[str]) -> list[str]:
    """Make the next look read some slides again whatever their times say; returns the roots to look at."""
    rows = list(session.scalars(select(Source).where(Source.slide_id.in_(slide_ids))))
    for row in rows:
        row.stamp = ""
    session.flush()
    return sorted({row.root_id for row in rows})


def rules(session: Session) -> list[FolderRule]:
    """Return every rule, oldest first."""
    return list(session.scalars(select(FolderRule).order_by(FolderRule.no)))


def rule_by_id(session: Session, rule_id: str) -> FolderRule | None:
    """Return a rule."""
    return session.scalars(select(FolderRule).where(FolderRule.rule_id == rule_id)).first() if sane(rule_id) else None


def rule_by_folder(session: Session, folder_hash: str) -> FolderRule | None:
    """Return the rule of a folder."""
    return session.scalars(select(FolderRule).where(FolderRule.folder_hash == folder_hash)).first()


def delete_rule(session: Session, rule_id: str) -> None:
    """Forget a rule."""
    session.execute(delete(FolderRule).where(FolderRule.rule_id == rule_id))


def project_is_wanted(session: Session, project_id: str) -> bool:
    """Whether a served folder, a rule or something on its way sends slides to a project."""
    under_way = Arrival.state.in_(("receiving", "waiting", "working"))
    asked = (
        select(Root.no).where(Root.project_id == project_id),
        select(FolderRule.no).where(FolderRule.project_id == project_id),
        select(Arrival.no).where(Arrival.project_id == project_id, under_way),
    )
    return any(session.scalars(query.limit(1)).first() is not None for query in asked)


def forget_project(session: Session, project_id: str) -> None:
    """Forget which folders became a project, and the log of what came to it."""
    of_it = select(Arrival.arrival_id).where(Arrival.project_id == project_id)
    for statement in (
        delete(Upload).where(Upload.arrival_id.in_(of_it)),
        delete(Arrival).where(Arrival.project_id == project_id),
        delete(SourceFolder).where(SourceFolder.project_id == project_id),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
