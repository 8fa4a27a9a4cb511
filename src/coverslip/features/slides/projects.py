"""Projects as people make and set them up: names, the metadata schema, the pattern of names."""

import json
from collections.abc import Sequence

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.time import utc_now
from coverslip.features.access import Action, require, require_admin
from coverslip.features.identity import Viewer
from coverslip.features.slides import field_rules, naming, registration, store, store_cases
from coverslip.features.slides.models import Project
from coverslip.features.slides.schemas_cases import (
    FieldRule,
    ProjectIn,
    ProjectPatch,
    ProjectSettingsIn,
    ProjectSettingsOut,
)
from coverslip.features.slides.stains import canonical_stain
from coverslip.features.slides.words import printable, sort_key
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint


def create_project(session: Session, viewer: Viewer, wanted: ProjectIn) -> Project:
    """Make a project: in another one by whoever manages that, at the top by an administrator.

    Raises
    ------
    NotFound, Forbidden
    """
    if wanted.parent_id is None:
        require_admin(viewer)
    else:
        require(session, viewer, Action.MANAGE, visible_project(session, viewer, wanted.parent_id).scope_id)
    project_id = registration.create_project(session, wanted.name, wanted.parent_id, by=viewer)
    return visible_project(session, viewer, project_id)


def rename_project(session: Session, viewer: Viewer, project_id: str, patch: ProjectPatch) -> Project:
    """Give a project another name; the folder that it may come from keeps its own.

    Raises
    ------
    NotFound, Forbidden
    """
    row = visible_project(session, viewer, project_id)
    require(session, viewer, Action.MANAGE, row.scope_id)
    name = printable(patch.name)
    if name != row.name:
        row.name, row.name_sort = name, sort_key(name)
        session.flush()
        record(session, AuditEvent("project.renamed", viewer.person_id, viewer.viewer_id, "project", project_id))
        hint(session, "slides.changed")
    return row


def get_settings(session: Session, viewer: Viewer, project_id: str) -> ProjectSettingsOut:
    """Return the settings in force for a project: its own, or those of the nearest project above.

    Raises
    ------
    NotFound
    """
    return _settings(session, visible_project(session, viewer, project_id))


def put_settings(session: Session, viewer: Viewer, project_id: str, wanted: ProjectSettingsIn) -> ProjectSettingsOut:
    """Replace a project's settings; slides that break the new schema stay as they are until they are changed.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        The schema contradicts itself, or the pattern cannot be read.
    """
    row = visible_project(session, viewer, project_id)
    require(session, viewer, Action.MANAGE, row.scope_id)
    field_rules.check_rules(wanted.metadata_schema)
    if _open(wanted.metadata_schema) - _open(_settings(session, row).metadata_schema):
        # To call a field nameless shows it to everybody, so only who may see it may do that.
        require(session, viewer, Action.SEE_IDENTITY, row.scope_id)
    if wanted.pattern is not None:
        naming.compiled(wanted.pattern)
    stain = canonical_stain(wanted.default_stain)[0] if wanted.default_stain else None
    rules = [rule.model_dump(mode="json") for rule in wanted.metadata_schema]
    store_cases.put_settings(
        session,
        row.no,
        metadata_schema=rules,
        pattern=wanted.pattern,
        default_stain=stain or None,
        updated_at=utc_now(),
    )
    detail = {"rules": len(rules), "size": len(json.dumps(rules))}
    event = AuditEvent("project.set_up", viewer.person_id, viewer.viewer_id, "project", project_id, detail=detail)
    record(session, event)
    return _settings(session, row)


def project_pattern(session: Session, project_id: str) -> str | None:
    """Return the pattern in force for a project, None without one."""
    project = store.project_by_id(session, project_id)
    found = None if project is None else store_cases.settings_of(session, project)
    return None if found is None else found[0].pattern


def visible_project(session: Session, viewer: Viewer, project_id: str) -> Project:
    """Return a project that the viewer may see.

    Raises
    ------
    NotFound
    """
    found = store.visible_project(session, viewer, project_id)
    if found is None:
        raise NotFound
    return found


def _open(rules: Sequence[FieldRule]) -> set[tuple[str, str]]:
    return {(rule.applies_to, rule.key) for rule in rules if not rule.identity}


def _settings(session: Session, project: Project) -> ProjectSettingsOut:
    found = store_cases.settings_of(session, project)
    if found is None:
        return ProjectSettingsOut(metadata_schema=[], pattern=None, default_stain=None, inherited_from=None)
    row, no = found
    return ProjectSettingsOut(
        metadata_schema=[FieldRule.model_validate(one) for one in row.metadata_schema],
        pattern=row.pattern,
        default_stain=row.default_stain,
        inherited_from=None if no == project.no else store_cases.project_by_no(session, no).project_id,
    )
