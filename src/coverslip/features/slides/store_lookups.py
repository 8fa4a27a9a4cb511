"""SQL of names and ids, asked without a viewer."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.store import below

Ids = Select[str]

_MOST: Final = 100
_TABLES: Final[dict[str, Any]] = {"project": Project, "case": Case, "slide": SlideRecord}


def named(session: Session, text: str) -> list[tuple[str, str]]:
    """Return kind and id of what has this id or name."""
    found: list[tuple[str, str]] = []
    for kind, table in _TABLES.items():
        ident = _ident(kind)
        query = select(ident).where(or_(ident == text, table.name == text)).order_by(table.no).limit(_MOST)
        found += [(kind, object_id) for object_id in session.scalars(query)]
    return found


def names(session: Session, kind: str, ids: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield id and name of things of one kind."""
    table = _TABLES.get(kind)
    if table is not None and ids:
        for row in session.execute(select(_ident(kind), table.name).where(_ident(kind).in_(ids))):
            yield row[0], row[1]


def within(session: Session, kind: str, object_id: str) -> list[Ids]:
    """Return what a project or case holds."""
    if kind == "case":
        return [select(SlideRecord.slide_id).where(SlideRecord.case_id == object_id)]
    project = session.scalars(select(Project).where(Project.project_id == object_id)).first()
    if kind != "project" or project is None:
        return []
    numbers = select(Project.no).where(below(project))
    return [
        select(Project.project_id).where(below(project)),
        select(Case.case_id).where(Case.project_no.in_(numbers)),
        select(SlideRecord.slide_id).where(SlideRecord.project_no.in_(numbers)),
    ]


def _ident(kind: str) -> Any:
    return getattr(_TABLES[kind], f"{kind}_id")
