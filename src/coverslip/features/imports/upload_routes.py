"""tus 1.0.0 over HTTP: creation, checksum, termination, expiration.

Beside the protocol: ``Upload-Sha256`` on any piece says what the whole file must hash to, for
clients that hash while they send (they announce ``sha256 later`` in the metadata).
"""

import base64
import binascii
import re
from collections.abc import AsyncIterator
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Request, Response, status
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from coverslip.core.arrival_errors import (
    ChecksumMismatch,
    NameRefused,
    TooManyUploads,
    TusVersionRefused,
    UploadLocked,
    UploadMoved,
    UploadTooLarge,
)
from coverslip.core.errors import CsrfRefused, DiskFull, FieldProblem, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer, Viewer
from coverslip.features.imports import arrivals, uploads
from coverslip.features.imports.parts import ALGORITHMS, Appending, Checksum, uploads_folder
from coverslip.features.imports.schemas import UploadList, UploadOut
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(prefix="/uploads", tags=["uploads"])

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,checksum,termination,expiration"
PIECE: Final = "application/offset+octet-stream"
FIELD: Final = "field."
_AT_ONCE: Final = 2**20
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")

UploadIdPath = Annotated[str, Path(max_length=64)]
Version = Annotated[str | None, Header(alias="Tus-Resumable", description="The version of the protocol: 1.0.0.")]
Sha256 = Annotated[str | None, Header(alias="Upload-Sha256", description="SHA-256 (hex) of the whole file.")]


@router.options("", status_code=status.HTTP_204_NO_CONTENT, dependencies=[policy.public])
def upload_options() -> Response:
    """Say which parts of the protocol this server speaks."""
    algorithms = ",".join(ALGORITHMS)
    return _answer(204, {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Checksum-Algorithm": algorithms})


@router.get("", dependencies=[policy(Action.EDIT)])
def list_uploads(viewer: CurrentViewer, runtime: CurrentRuntime) -> UploadList:
    """List my unfinished uploads: what can be gone on with, and from where."""
    return UploadList(items=[upload_out(one) for one in uploads.mine(runtime, viewer)])


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    dependencies=[policy(Action.EDIT)],
    responses=problems(
        NotFound, Forbidden, CsrfRefused, InvalidRequest, NameRefused, TooManyUploads, TusVersionRefused, DiskFull
    ),
)
def create_upload(
    request: Request,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    version: Version = None,
    length: Annotated[int | None, Header(alias="Upload-Length", ge=0, description="Bytes of the file.")] = None,
    metadata: Annotated[str, Header(alias="Upload-Metadata", max_length=16384)] = "",
) -> Response:
    """Announce a file.

    The metadata may hold `filename`, `path`, `project`, `case`, `field.NAME`, `sha256`, `group` and
    `group_files` (several files that are one slide), `keep` (also if it is here already).
    """
    _check_version(version)
    if length is None:
        raise InvalidRequest("Upload-Length is missing.", [FieldProblem("/Upload-Length", "is missing")])
    made = uploads.create(runtime, viewer, wanted_of(parse_metadata(metadata), length))
    location = f"{request.url.path.rstrip('/')}/{made.upload_id}"
    return _answer(201, {"Location": location, **_standing_headers(made), "Coverslip-Arrival": made.arrival_id})


@router.head(
    "/{upload_id}",
    response_class=Response,
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, TusVersionRefused),
)
def head_upload(
    upload_id: UploadIdPath, viewer: CurrentViewer, runtime: CurrentRuntime, version: Version = None
) -> Response:
    """Say how much of an upload is here."""
    _check_version(version)
    found = uploads.standing(runtime, viewer, upload_id)
    return _answer(200, {**_standing_headers(found), "Upload-Length": str(found.size_bytes)})


@router.patch(
    "/{upload_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,
    dependencies=[policy(Action.EDIT)],
    responses=problems(
        NotFound, CsrfRefused, InvalidRequest, UploadMoved, UploadLocked, ChecksumMismatch, UploadTooLarge, DiskFull
    ),
)
async def patch_upload(
    upload_id: UploadIdPath,
    request: Request,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    version: Version = None,
    offset: Annotated[int | None, Header(alias="Upload-Offset", ge=0)] = None,
    checksum: Annotated[str | None, Header(alias="Upload-Checksum", max_length=200)] = None,
    sha256: Sha256 = None,
) -> Response:
    """Send the next piece; what is answered with 204 is on the disk."""
    _check_version(version)
    if request.headers.get("content-type", "").partition(";")[0].strip() != PIECE:
        raise InvalidRequest(f"A piece is sent as {PIECE}.")
    if offset is None:
        raise InvalidRequest("Upload-Offset is missing.", [FieldProblem("/Upload-Offset", "is missing")])
    whole = None if sha256 is None else checked_sha256(sha256)
    await run_in_threadpool(uploads.standing, runtime, viewer, upload_id)
    appending = await run_in_threadpool(_appending, runtime, viewer, upload_id, offset, checksum)
    try:
        async for data in _pieces(request):
            await run_in_threadpool(appending.add, data)
        await run_in_threadpool(appending.finish)
    finally:
        # Also of a cut connection: what was written counts, so it has to be durable.
        await run_in_threadpool(_end, appending)
    found = await run_in_threadpool(uploads.complete, runtime, viewer, upload_id, whole)
    return _answer(204, _standing_headers(found))


