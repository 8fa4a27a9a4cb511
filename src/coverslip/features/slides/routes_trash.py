"""Moving, copying and the trash over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from coverslip.core.errors import Conflict, CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.slides import moving, trash, views
from coverslip.features.slides.schemas import Changed
from coverslip.features.slides.schemas_cases import SlideCopies, SlideMove, SlideSelection, TrashList
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter()

ObjectId = Annotated[str, Path(max_length=64)]
_CHANGES: Final = problems(NotFound, Forbidden, CsrfRefused, Conflict, InvalidRequest)


@router.post("/slides/move", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def move_slides(wanted: SlideMove, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Move slides to a project, all or none; without a case each keeps a case of its case's name."""
    return Changed(changed=moving.move(runtime.db, viewer, wanted))


@router.post("/slides/copy", dependencies=[policy(Action.EDIT)], responses=_CHANGES)
def copy_slides(wanted: SlideMove, viewer: CurrentViewer, runtime: CurrentRuntime) -> SlideCopies:
    """Make second records of slides in a project; they share the bytes."""
    return SlideCopies(slide_ids=moving.copy(runtime.db, viewer, wanted))


@router.post("/slides/trash", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def trash_slides(wanted: SlideSelection, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Put slides into the trash, all or none; their files stay where they are."""
    return Changed(changed=trash.trash_slides(runtime.db, viewer, wanted.slide_ids))


@router.post("/slides/restore", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def restore_slides(wanted: SlideSelection, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Bring slides back from the trash, all or none."""
    return Changed(changed=trash.restore_slides(runtime.db, viewer, wanted.slide_ids))


@router.post("/cases/{case_id}/trash", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def trash_case(case_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Put a case into the trash; says how many slides went along."""
    return Changed(changed=trash.trash_case(runtime.db, viewer, case_id))


@router.post("/cases/{case_id}/restore", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def restore_case(case_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Bring a case back with the slides that went along."""
    return Changed(changed=trash.restore_case(runtime.db, viewer, case_id))


@router.post("/projects/{project_id}/trash", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def trash_project(project_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Put a project and all below it into the trash; says how many slides went along."""
    return Changed(changed=trash.trash_project(runtime.db, viewer, project_id))


@router.post("/projects/{project_id}/restore", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def restore_project(project_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> Changed:
    """Bring a project back with everything that went along."""
    return Changed(changed=trash.restore_project(runtime.db, viewer, project_id))


@router.get("/trash", dependencies=[policy(Action.VIEW)], responses=problems(InvalidRequest))
def list_trash(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> TrashList:
    """List what lies in the trash, newest first, of what the viewer manages."""
    with runtime.db.read() as session:
        found = trash.list_trash(session, viewer, limit, cursor)
    views.record_trash(runtime, viewer)
    return found
