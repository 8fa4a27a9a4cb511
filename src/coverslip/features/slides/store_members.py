"""SQL of members: what the scopes of a chain are called."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from coverslip.features.slides.models import Case, Project, SlideRecord


@dataclass(frozen=True, slots=True)
class Named:
    """A scope's object."""

    kind: Literal["project", "case", "slide"]
    object_id: str
    name: str
    no: int


def objects_of(session: Session, scope_ids: Collection[str]) -> dict[str, Named]:
    """Return what some scopes belong to."""
    found: dict[str, Named] = {}
    projects = select(Project.scope_id, Project.project_id, Project.name, Project.no)
    cases = select(Case.scope_id, Case.case_id, Case.name, Case.no)
    slides = select(SlideRecord.scope_id, SlideRecord.slide_id, SlideRecord.name, SlideRecord.no)
    for row in session.execute(projects.where(Project.scope_id.in_(scope_ids))):
        found[row[0]] = Named("project", row[1], row[2], row[3])
    for row in session.execute(cases.where(Case.scope_id.in_(scope_ids))):
        found[row[0]] = Named("case", row[1], row[2], row[3])
    for row in session.execute(slides.where(SlideRecord.scope_id.in_(scope_ids))):
        found[row[0]] = Named("slide", row[1], row[2], row[3])
    return found
