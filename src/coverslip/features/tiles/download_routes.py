"""The original of a slide over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from coverslip.core.errors import (
    Forbidden,
    NotFound,
    RangeRefused,
    SlideChanged,
    SlideMissing,
    StorageOffline,
    StorageTimeout,
)
from coverslip.features.access import Action, policy
from coverslip.features.tiles.files import IndexedFile, SlideFiles
from coverslip.features.tiles.looking import ForDownload
from coverslip.imaging.index import SlideIndex, load_index
from coverslip.infra.sending import Span, ZipChunks, disposition, file_chunks, parse_range, stepped
from coverslip.infra.web import CurrentRuntime, problem_parts, problems, request_id_of

router: Final = APIRouter(tags=["pixels"])

_FILE: Final = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/slides/{slide_id}/download",
    dependencies=[policy(Action.DOWNLOAD)],
    response_class=Response,
    responses={
        200: {"content": {**_FILE, "application/zip": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"content": _FILE},
        **problems(NotFound, Forbidden, RangeRefused, SlideChanged, SlideMissing, StorageOffline, StorageTimeout),
    },
)
async def download_slide(request: Request, at: ForDownload, runtime: CurrentRuntime) -> Response:
    """Give the slide's own file, whole or a byte range of it; a slide of several files comes as a zip."""
    index = await run_in_threadpool(load_index, at.index_path)
    files = _indexed_files(index)
    for one in files[:1]:
        await SlideFiles(runtime.files).get(one)
    pool = runtime.mounts.of(files[0].path)
    headers = {"Cache-Control": "no-store", "ETag": f'"{index.version}-file"'}
    if len(files) > 1:
        named = zip(index.info.files, files, strict=True)
        headers["Content-Disposition"] = disposition(f"{Path(at.ref.name).name}.zip")
        archive = ZipChunks(list(named))
        headers["Content-Length"] = str(archive.length)
        return StreamingResponse(stepped(pool, archive), media_type="application/zip", headers=headers)
    size = files[0].size
    headers |= {"Accept-Ranges": "bytes", "Content-Disposition": disposition(Path(files[0].path).name)}
    try:
        span = parse_range(_wanted_range(request, headers["ETag"]), size)
    except RangeRefused as error:
        status, raw_headers, body = problem_parts(error, request_id_of(request))
        refused = Response(body, status)
        refused.raw_headers = [*raw_headers, (b"content-range", b"bytes */%d" % size)]
        return refused
    status = 200 if span is None else 206
    span = span or Span(0, size, size)
    if status == 206:
        headers["Content-Range"] = span.content_range
    headers["Content-Length"] = str(span.length)
    chunks: Iterator[bytes] = file_chunks(files[0], span)
    return StreamingResponse(stepped(pool, chunks), status, headers, "application/octet-stream")


def _wanted_range(request: Request, etag: str) -> str | None:
    """Return the Range header unless If-Range says that the client holds part of another file."""
    condition = request.headers.get("if-range")
    return request.headers.get("range") if condition in (None, etag) else None


def _indexed_files(index: SlideIndex) -> list[IndexedFile]:
    return [
        IndexedFile(str(Path(index.folder, name)), size, mtime_ns)
        for name, size, mtime_ns in zip(index.info.files, index.file_sizes, index.file_mtimes_ns, strict=True)
    ]
