"""Raster overlays for readers."""

import hashlib
from typing import Final

from coverslip.core.errors import NotFound
from coverslip.features.access import Action, check
from coverslip.features.annotations.results.colouring import TILE_PX, overlay_tile, parse_overlay_style
from coverslip.features.annotations.results.derived import Grid
from coverslip.features.annotations.results.opening import folder_of, layer_row, slide_under
from coverslip.features.annotations.results.publishing import overlay_info
from coverslip.features.annotations.results.raster import open_raster
from coverslip.features.annotations.results.schemas import OverlayInfo
from coverslip.features.identity import Viewer
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime

EPOCH: Final = 1
"""Raised when the bytes of tiles change."""


def may_draw(runtime: Runtime, viewer: Viewer, slide_id: str) -> None:
    """Refuse who may not add layers to a slide, before a byte of a file is taken.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady
    """
    with runtime.db.read() as session:
        under = slide_under(runtime, session, viewer, slide_id)
    check(viewer, Action.ANNOTATE, under.ref.standing)


def _found(runtime: Runtime, viewer: Viewer, slide_id: str, layer_id: str) -> Grid:
    with runtime.db.read() as session:
        grid = slide_under(runtime, session, viewer, slide_id).grid
        layer_row(session, viewer, slide_id, layer_id, "overlay")
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.ANNOTATIONS, principal=viewer.person_id
    )
    return grid


def describe(runtime: Runtime, viewer: Viewer, slide_id: str, layer_id: str) -> OverlayInfo:
    """Return what an overlay is.

    Raises
    ------
    NotFound, Forbidden, LayerUnknown, SlideNotReady, LayerUnreadable, AuditUnavailable
    """
    _found(runtime, viewer, slide_id, layer_id)
    return overlay_info(open_raster(folder_of(runtime, layer_id)).head)


def tile(
    runtime: Runtime, viewer: Viewer, slide_id: str, layer_id: str, place: tuple[int, int, int], style: str | None
) -> tuple[bytes, str]:
    """Return a tile as PNG, and what its bytes are known by.

    Raises
    ------
    NotFound
        There is no such layer or tile.
    InvalidRequest
        The style cannot be used.
    Forbidden, LayerUnknown, SlideNotReady, LayerUnreadable, AuditUnavailable
    """
    wanted = parse_overlay_style(style)
    grid = _found(runtime, viewer, slide_id, layer_id)
    z, x, y = place
    downsample = dict(grid.levels).get(z)
    if downsample is None:
        raise NotFound
    side = TILE_PX * downsample
    if x * side >= grid.width or y * side >= grid.height:
        raise NotFound
    etag = hashlib.sha256(f"overlay/{EPOCH}/{grid.version(layer_id)}/{place}/{style}".encode()).hexdigest()[:40]
    body = runtime.cache.get(etag)
    if body is None:
        body = overlay_tile(open_raster(folder_of(runtime, layer_id)), downsample, x, y, wanted)
        runtime.cache.put(etag, body)
    return body, etag
