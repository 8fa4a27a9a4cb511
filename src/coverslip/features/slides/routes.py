"""The catalogue over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse

from coverslip.core.errors import Conflict, CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer, Onlooker
from coverslip.features.slides import csv_export, fields, service, views
from coverslip.features.slides.routes_attachments import router as attachments_router
from coverslip.features.slides.routes_cases import router as cases_router
from coverslip.features.slides.routes_members import router as members_router
from coverslip.features.slides.routes_projects import router as projects_router
from coverslip.features.slides.routes_tables import CSV, csv_answer
from coverslip.features.slides.routes_tables import router as tables_router
from coverslip.features.slides.routes_trash import router as trash_router
from coverslip.features.slides.schemas import (
    Changed,
    Neighbours,
    ProjectList,
    SlideBatch,
    SlideDetail,
    SlideList,
    SlidePatch,
    SlideState,
)
from coverslip.features.slides.stains import StainKind
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["slides"])

_LONGEST_ID: Final = 64
ProjectId = Annotated[str | None, Query(max_length=_LONGEST_ID)]
Words = Annotated[str | None, Query(max_length=500, description="Words; each must begin a word of the slide.")]
Formats = Annotated[list[str] | None, Query(max_length=50)]
CaseId = Annotated[str | None, Query(max_length=_LONGEST_ID, description="A case; `none`: slides that are in no case.")]
Stains = Annotated[list[str] | None, Query(max_length=50, description="Any of these.")]
Tags = Annotated[list[str] | None, Query(max_length=30, description="All of these.")]
States = Annotated[list[SlideState] | None, Query(max_length=10)]


def _list_query(  # noqa: PLR0917 - FastAPI calls it by name
    project_id: ProjectId = None,
    include_below: bool = True,
    q: Words = None,
    state: States = None,
    format: Formats = None,
    sort: service.Sort = "name",
    case_id: CaseId = None,
    stain: Stains = None,
    stain_kind: StainKind | None = None,
    block: Annotated[str | None, Query(max_length=64)] = None,
    tag: Tags = None,
    rating_min: Annotated[int | None, Query(ge=1, le=5)] = None,
    trashed: bool = False,
) -> service.ListQuery:
    return service.ListQuery(
        project_id,
        include_below,
        q,
        tuple(state or ()),
        tuple(format or ()),
        sort,
        case_id=case_id,
        stains=tuple(stain or ()),
        stain_kind=stain_kind,
        block=block,
        tags=tuple(tag or ()),
        rating_min=rating_min,
        trashed=trashed,
    )


ListFilter = Annotated[service.ListQuery, Depends(_list_query)]
SlideIdPath = Annotated[str, Path(max_length=_LONGEST_ID)]


@router.get("/projects", dependencies=[policy.onlooker])
def list_projects(viewer: Onlooker, runtime: CurrentRuntime) -> ProjectList:
    """List all projects that the viewer may see, with how many slides each holds."""
    with runtime.db.read() as session:
        return service.list_projects(session, viewer)


@router.get("/slides", dependencies=[policy.onlooker], responses=problems(NotFound, InvalidRequest))
def list_slides(
    viewer: Onlooker,
    runtime: CurrentRuntime,
    query: ListFilter,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> SlideList:
    """List slides: one page, the whole count, and how many there are of each state and format."""
    with runtime.db.read() as session:
        found = service.list_slides(session, viewer, query, limit, cursor)
    views.record_list(runtime, viewer, query)
    return found


@router.get(
    "/slides/table",
    dependencies=[policy(Action.VIEW)],
    responses={**CSV, **problems(NotFound, InvalidRequest)},
    response_class=StreamingResponse,
)
def export_slides(viewer: CurrentViewer, runtime: CurrentRuntime, query: ListFilter) -> StreamingResponse:
    """Give a list of slides as CSV, with the same filters and order; no cell is taken for a formula."""
    lines = csv_export.export_table(runtime.db, viewer, query)
    views.record_export(runtime, viewer, query)
    return csv_answer(lines)


@router.post(
    "/slides/batch",
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, Forbidden, CsrfRefused, Conflict, InvalidRequest),
)
def patch_slides(batch: SlideBatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Make one change to many slides: all of them or none."""
    return Changed(changed=fields.change_slides(runtime.db, viewer, batch))


@router.get("/slides/{slide_id}", dependencies=[policy.onlooker], responses=problems(NotFound))
def get_slide(slide_id: SlideIdPath, viewer: Onlooker, runtime: CurrentRuntime) -> SlideDetail:
    """Show everything about one slide but its pixels."""
    with runtime.db.read() as session:
        found = service.get_slide(session, viewer, slide_id, runtime.settings.index_folder)
    views.record_detail(runtime, viewer, slide_id)
    return found


@router.patch(
    "/slides/{slide_id}",
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, Forbidden, CsrfRefused, InvalidRequest),
)
def patch_slide(
    slide_id: SlideIdPath, patch: SlidePatch, viewer: CurrentViewer, runtime: CurrentRuntime
) -> SlideDetail:
    """Change a slide's name, pixel size (null takes an entered one back), case, stain and other fields."""
    with runtime.db.transaction() as session:
        return service.change_slide(session, viewer, slide_id, patch, runtime.settings.index_folder)


@router.get("/slides/{slide_id}/neighbours", dependencies=[policy.onlooker], responses=problems(NotFound))
def get_neighbours(slide_id: SlideIdPath, viewer: Onlooker, runtime: CurrentRuntime, query: ListFilter) -> Neighbours:
    """Say where a slide stands in a list, and what comes before and after it."""
    with runtime.db.read() as session:
        found = service.find_neighbours(session, viewer, slide_id, query)
    views.record_list(runtime, viewer, query)
    return found


for more in (cases_router, projects_router, members_router, trash_router, attachments_router, tables_router):
    router.include_router(more)
