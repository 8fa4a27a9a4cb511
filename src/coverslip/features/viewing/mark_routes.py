"""Bookmarks, alignments and presets over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, status

from coverslip.core.errors import CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer, Onlooker
from coverslip.features.viewing import marks
from coverslip.features.viewing.schemas import (
    AlignmentIn,
    AlignmentOut,
    BookmarkIn,
    BookmarkList,
    BookmarkOut,
    BookmarkPatch,
    PresetIn,
    PresetList,
    PresetOut,
)
from coverslip.infra.audit import ViewKind
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter()

IdPath = Annotated[str, Path(max_length=64)]
IdQuery = Annotated[str | None, Query(max_length=64)]
_CHANGE: Final = problems(NotFound, Forbidden, CsrfRefused, InvalidRequest)


@router.get("/slides/{slide_id}/bookmarks", dependencies=[policy.onlooker], responses=problems(NotFound))
def list_bookmarks(slide_id: IdPath, viewer: Onlooker, runtime: CurrentRuntime) -> BookmarkList:
    """List the bookmarks of a slide, everybody's."""
    with runtime.db.read() as session:
        found = marks.list_bookmarks(session, viewer, slide_id, runtime.settings.index_folder)
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.ANNOTATIONS, principal=viewer.person_id
    )
    return found


@router.post(
    "/slides/{slide_id}/bookmarks",
    status_code=status.HTTP_201_CREATED,
    dependencies=[policy(Action.COMMENT)],
    responses=_CHANGE,
)
def add_bookmark(slide_id: IdPath, body: BookmarkIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> BookmarkOut:
    """Mark a place on a slide; everybody who sees the slide sees it."""
    with runtime.db.transaction() as session:
        return marks.add_bookmark(session, viewer, slide_id, body, runtime.settings.index_folder)


@router.patch("/bookmarks/{bookmark_id}", dependencies=[policy(Action.COMMENT)], responses=_CHANGE)
def patch_bookmark(
    bookmark_id: IdPath, patch: BookmarkPatch, viewer: CurrentViewer, runtime: CurrentRuntime
) -> BookmarkOut:
    """Change a bookmark of one's own; another person's needs the right to edit the slide."""
    with runtime.db.transaction() as session:
        return marks.change_bookmark(session, viewer, bookmark_id, patch, runtime.settings.index_folder)


@router.delete(
    "/bookmarks/{bookmark_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy(Action.VIEW)],
    responses=problems(NotFound, Forbidden, CsrfRefused),
)
def delete_bookmark(bookmark_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Take away a bookmark of one's own; another person's needs the right to edit the slide."""
    with runtime.db.transaction() as session:
        marks.delete_bookmark(session, viewer, bookmark_id, runtime.settings.index_folder)


@router.get(
    "/alignments/{slide_id}/{other_id}",
    dependencies=[policy.onlooker],
    responses=problems(NotFound, InvalidRequest),
)
def get_alignment(slide_id: IdPath, other_id: IdPath, viewer: Onlooker, runtime: CurrentRuntime) -> AlignmentOut | None:
    """Say how a slide lies on another: from its level-0 pixels to the other's. Swapped, it is the inverse."""
    with runtime.db.read() as session:
        return marks.get_alignment(session, viewer, slide_id, other_id, runtime.settings.index_folder)


@router.put("/alignments/{slide_id}/{other_id}", dependencies=[policy(Action.EDIT)], responses=_CHANGE)
def put_alignment(
    slide_id: IdPath, other_id: IdPath, body: AlignmentIn, viewer: CurrentViewer, runtime: CurrentRuntime
) -> AlignmentOut:
    """Keep how a slide lies on another, for everybody who sees both."""
    with runtime.db.transaction() as session:
        return marks.set_alignment(session, viewer, slide_id, other_id, body, runtime.settings.index_folder)


@router.delete(
    "/alignments/{slide_id}/{other_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy(Action.EDIT)],
    responses=_CHANGE,
)
def delete_alignment(slide_id: IdPath, other_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Forget how a slide lies on another."""
    with runtime.db.transaction() as session:
        marks.delete_alignment(session, viewer, slide_id, other_id, runtime.settings.index_folder)


@router.get("/presets", dependencies=[policy.onlooker], responses=problems(NotFound, InvalidRequest))
def list_presets(
    viewer: Onlooker, runtime: CurrentRuntime, slide_id: IdQuery = None, project_id: IdQuery = None
) -> PresetList:
    """List the presets of a project, or those of a slide and of its project."""
    with runtime.db.read() as session:
        return marks.list_presets(session, viewer, slide_id, project_id)


@router.post("/presets", status_code=status.HTTP_201_CREATED, dependencies=[policy(Action.EDIT)], responses=_CHANGE)
def add_preset(body: PresetIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> PresetOut:
    """Keep a style under a name for a slide or a project; the same name again replaces it."""
    with runtime.db.transaction() as session:
        return marks.add_preset(session, viewer, body, runtime.settings.index_folder)


@router.delete(
    "/presets/{preset_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, Forbidden, CsrfRefused),
)
def delete_preset(preset_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Take a preset away."""
    with runtime.db.transaction() as session:
        marks.delete_preset(session, viewer, preset_id, runtime.settings.index_folder)
