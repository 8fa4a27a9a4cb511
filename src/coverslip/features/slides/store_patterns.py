"""SQL of patterns and tables: the slides of a project, in batches."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from coverslip.features.access import Action
from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Project, ProjectSettings, SlideRecord
from coverslip.features.slides.store import below
from coverslip.features.slides.store_sight import Filter, see


def governed(session: Session, top: Project) -> list[int]:
    """Return the numbers of a project and those below that follow its settings."""
    rows = session.execute(
        select(Project.no, Project.path, ProjectSettings.project_no)
        .outerjoin(ProjectSettings, ProjectSettings.project_no == Project.no)
        .where(below(top), Project.trash_root.is_(None))
        .order_by(Project.path)
    ).all()
    own = [path for no, path, has in rows if has is not None and no != top.no]
    return [no for no, path, _ in rows if not any(path.startswith(one) for one in own)]


def project_slides(
    session: Session, viewer: Viewer, project_nos: Sequence[int], after_no: int, limit: int
) -> list[SlideRecord]:
    """Return the next live slides of some projects by number, of those that the viewer may change by their names."""
    query = select(SlideRecord).options(undefer(SlideRecord.metadata_words))
    query = query.where(SlideRecord.project_no.in_(project_nos), SlideRecord.trash_root.is_(None))
    query = query.where(SlideRecord.no > after_no, *_by_name(session, viewer))
    return list(session.scalars(query.order_by(SlideRecord.no).limit(limit)))


def first_by_name(session: Session, viewer: Viewer, project_nos: Sequence[int], limit: int) -> list[SlideRecord]:
    """Return the first live slides of some projects by name, of those whose names the viewer may see."""
    query = select(SlideRecord).where(SlideRecord.project_no.in_(project_nos), SlideRecord.trash_root.is_(None))
    query = query.where(see(session, viewer).slides(Action.SEE_IDENTITY))
    return list(session.scalars(query.order_by(SlideRecord.name_sort, SlideRecord.no).limit(limit)))


def keys_of(session: Session, viewer: Viewer, project_nos: Sequence[int]) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield by which texts the slides of some projects are known: number, id, name, file name, label text.

    Only of slides that the viewer may change by their names.
    """
    columns = (SlideRecord.no, SlideRecord.slide_id, SlideRecord.name, SlideRecord.file_name, SlideRecord.label_text)
    query = select(*columns).where(SlideRecord.project_no.in_(project_nos), SlideRecord.trash_root.is_(None))
    query = query.where(*_by_name(session, viewer)).order_by(SlideRecord.no)
    for no, slide_id, name, file_name, label in session.execute(query.execution_options(yield_per=2000)):
        yield no, slide_id, name, file_name, label or ""


def slides_by_no(session: Session, viewer: Viewer, numbers: Sequence[int]) -> dict[int, SlideRecord]:
    """Return live slides that the viewer may change by their names, by number."""
    query = select(SlideRecord).options(undefer(SlideRecord.metadata_words))
    query = query.where(SlideRecord.no.in_(numbers), SlideRecord.trash_root.is_(None))
    return {row.no: row for row in session.scalars(query.where(*_by_name(session, viewer)))}


def _by_name(session: Session, viewer: Viewer) -> tuple[Filter, Filter]:
    sight = see(session, viewer)
    return sight.slides(Action.EDIT), sight.slides(Action.SEE_IDENTITY)
