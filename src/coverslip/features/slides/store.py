"""SQL of the catalogue: rows by id, and what registration writes. Lists are in ``listing``."""

import json
import os
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from coverslip.features.access import Action, Standing, may, standing
from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import storable


def folder_bytes(folder: str) -> bytes:
    """Return a folder as it is stored."""
    return os.fsencode(folder)


def folder_text(folder: bytes) -> str:
    """Return a stored folder as a path of this machine."""
    return os.fsdecode(folder)


def files_text(files: Sequence[str]) -> str:
    """Return file names as they are stored: ASCII, so that names outside UTF-8 survive."""
    return json.dumps(list(files), ensure_ascii=True, separators=(",", ":"))


def files_of(row: SlideRecord) -> tuple[str, ...]:
    """Return the file names of a slide, relative to its folder."""
    return tuple(json.loads(row.files))


def below(top: Project) -> ColumnElement[bool]:
    """Return the filter for a project and all below it: paths that begin with its own."""
    return and_(Project.path >= top.path, Project.path < top.path[:-1] + "0")  # "0" follows "/"


def project_by_id(session: Session, project_id: str) -> Project | None:
    """Return a project, whoever may see it."""
    return session.scalars(select(Project).where(Project.project_id == project_id)).first()


def visible_project(session: Session, viewer: Viewer, project_id: str) -> Project | None:
    """Return a project that the viewer may see and that is not in the trash."""
    if not storable(project_id):
        return None
    row = session.scalars(select(Project).where(Project.project_id == project_id, Project.trash_root.is_(None))).first()
    return row if row is not None and may(session, viewer, Action.VIEW, row.scope_id) else None


def top_project_named(session: Session, name: str) -> Project | None:
    """Return the oldest project of this name that lies in no other."""
    return session.scalars(
        select(Project)
        .where(Project.parent_id.is_(None), Project.name == name, Project.trash_root.is_(None))
        .order_by(Project.no)
        .limit(1)
    ).first()


def visible_projects(session: Session, viewer: Viewer) -> list[Project]:
    """Return every project that the viewer may see, by name."""
    return list(
        session.scalars(
            select(Project)
            .where(Project.trash_root.is_(None), see(session, viewer).projects(Project.no))
            .order_by(Project.name_sort, Project.no)
        )
    )


def sees_a_project(session: Session, viewer: Viewer) -> bool:
    """Say whether there is any project that the viewer may see; it counts nothing."""
    seen = select(Project.no).where(Project.trash_root.is_(None), see(session, viewer).projects(Project.no))
    return session.scalars(seen.limit(1)).first() is not None


def set_offline(session: Session, top: Project, since: datetime | None) -> None:
    """Mark a project and all below it as offline since then, or as back."""
    session.execute(
        update(Project).where(below(top)).values(offline_since=since).execution_options(synchronize_session=False)
    )
    session.expire_all()


def project_id_of(session: Session, slide_id: str) -> str | None:
    """Return the id of a slide's project."""
    return session.scalars(
        select(Project.project_id)
        .join(SlideRecord, SlideRecord.project_no == Project.no)
        .where(SlideRecord.slide_id == slide_id)
    ).first()


def projects_of(session: Session, slide_ids: Collection[str]) -> dict[str, str]:
    """Return the ids of the projects of some slides."""
    query = select(SlideRecord.slide_id, Project.project_id).join(Project, SlideRecord.project_no == Project.no)
    rows = session.execute(query.where(SlideRecord.slide_id.in_(slide_ids)))
    return {row[0]: row[1] for row in rows}


def slide_by_id(session: Session, slide_id: str, *, lock: bool = False) -> SlideRecord | None:
    """Return a slide, whoever may see it."""
    query = select(SlideRecord).where(SlideRecord.slide_id == slide_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def newest_ready(session: Session) -> str | None:
    """Return the id of the slide that was registered last and has pixels."""
    query = select(SlideRecord.slide_id).where(SlideRecord.state == "ready")
    return session.scalars(query.order_by(SlideRecord.no.desc()).limit(1)).first()


def slides_by_id(session: Session, slide_ids: Sequence[str]) -> list[SlideRecord]:
    """Return slides in no particular order."""
    return list(session.scalars(select(SlideRecord).where(SlideRecord.slide_id.in_(slide_ids))))


def visible_slide(
    session: Session, viewer: Viewer, slide_id: str, *, trashed: bool = False
) -> tuple[SlideRecord, Project, Standing] | None:
    """Return a slide that the viewer may see, its project, and what they are on it.

    ``trashed`` also finds what lies in the trash.
    """
    if not storable(slide_id):
        return None
    query = select(SlideRecord, Project).join(Project, Project.no == SlideRecord.project_no)
    query = query.where(SlideRecord.slide_id == slide_id)
    if not trashed:
        query = query.where(SlideRecord.trash_root.is_(None), Project.trash_root.is_(None))
    row = session.execute(query).first()
    if row is None or not may(session, viewer, Action.VIEW, row[0].scope_id):
        return None
    return row[0], row[1], standing(session, viewer, row[0].scope_id)


def case_numbers(session: Session, case_ids: Collection[str]) -> dict[str, int]:
    """Return the numbers of some cases, which stand for their names where these may not be seen."""
    if not case_ids:
        return {}
    rows = session.execute(select(Case.case_id, Case.no).where(Case.case_id.in_(case_ids)))
    return {row[0]: row[1] for row in rows}


def visible_ids(session: Session, viewer: Viewer, slide_ids: Sequence[str]) -> set[str]:
    """Return which of some slides the viewer may see; none that is in the trash."""
    asked = [one for one in slide_ids if storable(one)]
    query = select(SlideRecord.slide_id).where(
        SlideRecord.slide_id.in_(asked), SlideRecord.trash_root.is_(None), see(session, viewer).slides()
    )
    return set(session.scalars(query))


def slides_by_fingerprint(session: Session, fingerprint: str, limit: int) -> list[SlideRecord]:
    """Return some slides with this fingerprint: missing ones first, then the oldest."""
    return list(
        session.scalars(
            select(SlideRecord)
            .where(SlideRecord.fingerprint == fingerprint)
            .order_by((SlideRecord.state == "missing").desc(), SlideRecord.no)
            .limit(limit)
        )
    )


def used_index_names(session: Session, names: Sequence[str]) -> set[str]:
    """Return those of some index files that a slide uses."""
    found = session.scalars(select(SlideRecord.index_name).where(SlideRecord.index_name.in_(names)))
    return {name for name in found if name is not None}
