"""Projects, their settings and patterns, and saved views over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from coverslip.core.errors import Conflict, CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.slides import patterns, projects, saved_views, service
from coverslip.features.slides.schemas import ProjectOut
from coverslip.features.slides.schemas_cases import (
    PatternApplied,
    PatternApply,
    PatternIn,
    PatternPreview,
    ProjectIn,
    ProjectPatch,
    ProjectSettingsIn,
    ProjectSettingsOut,
    SavedViewIn,
    SavedViewList,
    SavedViewOut,
    SavedViewPatch,
)
from coverslip.features.slides.showing import shown_projects
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter()

ProjectIdPath = Annotated[str, Path(max_length=64)]
ViewIdPath = Annotated[str, Path(max_length=64)]
_CHANGES: Final = problems(NotFound, Forbidden, CsrfRefused, Conflict, InvalidRequest)


@router.post("/projects", dependencies=[policy(Action.MANAGE)], responses=_CHANGES, status_code=201)
def create_project(wanted: ProjectIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> ProjectOut:
    """Make a project: in another one by whoever manages that, at the top by an administrator."""
    with runtime.db.transaction() as session:
        made = projects.create_project(session, viewer, wanted)
        return shown_projects(session, viewer, [(made, 0, 0)])[0]


@router.patch("/projects/{project_id}", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def patch_project(
    project_id: ProjectIdPath, patch: ProjectPatch, viewer: CurrentViewer, runtime: CurrentRuntime
) -> ProjectOut:
    """Give a project another name."""
    with runtime.db.transaction() as session:
        projects.rename_project(session, viewer, project_id, patch)
        found = service.list_projects(session, viewer)
    return next(one for one in found.items if one.project_id == project_id)


@router.get("/projects/{project_id}/settings", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def get_project_settings(
    project_id: ProjectIdPath, viewer: CurrentViewer, runtime: CurrentRuntime
) -> ProjectSettingsOut:
    """Show the settings in force for a project: its own, or those of the nearest project above."""
    with runtime.db.read() as session:
        return projects.get_settings(session, viewer, project_id)


@router.put("/projects/{project_id}/settings", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def put_project_settings(
    project_id: ProjectIdPath, wanted: ProjectSettingsIn, viewer: CurrentViewer, runtime: CurrentRuntime
) -> ProjectSettingsOut:
    """Replace a project's metadata schema, pattern and default stain."""
    with runtime.db.transaction() as session:
        return projects.put_settings(session, viewer, project_id, wanted)


@router.post(
    "/projects/{project_id}/pattern/preview",
    dependencies=[policy(Action.VIEW)],
    responses=problems(NotFound, CsrfRefused, InvalidRequest),
)
def preview_pattern(
    project_id: ProjectIdPath, wanted: PatternIn, viewer: CurrentViewer, runtime: CurrentRuntime
) -> PatternPreview:
    """Say what a pattern would read from the first 5,000 slides of a project; 200 of them are shown."""
    with runtime.db.read() as session:
        return patterns.preview(session, viewer, project_id, wanted.pattern)


@router.post("/projects/{project_id}/pattern/apply", dependencies=[policy(Action.EDIT)], responses=_CHANGES)
def apply_pattern(
    project_id: ProjectIdPath, wanted: PatternApply, viewer: CurrentViewer, runtime: CurrentRuntime
) -> PatternApplied:
    """Read a pattern into the fields of a project's slides; what a person entered stays unless asked."""
    return patterns.apply(runtime.db, viewer, project_id, wanted)


@router.get("/views", dependencies=[policy(Action.VIEW)])
def list_views(viewer: CurrentViewer, runtime: CurrentRuntime) -> SavedViewList:
    """List the viewer's own saved views and those that others share."""
    with runtime.db.read() as session:
        return saved_views.list_views(session, viewer)


@router.post(
    "/views", dependencies=[policy(Action.VIEW)], responses=problems(CsrfRefused, InvalidRequest), status_code=201
)
def create_view(wanted: SavedViewIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> SavedViewOut:
    """Keep a list's filters, order and columns under a name."""
    with runtime.db.transaction() as session:
        return saved_views.create_view(session, viewer, wanted)


@router.patch("/views/{view_id}", dependencies=[policy(Action.VIEW)], responses=_CHANGES)
def patch_view(
    view_id: ViewIdPath, patch: SavedViewPatch, viewer: CurrentViewer, runtime: CurrentRuntime
) -> SavedViewOut:
    """Change one's own saved view."""
    with runtime.db.transaction() as session:
        return saved_views.change_view(session, viewer, view_id, patch)


@router.delete("/views/{view_id}", dependencies=[policy(Action.VIEW)], responses=_CHANGES, status_code=204)
def delete_view(view_id: ViewIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Delete one's own saved view."""
    with runtime.db.transaction() as session:
        saved_views.delete_view(session, viewer, view_id)
