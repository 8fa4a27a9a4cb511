"""SQL of the catalogue for share links: the numbers that stand for names there, and what a link reaches."""

from collections.abc import Collection, Sequence
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Case, Project, ShareName, SlideRecord
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import storable

Kind = Literal["slide", "case", "project"]
_AT_ONCE: Final = 500


def ordinals(session: Session, share_id: str, kind: Kind, numbers: Collection[int]) -> dict[int, int]:
    """Return the numbers that some things have in a link; what has none is left out."""
    wanted, found = sorted(numbers), dict[int, int]()
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(ShareName.object_no, ShareName.ordinal).where(
            ShareName.share_id == share_id,
            ShareName.kind == kind,
            ShareName.object_no.in_(wanted[start : start + _AT_ONCE]),
        )
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def next_ordinal(session: Session, viewer: Viewer, kind: Kind, no: int) -> int:
    """Return the number that something without one will get: it came after the link was last opened."""
    share_id = viewer.share_id or ""
    inside, column = _inside(session, viewer, kind)
    query = select(func.count()).select_from(inside.where(_bare(share_id, kind, column), column <= no).subquery())
    return _last(session, share_id, kind) + session.scalars(query).one()


def number(session: Session, viewer: Viewer, order: Sequence[str]) -> None:
    """Give everything that a link shows a number: the slides of ``order`` first, then as they came."""
    share_id = viewer.share_id or ""
    _number_ordered(session, viewer, share_id, order)
    for kind in ("slide", "case", "project"):
        _number_rest(session, viewer, share_id, kind)
    session.flush()


def _number_ordered(session: Session, viewer: Viewer, share_id: str, order: Sequence[str]) -> None:
    wanted = [one for one in dict.fromkeys(order) if storable(one)]
    inside, column = _inside(session, viewer, "slide")
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        query = inside.add_columns(SlideRecord.slide_id).where(
            SlideRecord.slide_id.in_(some), _bare(share_id, "slide", column)
        )
        numbers = {row[1]: row[0] for row in session.execute(query)}
        last = _last(session, share_id, "slide")
        rows = [
            {"share_id": share_id, "kind": "slide", "object_no": numbers[one], "ordinal": last + place}
            for place, one in enumerate((one for one in some if one in numbers), 1)
        ]
        if rows:
            session.execute(insert(ShareName), rows)


def _number_rest(session: Session, viewer: Viewer, share_id: str, kind: Kind) -> None:
    inside, column = _inside(session, viewer, kind)
    rows = inside.where(_bare(share_id, kind, column)).subquery()
    no = rows.c.no
    counted = select(
        literal(share_id), literal(kind), no, func.row_number().over(order_by=no) + _last(session, share_id, kind)
    )
    session.execute(insert(ShareName).from_select(["share_id", "kind", "object_no", "ordinal"], counted))


def _inside(session: Session, viewer: Viewer, kind: Kind) -> tuple[Select[Any], InstrumentedAttribute[int]]:
    """Return the numbers of what a viewer sees of a kind; a slide shows its case and a case its project."""
    sight = see(session, viewer)
    slides = and_(SlideRecord.trash_root.is_(None), sight.slides())
    if kind == "slide":
        return select(SlideRecord.no).where(slides), SlideRecord.no
    if kind == "case":
        holding = select(SlideRecord.case_id).where(slides, SlideRecord.case_id.is_not(None))
        return select(Case.no).where(or_(Case.case_id.in_(holding), sight.cases())), Case.no
    return select(Project.no).where(Project.trash_root.is_(None), sight.projects(Project.no)), Project.no


def _bare(share_id: str, kind: Kind, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    named = exists().where(ShareName.share_id == share_id, ShareName.kind == kind, ShareName.object_no == column)
    return ~named


def _last(session: Session, share_id: str, kind: Kind) -> int:
    query = select(func.max(ShareName.ordinal)).where(ShareName.share_id == share_id, ShareName.kind == kind)
    return session.scalars(query).one() or 0


# --- what a link is about ---------------------------------------------------------------------


def rows_of(session: Session, kind: Kind, ids: Collection[str]) -> list[Any]:
    """Return projects, cases or slides by their ids, whoever may see them, in the trash or not."""
    table, column = _TABLES[kind]
    wanted, found = sorted(one for one in ids if storable(one)), list[Any]()
    for start in range(0, len(wanted), _AT_ONCE):
        found += session.scalars(select(table).where(column.in_(wanted[start : start + _AT_ONCE])))
    return found


def live_ids(session: Session, kind: Kind, ids: Collection[str]) -> set[str]:
    """Return those of some projects, cases or slides that are there: not in the trash, nor is what they lie in."""
    wanted, found = sorted(one for one in ids if storable(one)), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        if kind == "project":
            query = select(Project.project_id).where(Project.project_id.in_(some), Project.trash_root.is_(None))
        elif kind == "case":
            query = select(Case.case_id).join(Project, Project.no == Case.project_no)
            query = query.where(Case.case_id.in_(some), Case.trash_root.is_(None), Project.trash_root.is_(None))
        else:
            query = select(SlideRecord.slide_id).join(Project, Project.no == SlideRecord.project_no)
            query = query.outerjoin(Case, Case.case_id == SlideRecord.case_id)
            query = query.where(SlideRecord.slide_id.in_(some), SlideRecord.trash_root.is_(None))
            query = query.where(Project.trash_root.is_(None), or_(Case.no.is_(None), Case.trash_root.is_(None)))
        found |= set(session.scalars(query))
    return found


def slide_ids_in(session: Session, viewer: Viewer, kind: Kind, row: Any, limit: int) -> list[str]:
    """Return the ids of slides in a project, case or slide that a viewer sees."""
    query = select(SlideRecord.slide_id).where(SlideRecord.trash_root.is_(None), see(session, viewer).slides())
    if kind == "slide":
        query = query.where(SlideRecord.no == row.no)
    elif kind == "case":
        query = query.where(SlideRecord.case_id == row.case_id)
    else:
        inside = select(Project.no).where(Project.path >= row.path, Project.path < row.path[:-1] + "0")
        query = query.where(SlideRecord.project_no.in_(inside))
    return list(session.scalars(query.order_by(SlideRecord.no).limit(limit)))


def count_slides(session: Session, viewer: Viewer) -> int:
    """Count the slides that a viewer sees."""
    query = select(func.count()).select_from(SlideRecord)
    return session.scalars(query.where(SlideRecord.trash_root.is_(None), see(session, viewer).slides())).one()


_TABLES: Final[dict[str, tuple[Any, Any]]] = {
    "project": (Project, Project.project_id),
    "case": (Case, Case.case_id),
    "slide": (SlideRecord, SlideRecord.slide_id),
}
