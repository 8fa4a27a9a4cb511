"""What is a person's own: where they left a slide, what they have seen of it, what they set. No audit record.

Nobody else can see any of it, and that somebody looked at a slide is on record already, by its
pixels. Display checks are here too, but their record others may read, so they have an audit record.
"""

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, FieldProblem, InvalidRequest, SlideNotReady
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import Viewer
from coverslip.features.slides import get_slide, locate, readable, visible_ids
from coverslip.features.viewing import store
from coverslip.features.viewing.bounded import json_text
from coverslip.features.viewing.grid import Bits, Grid, grid_of, moved, pack, unpack
from coverslip.features.viewing.models import Coverage, DisplayCheck, Place, Preferences
from coverslip.features.viewing.schemas import (
    CoverageIn,
    CoverageOut,
    DisplayCheckIn,
    DisplayCheckList,
    DisplayCheckOut,
    OpenedOut,
    PlaceIn,
    PlaceOut,
)
from coverslip.imaging.tissue import TISSUE_EPOCH
from coverslip.imaging.work import make_tissue
from coverslip.infra.audit import AuditEvent, ViewKind, record, value_hash
from coverslip.infra.runtime import Runtime

LARGEST_STYLE: Final = 16 * 1024
LARGEST_PREFERENCES: Final = 64 * 1024
LARGEST_RESULT: Final = 16 * 1024
CHECKS_SHOWN: Final = 100
_OTHER_GRID: Final = "The slide's scale has changed; reload the slide."


def get_place(session: Session, viewer: Viewer, slide_id: str, index_folder: Path) -> PlaceOut | None:
    """Return where the person left a slide, None when they never opened it.

    Raises
    ------
    NotFound
        They may not see it.
    """
    locate(session, viewer, slide_id, index_folder)
    row = store.place_of(session, viewer.person_id, slide_id)
    return None if row is None else PlaceOut(**json.loads(row.view), seen_at=row.seen_at)


def set_place(session: Session, viewer: Viewer, slide_id: str, place: PlaceIn, index_folder: Path) -> PlaceOut:
    """Remember where the person is.

    Raises
    ------
    NotFound, InvalidRequest
    """
    locate(session, viewer, slide_id, index_folder)
    if place.style is not None:
        json_text(place.style, "/style", LARGEST_STYLE)
    now = utc_now()
    text = json_text(place.model_dump(), "", LARGEST_STYLE + 1024)
    key = {"person_id": viewer.person_id, "slide_id": slide_id}
    store.put(session, Place, key, {"view": text, "seen_at": now})
    return PlaceOut(**place.model_dump(), seen_at=now)


def opened(session: Session, viewer: Viewer, slide_ids: Sequence[str]) -> OpenedOut:
    """Say which of some slides the person has opened; slides that they may not see are left out."""
    seen = visible_ids(session, viewer, slide_ids)
    found = store.opened_of(session, viewer.person_id, sorted(seen)) if seen else set()
    return OpenedOut(opened=[one for one in dict.fromkeys(slide_ids) if one in found])


# --- coverage ---------------------------------------------------------------------------------


def slide_grid(session: Session, viewer: Viewer, slide_id: str, index_folder: Path) -> Grid:
    """Return the cells of a slide.

    Raises
    ------
    NotFound
    SlideNotReady
        Its size is not known yet.
    """
    slide = get_slide(session, viewer, slide_id, index_folder)
    if not slide.width or not slide.height:
        raise SlideNotReady
    return grid_of(slide.width, slide.height, slide.mpp_x)


def get_coverage(runtime: Runtime, viewer: Viewer, slide_id: str) -> CoverageOut:
    """Return what the person has seen of a slide and where its tissue is; a decoder looks for it once.

    Raises
    ------
    NotFound, SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable, Busy
    """
    with runtime.db.read() as session:
        ref = readable(locate(session, viewer, slide_id, runtime.settings.index_folder))
        grid = slide_grid(session, viewer, slide_id, runtime.settings.index_folder)
        seen = _seen(session, viewer, slide_id, grid)
    if ref.index_path is None:
        raise SlideNotReady
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.PIXELS, principal=viewer.person_id
    )
    key = _tissue_key(ref.version, grid)
    data = runtime.cache.get(key)
    if data is None or len(data) != grid.byte_count:
        data = runtime.pool.run_blocking(make_tissue, str(ref.index_path), grid.cell_px)
        runtime.cache.put(key, data)
    tissue = unpack(data, grid)
    whole = int(tissue.sum())
    return CoverageOut(
        cols=grid.cols,
        rows=grid.rows,
        cell_px=grid.cell_px,
        seen=base64.b64encode(pack(seen)).decode(),
        tissue=base64.b64encode(data).decode(),
        unseen_tissue_share=int((tissue & ~seen).sum()) / whole if whole else None,
    )


