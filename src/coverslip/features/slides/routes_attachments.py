"""Attachments over HTTP: one file a request, streamed to disk, never held in memory."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import FileResponse

from coverslip.core.errors import AuditUnavailable, CsrfRefused, FieldProblem, Forbidden, InvalidRequest, NotFound
from coverslip.core.errors import TooLarge as _TooLarge
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.slides import attachments, views
from coverslip.features.slides.schemas_cases import AttachmentList, AttachmentOut
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter()

ObjectId = Annotated[str, Path(max_length=64)]
_FORM_EXTRA: Final = 64 * 1024
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
# Shown by browsers as what they say; everything else is a download of plain bytes.
_HARMLESS: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain", "text/csv"})
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
_CHANGES: Final = problems(NotFound, Forbidden, CsrfRefused, InvalidRequest, _TooLarge)


class AttachmentTooLarge(_TooLarge):
    """The file is larger than an attachment may be."""

    default_message = f"An attachment may have {attachments.LARGEST // 2**20} MB at most."


async def uploaded(request: Request) -> AsyncGenerator[UploadFile, None]:
    """Give the one file of a multipart form; it lies in a temporary file when it is not small."""

    async def limited() -> AsyncGenerator[bytes, None]:
        taken = 0
        async for chunk in request.stream():
            taken += len(chunk)
            if taken > attachments.LARGEST + _FORM_EXTRA:
                raise AttachmentTooLarge
            yield chunk

    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _no_file()
    try:
        parser = MultiPartParser(request.headers, limited(), max_files=1, max_fields=10)
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, AssertionError) as error:
        raise InvalidRequest("The form cannot be read.", [FieldProblem("/file", "is not a form's file")]) from error
    file = form.get("file")
    try:
        if not isinstance(file, UploadFile):
            raise _no_file()
        yield file
    finally:
        await form.close()


Uploaded = Annotated[UploadFile, Depends(uploaded)]


@router.get("/slides/{slide_id}/attachments", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def list_slide_attachments(slide_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> AttachmentList:
    """List what is attached to a slide."""
    with runtime.db.read() as session:
        found = attachments.list_attachments(session, viewer, "slide", slide_id)
    views.record_attachments(runtime, viewer, "slide", slide_id)
    return found


@router.post(
    "/slides/{slide_id}/attachments",
    dependencies=[policy(Action.EDIT)],
    responses=_CHANGES,
    status_code=201,
    openapi_extra=_FORM,
)
def attach_to_slide(
    slide_id: ObjectId, file: Uploaded, viewer: CurrentViewer, runtime: CurrentRuntime
) -> AttachmentOut:
    """Attach a file to a slide."""
    return _attach(runtime, viewer, "slide", slide_id, file)


@router.get("/cases/{case_id}/attachments", dependencies=[policy(Action.VIEW)], responses=problems(NotFound))
def list_case_attachments(case_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> AttachmentList:
    """List what is attached to a case."""
    with runtime.db.read() as session:
        found = attachments.list_attachments(session, viewer, "case", case_id)
    views.record_attachments(runtime, viewer, "case", case_id)
    return found


@router.post(
    "/cases/{case_id}/attachments",
    dependencies=[policy(Action.EDIT)],
    responses=_CHANGES,
    status_code=201,
    openapi_extra=_FORM,
)
def attach_to_case(case_id: ObjectId, file: Uploaded, viewer: CurrentViewer, runtime: CurrentRuntime) -> AttachmentOut:
    """Attach a file to a case."""
    return _attach(runtime, viewer, "case", case_id, file)


@router.get(
    "/attachments/{attachment_id}",
    dependencies=[policy(Action.VIEW)],
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(NotFound, AuditUnavailable)},
    response_class=FileResponse,
)
def download_attachment(attachment_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> FileResponse:
    """Download an attachment."""
    with runtime.db.read() as session:
        found, kind, owner = attachments.find_attachment(session, viewer, attachment_id)
    path = attachments.path_of(runtime.settings.data, found.sha256)
    if not path.is_file():
        raise NotFound
    views.record_attachment(runtime, viewer, attachment_id, kind, owner)
    shown = found.media_type if found.media_type in _HARMLESS else "application/octet-stream"
    return FileResponse(path, media_type=shown, filename=found.name, headers=dict(_HEADERS))


@router.delete("/attachments/{attachment_id}", dependencies=[policy(Action.EDIT)], responses=_CHANGES, status_code=204)
def delete_attachment(attachment_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Delete an attachment."""
    with runtime.db.transaction() as session:
        attachments.delete_attachment(session, viewer, attachment_id)


def _attach(runtime: Any, viewer: Any, kind: str, object_id: str, file: UploadFile) -> AttachmentOut:
    if file.size is not None and file.size > attachments.LARGEST:
        raise AttachmentTooLarge
    data, name = runtime.settings.data, file.filename or "file"
    return attachments.attach(
        runtime.db, data, viewer, kind, object_id, file.file, name, file.content_type or "application/octet-stream"
    )


def _no_file() -> InvalidRequest:
    return InvalidRequest("Send the file as the field file of a form.", [FieldProblem("/file", "is missing")])
