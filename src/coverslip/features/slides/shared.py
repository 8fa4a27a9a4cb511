"""What the catalogue answers about share links: what they show, under which names, and whether it is still there."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.features.access import Catalogue, Thing
from coverslip.features.identity import Viewer
from coverslip.features.slides import store, store_cases, store_shares
from coverslip.features.slides.detail import case_name, slide_name
from coverslip.features.slides.store_shares import Kind
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import tags_of

Object = tuple[str, str]
_KINDS: Final[tuple[Kind, ...]] = ("project", "case", "slide")


def find(session: Session, viewer: Viewer, kind: str, object_id: str) -> Thing:
    """Return a project, case or slide that the viewer may see.

    Raises
    ------
    NotFound
    """
    row = _row(session, viewer, kind, object_id)
    return Thing(row.scope_id, row.name)


def names(session: Session, viewer: Viewer, objects: Collection[Object]) -> dict[Object, str]:
    """Return the names of those that are there, as the viewer may see them."""
    sight, found = see(session, viewer), dict[Object, str]()
    projects: dict[int, Any] = {}

    def project_of(row: Any) -> Any:
        if row.project_no not in projects:
            projects[row.project_no] = store_cases.project_by_no(session, row.project_no)
        return projects[row.project_no]

    for kind in _KINDS:
        for row in store_shares.rows_of(session, kind, [one for of, one in objects if of == kind]):
            if kind == "project":
                found[kind, row.project_id] = row.name
            elif kind == "case":
                found[kind, row.case_id] = case_name(row, sight.of_case(row, project_of(row)))
            else:
                found[kind, row.slide_id] = slide_name(row, sight.of_slide(row, project_of(row)))
    return found


def trashed(session: Session, objects: Collection[Object]) -> set[Object]:
    """Return which of some things lie in the trash, or are gone."""
    there = {
        (kind, one)
        for kind in _KINDS
        for one in store_shares.live_ids(session, kind, [object_id for of, object_id in objects if of == kind])
    }
    return {one for one in objects if one not in there}


def slides_of(session: Session, viewer: Viewer, kind: str, object_id: str, limit: int) -> list[str]:
    """Return the ids of slides in a thing that a viewer sees.

    Raises
    ------
    NotFound
    """
    row = _row(session, viewer, kind, object_id)
    return store_shares.slide_ids_in(session, viewer, _kind(kind), row, limit)


def texts(session: Session, slide_ids: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Yield the names and tags of slides and of their cases."""
    slides = store_shares.rows_of(session, "slide", slide_ids)
    cases = store_shares.rows_of(session, "case", {row.case_id for row in slides if row.case_id})
    for where, rows in (("slide name", slides), ("case name", cases)):
        for row in rows:
            yield where, row.name
            for tag in tags_of(row.tags):
                yield "tag", tag


CATALOGUE: Final = Catalogue(
    find=find,
    names=names,
    trashed=trashed,
    count=store_shares.count_slides,
    slides_of=slides_of,
    number=store_shares.number,
    texts=texts,
)


def _row(session: Session, viewer: Viewer, kind: str, object_id: str) -> Any:
    found: Any = None
    if kind == "project":
        found = store.visible_project(session, viewer, object_id)
    elif kind == "case":
        case = store_cases.visible_case(session, viewer, object_id)
        found = None if case is None else case[0]
    elif kind == "slide":
        slide = store.visible_slide(session, viewer, object_id)
        found = None if slide is None else slide[0]
    if found is None:
        raise NotFound
    return found


def _kind(text: str) -> Kind:
    return next(one for one in _KINDS if one == text)
