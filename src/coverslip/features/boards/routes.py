"""Tumour boards over HTTP."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, status
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from coverslip.core.errors import (
    AuditUnavailable,
    Conflict,
    CoverslipError,
    CsrfRefused,
    Forbidden,
    InvalidRequest,
    NotFound,
)
from coverslip.core.time import utc_now
from coverslip.features.access import Action, policy
from coverslip.features.boards import handout, service
from coverslip.features.boards.schemas import BoardIn, BoardList, BoardOrder, BoardOut, BoardPatch, Pane, StopOut
from coverslip.features.identity import CurrentViewer, Viewer
from coverslip.features.slides import SlideRef, index_of, locate, readable
from coverslip.imaging import work
from coverslip.imaging.index import load_index
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime
from coverslip.infra.sending import disposition
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["boards"])

IdPath = Annotated[str, Path(max_length=64)]
_CHANGE: Final = problems(NotFound, Forbidden, CsrfRefused, Conflict, InvalidRequest)
_AT_ONCE: Final = 2
"""Pictures that one hand-out has made at the same time; viewers come first."""


@router.get("/boards", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def list_boards(
    viewer: CurrentViewer, runtime: CurrentRuntime, project_id: Annotated[str | None, Query(max_length=64)] = None
) -> BoardList:
    """List tumour boards, the last changed first."""
    with runtime.db.read() as session:
        return service.list_boards(session, viewer, project_id)


@router.post("/boards", status_code=status.HTTP_201_CREATED, dependencies=[policy(Action.ANNOTATE)], responses=_CHANGE)
def create_board(body: BoardIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> BoardOut:
    """Make a tumour board in a project: stops, each with its slides, their views, layers and a note."""
    with runtime.db.transaction() as session:
        return service.create_board(session, viewer, body, runtime.settings.index_folder)


@router.get("/boards/{board_id}", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def get_board(board_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> BoardOut:
    """Show a tumour board; a stop with a slide that the viewer may not see is `hidden`, and empty."""
    with runtime.db.read() as session:
        found = service.get_board(session, viewer, board_id, runtime.settings.index_folder)
    _on_record(runtime, viewer, found.stops, ViewKind.IDENTITY)
    return found


@router.patch("/boards/{board_id}", dependencies=[policy(Action.ANNOTATE)], responses=_CHANGE)
def patch_board(board_id: IdPath, patch: BoardPatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> BoardOut:
    """Change one's own board, or with the right to edit the project anybody's. A stop that is only named stays."""
    with runtime.db.transaction() as session:
        return service.change_board(session, viewer, board_id, patch, runtime.settings.index_folder)


@router.put("/boards/{board_id}/order", dependencies=[policy(Action.ANNOTATE)], responses=_CHANGE)
def put_board_order(board_id: IdPath, body: BoardOrder, viewer: CurrentViewer, runtime: CurrentRuntime) -> BoardOut:
    """Put the stops of a board into another order."""
    with runtime.db.transaction() as session:
        return service.order_board(session, viewer, board_id, body, runtime.settings.index_folder)


@router.delete(
    "/boards/{board_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy(Action.ANNOTATE)],
    responses=problems(NotFound, Forbidden, CsrfRefused),
)
def delete_board(board_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Delete a board; its slides stay as they are."""
    with runtime.db.transaction() as session:
        service.delete_board(session, viewer, board_id)


@router.get(
    "/boards/{board_id}/handout.pdf",
    dependencies=[policy(Action.VIEW)],
    response_class=Response,
    responses={
        200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(NotFound, AuditUnavailable),
    },
)
async def get_board_handout(board_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> Response:
    """Give a board as PDF, a page a stop, with scale bars; names only where a stop shows them."""
    board = await run_in_threadpool(_board, runtime, viewer, board_id)
    line = asyncio.Semaphore(_AT_ONCE)
    pages = [await _page(runtime, viewer, stop, line) for stop in board.stops]
    body = await run_in_threadpool(handout.written, board.title, pages, utc_now().date())
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition("handout.pdf")}
    return Response(body, media_type="application/pdf", headers=headers)


def _board(runtime: Runtime, viewer: Viewer, board_id: str) -> BoardOut:
    with runtime.db.read() as session:
        board = service.get_board(session, viewer, board_id, runtime.settings.index_folder)
    _on_record(runtime, viewer, board.stops, ViewKind.PIXELS)
    _on_record(runtime, viewer, [stop for stop in board.stops if not stop.hide_identity], ViewKind.IDENTITY)
    return board


def _on_record(runtime: Runtime, viewer: Viewer, stops: list[StopOut], kind: ViewKind) -> None:
    for slide_id in dict.fromkeys(pane.slide_id for stop in stops for pane in stop.panes):
        runtime.reserve.view(session_id=viewer.viewer_id, slide_id=slide_id, kind=kind, principal=viewer.person_id)


async def _page(runtime: Runtime, viewer: Viewer, stop: StopOut, line: asyncio.Semaphore) -> handout.Page:
    if stop.hidden:
        return handout.Page("", "", [], hidden=True)
    places = handout.frames(len(stop.panes))
    names = ["" if stop.hide_identity else name for name in stop.slide_names]
    made = [
        _picture(runtime, viewer, pane, frame, name, line)
        for pane, frame, name in zip(stop.panes, places, names, strict=True)
    ]
    heading = "" if stop.hide_identity or stop.case_name is None else stop.case_name
    return handout.Page(heading, stop.note, await asyncio.gather(*made))


async def _picture(
    runtime: Runtime, viewer: Viewer, pane: Pane, frame: handout.Frame, name: str, line: asyncio.Semaphore
) -> handout.Picture:
    """Return a slide for the page; one that cannot be read costs its picture, not the hand-out."""
    try:
        ref, mpp = await run_in_threadpool(_place, runtime, viewer, pane.slide_id)
        request: dict[str, Any] = handout.wanted(pane.camera, pane.look, frame).request()
        async with line:
            body, _, _ = await runtime.pool.run(work.make_region, str(index_of(ref)), request)
        image = await run_in_threadpool(handout.as_seen, body, pane.camera, frame)
    except CoverslipError as error:
        return handout.Picture(name, None, error.message, None)
    return handout.Picture(name, image, "", handout.mm_um(pane.camera, mpp))


def _place(runtime: Runtime, viewer: Viewer, slide_id: str) -> tuple[SlideRef, float | None]:
    with runtime.db.read() as session:
        ref = readable(locate(session, viewer, slide_id, runtime.settings.index_folder))
    return ref, ref.mpp_entered or load_index(index_of(ref)).info.mpp_x
