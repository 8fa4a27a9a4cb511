"""What a viewer may see of the catalogue, as SQL that costs the same however many slides lie below a grant.

``access.visible`` walks down the tree of scopes, which a grant on an archive of 100,000 slides makes
long. The catalogue knows better: a slide is seen by its project, its case or itself.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from coverslip.features.access import Action, granted, granted_kinds
from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Case, Project, SlideRecord

Filter = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one viewer may see (or change) now; made by :func:`see`.

    Attributes
    ----------
    viewer : Viewer
    action : Action
    kinds : frozenset of str
        On which kinds of scopes the viewer has grants of their own; empty for an administrator.
    plain : bool
        Whether the planner may choose among indexes by itself (PostgreSQL): SQLite would look up
        and sort every slide of a large project instead of walking the order asked for.
    """

    viewer: Viewer
    action: Action
    kinds: frozenset[str]
    plain: bool

    @property
    def by_projects_only(self) -> bool:
        """Whether everything seen is seen by its project, so that counts by project are enough."""
        return self.viewer.is_admin or self.kinds <= {"project"}

    def projects(self, column: InstrumentedAttribute[int]) -> Filter:
        """Return the filter for rows whose project, by number, is seen."""
        if self.viewer.is_admin:
            return true()
        if "project" not in self.kinds:
            return false()
        return self.walked(column).in_(self._project_numbers())

    def cases(self) -> Filter:
        """Return the filter for cases that are seen: by their project or themselves."""
        if self.viewer.is_admin:
            return true()
        own = [granted(self.viewer, Case.scope_id, self.action)] if "case" in self.kinds else []
        return or_(self.projects(Case.project_no), *own)

    def slides(self) -> Filter:
        """Return the filter for slides that are seen: by their project, their case or themselves."""
        if self.viewer.is_admin:
            return true()
        ways = [self.projects(SlideRecord.project_no)]
        if "case" in self.kinds:
            cases = select(Case.case_id).where(granted(self.viewer, Case.scope_id, self.action))
            ways.append(SlideRecord.case_id.in_(cases))
        if "slide" in self.kinds:
            ways.append(granted(self.viewer, SlideRecord.scope_id, self.action))
        return or_(*ways)

    def walked(self, column: InstrumentedAttribute[int]) -> ColumnElement[int]:
        """Return a number's column as one that SQLite looks at but does not search by."""
        return column.expression if self.plain else column + 0

    def _project_numbers(self) -> Any:
        top = aliased(Project)
        end = func.substr(top.path, 1, func.length(top.path) - 1).concat("0")  # "0" follows "/"
        above = granted(self.viewer, top.scope_id, self.action)
        return select(Project.no).where(exists().where(above, Project.path >= top.path, Project.path < end))


def see(session: Session, viewer: Viewer, action: Action = Action.VIEW) -> Sight:
    """Return what a viewer may see, or do this to."""
    kinds = set() if viewer.is_admin else granted_kinds(session, viewer, action)
    return Sight(viewer, action, frozenset(kinds), session.get_bind().dialect.name == "postgresql")
