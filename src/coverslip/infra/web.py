"""Web plumbing that every room shares: errors as problems, and how a route reaches the runtime.

The one table that gives an error its HTTP status is here (RFC 9457 bodies with a stable ``code``).
"""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from coverslip.core import arrival_errors, errors, identity_errors, result_errors, share_errors, transport_errors
from coverslip.core.errors import CoverslipError, FieldProblem, InvalidRequest
from coverslip.core.ids import id_in
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

PROBLEM_TYPE: Final = "application/problem+json"
REQUEST_ID_HEADER: Final = "X-Request-Id"

STATUS: Final[Mapping[type[CoverslipError], int]] = {
    errors.NotFound: 404,
    errors.InvalidRequest: 422,
    errors.Unauthenticated: 401,
    errors.SignInRefused: 401,
    errors.TooManyAttempts: 429,
    errors.Forbidden: 403,
    errors.CsrfRefused: 403,
    errors.Conflict: 409,
    errors.SlideChanged: 409,
    errors.SlideMissing: 404,
    errors.SlideNotReady: 409,
    errors.TileUnreadable: 422,
    errors.SlideSuspect: 409,
    errors.RangeRefused: 416,
    errors.TooLarge: 422,
    errors.Busy: 503,
    errors.StorageTimeout: 504,
    errors.StorageOffline: 503,
    errors.GrantsUnavailable: 503,
    errors.AuditUnavailable: 503,
    errors.DiskFull: 507,
    errors.DatabaseUnavailable: 503,
    errors.SlideUnreadable: 422,
    errors.StartRefused: 500,
    arrival_errors.NameRefused: 422,
    arrival_errors.ArchiveRefused: 422,
    arrival_errors.UploadLocked: 423,
    arrival_errors.ChecksumMismatch: 460,
    arrival_errors.UploadTooLarge: 413,
    arrival_errors.TooManyUploads: 429,
    arrival_errors.TusVersionRefused: 412,
    identity_errors.SecondFactorRefused: 401,
    identity_errors.ChallengeEnded: 401,
    identity_errors.AccountPending: 403,
    identity_errors.PasswordWrong: 403,
    identity_errors.MailUnavailable: 503,
    identity_errors.ProviderUnavailable: 503,
    identity_errors.ExternalRefused: 403,
    share_errors.ShareEnded: 410,
    result_errors.LayerUnreadable: 422,
    transport_errors.OriginRefused: 403,
    transport_errors.DirectRefused: 403,
}
"""Status of each class; a subclass without a row has that of its nearest ancestor."""

_TITLES: Final = {460: "Checksum Mismatch"}  # tus gives this status its meaning; it is in no registry
_RETRY_S: Final = {503: b"2", 504: b"5", 429: b"300"}
_DENIED: Final = (errors.Unauthenticated, errors.Forbidden, errors.CsrfRefused, errors.TooManyAttempts)


