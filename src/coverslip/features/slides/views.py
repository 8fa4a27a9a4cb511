"""Reads of the catalogue on the audit trail, written before the answer.

A detail is one record a session, slide and clock hour. A list, thumbnails included, is one record a
session, list and clock hour; what was searched for is kept as an HMAC, never as text.
"""

from typing import Final

from coverslip.features.identity import Viewer
from coverslip.features.slides.service import ListQuery
from coverslip.infra.audit import AuditEvent, ViewKind, value_hash
from coverslip.infra.runtime import Runtime

_WHOLE: Final = "catalogue"


def record_detail(runtime: Runtime, viewer: Viewer, slide_id: str) -> None:
    """Record that a slide's details are shown.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.IDENTITY, principal=viewer.person_id
    )


def record_list(runtime: Runtime, viewer: Viewer, query: ListQuery) -> None:
    """Record that a list of slides is shown.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    detail = {} if not query.q else {"words_hmac": value_hash(runtime.hmac_key, query.q)}
    where = query.within_case or query.project_id or _WHOLE
    kind = "case" if query.within_case else "project" if query.project_id else "catalogue"
    runtime.reserve.hourly(AuditEvent("slides.listed", viewer.person_id, viewer.viewer_id, kind, where, detail=detail))


def record_export(runtime: Runtime, viewer: Viewer, query: ListQuery) -> None:
    """Record that a list leaves as a table.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be given out.
    """
    detail = {} if not query.q else {"words_hmac": value_hash(runtime.hmac_key, query.q)}
    where = query.within_case or query.project_id or _WHOLE
    runtime.reserve.read(
        AuditEvent("slides.exported", viewer.person_id, viewer.viewer_id, "catalogue", where, detail=detail)
    )


def record_attachments(runtime: Runtime, viewer: Viewer, kind: str, object_id: str) -> None:
    """Record that the names of what is attached to a slide or case are shown.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    runtime.reserve.hourly(AuditEvent("attachments.listed", viewer.person_id, viewer.viewer_id, kind, object_id))


def record_attachment(runtime: Runtime, viewer: Viewer, attachment_id: str, kind: str, object_id: str) -> None:
    """Record that an attachment of a slide or case is downloaded.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    detail = {"attachment_id": attachment_id}
    runtime.reserve.read(
        AuditEvent("attachment.downloaded", viewer.person_id, viewer.viewer_id, kind, object_id, detail=detail)
    )


def record_trash(runtime: Runtime, viewer: Viewer) -> None:
    """Record that the names of what lies in the trash are shown.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    runtime.reserve.hourly(AuditEvent("trash.listed", viewer.person_id, viewer.viewer_id, "trash"))