@router.delete(
    "/{upload_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, CsrfRefused, InvalidRequest, TusVersionRefused),
)
def delete_upload(
    upload_id: UploadIdPath, viewer: CurrentViewer, runtime: CurrentRuntime, version: Version = None
) -> Response:
    """Cancel an upload and delete what came of it."""
    _check_version(version)
    uploads.terminate(runtime, viewer, upload_id)
    return _answer(204, {})


def parse_metadata(header: str) -> dict[str, str]:
    """Return the pairs of an ``Upload-Metadata`` header.

    Raises
    ------
    InvalidRequest
    """
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise InvalidRequest("Upload-Metadata must be pairs of a key and UTF-8 text in Base64.") from error
    return found


def wanted_of(said: dict[str, str], length: int) -> uploads.Wanted:
    """Return what the metadata of an upload ask for."""
    path = said.get("path") or said.get("filename") or said.get("name")
    if not path:
        raise InvalidRequest("The metadata of an upload need a filename.", [FieldProblem("/filename", "is missing")])
    count = said.get("group_files", "1")
    if not (count.isascii() and count.isdigit() and len(count) < 8):
        raise InvalidRequest(
            "How many files belong together must be a number.", [FieldProblem("/group_files", "must be a number")]
        )
    hashed = said.get("sha256") or None
    later = hashed == "later"
    fields: dict[str, arrivals.Field] = {
        key[len(FIELD) :]: value for key, value in said.items() if key.startswith(FIELD) and len(key) > len(FIELD)
    }
    return uploads.Wanted(
        path=path,
        size_bytes=length,
        target=arrivals.Target(said.get("project") or None, said.get("case") or None, fields),
        sha256=None if hashed is None or later else checked_sha256(hashed),
        sha256_later=later,
        group=said.get("group") or None,
        file_count=int(count),
        keep=said.get("keep") == "true",
    )


def checked_sha256(text: str) -> str:
    """Return a SHA-256 as it is kept.

    Raises
    ------
    InvalidRequest
    """
    if not _SHA256.fullmatch(text):
        raise InvalidRequest("A SHA-256 has 64 hexadecimal digits.", [FieldProblem("/sha256", "has 64 hex digits")])
    return text.lower()


def upload_out(found: uploads.Standing) -> UploadOut:
    """Return an upload as it is shown."""
    return UploadOut(
        upload_id=found.upload_id,
        arrival_id=found.arrival_id,
        path=found.path,
        size_bytes=found.size_bytes,
        offset=found.offset,
        group=found.group,
        project_id=found.target.get("project_id"),
        case=found.target.get("case"),
        expires_at=found.expires,
    )


def _appending(runtime: Runtime, viewer: Viewer, upload_id: str, offset: int, checksum: str | None) -> Appending:
    found = uploads.standing(runtime, viewer, upload_id)
    path = uploads_folder(runtime) / found.arrival_id / f"{found.upload_id}.part"
    if found.complete and offset == found.size_bytes:
        raise UploadMoved("The upload is complete; there is nothing to send.")
    return Appending(path, offset, found.size_bytes, None if checksum is None else Checksum(checksum))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield a body in pieces worth writing; a connection that is cut ends it."""
    kept = bytearray()
    try:
        async for data in request.stream():
            kept += data
            if len(kept) >= _AT_ONCE:
                yield bytes(kept)
                kept.clear()
    except ClientDisconnect:
        if kept:
            yield bytes(kept)
        raise
    if kept:
        yield bytes(kept)


def _end(appending: Appending) -> None:
    try:
        appending.sync()
    finally:
        appending.close()


def _check_version(version: str | None) -> None:
    if version != VERSION:
        raise TusVersionRefused


def _standing_headers(found: uploads.Standing) -> dict[str, str]:
    expires: datetime = found.expires
    return {"Upload-Offset": str(found.offset), "Upload-Expires": format_datetime(expires, usegmt=True)}


def _answer(code: int, headers: dict[str, str]) -> Response:
    return Response(None, code, {"Tus-Resumable": VERSION, "Cache-Control": "no-store", **headers})
