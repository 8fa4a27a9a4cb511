"""Exports and downloads over HTTP."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, status
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from coverslip.core.errors import (
    AuditUnavailable,
    Conflict,
    CsrfRefused,
    DiskFull,
    Forbidden,
    InvalidRequest,
    NotFound,
    RangeRefused,
    SlideChanged,
    SlideMissing,
    SlideNotReady,
    SlideUnreadable,
    StorageOffline,
    StorageTimeout,
)
from coverslip.features.access import Action, policy
from coverslip.features.exports import downloads, service
from coverslip.features.exports.downloads import OriginalFile
from coverslip.features.exports.schemas import (
    DownloadOut,
    EstimateOut,
    ExportIn,
    ExportList,
    ExportOut,
)
from coverslip.features.identity import CurrentViewer, Viewer
from coverslip.features.slides import locate
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime
from coverslip.infra.sending import Span, ZipChunks, disposition, file_chunks, parse_range, stepped, zipped
from coverslip.infra.web import CurrentRuntime, problem_parts, problems, request_id_of

router: Final = APIRouter(tags=["exports"])

MOST_SLIDES: Final = 200
SlideIdPath = Annotated[str, Path(max_length=64)]
ExportIdPath = Annotated[str, Path(max_length=64)]
SlideIds = Annotated[
    list[str], Query(alias="slide_id", min_length=1, max_length=MOST_SLIDES, description="Once for each slide.")
]
_SLIDE_ERRORS: Final = (
    NotFound,
    Forbidden,
    InvalidRequest,
    SlideNotReady,
    SlideMissing,
    SlideUnreadable,
    StorageOffline,
)
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/slides/{slide_id}/exports/estimate", dependencies=[policy(Action.EXPORT)], responses=problems(*_SLIDE_ERRORS)
)
def estimate_export(
    slide_id: SlideIdPath, wanted: Annotated[ExportIn, Query()], viewer: CurrentViewer, runtime: CurrentRuntime
) -> EstimateOut:
    """Say how large an export would be; nothing is written."""
    return service.estimate(runtime, service.planned(runtime, viewer, slide_id, wanted))


@router.post(
    "/slides/{slide_id}/exports",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[policy(Action.EXPORT)],
    responses=problems(*_SLIDE_ERRORS, CsrfRefused, Conflict, DiskFull, AuditUnavailable),
)
def create_export(slide_id: SlideIdPath, body: ExportIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> ExportOut:
    """Write a slide, or a rectangle of it, as one file in the background; it is kept for seven days."""
    return service.request_export(runtime, viewer, slide_id, body)


@router.get("/exports", dependencies=[policy(Action.VIEW)])
def list_exports(viewer: CurrentViewer, runtime: CurrentRuntime) -> ExportList:
    """List one's own exports, newest first."""
    with runtime.db.read() as session:
        return service.list_exports(session, viewer)


@router.get("/exports/{export_id}", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def get_export(export_id: ExportIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> ExportOut:
    """Say how far an export is."""
    with runtime.db.read() as session:
        return service.get_export(session, viewer, export_id)


@router.delete(
    "/exports/{export_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy(Action.VIEW)],
    responses=problems(NotFound, CsrfRefused),
)
def remove_export(export_id: ExportIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Stop an export that waits or runs, and remove the file of one that is done."""
    service.remove_export(runtime, viewer, export_id)


@router.get(
    "/exports/{export_id}/file",
    dependencies=[policy(Action.EXPORT)],
    response_class=Response,
    responses={
        200: {"content": {"image/tiff": _BINARY, "application/zip": _BINARY}},
        206: {"content": {"image/tiff": _BINARY, "application/zip": _BINARY}},
        **problems(NotFound, Forbidden, Conflict, RangeRefused, AuditUnavailable, StorageTimeout),
    },
)
async def get_export_file(
    request: Request, export_id: ExportIdPath, viewer: CurrentViewer, runtime: CurrentRuntime
) -> Response:
    """Give the file of an export, whole or a byte range of it."""
    export, file = await run_in_threadpool(_finished, runtime, viewer, export_id)
    headers = {
        "Cache-Control": "no-store",
        "ETag": f'"{export_id}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(export.file_name),
    }
    condition = request.headers.get("if-range")
    asked = request.headers.get("range") if condition in (None, headers["ETag"]) else None
    try:
        span = parse_range(asked, file.size)
    except RangeRefused as error:
        code, raw_headers, body = problem_parts(error, request_id_of(request))
        refused = Response(body, code)
        refused.raw_headers = [*raw_headers, (b"content-range", b"bytes */%d" % file.size)]
        return refused
    if span is not None:
        headers["Content-Range"] = span.content_range
    code = 200 if span is None else 206
    span = span or Span(0, file.size, file.size)
    headers["Content-Length"] = str(span.length)
    pieces = stepped(runtime.mounts.of(file.path), file_chunks(file, span))
    return StreamingResponse(pieces, code, headers, export.kind.media_type)


_ORIGINAL_ERRORS: Final[tuple[Any, ...]] = (*_SLIDE_ERRORS, SlideChanged, StorageTimeout)


@router.get("/downloads/size", dependencies=[policy(Action.DOWNLOAD)], responses=problems(*_ORIGINAL_ERRORS))
def measure_downloads(slide_id: SlideIds, viewer: CurrentViewer, runtime: CurrentRuntime) -> DownloadOut:
    """Say how large the archive of some slides would be, or why it cannot be had."""
    files = downloads.originals(runtime, viewer, slide_id)
    return DownloadOut(slides=len(set(slide_id)), files=len(files), size_bytes=ZipChunks(files).length)


@router.get(
    "/downloads",
    dependencies=[policy(Action.DOWNLOAD)],
    response_class=Response,
    responses={200: {"content": {"application/zip": _BINARY}}, **problems(*_ORIGINAL_ERRORS, AuditUnavailable)},
)
async def download_slides(slide_id: SlideIds, viewer: CurrentViewer, runtime: CurrentRuntime) -> Response:
    """Give the originals of several slides as one zip, unchanged and not compressed."""
    files = await run_in_threadpool(downloads.originals, runtime, viewer, slide_id)
    await run_in_threadpool(downloads.record_downloads, runtime, viewer, slide_id)
    archive = ZipChunks(files)
    headers = {
        "Cache-Control": "no-store",
        "Content-Length": str(archive.length),
        "Content-Disposition": disposition("slides.zip"),
    }
    return StreamingResponse(zipped(runtime.mounts, archive), media_type="application/zip", headers=headers)


def _finished(runtime: Runtime, viewer: Viewer, export_id: str) -> tuple[ExportOut, OriginalFile]:
    """Return a finished export and its file; the download is on record when this returns."""
    with runtime.db.read() as session:
        export = service.finished_export(session, viewer, export_id)
        locate(session, viewer, export.slide_id, runtime.settings.index_folder)
    path = service.folder_of(runtime) / export_id
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise NotFound from error
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=export.slide_id, kind=ViewKind.DOWNLOAD, principal=viewer.person_id
    )
    return export, OriginalFile(str(path), found.st_size, found.st_mtime_ns)
