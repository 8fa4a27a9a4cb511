"""Reads of the catalogue on the audit trail, written before the answer.

A detail is one record a session, slide and clock hour. A list, thumbnails included, is one record a
session, list and clock hour; what was searched for is kept as an HMAC, never as text.
"""

import threading
from collections import OrderedDict
from typing import Final

from coverslip.core.time import utc_now
from coverslip.features.identity import Viewer
from coverslip.features.slides.service import ListQuery
from coverslip.infra.audit import AuditEvent, ViewKind, value_hash
from coverslip.infra.runtime import Runtime

_KEPT: Final = 20_000
_WHOLE: Final = "catalogue"

_lock = threading.Lock()
_recorded: OrderedDict[tuple[object, ...], None] = OrderedDict()


def record_detail(runtime: Runtime, viewer: Viewer, slide_id: str) -> None:
    """Record that a slide's details are shown.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    key = (id(runtime.db), viewer.viewer_id, slide_id, _hour())
    if _is_recorded(key):
        return
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.IDENTITY, principal=viewer.person_id
    )
    _remember(key)


def record_list(runtime: Runtime, viewer: Viewer, query: ListQuery) -> None:
    """Record that a list of slides is shown.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    words = None if not query.q else value_hash(runtime.hmac_key, query.q)
    where = query.within_case or query.project_id or _WHOLE
    key = (id(runtime.db), viewer.viewer_id, where, words, _hour())
    if _is_recorded(key):
        return
    detail = {"hour": _hour()} if words is None else {"hour": _hour(), "words_hmac": words}
    kind = "case" if query.within_case else "project" if query.project_id else "catalogue"
    event = AuditEvent("slides.listed", viewer.person_id, viewer.viewer_id, kind, where, detail=detail)
    runtime.reserve.read(event)
    _remember(key)


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


def record_attachment(runtime: Runtime, viewer: Viewer, attachment_id: str) -> None:
    """Record that an attachment is downloaded.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    runtime.reserve.read(
        AuditEvent("attachment.downloaded", viewer.person_id, viewer.viewer_id, "attachment", attachment_id)
    )


def _hour() -> str:
    return utc_now().replace(minute=0, second=0, microsecond=0).isoformat()


def _is_recorded(key: tuple[object, ...]) -> bool:
    with _lock:
        return key in _recorded


def _remember(key: tuple[object, ...]) -> None:
    with _lock:
        _recorded[key] = None
        while len(_recorded) > _KEPT:
            _recorded.popitem(last=False)