def add_coverage(session: Session, viewer: Viewer, slide_id: str, body: CoverageIn, index_folder: Path) -> None:
    """Add cells to what the person has seen.

    Raises
    ------
    NotFound, SlideNotReady
    InvalidRequest
        There is no such cell.
    Conflict
        The cells are of another grid.
    """
    grid = slide_grid(session, viewer, slide_id, index_folder)
    if body.cell_px is not None and body.cell_px != grid.cell_px:
        raise Conflict(_OTHER_GRID)
    if body.cells and max(body.cells) >= grid.count:
        detail = f"The slide has {grid.count} cells, counted from 0."
        raise InvalidRequest(detail, [FieldProblem("/cells", detail)])
    nothing = {"cols": grid.cols, "rows": grid.rows, "cell_px": grid.cell_px, "seen": bytes(grid.byte_count)}
    store.insert(session, Coverage, {"person_id": viewer.person_id, "slide_id": slide_id, **nothing})
    seen = _seen(session, viewer, slide_id, grid, lock=True)
    seen.reshape(-1)[body.cells] = True
    key = {"person_id": viewer.person_id, "slide_id": slide_id}
    store.put(session, Coverage, key, {**nothing, "seen": pack(seen)})


def _seen(session: Session, viewer: Viewer, slide_id: str, grid: Grid, *, lock: bool = False) -> Bits:
    row = store.coverage_of(session, viewer.person_id, slide_id, lock=lock)
    if row is None:
        return unpack(bytes(grid.byte_count), grid)
    old = Grid(row.cols, row.rows, row.cell_px)
    bits = unpack(row.seen, old)
    return bits if old == grid else moved(bits, old, grid)


def _tissue_key(version: str | None, grid: Grid) -> str:
    text = f"tissue/{TISSUE_EPOCH}/{version}/{grid.cell_px}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]


# --- preferences and display checks -----------------------------------------------------------


def get_preferences(session: Session, viewer: Viewer) -> dict[str, Any]:
    """Return what the person set."""
    text = store.preferences_of(session, viewer.person_id)
    found: dict[str, Any] = {} if text is None else json.loads(text)
    return found


def set_preferences(session: Session, viewer: Viewer, value: dict[str, Any]) -> dict[str, Any]:
    """Replace what the person set.

    Raises
    ------
    InvalidRequest
    """
    text = json_text(value, "", LARGEST_PREFERENCES)
    store.put(session, Preferences, {"person_id": viewer.person_id}, {"value": text})
    return value


def add_display_check(session: Session, viewer: Viewer, check: DisplayCheckIn) -> DisplayCheckOut:
    """Log the outcome of a display check.

    Raises
    ------
    InvalidRequest
    """
    text = json_text(check.result, "/result", LARGEST_RESULT)
    row = DisplayCheck(
        check_id=new_id(),
        person_id=viewer.person_id,
        author=viewer.name,
        workstation=store.text_of(check.workstation),
        result=text,
        created_at=utc_now(),
        audit_key=os.urandom(32),
    )
    store.add(session, row)
    detail = {"result_hmac": value_hash(row.audit_key, row.workstation + "\n" + text)}
    record(
        session,
        AuditEvent("display.checked", viewer.person_id, viewer.viewer_id, "display_check", row.check_id, detail=detail),
    )
    return _check_out(row)


def list_display_checks(session: Session, viewer: Viewer) -> DisplayCheckList:
    """Return the last display checks: the person's own, for an administrator everybody's."""
    person_id = None if viewer.is_admin else viewer.person_id
    return DisplayCheckList(items=[_check_out(row) for row in store.display_checks(session, person_id, CHECKS_SHOWN)])


def _check_out(row: DisplayCheck) -> DisplayCheckOut:
    return DisplayCheckOut(
        check_id=row.check_id,
        workstation=row.workstation,
        result=json.loads(row.result),
        author=row.author,
        created_at=row.created_at,
    )
