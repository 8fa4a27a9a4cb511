"""Served folders over HTTP."""

from pathlib import Path as FolderPath
from typing import Annotated, Final

from fastapi import APIRouter, Path, status

from coverslip.core.errors import CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.imports import service
from coverslip.features.imports.schemas import RootIn, RootList, RootOut
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(prefix="/imports", tags=["imports"])

RootIdPath = Annotated[str, Path(max_length=64)]


@router.get("/roots", dependencies=[policy.operator], responses=problems(Forbidden))
def list_roots(runtime: CurrentRuntime) -> RootList:
    """List the served folders and how far their registration is."""
    with runtime.db.read() as session:
        return service.list_roots(session)


@router.post(
    "/roots",
    status_code=status.HTTP_201_CREATED,
    dependencies=[policy(Action.ADMIN)],
    responses=problems(Forbidden, CsrfRefused, InvalidRequest),
)
def create_root(body: RootIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> RootOut:
    """Serve a folder of the server in place; nothing is copied."""
    service.check_root_path(body.path, lambda path: runtime.mounts.of(path).run_blocking(path.is_dir))
    with runtime.db.transaction() as session:
        return service.get_root(session, service.add_root(session, FolderPath(body.path), by=viewer))


@router.post(
    "/roots/{root_id}/scan",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[policy.operator],
    responses=problems(NotFound, Forbidden, CsrfRefused),
)
def scan_root(root_id: RootIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> RootOut:
    """Look at a served folder now."""
    with runtime.db.transaction() as session:
        service.request_scan(session, root_id, by=viewer)
        return service.get_root(session, root_id)


@router.post(
    "/sample",
    status_code=status.HTTP_201_CREATED,
    dependencies=[policy(Action.ADMIN)],
    responses=problems(NotFound, Forbidden, CsrfRefused),
)
def add_sample(viewer: CurrentViewer, runtime: CurrentRuntime) -> RootOut:
    """Register the packaged sample slide as the project "Sample"."""
    with runtime.db.transaction() as session:
        return service.get_root(session, service.add_sample(session, by=viewer))
