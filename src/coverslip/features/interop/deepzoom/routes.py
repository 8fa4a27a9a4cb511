"""``/dzi/{slide_id}.dzi`` and its tiles.

The descriptor describes the tissue's pixels only; whoever may look at the slide may read it.
"""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from fastapi.responses import Response

from coverslip.core.errors import (
    Busy,
    InvalidRequest,
    NotFound,
    SlideChanged,
    SlideMissing,
    SlideNotReady,
    SlideUnreadable,
    StorageOffline,
    StorageTimeout,
)
from coverslip.features.access import Action, policy
from coverslip.features.interop.deepzoom.grid import DeepZoom, descriptor
from coverslip.features.tiles import Asking, PixelRoute
from coverslip.infra.web import problems

router: Final = APIRouter(tags=["deepzoom"], route_class=PixelRoute)

_ERRORS: Final = problems(
    NotFound, InvalidRequest, SlideNotReady, SlideChanged, SlideMissing, SlideUnreadable, StorageOffline,
    StorageTimeout, Busy,
)  # fmt: skip
_TILE_NAME: Final = re.compile(r"(\d{1,9})_(\d{1,9})\.(?:jpg|jpeg)")
_XML: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/xml": {}}}}
_JPEG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
    304: {},
}
_NOT_KEPT: Final = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}

SlideIdPath = Annotated[str, PathParameter(max_length=64)]
StyleQuery = Annotated[
    str | None, Query(max_length=8192, description="As of tiles; OpenSeadragon hands it on to the tiles.")
]


@router.get(
    "/dzi/{slide_id}.dzi",
    dependencies=[policy(Action.VIEW)],
    response_class=Response,
    responses={**_XML, **_ERRORS},
)
async def get_dzi(request: Request, slide_id: SlideIdPath, style: StyleQuery = None) -> Response:
    """Describe a slide as a Deep Zoom image."""
    del style  # it belongs to the tiles
    slide = await Asking(request, slide_id).slide()
    image = DeepZoom.of(slide.index.levels)
    return Response(descriptor(image), media_type="application/xml", headers=_NOT_KEPT)


@router.get(
    "/dzi/{slide_id}_files/{level}/{name}",
    dependencies=[policy(Action.VIEW)],
    response_class=Response,
    responses={**_JPEG, **_ERRORS},
)
async def get_dzi_tile(
    request: Request,
    slide_id: SlideIdPath,
    level: Annotated[int, PathParameter(ge=0, le=64)],
    name: Annotated[str, PathParameter(max_length=40, description="col_row.jpg")],
    style: StyleQuery = None,
) -> Response:
    """Give one tile of a Deep Zoom image; those at the right and lower edge are cropped."""
    match = _TILE_NAME.fullmatch(name)
    if match is None:
        raise NotFound("Tiles are named col_row.jpg.")
    asking = Asking(request, slide_id)
    slide = await asking.slide()
    image = DeepZoom.of(slide.index.levels)
    col, row = int(match[1]), int(match[2])
    tile = image.tile(level, col, row)
    own = image.same_grid(slide.index.levels, level, tile)
    if own is not None:
        return await asking.tile(own.z, col, row, style)
    downsample = image.downsample(level)
    wanted = {
        "x": tile.x * downsample,
        "y": tile.y * downsample,
        "width": tile.width,
        "height": tile.height,
        "downsample": float(downsample),
    }
    return await asking.region(slide, wanted, style)
