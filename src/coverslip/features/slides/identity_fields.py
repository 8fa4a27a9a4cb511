"""Which key-value fields tell no name: those that a project's schema says so of. All others are taken to tell one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from coverslip.features.slides import store_cases, store_fields
from coverslip.features.slides.models import Project, SlideRecord
from coverslip.features.slides.schemas import SlidePatch


class OpenKeys:
    """The keys of fields that everybody may see, looked up once for each project."""

    def __init__(self, session: Session, applies_to: str) -> None:
        self._session = session
        self._applies_to = applies_to
        self._known: dict[int, frozenset[str]] = {}

    def of(self, project: Project) -> frozenset[str]:
        """Return the keys of a project's slides or cases."""
        if project.no not in self._known:
            rules = store_cases.rules_of(self._session, project, self._applies_to)
            self._known[project.no] = frozenset(rule.key for rule in rules if not rule.identity)
        return self._known[project.no]

    def kept(self, fields: Mapping[str, Any], project: Project) -> dict[str, Any]:
        """Return those of some fields that everybody may see."""
        if not fields:
            return {}
        keys = self.of(project)
        return {key: value for key, value in fields.items() if key in keys}


def needs_identity(session: Session, rows: Sequence[SlideRecord], patch: SlidePatch) -> bool:
    """Whether a patch of some slides changes what may name somebody, which only who may see it may change."""
    if patch.model_fields_set & {"name", "label_text"}:
        return True
    keys = set(patch.fields or {})
    if not keys:
        return False
    known = OpenKeys(session, "slide")
    return any(not keys <= known.of(project) for project in store_fields.projects_of(session, rows).values())
