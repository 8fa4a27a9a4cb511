"""Class lists: a project's own, else that of the nearest project above with one, else the built-in one."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.annotation_errors import ClassListRefused, PatchRefused, RevisionPassed
from coverslip.core.errors import FieldProblem
from coverslip.core.time import utc_now
from coverslip.features.access import Action, require, shows_annotations
from coverslip.features.annotations import store_layers
from coverslip.features.annotations.default_classes import DEFAULT_CLASSES
from coverslip.features.annotations.models import ClassListRow
from coverslip.features.annotations.schemas_classes import ClassEntry, ClassesIn, ClassesOut
from coverslip.features.annotations.store import text_of
from coverslip.features.identity import Viewer
from coverslip.features.slides import place_of, printable, project_scope, projects_above
from coverslip.infra.audit import AuditEvent, record, value_hash
from coverslip.infra.db import hint

LARGEST_FORM: Final = 64 * 1024
DEEPEST: Final = 20


def classes_of_project(session: Session, viewer: Viewer, project_id: str) -> ClassesOut:
    """Return the classes that hold in a project.

    Raises
    ------
    NotFound
    """
    project_scope(session, viewer, project_id)
    return _holding(session, project_id)


def classes_of_slide(session: Session, viewer: Viewer, slide_id: str) -> ClassesOut:
    """Return the classes that hold for a slide; the built-in ones for who came by a link without annotations.

    Raises
    ------
    NotFound
    """
    project_id = place_of(session, viewer, slide_id).project_id
    if not shows_annotations(session, viewer):
        return _shown(None, DEFAULT_CLASSES)
    return _holding(session, project_id)


def known_classes(session: Session, project_id: str) -> dict[str, dict[str, Any]]:
    """Return the classes that hold in a project by id, whoever asks."""
    return {one["class_id"]: one for one in _found(session, project_id)[1]}


def put_classes(
    session: Session, viewer: Viewer, project_id: str, wanted: ClassesIn, now: datetime | None = None
) -> ClassesOut:
    """Replace a project's own list; annotations keep classes that are gone from it.

    Raises
    ------
    NotFound, Forbidden
    RevisionPassed
        Somebody else changed the list meanwhile.
    ClassListRefused
    """
    require(session, viewer, Action.MANAGE, project_scope(session, viewer, project_id))
    classes = [_plain(one) for one in wanted.classes]
    check_list(classes)
    row = store_layers.class_list(session, project_id, lock=True)
    if wanted.rev != (0 if row is None else row.rev):
        raise RevisionPassed
    if row is None:
        row = ClassListRow(project_id=project_id, rev=0, audit_key=os.urandom(32))
    row.rev += 1
    row.classes = text_of(classes)
    row.changed_at = now or utc_now()
    row.changed_by = viewer.person_id
    store_layers.add(session, row)
    detail = {"rev": row.rev, "count": len(classes), "value_hmac": value_hash(row.audit_key, row.classes)}
    record(session, AuditEvent("classes.set", viewer.person_id, viewer.viewer_id, "project", project_id, detail=detail))
    hint(session, "classes.changed", project_id=project_id)
    return _holding(session, project_id)


def check_list(classes: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a list that is no tree, or that says something twice.

    Raises
    ------
    ClassListRefused
    """
    parent_of: dict[str, str | None] = {}
    keys: set[int] = set()
    for number, one in enumerate(classes):
        if one["class_id"] in parent_of:
            raise _refused(number, "class_id", "Two classes have the same id.")
        if one["hotkey"] is not None and one["hotkey"] in keys:
            raise _refused(number, "hotkey", "Two classes have the same key.")
        parent_of[one["class_id"]] = one["parent_id"]
        keys.add(one["hotkey"] or 0)
        if one["form"] is not None:
            _check_form(number, one["form"])
    for number, one in enumerate(classes):
        above, depth = one["parent_id"], 0
        while above is not None and depth <= DEEPEST:
            if above not in parent_of:
                raise _refused(number, "parent_id", "The class above this one is not in the list.")
            above, depth = parent_of[above], depth + 1
        if depth > DEEPEST:
            raise _refused(number, "parent_id", f"Classes lie at most {DEEPEST} deep, and none below itself.")


def check_form(form: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    """Refuse properties that the form of their class does not allow; it may be filled in step by step.

    Raises
    ------
    PatchRefused
    """
    from jsonschema import Draft202012Validator  # only who uses forms pays for it

    fields = form.get("properties")
    for name, value in properties.items():
        if value is None or not isinstance(fields, Mapping) or name not in fields:
            continue
        error = next(Draft202012Validator({**_definitions(form), "allOf": [fields[name]]}).iter_errors(value), None)
        if error is not None:
            raise PatchRefused(f"The form of this class does not allow this for {name[:60]!r}: {error.message[:200]}")


def _holding(session: Session, project_id: str) -> ClassesOut:
    row, classes = _found(session, project_id)
    return _shown(row, classes, rev=0 if row is None or row.project_id != project_id else row.rev)


def _shown(row: ClassListRow | None, classes: Sequence[Mapping[str, Any]], rev: int = 0) -> ClassesOut:
    return ClassesOut(
        classes=[ClassEntry.model_validate(one) for one in classes],
        project_id=None if row is None else row.project_id,
        rev=rev,
    )


def _found(session: Session, project_id: str) -> tuple[ClassListRow | None, Sequence[dict[str, Any]]]:
    above = projects_above(session, project_id)
    own = store_layers.class_lists(session, above)
    nearest = next((own[one] for one in above if one in own), None)
    return (None, DEFAULT_CLASSES) if nearest is None else (nearest, json.loads(nearest.classes))


def _plain(one: ClassEntry) -> dict[str, Any]:
    found = one.model_dump()
    return {**found, "name": printable(found["name"]), "description": printable(found["description"])}


def _definitions(form: Mapping[str, Any]) -> dict[str, Any]:
    return {key: form[key] for key in ("$defs", "definitions") if key in form}


def _check_form(number: int, form: Mapping[str, Any]) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        if len(json.dumps(form, allow_nan=False)) > LARGEST_FORM:
            raise _refused(number, "form", f"A form may have at most {LARGEST_FORM} bytes.")
        Draft202012Validator.check_schema(dict(form))
    except (SchemaError, ValueError, RecursionError) as error:
        raise _refused(number, "form", "The form is not a JSON Schema.") from error
    if _points_elsewhere(form):
        raise _refused(number, "form", "A form may refer to itself only.")


def _points_elsewhere(value: object) -> bool:
    """Whether a schema names another document: none is ever fetched."""
    if isinstance(value, Mapping):
        refers = "$id" in value or any(
            key in value and not str(value[key]).startswith("#") for key in ("$ref", "$dynamicRef")
        )
        return refers or any(_points_elsewhere(one) for one in value.values())
    return isinstance(value, list) and any(_points_elsewhere(one) for one in value)


def _refused(number: int, field: str, detail: str) -> ClassListRefused:
    return ClassListRefused(detail, [FieldProblem(f"/classes/{number}/{field}", detail)])
