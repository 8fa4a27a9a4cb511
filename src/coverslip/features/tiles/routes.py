"""Pixels over HTTP that are no tiles, and the documentation of those that are.

Vendor files are parsed and pixels decoded in the decoder pool; here parameters become a task, and
its bytes an answer.
"""

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from fastapi.responses import Response

from coverslip.core.errors import (
    Busy,
    CoverslipError,
    InvalidRequest,
    NotFound,
    SlideChanged,
    SlideMissing,
    SlideNotReady,
    SlideSuspect,
    SlideUnreadable,
    StorageOffline,
    StorageTimeout,
    TileUnreadable,
    TooLarge,
    Unauthenticated,
)
from coverslip.features.access import Action, policy
from coverslip.features.tiles.address import PLANE_MOST, STYLE_LONGEST
from coverslip.features.tiles.decoding import PixelRoute, cache_key, in_pool, kept
from coverslip.features.tiles.download_routes import router as download_router
from coverslip.features.tiles.looking import AtIdentity, AtPixels, AtThumbnail, Looking, SlideIdPath
from coverslip.features.tiles.schemas import HistogramOut, PixelOut
from coverslip.imaging import work
from coverslip.imaging.encode import ImageFormat
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["pixels"], route_class=PixelRoute)
router.include_router(download_router)

ERROR_KEY: Final = "coverslip.tile_error"
"""Where the scope carries the error of a tile to the route that documents tiles."""

Answers = dict[int | str, dict[str, Any]]

_PIXEL_ERRORS: Final = (
    Unauthenticated,
    NotFound,
    InvalidRequest,
    SlideNotReady,
    SlideChanged,
    SlideMissing,
    SlideUnreadable,
    TileUnreadable,
    StorageOffline,
    StorageTimeout,
    Busy,
)
_JPEG: Final[Answers] = {200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}}
_IMAGE: Final[Answers] = {
    200: {"content": {kind.media_type: {"schema": {"type": "string", "format": "binary"}} for kind in ImageFormat}}
}
_TABLE: Final[Answers] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}

Number = Annotated[int, PathParameter(ge=0)]
PlaneQuery = Annotated[int, Query(ge=0, le=PLANE_MOST, description="Focal plane, from 0.")]
PictureQuery = Annotated[
    str,
    Query(
        pattern=r"^(max|mean|[0-9]{1,6})$",
        description="Focal plane, from 0; ``max`` and ``mean`` project all planes (at most 64) into one picture.",
    ),
]
TimeQuery = Annotated[int, Query(ge=0, le=PLANE_MOST, description="Time point, from 0.")]
StyleQuery = Annotated[
    str | None,
    Query(max_length=STYLE_LONGEST, description="base64url of canonical JSON; without it the file's own pixels."),
]
VersionQuery = Annotated[str | None, Query(max_length=64, description="The slide's version; 409 when it is stale.")]
_GetJpeg: Final[dict[str, Any]] = {"response_class": Response, "dependencies": [policy.onlooker]}


@router.get(
    "/slides/{slide_id}/tiles/{z}/{x}/{y}",
    responses={**_JPEG, 304: {}, **problems(*_PIXEL_ERRORS, SlideSuspect, TooLarge)},
    **_GetJpeg,
)
def get_tile(
    request: Request,
    slide_id: SlideIdPath,
    z: Number,
    x: Number,
    y: Number,
    v: VersionQuery = None,
    style: StyleQuery = None,
    plane: PictureQuery = "0",
    time: TimeQuery = 0,
) -> Response:
    """Give one tile of full size; ``levels[z]`` of the slide's detail describes the grid.

    Tiles that lie in the file as JPEG come as they are, the rest is made. A gap of a sparse slide
    is a background tile with ``X-Coverslip-Tile: empty``.
    """
    # Tiles are answered before this app is reached; what comes here is their errors, and addresses
    # whose slide id is none.
    error = request.scope.get(ERROR_KEY)
    raise error if isinstance(error, CoverslipError) else NotFound()


@router.get(
    "/slides/{slide_id}/region",
    responses={**_IMAGE, **problems(*_PIXEL_ERRORS, TooLarge)},
    response_class=Response,
    dependencies=[policy(Action.VIEW)],
)
async def get_region(  # noqa: PLR0917 - parameters of an address have no order
    request: Request,
    at: AtPixels,
    runtime: CurrentRuntime,
    x: Annotated[float, Query(allow_inf_nan=False, description="Left edge in level-0 pixels.")],
    y: Annotated[float, Query(allow_inf_nan=False, description="Top edge in level-0 pixels.")],
    width: Annotated[int, Query(ge=1, description="Pixels of the answer.")],
    height: Annotated[int, Query(ge=1, description="Pixels of the answer.")],
    mpp: Annotated[
        float | None, Query(gt=0, allow_inf_nan=False, description="Micrometres for each pixel of the answer.")
    ] = None,
    objective: Annotated[
        float | None, Query(gt=0, allow_inf_nan=False, description="20 means 0.5 micrometres a pixel.")
    ] = None,
    downsample: Annotated[
        float | None, Query(gt=0, allow_inf_nan=False, description="Level-0 pixels for each pixel.")
    ] = None,
    level: Annotated[int | None, Query(ge=0, description="A level of the file, 0 the finest.")] = None,
    format: Annotated[ImageFormat, Query()] = ImageFormat.JPEG,
    style: StyleQuery = None,
    plane: PictureQuery = "0",
    time: TimeQuery = 0,
    v: VersionQuery = None,
) -> Response:
    """Give any rectangle at any scale, by at most one of ``mpp``, ``objective``, ``downsample``, ``level``.

    Outside the slide is background. The headers ``X-Coverslip-Downsample`` and ``X-Coverslip-Mpp``
    say what was taken.
    """
    _check_version(at, v)
    wanted = {
        "x": x, "y": y, "width": width, "height": height, "mpp": mpp, "objective": objective,
        "downsample": downsample, "level": level, "format": format.value, "style": style, "plane": plane, "time": time,
        "pixel_um": at.ref.mpp_entered,
    }  # fmt: skip
    body, media_type, headers = await in_pool(request, runtime, at, work.make_region, wanted)
    return Response(body, media_type=media_type, headers={**headers, **_caching(at, v)})


