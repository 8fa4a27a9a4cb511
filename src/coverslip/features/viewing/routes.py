"""Viewing over HTTP: places, coverage, preferences, display checks. What others see too is in ``mark_routes``."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Query, status

from coverslip.core.errors import (
    Busy,
    Conflict,
    CsrfRefused,
    InvalidRequest,
    NotFound,
    SlideMissing,
    SlideNotReady,
    SlideUnreadable,
    StorageOffline,
)
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.viewing import service
from coverslip.features.viewing.mark_routes import router as mark_router
from coverslip.features.viewing.schemas import (
    CoverageIn,
    CoverageOut,
    DisplayCheckIn,
    DisplayCheckList,
    DisplayCheckOut,
    OpenedOut,
    PlaceIn,
    PlaceOut,
)
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["viewing"])
router.include_router(mark_router)

SlideIdPath = Annotated[str, Path(max_length=64)]


@router.get("/slides/{slide_id}/place", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def get_place(slide_id: SlideIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> PlaceOut | None:
    """Say where and how the person last looked at a slide; 404 when they never opened it."""
    with runtime.db.read() as session:
        return service.get_place(session, viewer, slide_id, runtime.settings.index_folder)


@router.put(
    "/slides/{slide_id}/place",
    dependencies=[policy(Action.VIEW)],
    responses=problems(NotFound, CsrfRefused, InvalidRequest),
)
def put_place(slide_id: SlideIdPath, body: PlaceIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> PlaceOut:
    """Remember where and how the person looks at a slide; it counts as opened from then on."""
    with runtime.db.transaction() as session:
        return service.set_place(session, viewer, slide_id, body, runtime.settings.index_folder)


@router.get("/viewing/opened", dependencies=[policy(Action.VIEW)], responses=problems(InvalidRequest))
def list_opened(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    slide_id: Annotated[list[Annotated[str, Query(max_length=64)]], Query(min_length=1, max_length=500)],
) -> OpenedOut:
    """Say which of up to 500 slides the person has opened."""
    with runtime.db.read() as session:
        return service.opened(session, viewer, slide_id)


@router.get(
    "/slides/{slide_id}/coverage",
    dependencies=[policy(Action.VIEW)],
    responses=problems(NotFound, SlideNotReady, SlideMissing, SlideUnreadable, StorageOffline, Busy),
)
def get_coverage(slide_id: SlideIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> CoverageOut:
    """Give what the person has seen of a slide at 10x or more, and where its tissue is."""
    return service.get_coverage(runtime, viewer, slide_id)


@router.post(
    "/slides/{slide_id}/coverage",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy(Action.VIEW)],
    responses=problems(NotFound, CsrfRefused, InvalidRequest, Conflict, SlideNotReady),
)
def add_coverage(slide_id: SlideIdPath, body: CoverageIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Add cells of the slide to what the person has seen."""
    with runtime.db.transaction() as session:
        service.add_coverage(session, viewer, slide_id, body, runtime.settings.index_folder)


@router.get("/me/preferences", dependencies=[policy.signed_in])
def get_preferences(viewer: CurrentViewer, runtime: CurrentRuntime) -> dict[str, Any]:
    """Give what the person set for themselves; an empty object at first."""
    with runtime.db.read() as session:
        return service.get_preferences(session, viewer)


@router.put("/me/preferences", dependencies=[policy.signed_in], responses=problems(CsrfRefused, InvalidRequest))
def put_preferences(
    body: Annotated[dict[str, Any], Body()], viewer: CurrentViewer, runtime: CurrentRuntime
) -> dict[str, Any]:
    """Replace what the person set for themselves: one JSON object of at most 64 kB."""
    with runtime.db.transaction() as session:
        return service.set_preferences(session, viewer, body)


@router.get("/display-checks", dependencies=[policy.signed_in])
def list_display_checks(viewer: CurrentViewer, runtime: CurrentRuntime) -> DisplayCheckList:
    """List the last display checks: the person's own, for an administrator everybody's."""
    with runtime.db.read() as session:
        return service.list_display_checks(session, viewer)


@router.post(
    "/display-checks",
    status_code=status.HTTP_201_CREATED,
    dependencies=[policy.signed_in],
    responses=problems(CsrfRefused, InvalidRequest),
)
def add_display_check(body: DisplayCheckIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> DisplayCheckOut:
    """Log the outcome of a display check at a workstation."""
    with runtime.db.transaction() as session:
        return service.add_display_check(session, viewer, body)
