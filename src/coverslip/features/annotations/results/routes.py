"""Result layers and overlays over HTTP."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, status
from fastapi import Path as PathParameter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from coverslip.core.annotation_errors import LayerUnknown
from coverslip.core.errors import (
    AuditUnavailable,
    Busy,
    CsrfRefused,
    DiskFull,
    Forbidden,
    InvalidRequest,
    NotFound,
    SlideNotReady,
    TooLarge,
)
from coverslip.core.result_errors import (
    LayerChanged,
    LayerUnreadable,
    NoSuchColumn,
    ObjectsRefused,
    OverlayRefused,
)
from coverslip.features.access import Action, policy
from coverslip.features.annotations.results.export_formats import ExportFormat
from coverslip.features.annotations.results.files import LARGEST_UPLOAD, TOO_LARGE, Received
from coverslip.features.annotations.results.schemas import (
    ImportedOut,
    ObjectOut,
    OverlayInfo,
    RegionIn,
    ResultOut,
    SelectionOut,
    SummaryOut,
)
from coverslip.features.identity import CurrentViewer, Onlooker, Viewer
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime, problems

if TYPE_CHECKING:
    from coverslip.features.annotations.results.opening import OpenLayer

router: Final = APIRouter()

MVT: Final = "application/vnd.mapbox-vector-tile"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_NUMBERS: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/octet-stream": _BINARY}}}
_ERRORS: Final = (NotFound, LayerUnknown, Forbidden, SlideNotReady, LayerUnreadable, AuditUnavailable)
_BASE: Final = "/slides/{slide_id}/layers/{layer_id}"

Id = Annotated[str, PathParameter(max_length=64)]
Place = Annotated[int, PathParameter(ge=0, le=10**9)]
Version = Annotated[str | None, Query(max_length=64, description="The layer's `base_version`; 409 when it is stale.")]


def _open(runtime: Runtime, viewer: Viewer, slide_id: str, layer_id: str, action: Action = Action.VIEW) -> "OpenLayer":
    # Here and below: what reads layers brings libraries of shapes and columns, which few processes need.
    from coverslip.features.annotations.results.opening import open_layer

    return open_layer(runtime, viewer, slide_id, layer_id, action)


def _caching(viewer: Viewer, etag: str, *, named: bool) -> dict[str, str]:
    """Return headers: what the address names wholly may be kept, but not by who came through a link."""
    keeps = named and viewer.kind != "share"
    kept = "private, max-age=86400, immutable" if keeps else "private, no-cache"
    return {"Cache-Control": kept, "Vary": "Cookie, Authorization, Accept-Encoding", "ETag": f'"{etag}"'}


def _unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    same = request.headers.get("if-none-match") == headers["ETag"]
    return Response(status_code=304, headers=headers) if same else None


@router.get(f"{_BASE}/result", dependencies=[policy.onlooker], responses=problems(*_ERRORS))
def get_result(slide_id: Id, layer_id: Id, viewer: Onlooker, runtime: CurrentRuntime) -> ResultOut:
    """Say what a result layer holds: how many objects, which measurements, which zoom levels show them all."""
    from coverslip.features.annotations.results import service

    return service.describe(_open(runtime, viewer, slide_id, layer_id))


@router.get(
    f"{_BASE}/result/tiles/{{z}}/{{x}}/{{y}}.mvt",
    dependencies=[policy.onlooker],
    response_class=Response,
    responses={200: {"content": {MVT: _BINARY}}, 304: {}, **problems(*_ERRORS, LayerChanged)},
)
def get_result_tile(
    request: Request,
    slide_id: Id,
    layer_id: Id,
    z: Place,
    x: Place,
    y: Place,
    viewer: Onlooker,
    runtime: CurrentRuntime,
    rev: Annotated[int | None, Query(ge=0, description="The tile's revision, 0 before the first correction.")] = None,
    v: Version = None,
) -> Response:
    """Give a Mapbox Vector Tile 2.1 of the slide's zoom level, 512 pixels wide.

    Its one layer `objects` has the extent 4096; the id of a feature is its `object_no`, its property `c` the place of
    its class in the layer's list. An object on an edge is whole in both tiles.
    """
    from coverslip.features.annotations.results import service

    layer = _open(runtime, viewer, slide_id, layer_id)
    _check_version(layer, v)
    body, current, etag = service.tile(runtime, layer, z, x, y)
    headers = _caching(viewer, etag, named=v is not None and rev == current)
    return _unchanged(request, headers) or _packed(request, runtime, layer, etag, body, headers, MVT)


def _check_version(layer: "OpenLayer", version: str | None) -> None:
    if version is not None and version != layer.version:
        raise LayerChanged


def _packed(
    request: Request,
    runtime: Runtime,
    layer: "OpenLayer",
    name: str,
    body: bytes,
    headers: dict[str, str],
    media_type: str = "application/octet-stream",
) -> Response:
    from coverslip.features.annotations.results import service

    accepted = request.headers.get("accept-encoding", "")
    body, more = service.packed(runtime, layer, name, body, accepted)
    return Response(body, media_type=media_type, headers={**headers, **more})


@router.get(
    f"{_BASE}/result/centroids",
    dependencies=[policy.onlooker],
    response_class=Response,
    responses={**_NUMBERS, 304: {}, **problems(*_ERRORS, LayerChanged)},
)
def get_result_centroids(
    request: Request, slide_id: Id, layer_id: Id, viewer: Onlooker, runtime: CurrentRuntime, v: Version = None
) -> Response:
    """Give the middle of every object in their order: pairs of little-endian uint16 that span width and height."""
    from coverslip.features.annotations.results import service

    layer = _open(runtime, viewer, slide_id, layer_id)
    _check_version(layer, v)
    headers = _caching(viewer, f"{layer.version}-centroids", named=v is not None)
    unchanged = _unchanged(request, headers)
    return unchanged or _packed(request, runtime, layer, "centroids", service.centroids(layer), headers)


@router.get(
    f"{_BASE}/result/columns/{{name:path}}",
    dependencies=[policy.onlooker],
    response_class=Response,
    responses={**_NUMBERS, 304: {}, **problems(*_ERRORS, NoSuchColumn, LayerChanged)},
)
def get_result_column(
    request: Request,
    slide_id: Id,
    layer_id: Id,
    name: Annotated[str, PathParameter(max_length=1000)],
    viewer: Onlooker,
    runtime: CurrentRuntime,
    v: Version = None,
) -> Response:
    """Give a measurement of every object in their order, little-endian.

    Numbers are float32 (NaN for none), words uint16 codes in the order of `categories` (65535 for none); `class` is
    the classes.
    """
    from coverslip.features.annotations.results import service

    layer = _open(runtime, viewer, slide_id, layer_id)
    _check_version(layer, v)
    headers = _caching(viewer, f"{layer.version}-{name.encode().hex()}", named=v is not None)
    body = service.column(layer, name)
    return _unchanged(request, headers) or _packed(request, runtime, layer, f"column/{name}", body, headers)


@router.get(f"{_BASE}/result/objects/{{object_no}}", dependencies=[policy.onlooker], responses=problems(*_ERRORS))
def get_result_object(
    slide_id: Id, layer_id: Id, object_no: Place, viewer: Onlooker, runtime: CurrentRuntime
) -> ObjectOut:
    """Give one object with all its measurements, as it was written."""
    from coverslip.features.annotations.results import service

    return service.one_object(_open(runtime, viewer, slide_id, layer_id), object_no)


@router.post(
    f"{_BASE}/result/select",
    dependencies=[policy(Action.VIEW)],
    responses=problems(*_ERRORS, CsrfRefused, InvalidRequest),
)
def select_result(
    slide_id: Id, layer_id: Id, body: RegionIn, viewer: CurrentViewer, runtime: CurrentRuntime
) -> SelectionOut:
    """Say which objects lie in a region: those whose centroid does, as corrected."""
    from coverslip.features.annotations.results import service

    return service.select(_open(runtime, viewer, slide_id, layer_id), body.polygon)


@router.post(
    f"{_BASE}/result/summary",
    dependencies=[policy(Action.VIEW)],
    responses=problems(*_ERRORS, CsrfRefused, InvalidRequest),
)
def summarise_result(
    slide_id: Id, layer_id: Id, body: RegionIn, viewer: CurrentViewer, runtime: CurrentRuntime
) -> SummaryOut:
    """Count a region: objects by class, mean, standard deviation and range of each measurement, density."""
    from coverslip.features.annotations.results import service

    return service.summary(_open(runtime, viewer, slide_id, layer_id), body.polygon)


@router.get(
    f"{_BASE}/result/export",
    dependencies=[policy(Action.EXPORT)],
    response_class=StreamingResponse,
    responses={
        200: {"content": {one.media_type.partition(";")[0]: _BINARY for one in ExportFormat}},
        **problems(*_ERRORS, DiskFull),
    },
)
def export_result(
    slide_id: Id, layer_id: Id, viewer: CurrentViewer, runtime: CurrentRuntime, format: ExportFormat
) -> StreamingResponse:
    """Give the whole layer as corrected: GeoJSON as QuPath reads it, GeoParquet, or CSV with units in the names."""
    from coverslip.features.annotations.results import service

    layer = _open(runtime, viewer, slide_id, layer_id, Action.EXPORT)
    pieces = service.export(runtime, layer, format)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="layer-{layer_id}{format.suffix}"',
    }
    return StreamingResponse(pieces, media_type=format.media_type, headers=headers)


# --- overlays ---------------------------------------------------------------------------------


@router.get(f"{_BASE}/overlay", dependencies=[policy.onlooker], responses=problems(*_ERRORS))
def get_overlay(slide_id: Id, layer_id: Id, viewer: Onlooker, runtime: CurrentRuntime) -> OverlayInfo:
    """Say what an overlay is: label map or heatmap, where it lies, the range of its values."""
    from coverslip.features.annotations.results import overlays

    return overlays.describe(runtime, viewer, slide_id, layer_id)


@router.get(
    f"{_BASE}/overlay/tiles/{{z}}/{{x}}/{{y}}",
    dependencies=[policy.onlooker],
    response_class=Response,
    responses={200: {"content": {"image/png": _BINARY}}, 304: {}, **problems(*_ERRORS, InvalidRequest)},
)
def get_overlay_tile(
    request: Request,
    slide_id: Id,
    layer_id: Id,
    z: Place,
    x: Place,
    y: Place,
    viewer: Onlooker,
    runtime: CurrentRuntime,
    style: Annotated[
        str | None,
        Query(max_length=65_536, description="base64url of JSON: map, range, above, opacity, colours, shown."),
    ] = None,
    v: Annotated[str | None, Query(max_length=64, description="Anything: an overlay never changes.")] = None,
) -> Response:
    """Give a tile of an overlay as PNG, 512 pixels wide on the slide's zoom level, transparent where nothing is."""
    from coverslip.features.annotations.results import overlays

    body, etag = overlays.tile(runtime, viewer, slide_id, layer_id, (z, x, y), style)
    headers = _caching(viewer, etag, named=v is not None)
    return _unchanged(request, headers) or Response(body, media_type="image/png", headers=headers)


