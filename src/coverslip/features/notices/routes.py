"""Notices over HTTP: each person's own."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, status

from coverslip.core.errors import CsrfRefused, InvalidRequest
from coverslip.features.access import policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.notices import service
from coverslip.features.notices.schemas import NoticeChoices, NoticeChoicesIn, NoticeList, NoticesRead
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["notices"])

_CHANGE: Final = problems(CsrfRefused, InvalidRequest)
_LARGEST: Final = 2**62


@router.get("/me/notices", dependencies=[policy.signed_in])
def list_notices(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    unread: bool = False,
    before: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=service.MOST_LISTED)] = 30,
) -> NoticeList:
    """List what concerns the person who asks, newest first."""
    with runtime.db.read() as session:
        return service.list_notices(
            session, viewer, runtime.settings.index_folder, unread=unread, before=before, limit=limit
        )


@router.post(
    "/me/notices/read",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy.signed_in],
    responses=_CHANGE,
)
def read_notices(body: NoticesRead, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Mark notices as read: those that are named, or all."""
    with runtime.db.transaction() as session:
        service.mark_read(session, viewer, body.notice_ids)


@router.get("/me/notices/choices", dependencies=[policy.signed_in])
def get_notice_choices(viewer: CurrentViewer, runtime: CurrentRuntime) -> NoticeChoices:
    """Say of which kinds of notices the person wants a mail, too."""
    with runtime.db.read() as session:
        return service.choices(session, viewer, runtime.settings)


@router.put("/me/notices/choices", dependencies=[policy.signed_in], responses=_CHANGE)
def put_notice_choices(body: NoticeChoicesIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> NoticeChoices:
    """Choose of which kinds of notices a mail is wanted, too."""
    with runtime.db.transaction() as session:
        return service.choose(session, viewer, body.mail, runtime.settings)
