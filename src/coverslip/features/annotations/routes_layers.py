"""Layers and class lists over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response, status

from coverslip.core.annotation_errors import ClassListRefused, IdTaken, LayerUnknown, NotYours, RevisionPassed
from coverslip.core.errors import CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.annotations import classes, layers
from coverslip.features.annotations.bodies import BoundedRoute, json_answer
from coverslip.features.annotations.schemas import LayerIn, LayerList, LayerOut, LayerPatch, NewLayerIn
from coverslip.features.annotations.schemas_classes import ClassesIn, ClassesOut
from coverslip.features.identity import CurrentViewer, Onlooker
from coverslip.infra.audit import ViewKind
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(route_class=BoundedRoute)

IdPath = Annotated[str, Path(max_length=64)]


@router.get(
    "/slides/{slide_id}/layers",
    dependencies=[policy.onlooker],
    response_model=LayerList,
    responses=problems(NotFound),
)
def list_layers(
    slide_id: IdPath,
    viewer: Onlooker,
    runtime: CurrentRuntime,
    deleted: Annotated[bool, Query(description="Those in the trash instead.")] = False,
) -> Response:
    """List the layers of a slide that one may see, from the bottom up."""
    with runtime.db.read() as session:
        found = layers.list_layers(session, viewer, slide_id, deleted=deleted)
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.ANNOTATIONS, principal=viewer.person_id
    )
    return json_answer({"items": found})


@router.post(
    "/slides/{slide_id}/layers",
    status_code=status.HTTP_201_CREATED,
    response_model=LayerOut,
    dependencies=[policy.onlooker],
    responses=problems(NotFound, Forbidden, CsrfRefused, InvalidRequest, IdTaken),
)
def add_layer(slide_id: IdPath, body: NewLayerIn, viewer: Onlooker, runtime: CurrentRuntime) -> Response:
    """Make a drawn layer; made again with the same id by the same person it is the one that is there."""
    wanted = LayerIn(**body.model_dump(exclude={"guest_name"}))
    with runtime.db.transaction() as session:
        found = layers.layer_doc(layers.create_layer(session, viewer, slide_id, wanted, guest_name=body.guest_name))
    return json_answer(found, status.HTTP_201_CREATED)


@router.patch(
    "/slides/{slide_id}/layers/{layer_id}",
    dependencies=[policy.onlooker],
    response_model=LayerOut,
    responses=problems(NotFound, Forbidden, CsrfRefused, InvalidRequest, LayerUnknown, NotYours),
)
def patch_layer(
    slide_id: IdPath, layer_id: IdPath, patch: LayerPatch, viewer: Onlooker, runtime: CurrentRuntime
) -> Response:
    """Rename, lock, fade or move a layer, say who sees it, or bring a deleted one back."""
    with runtime.db.transaction() as session:
        found = layers.layer_doc(layers.change_layer(session, viewer, slide_id, layer_id, patch))
    return json_answer(found)


@router.delete(
    "/slides/{slide_id}/layers/{layer_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy.onlooker],
    responses=problems(NotFound, Forbidden, CsrfRefused, LayerUnknown),
)
def delete_layer(slide_id: IdPath, layer_id: IdPath, viewer: Onlooker, runtime: CurrentRuntime) -> None:
    """Put a layer into the trash, with all that lies on it."""
    with runtime.db.transaction() as session:
        layers.delete_layer(session, viewer, slide_id, layer_id)


@router.get("/slides/{slide_id}/classes", dependencies=[policy.onlooker], responses=problems(NotFound))
def get_slide_classes(slide_id: IdPath, viewer: Onlooker, runtime: CurrentRuntime) -> ClassesOut:
    """Give the classes that hold for a slide: those of the nearest project with a list."""
    with runtime.db.read() as session:
        return classes.classes_of_slide(session, viewer, slide_id)


@router.get("/projects/{project_id}/classes", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def get_classes(project_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> ClassesOut:
    """Give the classes that hold in a project; ``rev`` is 0 where the list is not its own."""
    with runtime.db.read() as session:
        return classes.classes_of_project(session, viewer, project_id)


@router.put(
    "/projects/{project_id}/classes",
    dependencies=[policy(Action.MANAGE)],
    responses=problems(NotFound, Forbidden, CsrfRefused, ClassListRefused, RevisionPassed),
)
def put_classes(project_id: IdPath, body: ClassesIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> ClassesOut:
    """Replace a project's own list of classes; annotations keep the classes that they have."""
    with runtime.db.transaction() as session:
        return classes.put_classes(session, viewer, project_id, body)
