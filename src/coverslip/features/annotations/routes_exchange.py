"""Annotation files over HTTP: in, out, and those found beside slides."""

import json
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path as FilePath
from typing import IO, Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, status
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from coverslip.core.errors import (
    AuditUnavailable,
    Busy,
    CsrfRefused,
    DecoderDied,
    DecoderMemory,
    DecoderTimeout,
    DiskFull,
    Forbidden,
    InvalidRequest,
    NotFound,
    SlideNotReady,
)
from coverslip.core.exchange_errors import (
    AnnotationFileRefused,
    AnnotationFileTooLarge,
    AnnotationFormatUnknown,
    SlideSizeNeeded,
)
from coverslip.features.access import Action, policy
from coverslip.features.annotations import exporting, found_files, importing
from coverslip.features.annotations.exchange import FORMATS
from coverslip.features.annotations.reading import Wanted
from coverslip.features.annotations.schemas_exchange import (
    FormatList,
    FormatOut,
    FoundFilesIn,
    FoundFilesOut,
    FoundJobOut,
    ImportOut,
)
from coverslip.features.identity import CurrentViewer
from coverslip.infra.audit import ViewKind
from coverslip.infra.durable import full_disk_said
from coverslip.infra.sending import disposition
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["annotations"])

MOST_BYTES: Final = 2**31
SlideIdPath = Annotated[str, Path(max_length=64)]
FormatName = Annotated[str, Query(alias="format", max_length=40, description="A name of `/annotations/formats`.")]
FrameQuery = Annotated[
    Literal["full", "cropped"] | None,
    Query(description="Which plane the positions are in: the whole scan, or cropped to the vendor's bounds as QuPath."),
]
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_READ_ERRORS: Final = (
    AnnotationFileRefused,
    AnnotationFileTooLarge,
    AnnotationFormatUnknown,
    SlideSizeNeeded,
    Busy,
    DecoderDied,
    DecoderMemory,
    DecoderTimeout,
)


@router.get("/annotations/formats", dependencies=[policy.signed_in])
def list_annotation_formats() -> FormatList:
    """List the formats of annotation files, and which plane each usually means."""
    return FormatList(
        items=[
            FormatOut(
                name=one.name,
                title=one.title,
                suffix=one.suffix,
                frame=one.frame,
                imported=one.read is not None,
                exported=one.write is not None,
            )
            for one in FORMATS.values()
        ]
    )


async def staged(
    request: Request,
    slide_id: SlideIdPath,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    format_name: FormatName = "auto",
) -> AsyncGenerator[FilePath, None]:
    """Give the body as a file that goes afterwards; who may not draw sends nothing in vain."""
    await run_in_threadpool(_check, runtime, viewer, slide_id, format_name)
    with full_disk_said():
        file = await run_in_threadpool(_fresh_file, runtime.settings.data)
        try:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > MOST_BYTES:
                    raise AnnotationFileTooLarge
                await run_in_threadpool(file.write, chunk)
            await run_in_threadpool(file.flush)
            yield FilePath(file.name)
        finally:
            await run_in_threadpool(file.close)


def _fresh_file(folder: FilePath) -> IO[bytes]:
    return tempfile.NamedTemporaryFile(dir=folder, prefix="annotations-")


def _check(runtime: CurrentRuntime, viewer: CurrentViewer, slide_id: str, format_name: str) -> None:
    with runtime.db.read() as session:
        importing.check_import(session, viewer, slide_id, format_name)


@router.post(
    "/slides/{slide_id}/annotations/import",
    dependencies=[policy(Action.ANNOTATE)],
    responses=problems(
        NotFound, Forbidden, CsrfRefused, InvalidRequest, SlideNotReady, DiskFull, AuditUnavailable, *_READ_ERRORS
    ),
    openapi_extra=_BODY,
)
def import_annotations(
    slide_id: SlideIdPath,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    body: Annotated[FilePath, Depends(staged)],
    format_name: FormatName = "auto",
    frame: FrameQuery = None,
    dry_run: bool = False,
    file_name: Annotated[str, Query(max_length=400)] = "",
    layer_name: Annotated[str, Query(max_length=200)] = "",
    visibility: Literal["private", "project"] = "project",
) -> ImportOut:
    """Import an annotation file; a dry run says what is in it and where it would go, with a preview."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    asked = importing.Asked(name, format_name, frame or "", dry_run, layer_name, visibility)
    return importing.import_file(runtime, viewer, slide_id, body, asked)


@router.get(
    "/slides/{slide_id}/annotations/export",
    dependencies=[policy(Action.EXPORT)],
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(NotFound, Forbidden, SlideNotReady, AnnotationFormatUnknown, AnnotationFileRefused),
    },
)
def export_annotations(
    slide_id: SlideIdPath,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    format_name: FormatName = "qupath",
    frame: FrameQuery = None,
    layer_id: Annotated[str | None, Query(max_length=64)] = None,
    class_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Give what is drawn on a slide as a file; ``X-Coverslip-Lost`` says what the format could not carry."""
    with runtime.db.read() as session:
        wanted = Wanted(layer_id=layer_id, class_id=class_id)
        found = exporting.export_slide(session, runtime, viewer, slide_id, format_name, frame=frame, wanted=wanted)
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.DOWNLOAD, principal=viewer.person_id
    )
    pieces = list(found.pieces())  # drawn objects are no bulk, and the report comes before the first byte
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": disposition(found.file_name),
        "Content-Length": str(sum(map(len, pieces))),
        "X-Coverslip-Lost": json.dumps(found.report.plain()["lost"]),
    }
    return StreamingResponse(iter(pieces), media_type=found.format.media_type, headers=headers)


@router.get(
    "/projects/{project_id}/annotation-files",
    dependencies=[policy(Action.ANNOTATE)],
    responses=problems(NotFound, Forbidden),
)
def list_annotation_files(
    project_id: Annotated[str, Path(max_length=64)], viewer: CurrentViewer, runtime: CurrentRuntime
) -> FoundFilesOut:
    """List annotation files that lie beside the project's slides and were not imported yet."""
    return found_files.list_found(runtime, viewer, project_id)


@router.post(
    "/projects/{project_id}/annotation-files",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[policy(Action.ANNOTATE)],
    responses=problems(NotFound, Forbidden, CsrfRefused),
)
def import_annotation_files(
    project_id: Annotated[str, Path(max_length=64)],
    wanted: FoundFilesIn,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
) -> FoundJobOut:
    """Import the annotation files that lie beside the project's slides, in the background."""
    files = list(found_files.find(runtime, viewer, project_id))
    with runtime.db.transaction() as session:
        return found_files.import_found(session, viewer, project_id, wanted, files)
