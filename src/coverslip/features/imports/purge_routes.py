"""Emptying the trash over HTTP. It stands here and not in ``slides`` because it asks where the bytes lie."""

from typing import Final

from fastapi import APIRouter

from coverslip.core.errors import CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.imports import purge
from coverslip.features.imports.schemas import Purged, PurgeIn
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["slides"])


@router.post(
    "/trash/purge",
    dependencies=[policy(Action.MANAGE)],
    responses=problems(NotFound, Forbidden, CsrfRefused, InvalidRequest),
)
def purge_trash(wanted: PurgeIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> Purged:
    """Delete for good what lies in the trash and the viewer manages, or some of it.

    Files served in place are never touched; a slide whose file still lies in a served folder stays,
    because the next look would bring it back as a new one. Files that were uploaded go with their slide.
    """
    return purge.purge(runtime, viewer, wanted.object_ids)