class ProblemField(BaseModel):
    """What is wrong with one field."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An error (RFC 9457). ``code`` is stable; ``request_id`` helps to find it in the server's log."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemField] = Field(default_factory=list)


def status_of(error: CoverslipError) -> int:
    """Return the HTTP status of an error."""
    for cls in type(error).__mro__:
        if cls in STATUS:
            return STATUS[cls]
    return 500


def problem_body(
    code: str,
    status: int,
    detail: str,
    request_id: str,
    problems: Sequence[FieldProblem] = (),
    members: Mapping[str, Any] = {},
) -> bytes:
    """Return the JSON of a problem, for answers that are made without a framework.

    ``members`` are what a class of errors says besides, as RFC 9457 allows.
    """
    body: dict[str, Any] = {
        "type": f"about:blank#{code}",
        "title": _TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **members,
    }
    if problems:
        body["errors"] = [{"pointer": problem.pointer, "detail": problem.detail} for problem in problems]
    return json.dumps(body, ensure_ascii=False).encode()


def problem_parts(error: CoverslipError, request_id: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body of the answer to an error: raw ASGI, for the tile path."""
    status = status_of(error)
    fields, members = getattr(error, "problems", ()), getattr(error, "members", {})
    body = problem_body(error.code, status, error.message, request_id, fields, members)
    headers = [
        (b"content-type", PROBLEM_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if status in _RETRY_S:
        headers.append((b"retry-after", _RETRY_S[status]))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return status, headers, body


def get_runtime(request: HTTPConnection) -> Runtime:
    """Return the runtime of this process, for requests and handshakes of sockets alike."""
    runtime: Runtime = request.app.state.runtime
    return runtime


CurrentRuntime = Annotated[Runtime, Depends(get_runtime)]


def request_id_of(request: HTTPConnection) -> str:
    """Return the id that the log and the answer carry."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def problems(*classes: type[CoverslipError]) -> dict[int | str, dict[str, Any]]:
    """Document which errors a route may answer with: ``responses=problems(NotFound, Busy)``."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for cls in classes:
        status = next(STATUS[base] for base in cls.__mro__ if base in STATUS)
        codes = by_status.setdefault(status, {"model": Problem, "codes": []})["codes"]
        codes.append(cls.code)
    for entry in by_status.values():
        entry["description"] = ", ".join(f"`{code}`" for code in entry.pop("codes"))
    return by_status


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem; none shows a traceback."""
    app.add_exception_handler(CoverslipError, _coverslip_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)


async def _coverslip_error(request: HTTPConnection, error: Exception) -> Response:
    if not isinstance(error, CoverslipError):
        raise error
    if isinstance(error, _DENIED) or _is_hidden(request, error):
        refused = await _note_denial(request, error)
        error = refused or error
    status, headers, body = problem_parts(error, request_id_of(request))
    if status >= 500 and error.code != CoverslipError.code:
        logger.warning("request %s: %s (%s)", request_id_of(request), error.code, type(error.__cause__).__name__)
    response = Response(body, status)
    response.raw_headers = headers
    return response


def _is_hidden(request: HTTPConnection, error: CoverslipError) -> bool:
    """Whether somebody signed in asked for what is not there or not theirs: one answer, and one record, for both."""
    hidden = isinstance(error, errors.NotFound) and error.message.endswith("you may not see it.")
    return hidden and _person_of(request) is not None


def _person_of(request: HTTPConnection) -> str | None:
    person_id: str | None = request.scope.get("state", {}).get("person_id")
    return person_id


async def _note_denial(request: HTTPConnection, error: CoverslipError) -> CoverslipError | None:
    """Record a refusal before it is answered; returns what to answer when that fails."""
    runtime = get_runtime(request)
    address = request.client.host if request.client else "unknown"
    # The path may hold anything that somebody typed; only an id goes on record.
    object_id = id_in(request.url.path)
    action = f"request.{error.code}"
    try:
        await run_in_threadpool(runtime.denials.note, address, action, _person_of(request), object_id=object_id)
    except CoverslipError as unavailable:
        return unavailable
    return None


async def _validation_error(request: HTTPConnection, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = [FieldProblem(_pointer(one["loc"]), one["msg"]) for one in error.errors()]
    return await _coverslip_error(request, InvalidRequest(problems=found))


def _pointer(location: Sequence[str | int]) -> str:
    """Turn FastAPI's location into a JSON Pointer; a query parameter ``w`` is ``/query/w``."""
    parts = location[1:] if location and location[0] == "body" else location
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


async def _http_error(request: HTTPConnection, error: Exception) -> Response:
    """Answer what the framework itself refuses: no such route, wrong method, a body that is no JSON."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return await _coverslip_error(request, errors.NotFound())
    code = "method_not_allowed" if error.status_code == 405 else "invalid_request"
    body = problem_body(code, error.status_code, str(error.detail), request_id_of(request))
    headers = {**(error.headers or {}), "Cache-Control": "no-store"}
    return Response(body, error.status_code, headers, PROBLEM_TYPE)


async def _bug(request: HTTPConnection, error: Exception) -> Response:
    """Answer what nobody foresaw; ``infra.asgi.RequestId`` logs it with the same id."""
    return await _coverslip_error(request, CoverslipError())
