"""Cases over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from coverslip.core.errors import Conflict, CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer, Onlooker
from coverslip.features.slides import cases, views
from coverslip.features.slides.schemas_cases import CaseDetail, CaseIn, CaseList, CasePatch, CaseSort
from coverslip.features.slides.service import ListQuery
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter()

CaseIdPath = Annotated[str, Path(max_length=64)]


@router.get("/cases", dependencies=[policy.onlooker], responses=problems(NotFound, InvalidRequest))
def list_cases(
    viewer: Onlooker,
    runtime: CurrentRuntime,
    project_id: Annotated[str | None, Query(max_length=64)] = None,
    include_below: bool = True,
    q: Annotated[str | None, Query(max_length=500, description="Part of a name, or words of its slides.")] = None,
    sort: CaseSort = "name",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> CaseList:
    """List cases: one page, and the whole count."""
    with runtime.db.read() as session:
        found = cases.list_cases(
            session,
            viewer,
            project_id=project_id,
            include_below=include_below,
            q=q,
            sort=sort,
            limit=limit,
            cursor=cursor,
        )
    views.record_list(runtime, viewer, ListQuery(project_id=project_id, q=q))
    return found


@router.post(
    "/cases",
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, Forbidden, CsrfRefused, Conflict, InvalidRequest),
    status_code=201,
)
def create_case(wanted: CaseIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> CaseDetail:
    """Make a case; its name is the accession number, once in a project."""
    with runtime.db.transaction() as session:
        return cases.create_case(session, viewer, wanted)


@router.get("/cases/{case_id}", dependencies=[policy.onlooker], responses=problems(NotFound))
def get_case(case_id: CaseIdPath, viewer: Onlooker, runtime: CurrentRuntime) -> CaseDetail:
    """Show a case with its slides in the default order: H&E first, then by block, stain and name."""
    with runtime.db.read() as session:
        found = cases.get_case(session, viewer, case_id)
    views.record_list(runtime, viewer, ListQuery(case_id=case_id))
    return found


@router.patch(
    "/cases/{case_id}",
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, Forbidden, CsrfRefused, Conflict, InvalidRequest),
)
def patch_case(case_id: CaseIdPath, patch: CasePatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> CaseDetail:
    """Rename a case, or change its fields and tags."""
    with runtime.db.transaction() as session:
        return cases.change_case(session, viewer, case_id, patch)