@router.get("/slides/{slide_id}/thumbnail", responses={**_JPEG, 304: {}, **problems(*_PIXEL_ERRORS)}, **_GetJpeg)
async def get_thumbnail(
    request: Request,
    at: AtThumbnail,
    runtime: CurrentRuntime,
    size: Annotated[int, Query(ge=16, le=2048, description="Longer side in pixels.")] = 256,
    v: VersionQuery = None,
) -> Response:
    """Give the whole slide as a small JPEG in managed colour (sRGB)."""
    _check_version(at, v)
    etag = f'"{at.ref.version}-thumbnail-{size}"'
    headers = {**_caching(at, v), "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    body = await kept(
        runtime,
        cache_key(at.ref.version, "thumbnail", size),
        lambda: in_pool(request, runtime, at, work.make_thumbnail, size),
    )
    return Response(body, media_type="image/jpeg", headers=headers)


@router.get("/slides/{slide_id}/associated/{name}", responses={**_JPEG, **problems(*_PIXEL_ERRORS)}, **_GetJpeg)
async def get_associated(
    request: Request,
    at: AtIdentity,
    runtime: CurrentRuntime,
    name: Annotated[str, PathParameter(max_length=200)],
    size: Annotated[int | None, Query(ge=16, le=8192, description="Longer side at most; without it as stored.")] = None,
) -> Response:
    """Give the label, macro or another associated image. It may name a patient, so nobody keeps it."""
    body = await in_pool(request, runtime, at, work.make_associated, name, size)
    return Response(body, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/slides/{slide_id}/histogram", dependencies=[policy.onlooker], responses=problems(*_PIXEL_ERRORS))
async def get_histogram(
    request: Request, at: AtPixels, runtime: CurrentRuntime, plane: PlaneQuery = 0, time: TimeQuery = 0
) -> HistogramOut:
    """Give the histogram of each channel, taken from a coarse level."""

    async def make() -> bytes:
        return json.dumps(await in_pool(request, runtime, at, work.make_histogram, plane, time)).encode()

    return HistogramOut.model_validate_json(
        await kept(runtime, cache_key(at.ref.version, "histogram", plane, time), make)
    )


@router.get("/slides/{slide_id}/pixel", dependencies=[policy.onlooker], responses=problems(*_PIXEL_ERRORS))
async def get_pixel(
    request: Request,
    at: AtPixels,
    runtime: CurrentRuntime,
    x: Annotated[int, Query(ge=-(2**31), lt=2**31)],
    y: Annotated[int, Query(ge=-(2**31), lt=2**31)],
    plane: PlaneQuery = 0,
    time: TimeQuery = 0,
) -> PixelOut:
    """Give the value of one level-0 pixel as it stands in the file, a number for each channel."""
    values = await in_pool(request, runtime, at, work.read_pixel, x, y, plane, time)
    return PixelOut(x=x, y=y, values=values)


@router.get("/slides/{slide_id}/colour-lut", responses={**_TABLE, **problems(*_PIXEL_ERRORS)}, **_GetJpeg)
async def get_colour_lut(request: Request, at: AtPixels, runtime: CurrentRuntime, v: VersionQuery = None) -> Response:
    """Give the table from the slide's colours to sRGB: n x n x n RGB triplets of 8 bits, red fastest."""
    _check_version(at, v)
    body = await kept(runtime, cache_key(at.ref.version, "lut"), lambda: in_pool(request, runtime, at, work.make_lut))
    return Response(body, media_type="application/octet-stream", headers=_caching(at, v))


def _check_version(at: Looking, version: str | None) -> None:
    if version is not None and version != at.ref.version:
        raise SlideChanged


def _caching(at: Looking, version: str | None) -> dict[str, str]:
    # What a share link showed must not outlive it in the browser.
    keeps = version is not None and at.viewer.kind != "share"
    kept_by_browser = "private, max-age=86400, immutable" if keeps else "private, no-cache"
    return {"Cache-Control": kept_by_browser, "Vary": "Cookie, Authorization"}
