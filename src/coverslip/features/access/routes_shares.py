"""Share links over HTTP, for those who manage what is shared."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response, status

from coverslip.core.errors import Conflict, CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.core.share_errors import ShareEnded
from coverslip.features.access import share_checking, share_opening, shares
from coverslip.features.access.policies import policy
from coverslip.features.access.rules import Action
from coverslip.features.access.schemas_shares import (
    NewShare,
    ShareCheckIn,
    ShareIn,
    ShareList,
    ShareOut,
    SharePatch,
    SharePreview,
    ShareWarnings,
)
from coverslip.features.access.share_cookie import set_share_cookie
from coverslip.features.access.store_shares import State
from coverslip.features.identity import CurrentCaller, CurrentSite, CurrentViewer
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["shares"])

ShareId = Annotated[str, Path(max_length=64)]
_MANAGE: Final = policy(Action.MANAGE)
_READS: Final = problems(NotFound, Forbidden, InvalidRequest)
_CHANGES: Final = problems(NotFound, Forbidden, CsrfRefused, InvalidRequest)


@router.post("/shares", status_code=status.HTTP_201_CREATED, dependencies=[_MANAGE], responses=_CHANGES)
def create_share(
    body: ShareIn, viewer: CurrentViewer, site: CurrentSite, response: Response, runtime: CurrentRuntime
) -> NewShare:
    """Make a link that shows a slide, a case or a project to whoever holds it; its token is shown this once."""
    response.headers["Cache-Control"] = "no-store"
    password_hash = shares.hashed_password(body.password)
    with runtime.db.transaction() as session:
        made = shares.create_share(session, viewer, body, password_hash)
        shown = shares.shown(session, viewer, [made.share], made.share.created_at)[0]
    return NewShare(share=shown, token=made.token, url=f"{site.origin}/share/{made.token}")


@router.get("/shares", dependencies=[_MANAGE], responses=_READS)
def list_shares(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    object_id: Annotated[str | None, Query(max_length=64, description="Of a slide, a case or a project.")] = None,
    state: Annotated[State, Query(description="``active``: may still be opened.")] = "active",
    after: Annotated[str | None, Query(max_length=64, description="``next`` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ShareList:
    """List the links to what somebody manages, the newest first; for administrators those of the whole house."""
    with runtime.db.read() as session:
        return shares.list_shares(session, viewer, object_id, state, after, limit)


@router.post("/shares/check", dependencies=[_MANAGE], responses=_CHANGES)
def check_share(body: ShareCheckIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> ShareWarnings:
    """Warn of texts that the recipient would read and that look like a name or an accession; nothing changes."""
    with runtime.db.read() as session:
        return share_checking.check_share(session, viewer, body)


@router.get("/shares/{share_id}", dependencies=[_MANAGE], responses=_READS)
def get_share(share_id: ShareId, viewer: CurrentViewer, runtime: CurrentRuntime) -> ShareOut:
    """Show one link."""
    with runtime.db.read() as session:
        return shares.get_share(session, viewer, share_id)


@router.patch(
    "/shares/{share_id}",
    dependencies=[_MANAGE],
    responses=problems(NotFound, Forbidden, CsrfRefused, InvalidRequest, Conflict),
)
def change_share(share_id: ShareId, body: SharePatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> ShareOut:
    """Change a link; one that has run out lives again when its end is moved."""
    password_hash = shares.hashed_password(body.password)
    with runtime.db.transaction() as session:
        return shares.change_share(session, viewer, share_id, body, password_hash)


@router.delete("/shares/{share_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=[_MANAGE], responses=_CHANGES)
def revoke_share(share_id: ShareId, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """End a link everywhere within five seconds; it stays listed."""
    with runtime.db.transaction() as session:
        shares.revoke_share(session, viewer, share_id)


@router.post(
    "/shares/{share_id}/preview",
    dependencies=[_MANAGE],
    responses=problems(NotFound, Forbidden, CsrfRefused, ShareEnded),
)
def preview_share(
    share_id: ShareId,
    viewer: CurrentViewer,
    caller: CurrentCaller,
    request: Request,
    response: Response,
    runtime: CurrentRuntime,
) -> SharePreview:
    """Look through a link as its recipient will, in a new tab; it counts as no open.

    The browser then holds two cookies: pages of the share say with ``X-Coverslip-Share`` which they mean.
    """
    with runtime.db.transaction() as session:
        row, found = shares.preview_share(session, viewer, share_id, caller, runtime.settings)
    set_share_cookie(request, response, runtime.settings, found.cookie, until=row.expires_at)
    return SharePreview(url=share_opening.start_path(row))