@router.post(
    "/slides/{slide_id}/layers/import",
    status_code=status.HTTP_201_CREATED,
    dependencies=[policy(Action.ANNOTATE)],
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}},
    responses=problems(*_ERRORS, CsrfRefused, InvalidRequest, ObjectsRefused, OverlayRefused, TooLarge, Busy, DiskFull),
)
async def import_layer(
    request: Request,
    slide_id: Id,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    kind: Annotated[Literal["result", "labels", "heatmap"], Query(description="What the file is.")],
    name: Annotated[str, Query(min_length=1, max_length=200)],
    visibility: Annotated[Literal["private", "project"], Query()] = "project",
    object_type: Annotated[Literal["detection", "cell", "tile"], Query()] = "detection",
    downsample: Annotated[
        float | None, Query(gt=0, le=100_000, description="Level-0 pixels for each pixel of a picture.")
    ] = None,
    x: Annotated[float, Query(allow_inf_nan=False, description="Left edge of a picture in level-0 pixels.")] = 0.0,
    y: Annotated[float, Query(allow_inf_nan=False, description="Top edge of a picture in level-0 pixels.")] = 0.0,
) -> ImportedOut:
    """Make a layer of a file: a GeoParquet of objects (`result`), or a PNG, TIFF or .npy of values to lay on top.

    The file is the body of the request.
    """

    def check() -> None:
        from coverslip.features.annotations.results.overlays import may_draw

        may_draw(runtime, viewer, slide_id)

    def take(path: Path) -> ImportedOut:
        from coverslip.features.annotations.results.intake import import_parquet
        from coverslip.features.annotations.results.publishing import publish_overlay

        if kind == "result":
            return import_parquet(runtime, viewer, slide_id, name, path, object_type=object_type, visibility=visibility)
        return publish_overlay(
            runtime,
            viewer,
            slide_id,
            name,
            path,
            kind=kind,
            downsample=downsample,
            x=x,
            y=y,
            visibility=visibility,
        )

    await run_in_threadpool(check)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > LARGEST_UPLOAD:
        raise TooLarge(TOO_LARGE)
    received = await run_in_threadpool(Received, runtime)
    try:
        async for piece in request.stream():
            await run_in_threadpool(received.write, piece)
        await run_in_threadpool(received.end)
        return await run_in_threadpool(take, received.path)
    finally:
        await run_in_threadpool(received.clear)
