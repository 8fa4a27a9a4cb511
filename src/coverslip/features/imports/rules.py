"""Rules by folder: which project, naming pattern and stain the slides at and below a folder get."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.identity import Viewer
from coverslip.features.imports import metadata, store_arrivals
from coverslip.features.imports.models import FolderRule
from coverslip.features.imports.schemas import RuleIn, RuleList, RuleOut, RulePatch
from coverslip.features.imports.walk import path_hash
from coverslip.infra.audit import AuditEvent, record

_CHANGEABLE: Final = ("project_id", "pattern", "stain")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says, without its row."""

    folder: str
    project_id: str | None
    pattern: str | None
    stain: str | None

    def holds_for(self, path: str) -> bool:
        """Whether a file lies at or below the folder."""
        return path == self.folder or path.startswith(self.folder.rstrip("/") + "/")


def all_rules(session: Session) -> list[Rule]:
    """Return every rule, the longest folder first: the first that holds is the one that counts."""
    found = [Rule(_text(row), row.project_id, row.pattern, row.stain) for row in store_arrivals.rules(session)]
    return sorted(found, key=lambda rule: -len(rule.folder))


def rule_for(rules: Sequence[Rule], path: str) -> Rule | None:
    """Return the rule that counts for a file, None where there is none."""
    return next((rule for rule in rules if rule.holds_for(path)), None)


def list_rules(session: Session) -> RuleList:
    """Return all rules."""
    return RuleList(items=[_out(row) for row in store_arrivals.rules(session)])


def create(session: Session, viewer: Viewer, asked: RuleIn) -> RuleOut:
    """Make a rule.

    Raises
    ------
    InvalidRequest, NotFound
    Conflict
        The folder has one.
    """
    folder = os.path.abspath(asked.folder)  # noqa: PTH100 - resolve() would follow links out of what was asked for
    if store_arrivals.rule_by_folder(session, path_hash(folder)) is not None:
        raise Conflict("This folder has a rule already; change that one.")
    _check(session, viewer, asked.project_id, asked.pattern)
    row = FolderRule(
        rule_id=new_id(),
        folder=os.fsencode(folder),
        folder_hash=path_hash(folder),
        project_id=asked.project_id,
        pattern=asked.pattern,
        stain=asked.stain,
        created_at=utc_now(),
    )
    session.add(row)
    session.flush()
    record(session, AuditEvent("rule.created", viewer.person_id, viewer.viewer_id, "rule", row.rule_id))
    return _out(row)


def change(session: Session, viewer: Viewer, rule_id: str, asked: RulePatch) -> RuleOut:
    """Change a rule.

    Raises
    ------
    NotFound, InvalidRequest
    """
    row = store_arrivals.rule_by_id(session, rule_id)
    if row is None:
        raise NotFound
    _check(session, viewer, asked.project_id, asked.pattern)
    for name in _CHANGEABLE:
        if name in asked.model_fields_set:
            setattr(row, name, getattr(asked, name))
    session.flush()
    record(session, AuditEvent("rule.changed", viewer.person_id, viewer.viewer_id, "rule", rule_id))
    return _out(row)


def delete(session: Session, viewer: Viewer, rule_id: str) -> None:
    """Forget a rule.

    Raises
    ------
    NotFound
    """
    if store_arrivals.rule_by_id(session, rule_id) is None:
        raise NotFound
    store_arrivals.delete_rule(session, rule_id)
    record(session, AuditEvent("rule.deleted", viewer.person_id, viewer.viewer_id, "rule", rule_id))


def _check(session: Session, viewer: Viewer, project_id: str | None, pattern: str | None) -> None:
    if project_id is not None and not slides.project_exists(session, project_id):
        raise InvalidRequest("There is no such project.", [FieldProblem("/project_id", "is no project")])
    if pattern is not None:
        metadata.check_pattern(pattern)


def _text(row: FolderRule) -> str:
    return os.fsdecode(row.folder)


def _out(row: FolderRule) -> RuleOut:
    shown = str(Path(_text(row))).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return RuleOut(rule_id=row.rule_id, folder=shown, project_id=row.project_id, pattern=row.pattern, stain=row.stain)
